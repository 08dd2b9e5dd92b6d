/**
 * One fragment: from the first instruction of a hooked function to its replacement, or back behind its mcount site, instruction by instruction over words with names, with
 * what others may change forgotten in front of each. What comes after the replacement: ending.ts. Rules: docs/proof.md, "The certificate".
 */
import { FRAME, frameSize, parameterOffset } from '../abi/frame.ts';
import { gprsOf } from '../abi/permissions.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { tocAddress } from '../image/pages.ts';
import { decode } from '../isa/decode.ts';
import type { Domain } from '../isa/domain.ts';
import type { Width } from '../isa/state.ts';
import { CALLBACK } from '../kernel/callback.ts';
import { PACA, TOC_BIAS } from '../kernel/layout.ts';
import { KERNEL_BASE } from '../image/stubs.ts';
import type { Arguments, CellText, Fragment, Kept, Run, Step, Text, WordText } from './certificate.ts';
import { Code } from './code.ts';
import { claimsOf, stepOf } from './outline.ts';
import { chained, entrySymbols, forgetBetween, forgetCallee, fromFrame, ownerSymbol } from './rely.ts';
import type { Rely } from './rely.ts';
import type { Shape } from './shapes.ts';
import { Refused, Tagged } from './tagged.ts';
import type { Surroundings } from './tagged.ts';
import type { ReplacementSite, Site } from './texts.ts';
import { VMLINUX } from './texts.ts';
import { ZERO, constant, named, namedWords, sameWord, wordText } from './words.ts';
import type { Facts, Word } from './words.ts';

/** Why a fragment does not do what its contract says. */
export interface Failure {
  readonly obligation: ObligationName;
  readonly what: string;
  /** Address of the instruction; null: none is known. */
  readonly at: Word;
  /** Code behind the replacement. */
  readonly returning: boolean;
}

/** Which fragment, and what it runs on. */
export interface FragmentPlan {
  readonly kind: Fragment['kind'];
  readonly shape: Shape;
  readonly args: Arguments;
  readonly site: Site;
  readonly replacement?: ReplacementSite;
  readonly core: Text;
  readonly kept: Kept;
  /** What may happen at the n-th instruction of a run. */
  readonly rely: Rely;
  /** Present: interrupts come at this instruction of all that are executed, and no other. */
  readonly onlyAt?: number;
  readonly range?: Facts['range'];
}

/** What a run comes to in the end, besides failures. */
export interface Arrival {
  readonly state: Tagged;
  readonly claims: ReadonlyMap<CellText, WordText>;
  /** Its endings are to be put in here. */
  readonly run: Run;
  /** Instructions executed so far. */
  readonly executed: number;
}

/** More instructions than any hook has; and how often one of them may come on one way. */
const MOST_STEPS = 4000, MOST_ROUNDS = 64;
/** The same branch on one way, and branches in all, whose condition is not known. */
const MOST_SPLITS = 4, MOST_WAYS = 64;
/** What is mapped of vmlinux's data: from its TOC pointer less 32768 on (image/pages.ts). */
const VMLINUX_DATA = BigInt.asIntN(64, tocAddress(0, 0) - TOC_BIAS), DATA_BYTES = 0x4000;
const KEPT_GPRS = gprsOf('callee', 'keep').filter((n) => n !== 1);
const CR_KEPT = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
/** Where a caller's header ends, and the arguments on its stack that a fragment begins with; whose memory is there whatever is read of it. */
const HEADER = frameSize(0), PARAMETERS_END = parameterOffset(12), READABLE: ReadonlySet<string> = new Set(['paca', 'task', 'stack']);
/** Argument doublewords on the stack that are looked at: as many as a function has at most. */
export const STACK_ARGUMENTS = [8, 9, 10, 11].map(parameterOffset);
const R = named('R'), F = named('F'), PACA_WORD = named('paca');

/** Whether a run is over in front of an instruction; `moved`: something has been done in its place. */
type Event = (state: Tagged, claims: Map<CellText, WordText>, run: Run, executed: number) => 'over' | 'moved' | 'none';

export class Explorer implements Surroundings {
  readonly plan: FragmentPlan;
  readonly domain: Domain<Word>;
  /** r2 at the ftrace call. */
  readonly toc: Word;
  /** The replacement's GEP. */
  readonly replaces: Word;
  readonly failures: Failure[] = [];
  readonly arrivals: Arrival[] = [];
  /** Least constant of a store to an entry, and instructions executed in all. */
  leastEntry = Infinity;
  executed = 0;
  returning = false;
  readonly #code: Code;
  readonly #callback: Word;
  readonly #entries: string | undefined;
  #splits = 0;

