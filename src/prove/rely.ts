/**
 * What others may change between two instructions, and what a function that is called may: the prover forgets it. Registers by the one table of permissions
 * (abi/permissions.ts). Rules: docs/proof.md, "What may happen at each instruction" and "The callback".
 */
import { FRAME, PROTECTED_ZONE } from '../abi/frame.ts';
import { crFieldsOf, gprsOf } from '../abi/permissions.ts';
import { PACA } from '../kernel/layout.ts';
import type { Kept, Promised } from './certificate.ts';
import type { Allowed } from './shapes.ts';
import { ofPaca } from './tagged.ts';
import type { Cell, Tagged } from './tagged.ts';
import { named } from './words.ts';
import type { Word } from './words.ts';

export interface Rely {
  readonly interrupt: boolean;
  /** The kernel's tick may land at any instruction of a task's own: an interrupt whose handler makes no call, and so leaves entries alone. */
  readonly tick: boolean;
  /** At any instruction of a task's own the CPU may be another task's for a while, or another one. */
  readonly preempt: boolean;
  /** The same while a function that was called runs. */
  readonly sleep: boolean;
  /** It may be another CPU afterwards. */
  readonly migration: boolean;
}

export const NOBODY: Rely = { interrupt: false, tick: false, preempt: false, sleep: false, migration: false };

export function relyOf(allowed: Allowed): Rely {
  const others = allowed.has('tasks') || allowed.has('migration');
  const preempt = allowed.has('preempt') && others;
  return { interrupt: allowed.has('interrupt'), tick: allowed.has('preempt'), preempt, sleep: preempt || (allowed.has('sleep') && others), migration: allowed.has('migration') };
}

/** All of a rely that makes a difference. */
export function relyText({ interrupt, tick, preempt, sleep, migration }: Rely): string {
  return `${interrupt ? 'interrupt' : tick ? 'tick' : ''}${preempt ? ' preempt' : sleep ? ' sleep' : ''}${migration && (preempt || sleep) ? ' migration' : ''}`;
}

/** The layout's four cells behind the PACA, which nobody writes. */
const FIXED_CELLS: ReadonlySet<number> = new Set([PACA.PACACURRENT, PACA.PACATOC, PACA.PACA_FTRACE_ENABLED, PACA.PACAKBASE]);
const LOST_GPRS = gprsOf('callee', 'clobber', 'linkage'), LOST_FIELDS = crFieldsOf('callee');

/** Symbols of an entry's address. */
export function entrySymbols(kept: Kept): string | undefined {
  const { published } = kept;
  if (published === null) return undefined;
  return published.address ? 'x' : [published.owner === 'cpu' ? 'paca' : published.owner, 'x'].sort().join('+');
}

export const ownerSymbol = { cpu: 'paca', task: 'task', stack: 'stack' } as const;

/** What the published cell says. */
export function publishedValue(kept: Kept, state: Tagged): Word {
  const { published } = kept;
  return published === null ? null : state.value(ownerSymbol[published.owner], published.at);
}

/** A distance from F in bytes; undefined: not known. */
export function fromFrame(word: Word): number | undefined {
  return word !== null && word.low === undefined && word.of === 'F' ? Number(word.offset) : undefined;
}

/** The strategy's own memory that nothing protects: entries that are not published, and what it has declared besides the published cell. */
function forgetOwn(kept: Kept, state: Tagged): void {
  const entries = entrySymbols(kept), published = kept.published, pointer = publishedValue(kept, state);
  const from = published === null ? 0 : pointer !== null && pointer.of === 'x' ? Number(pointer.offset) + published.origin : -Infinity;
  state.forget((cell) => (cell.of === entries && cell.at + cell.width > from) || isOwn(kept, cell));
}

function isOwn({ published, memory }: Kept, { of, at, width }: Cell): boolean {
  return memory.some((it) => ownerSymbol[it.owner] === of && at < it.from + it.bytes && at + width > it.from
    && !(published !== null && ownerSymbol[published.owner] === of && published.at === at && width === 8));
}

/** The stack below `limit` (from F). What lies beside F is F's own. */
const forgetBelow = (state: Tagged, limit: number): void => { state.forget(({ of, at }) => of === 'F' && at < limit); };

function forgetCpu(kept: Kept, state: Tagged, rely: Rely): void {
  const entries = kept.published?.owner === 'cpu' ? entrySymbols(kept) : undefined;
  state.forget(({ of, at }) => of === entries || (ofPaca(of) && !(of === 'paca' && FIXED_CELLS.has(at))));
  if (rely.migration) state.forgetPaca();
}

/** What interrupts and other tasks may have done in front of an instruction. */
export function forgetBetween(kept: Kept, state: Tagged, rely: Rely): void {
  if (rely.interrupt || rely.tick) {
    const r1 = fromFrame(state.gpr(1));
    forgetBelow(state, r1 === undefined ? Infinity : r1 - PROTECTED_ZONE);
  }
  if (rely.interrupt) forgetOwn(kept, state);
  if (rely.preempt) forgetCpu(kept, state, rely);
}

/** Whether a handler's calls find a chain of frames above r1: each of the hook's linked to one above it, up to F (ELFv2 ABI 2.2.2.1; the judge's back-chain). */
export function chained(state: Tagged): boolean {
  let at = fromFrame(state.gpr(1));
  while (at !== undefined && at < 0 && at % 16 === 0) {
    const next: number | undefined = fromFrame(state.value('F', at));
    if (next === undefined || next <= at) return false;
    at = next;
  }
  return at === 0;
}

/** What a function may have done that was called at r1 = F + `r1`. */
export function forgetCallee(kept: Kept, state: Tagged, r1: number, rely: Rely, spared: (cell: Cell) => boolean = () => false): void {
  state.forgetGpr(...LOST_GPRS);
  state.setSpecial('lr', null);
  state.setSpecial('ctr', null);
  for (const field of LOST_FIELDS) for (let bit = 0; bit < 4; bit++) state.setCrBit(4 * field + bit, 'unknown');
  const kept8 = [...state.memory.values()].filter(spared).map((cell) => ({ ...cell }));
  forgetBelow(state, r1);
  for (const { of, at, width, value } of kept8) state.setCell(of, at, width, value);
  state.overwrite('F', r1 + FRAME.CR_SAVE, 4);
  state.overwrite('F', r1 + FRAME.LR_SAVE, 8);
  forgetOwn(kept, state);
  if (rely.sleep) forgetCpu(kept, state, rely);
}

/** A replacement that was called at r1 = F + `r1` has ended in a stub sibling call: the stub has stored P's TOC pointer to the caller's slot, and whoever was called last has kept it there or not. */
export function stubStores(state: Tagged, r1: number, keeps: ReadonlySet<Promised>): void {
  state.overwrite('F', r1 + FRAME.TOC, 8);
  state.setCell('F', r1 + FRAME.TOC, 8, keeps.has('slot') ? named('P') : null);
  if (!keeps.has('w12')) state.overwrite('F', r1 + FRAME.RESERVED, 4);
}