  constructor(plan: FragmentPlan, callback: Word) {
    const { shape, site } = plan;
    this.plan = plan;
    const self = plan.kind === 'self';
    this.toc = self ? named('P') : shape.entry === 'S' || shape.entry === 'V' ? named('T') : site.module === 'K' ? VMLINUX : named('B');
    this.replaces = (self ? plan.replacement?.local : plan.replacement?.global) ?? named('C');
    this.#callback = callback;
    this.#entries = entrySymbols(plan.kept);
    this.#code = new Code(textsOf(plan));
    const probe = namedWords({ distance: null, far: false });
    this.domain = namedWords({ distance: probe.sub(R, this.toc), far: shape.far, apart: [this.replaces, site.behind], ...(plan.range === undefined ? {} : { range: plan.range }) });
  }

  text(of: string, at: bigint, width: Width): bigint | undefined {
    return this.#code.value(of, at, width);
  }

  /** Whoever reads where nothing is mapped goes no further: of F's stack there is for certain what lies below F, and the header of F. */
  mayLoad(of: string, offset: bigint, width: Width): void {
    // Of constants vmlinux's data, which an entry as built reads through its TOC pointer.
    const { kept, args } = this.plan, at = Number(of === '' ? offset - VMLINUX_DATA : offset), end = at + width;
    const within = (from: number, bytes: number): boolean => at >= from && end <= from + bytes;
    if (of === '' ? within(0, DATA_BYTES) : of === 'F' ? end <= HEADER || (args === 'stack' && end <= PARAMETERS_END) || kept.areas.some((it) => within(it.offset, it.bytes)) || (kept.frame !== null && within(kept.frame.from, kept.frame.bytes)) : READABLE.has(of) || of === this.#entries) return;
    throw new Refused(`a load of ${width} bytes from ${wordText(named(of, offset)) ?? ''}, where nothing is known to be`);
  }

  mayStore(of: string, at: number, width: Width): void {
    const { kept, shape } = this.plan, end = at + width;
    const within = (from: number, bytes: number): boolean => at >= from && end <= from + bytes;
    if (of === 'F') {
      if (end <= 0 || within(FRAME.CR_SAVE, 4) || within(FRAME.LR_SAVE, 8) || kept.areas.some((it) => within(it.offset, it.bytes))) return;
      if (kept.frame !== null && !shape.busy && within(kept.frame.from, kept.frame.bytes)) return;
    }
    if (this.#entries !== undefined && of === this.#entries) {
      this.leastEntry = Math.min(this.leastEntry, at);
      if (at >= kept.published!.origin) return;
    }
    const published = kept.published;
    if (published !== null && of === ownerSymbol[published.owner] && within(published.at, 8)) return;
    if (kept.memory.some((it) => of === ownerSymbol[it.owner] && within(it.from, it.bytes))) return;
    throw new Refused(`a store of ${width} bytes to ${wordText(named(of, BigInt(at)))}, which is not declared`);
  }

  start(): Tagged {
    const { shape, site, kept, args } = this.plan;
    const state = new Tagged(this);
    state.pc = this.plan.kind === 'self' ? this.replaces : shape.entry === 'L' ? site.local : site.global;
    state.setGpr(1, F);
    state.setSpecial('lr', R);
    for (let n = 3; n <= 10; n++) state.setGpr(n, named(`a${n}`));
    for (const n of KEPT_GPRS) state.setGpr(n, named(`n${n}`));
    state.setGpr(13, PACA_WORD);
    for (const bit of CR_KEPT) state.setCrBit(bit, 'kept');
    state.setSpecial('msr', named('msr'));
    if (shape.entry !== 'G') state.setGpr(2, this.toc);
    if (shape.entry === 'G' || shape.entry === 'V') state.setGpr(12, site.global);
    state.setCell('F', FRAME.BACK_CHAIN, 8, named('f0'));
    state.setCell('F', FRAME.RESERVED, 4, named('f12'));
    state.setCell('F', FRAME.TOC, 8, this.slot());
    if (args === 'stack') for (const offset of STACK_ARGUMENTS) state.setCell('F', offset, 8, named(`f${offset}`));
    state.setCell('paca', PACA.PACACURRENT, 8, named('task'));
    state.setCell('paca', PACA.PACATOC, 8, VMLINUX);
    state.setCell('paca', PACA.PACA_FTRACE_ENABLED, 1, constant(1n));
    state.setCell('paca', PACA.PACAKBASE, 8, constant(KERNEL_BASE));
    if (kept.published !== null) state.setCell(ownerSymbol[kept.published.owner], kept.published.at, 8, named('x'));
    if (kept.frame !== null) state.setCell('F', kept.frame.marker, 8, this.marker());
    state.touched.clear();
    return state;
  }

  /** 24(F) at entry. */
  slot(): Word {
    return this.plan.shape.same ? this.toc : named('f24');
  }

  /** The frame's marker at entry. */
  marker(): Word {
    return this.plan.shape.busy ? named('owed') : ZERO;
  }

  /** From the first instruction on. */
  enter(): Run {
    const state = this.start();
    return this.follow(state, claimsOf(state), 0, (at, claims, run, executed) => this.#arrived(at, claims, run, executed));
  }

  fail(obligation: ObligationName, what: string, state: Tagged): void {
    this.failures.push({ obligation, what, at: state.pc, returning: this.returning });
  }

  /**
   * Goes on until `event` says that the run is over, or something fails. What is known in front of each instruction becomes a step; `claims` is what the assertion before has said.
   */
  follow(state: Tagged, claims: Map<CellText, WordText>, executed: number, event: Event, before?: ReadonlyMap<string, number>): Run {
    // Ways are counted for each run by itself, so that it does not matter what was followed earlier.
    if (before === undefined) this.#splits = 0;
    const steps: Step[] = [], run: { -readonly [K in keyof Run]: Run[K] } = { steps };
    const rounds = new Map(before);
    let next: Word = null;
    for (;; executed++) {
      const { rely, onlyAt } = this.plan;
      const handled = rely.interrupt && (onlyAt === undefined ? state.unsettled : onlyAt === executed);
      if (onlyAt !== undefined) forgetBetween(this.plan.kept, state, onlyAt === executed ? rely : { ...rely, interrupt: false, tick: false, preempt: false });
      else if (state.unsettled) forgetBetween(this.plan.kept, state, rely);
      state.unsettled = false;
      steps.push(stepOf(state, claims, next));
      this.executed = Math.max(this.executed, executed);
      if (handled && !chained(state)) {
        this.fail('back-chain', 'no chain of frames leads from r1 to the caller\'s frame, where an interrupt may come', state);
        return run;
      }
      try {
        const seen = event(state, claims, run, executed);
        if (seen === 'over') return run;
        if (seen === 'moved') { next = null; continue; }
        if (sameWord(state.pc, this.#callback)) { this.#callbackReturns(state); next = null; continue; }
        this.#bounded(state, rounds, steps.length);
        this.#execute(state);
        if (!sameWord(state.gpr(13), PACA_WORD)) throw new Refused('r13 is written');
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.fail(obligationOf(error.what), error.what, state);
        return run;
      }
      const behind = this.domain.add(state.pc, constant(4n));
      if (state.taken === 'unknown') {
        const branch = `?${wordText(state.pc) ?? ''}`, times = (rounds.get(branch) ?? 0) + 1;
        rounds.set(branch, times);
        if (times > MOST_SPLITS || ++this.#splits > MOST_WAYS) {
          this.fail('progress', times > MOST_SPLITS ? 'a loop, for which there is no invariant' : 'more ways through the code than are looked at', state);
          return run;
        }
        const other = state.copy();
        state.pc = state.target;
        other.pc = behind;
        run.split = [this.follow(state, new Map(claims), executed + 1, event, rounds), this.follow(other, claims, executed + 1, event, rounds)];
        return run;
      }
      state.pc = state.taken === 'true' ? state.target : behind;
      next = behind;
    }
  }

  #bounded(state: Tagged, rounds: Map<string, number>, steps: number): void {
    const at = wordText(state.pc) ?? '', round = (rounds.get(at) ?? 0) + 1;
    rounds.set(at, round);
    if (round > MOST_ROUNDS || steps > MOST_STEPS) throw new Refused('a loop, for which there is no invariant');
  }

  #execute(state: Tagged): void {
    const { pc } = state;
    if (pc === null) throw new Refused('a branch to an address that is not known');
    const found = this.#code.at(pc.of, pc.offset);
    if (found === undefined || found.data) throw new Refused(`a branch to ${wordText(pc)}, where no code is`);
    const row = decode(found.word);
    if (row === undefined) throw new Refused('a word that is no instruction of the model');
    state.target = null;
    state.taken = 'false';
    row.meaning(this.domain, state, found.word);
  }

  /** The callback has run: it has set the NIP to the replacement's GEP, or let it alone. */
  #callbackReturns(state: Tagged): void {
    const { kept, site, rely, kind } = this.plan;
    const r1 = fromFrame(state.gpr(1)), registers = fromFrame(state.gpr(CALLBACK.REGS)), lr = state.special('lr');
    const nip = registers === undefined ? undefined : registers + CALLBACK.NIP;
    if (r1 === undefined || r1 >= 0 || nip === undefined || lr === null || !sameWord(state.gpr(2), VMLINUX) || !sameWord(state.gpr(CALLBACK.IP), this.domain.add(site.behind, constant(-4n)))
      || !sameWord(state.value('F', nip), site.behind)) throw new Refused('ftrace calls the callback with something else than the model does');
    forgetCallee(kept, state, r1, rely);
    if (kind === 'patched') state.setCell('F', nip, 8, this.replaces);
    state.pc = lr;
  }

  #arrived(state: Tagged, claims: Map<CellText, WordText>, run: Run, executed: number): 'over' | 'none' {
    const { kind, site } = this.plan;
    if (kind === 'traced') {
      if (!sameWord(state.pc, site.behind)) return 'none';
      this.#wentOn(state);
      return 'over';
    }
    if (sameWord(state.pc, R) || sameWord(state.pc, site.behind)) {
      this.fail('replacement-ran', sameWord(state.pc, R) ? 'returns without having run the replacement' : 'goes on in the original', state);
      return 'over';
    }
    if (!sameWord(state.pc, this.replaces)) return 'none';
    this.arrivals.push({ state: state.copy(), claims: new Map(claims), run, executed });
    return 'over';
  }

  /** A function whose site has called ftrace goes on itself: all is as the permissions of ftrace have it. */
  #wentOn(state: Tagged): void {
    const { site, args } = this.plan;
    const expect = (obligation: ObligationName, name: string, found: Word, expected: Word): void => {
      if (!sameWord(found, expected)) this.fail(obligation, `behind ftrace ${name} is ${wordText(found) ?? 'not known'}, expected ${wordText(expected) ?? ''}`, state);
    };
    expect('stack-pointer', 'r1', state.gpr(1), F);
    expect('toc', 'r2', state.gpr(2), this.toc);
    expect('return-address', 'LR', state.special('lr'), R);
    if (site.style === 'out-of-line') expect('return-address', 'r0', state.gpr(0), R);
    for (let n = 3; n <= 10; n++) expect('arguments', `r${n}`, state.gpr(n), named(`a${n}`));
    if (args === 'stack') for (const offset of STACK_ARGUMENTS) expect('arguments', `${offset}(r1)`, state.value('F', offset), named(`f${offset}`));
    this.expectKept(state);
    expect('toc-slot', '24(r1)', state.value('F', FRAME.TOC), this.slot());
    expect('reserved-word', '12(r1)', state.value('F', FRAME.RESERVED, 4), named('f12'));
    this.expectOwn(state, ZERO);
  }

  /** What nobody on the way may change: non-volatile registers, MSR, the back chain. */
  expectKept(state: Tagged): void {
    for (const n of KEPT_GPRS) if (!sameWord(state.gpr(n), named(`n${n}`))) this.fail('nonvolatile', `r${n} is ${wordText(state.gpr(n)) ?? 'not known'}`, state);
    for (const bit of CR_KEPT) if (state.cr[bit] !== 'kept') this.fail('nonvolatile', `CR${bit >> 2} has been written`, state);
    if (!sameWord(state.special('msr'), named('msr'))) this.fail('nonvolatile', `MSR is ${wordText(state.special('msr')) ?? 'not known'}`, state);
    if (!sameWord(state.value('F', FRAME.BACK_CHAIN), named('f0'))) this.fail('back-chain', `0(r1) is ${wordText(state.value('F', FRAME.BACK_CHAIN)) ?? 'not known'}`, state);
  }

  /** The published cell is `moved` from where it was, and the frame's marker what it was. */
  expectOwn(state: Tagged, moved: Word): void {
    const { kept } = this.plan, { published } = kept;
    if (published !== null) {
      const found = state.value(ownerSymbol[published.owner], published.at);
      if (!sameWord(found, this.domain.add(named('x'), moved))) this.fail('hook-balance', `the published cell is ${wordText(found) ?? 'not known'}`, state);
    }
    if (kept.frame !== null && !sameWord(state.value('F', kept.frame.marker), this.marker())) this.fail('hook-balance', "the frame's marker is not what it was", state);
  }
}

/** What the words of a refusal are about. */
function obligationOf(what: string): ObligationName {
  return what.startsWith('a store') ? 'frame-condition' : what.startsWith('r13') ? 'nonvolatile' : what.startsWith('a branch') ? 'return-address' : 'progress';
}

export const textsOf = ({ kind, core, site, replacement }: FragmentPlan): readonly Text[] => [...(kind === 'self' ? [] : [core, ...site.texts]), ...replacement?.texts ?? []];
