/**
 * From the words of an object file to assembly of a strategy: each word as it is, but for the fields in which the model lays memory out differently or
 * has something else at the other end. Those are listed; prove.ts checks that there is no other difference.
 */
import { disassemble } from '../isa/disassemble.ts';
import { ra, rb } from '../isa/fields.ts';
import { ENTRY_LABEL, HANDLER_LABEL } from '../kernel/core.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { FIELDS, SOURCES, fieldUsed } from './offsets.ts';
import type { Field, Offsets } from './offsets.ts';
import { callsOps, checkOps, leavesForDirect, withoutOps } from './ops.ts';
import type { OpsOffsets } from './ops.ts';
import { distance, isAsBuilt } from './value.ts';
import type { Value } from './value.ts';
import { hex, wrong } from './walk.ts';
import type { CodeSection, Step, Target } from './walk.ts';

/** Code points that an object can supply. */
export const LIFTED_POINTS = ['ftrace_entry', 'livepatch_handler'] as const;
export type LiftedPoint = (typeof LIFTED_POINTS)[number];

/** Where the text goes in a strategy. */
export type LiftedCode = LiftedPoint | 'ftrace_entry_ool' | 'livepatch_handler_ool';

/** What a field of a word has become. */
export interface Change {
  /** Bits of the word that may differ. */
  readonly mask: number;
  /** The symbol, label or number that is there now. */
  readonly operand: string;
  /** What those bits are, where they are more than the operand. */
  readonly bits?: number;
  readonly why: string;
}

/** A line of the text that is one word. */
export interface Line {
  readonly step: Step;
  readonly labels: readonly string[];
  readonly text: string;
  readonly change?: Change;
  /** Where a direct branch leads. */
  readonly label?: string;
}

export interface LiftedText {
  readonly point: LiftedPoint;
  /** The label of its first word, too. */
  readonly code: LiftedCode;
  readonly lines: readonly Line[];
  /** Lines that the object does not have, behind its own. */
  readonly added: readonly string[];
  readonly pushes: readonly string[];
  readonly pops: readonly string[];
  readonly usesLivepatchSp: boolean;
  /** Labels of code that only a direct call runs. */
  readonly direct: readonly string[];
}

export interface LiftOptions {
  readonly point: LiftedPoint;
  /** How functions are hooked where it runs. */
  readonly style: HookingStyle;
  readonly entry: bigint;
  /** Where livepatch_handler is, for the ftrace entry. */
  readonly isHandler: (target: Target) => boolean;
  readonly offsets: Offsets;
  /** Of an ftrace entry out of line. */
  readonly ops?: OpsOffsets | undefined;
  /** Names of the section's symbols, for labels. */
  readonly nameAt: (address: bigint) => string | undefined;
}

/** Displacement of D-form; of DS-form (ld, std: primary opcodes 58 and 62); of I-form and B-form branches (Power ISA 2.07B Book I 1.6). */
const displacementMask = (word: number): number => (word >>> 26 === 58 || word >>> 26 === 62 ? 0xfffc : 0xffff);
const branchMask = (word: number): number => (word >>> 26 === 18 ? 0x03fffffc : 0xfffc);

/** From the model's own TOC pointer down to the one page of vmlinux's data that it has (image/pages.ts), and that page's bytes. */
const DATA_FROM_TOC = -0x8000, DATA_BYTES = 0x4000;

/** Where an entry that never heard of livepatch_handler is made to leave to it. */
const REDIRECT = 'tocsin_redirect';
/** Where an entry out of line leaves for what a direct call has put into CTR: a branch to CTR that is conditional, behind which the code goes on. */
const DIRECT = 'tocsin_direct';
/** The traced function's LR save doubleword, in the frame that the entry has made for it: 16 of a frame of 32, from the r1 of its caller. */
const OLD_NIP = -16;

/** Lifts the words that can run, as walk() found them with these offsets. @throws ObjectError with address and word at one that has no counterpart. */
export function lift(section: CodeSection, steps: readonly Step[], options: LiftOptions): LiftedText {
  const { point, entry } = options;
  const ordered = [...piecesOf(steps)].sort((a, b) => Number(has(b, entry)) - Number(has(a, entry))).flat();
  if (ordered[0]?.address !== entry) throw wrong(section, ordered[0]!, `it runs into the code at ${hex(entry)}`, 'an entry that is the first of its words');
  const code = (point === 'livepatch_handler' ? HANDLER_LABEL : ENTRY_LABEL)[options.style], labels = labelsFor(ordered, options, code);
  const pushes: string[] = [], pops: string[] = [];
  if (point === 'livepatch_handler') markPushesAndPops(ordered, labels, options.style === 'in-line' ? '' : '_ool', pushes, pops);
  const redirects = point === 'ftrace_entry' && !steps.some(({ target, isCall }) => target !== undefined && !isCall && options.isHandler(target));
  checkCalls(section, ordered, point);
  const outOfLine = point === 'ftrace_entry' && options.style === 'out-of-line';
  if (outOfLine) checkOutOfLine(section, ordered, redirects, options.ops);
  const direct = outOfLine ? directLabels(ordered, labels) : [];
  const lines = ordered.map((step): Line => {
    const own = labels.get(step.address) ?? [];
    return { step, labels: own, ...lineOf(section, step, labels, options, redirects) };
  });
  if (redirects && !lines.some((line) => line.label === REDIRECT)) throw wrong(section, ordered[0]!, 'nothing behind the tracer\'s call branches to CTR', 'an ftrace entry, or a branch to livepatch_handler');
  const leaves = lines.some((line) => line.label === DIRECT);
  return { point, code, lines, added: redirects ? redirection() : leaves ? [`${DIRECT}:`, '        bctr'] : [], direct: leaves ? [...direct, DIRECT] : direct, pushes, pops, usesLivepatchSp: steps.some((step) => fieldUsed(step)?.field === 'TI_livepatch_sp') };
}

/** All lines as one text. */
export function textOf({ lines, added }: LiftedText): string {
  const own = lines.flatMap(({ labels, text }) => [...labels.map((label) => `${label}:`), `        ${text}`]);
  return `${[...own, ...added].join('\n')}\n`;
}

/** Stretches of neighbouring words. */
function piecesOf(steps: readonly Step[]): Step[][] {
  const pieces: Step[][] = [];
  for (const step of steps) {
    const last = pieces.at(-1);
    if (last?.at(-1)?.address === step.address - 4n) last!.push(step);
    else pieces.push([step]);
  }
  return pieces;
}

const has = (piece: readonly Step[], address: bigint): boolean => piece.some((it) => it.address === address);

function labelsFor(ordered: readonly Step[], { entry, point, nameAt, isHandler }: LiftOptions, first: string): Map<bigint, string[]> {
  const labels = new Map<bigint, string[]>([[entry, [first]]]);
  for (const { target, isCall } of ordered) {
    if (target?.address === undefined || isCall || isHandler(target) || labels.has(target.address)) continue;
    const name = nameAt(target.address);
    // The names of the kernel's own text are what reports know its places by.
    labels.set(target.address, [name !== undefined && /^ftrace_[a-z_]+$/.test(name) && point === 'ftrace_entry' && !OWN_LABELS.includes(name) ? name : `at_${target.address.toString(16)}`]);
  }
  return labels;
}

const OWN_LABELS: readonly string[] = Object.values(ENTRY_LABEL);

/** An entry has been made where C is called, and goes where the pointer behind it is moved back; where it never is, with the return. */
function markPushesAndPops(ordered: readonly Step[], labels: Map<bigint, string[]>, suffix: string, pushes: string[], pops: string[]): void {
  const mark = (name: string, steps: readonly Step[], list: string[]): void => {
    steps.forEach(({ address }, i) => {
      const label = `${i === 0 ? name : `${name}_${i + 1}`}${suffix}`;
      labels.set(address, [...(labels.get(address) ?? []), label]);
      list.push(label);
    });
  };
  const calls = ordered.filter(({ isCall }) => isCall);
  const behind = ordered.filter(({ called }) => called);
  const stores = behind.filter((step) => step.accesses[0]?.kind === 'store' && fieldUsed(step)?.field === 'TI_livepatch_sp');
  const pop = stores.length > 0 ? stores : behind.filter(({ instruction }) => instruction.mnemonic === 'bclr');
  if (calls.length === 0 || pop.length === 0 || !ordered.some((step) => fieldUsed(step)?.field === 'TI_livepatch_sp')) return;
  mark('livepatch_push', calls, pushes);
  mark('livepatch_pop', pop, pops);
}

function checkCalls(section: CodeSection, ordered: readonly Step[], point: LiftedPoint): void {
  const direct = ordered.filter(({ isCall, target }) => isCall && target !== undefined);
  if (point === 'livepatch_handler') {
    if (direct[0] !== undefined) throw wrong(section, direct[0], 'the handler calls something by its address', 'a call of the replacement alone, through a register');
    return;
  }
  const indirect = ordered.find((step) => step.isCall && step.target === undefined && !callsOps(step));
  if (indirect !== undefined) throw wrong(section, indirect, 'a call through a register', "one call, the tracer's, by its address, or of ftrace_ops' func");
  const ofOps = ordered.filter(callsOps), calls = [...direct, ...ofOps];
  if (calls.length !== 1) throw wrong(section, calls[1] ?? ordered[0]!, `${calls.length} calls${ofOps.length === 0 ? ' by address' : ''}`, "one, the tracer's");
}

/** @throws ObjectError at an entry whose way to the replacement is not seen, or that reads what is not known of its ftrace_ops. */
function checkOutOfLine(section: CodeSection, ordered: readonly Step[], redirects: boolean, ops: OpsOffsets | undefined): void {
  if (redirects) throw wrong(section, ordered[0]!, 'an entry out of line that does not leave to livepatch_handler', 'one of a kernel with live patching (CONFIG_LIVEPATCH)');
  checkOps(section, ordered, ops);
}

/** Labels of the straight pieces that end where the code is left for a direct call. */
const directLabels = (ordered: readonly Step[], labels: ReadonlyMap<bigint, readonly string[]>): string[] => ordered.filter(leavesForDirect).flatMap((leave) => {
  const first = ordered.findLast(({ address }) => address <= leave.address && labels.has(address));
  return first === undefined ? [] : [labels.get(first.address)![0]!];
});

type Lifted = Pick<Line, 'text' | 'change' | 'label'>;

function lineOf(section: CodeSection, step: Step, labels: ReadonlyMap<bigint, readonly string[]>, options: LiftOptions, redirects: boolean): Lifted {
  const { word, instruction, target, isCall } = step;
  const plain = disassemble(word);
  if (instruction.operands.some(({ kind }) => kind === 'absolute')) throw wrong(section, step, 'a branch to an absolute address', 'one that is relative');
  if (target !== undefined) {
    const to = (label: string, change?: Omit<Change, 'mask' | 'operand'>): Lifted => ({
      text: plain.replace(/\S+$/, (last) => last.replace(/\.[+-]0x[0-9a-f]+$/, label)), label,
      ...(change === undefined ? {} : { change: { ...change, mask: branchMask(word), operand: label } }),
    });
    if (isCall) return to('klp_callback', { why: `the tracer${target.symbol === undefined ? '' : ` (${target.symbol})`} is the host's live patching callback` });
    if (options.isHandler(target)) return to(HANDLER_LABEL[options.style], { why: 'where the NIP was altered; the handler lies elsewhere' });
    return to(labels.get(target.address!)![0]!);
  }
  if (options.point === 'ftrace_entry' && options.style === 'out-of-line') {
    const own = opsLine(section, step, plain);
    if (own !== undefined) return own;
  }
  if (redirects && step.called && instruction.mnemonic === 'bcctr') return redirected(section, step);
  const data = tocField(section, step) ?? placeField(section, step, options.offsets);
  if (data !== undefined) return { text: replaceNumber(plain, data.operand), change: { ...data, mask: displacementMask(word) } };
  if (step.tocRelocation) throw wrong(section, step, 'a TOC relocation where r2 is not known to be the kernel\'s TOC pointer', 'PACATOC loaded into r2 before');
  return { text: plain };
}

/** What an entry out of line has for its ftrace_ops. */
function opsLine(section: CodeSection, step: Step, plain: string): Lifted | undefined {
  if (callsOps(step)) return { text: 'bl      klp_callback', label: 'klp_callback', change: { mask: 0xffffffff, operand: 'klp_callback', why: "the tracer (ftrace_ops' func) is the host's live patching callback" } };
  if (step.instruction.mnemonic === 'bcctr' && !step.ends && !step.isCall) {
    // BO and BI stay: bcctr is opcode 19, bc is 16 with a displacement.
    const why = `\`${plain.replace(/\s+/, ' ')}\` is for direct calls, of which the model has none: the same condition, with \`bctr\` behind the code`;
    return { text: `bc      ${step.word >>> 21 & 31}, ${step.word >>> 16 & 31}, ${DIRECT}`, label: DIRECT, change: { mask: 0xfc00ffff, operand: DIRECT, why } };
  }
  const none = withoutOps(section, step);
  return none === undefined ? undefined : { text: none.text, change: { mask: none.mask, operand: '0', bits: none.bits, why: none.why } };
}

/** The number in front of a base register, or the last operand. */
const replaceNumber = (text: string, operand: string): string => text.replace(/-?\d+(?=\(r\d+\)$|$)/, operand);

/** `addis` and `addi` from vmlinux's TOC pointer, and what is loaded there: it all leads to the first bytes of the model's data of vmlinux. */
function tocField(section: CodeSection, step: Step): Omit<Change, 'mask'> | undefined {
  const { instruction: { mnemonic }, gprs, word, accesses } = step;
  const base: Value = gprs[ra(word)]!;
  const why = "data of vmlinux's: the model has none of it, and the callback does not look";
  if ((mnemonic === 'addis' || mnemonic === 'addi') && ra(word) !== 0 && base?.from === 'toc') return { operand: mnemonic === 'addis' ? '0' : String(DATA_FROM_TOC), why };
  const address = accesses[0]?.address;
  if (address?.from !== 'toc' && address?.from !== 'data') return undefined;
  if (accesses[0]!.kind === 'store') throw wrong(section, step, "a store to vmlinux's data", 'loads alone');
  if (base?.from === 'toc' && hasDisplacement(step)) return { operand: String(DATA_FROM_TOC), why };
  if (base?.from === 'data' && hasDisplacement(step) && distance(address) >= 0 && distance(address) <= DATA_BYTES - 8) return undefined;
  throw wrong(section, step, "a load of vmlinux's data that is not found", 'one with a displacement from a register');
}

/** Loads and stores with a displacement that leave their base alone. */
const hasDisplacement = ({ instruction: { operands, mnemonic } }: Step): boolean => operands.some(({ kind }) => kind === 'mem') && !mnemonic.endsWith('u');

function placeField(section: CodeSection, step: Step, offsets: Offsets): Omit<Change, 'mask'> | undefined {
  const access = step.accesses[0], from = access?.address?.from;
  if (access?.address === null && !step.instruction.operands.some(({ kind }) => kind === 'mem')) {
    const hidden = [ra(step.word), rb(step.word)].map((n) => step.gprs[n]?.from).find((it) => !isAsBuilt(it));
    if (hidden !== undefined) throw wrong(section, step, 'the PACA, thread_info or data of vmlinux by an index that is not known', 'a displacement from a register');
  }
  if (from === 'mixed') throw wrong(section, step, 'its base points to the PACA, thread_info or data of vmlinux on one way to here and not on another', 'the same on each');
  if (access === undefined || (from !== 'paca' && from !== 'task')) return undefined;
  const base = step.gprs[ra(step.word)]!;
  const place = from === 'paca' ? 'the PACA' : 'thread_info';
  if (!hasDisplacement(step) || base?.from !== from || base.offset !== 0n) throw wrong(section, step, `${place} is reached by arithmetic`, `a displacement from the register that points to it`);
  const offset = distance(access.address!);
  const field = FIELDS.find((it) => offsets[it]?.value === offset && (it === 'TI_livepatch_sp') === (from === 'task') && access.bytes === (it === 'PACA_FTRACE_ENABLED' ? 1 : 8));
  if (field === undefined) throw wrong(section, step, `${access.kind === 'load' ? 'it loads' : 'it stores'} ${access.bytes} bytes at ${offset} of ${place}`, fieldsOf(from, offsets));
  if (access.kind === 'store' && from === 'paca') throw wrong(section, step, `it stores to ${field} of the PACA`, 'loads alone');
  return { operand: field, why: `${field} of the kernel as built is at ${offset}` };
}

function fieldsOf(from: 'paca' | 'task', offsets: Offsets): string {
  const known = FIELDS.filter((it) => (it === 'TI_livepatch_sp') === (from === 'task'));
  const words = (it: Field): string => (offsets[it] === undefined ? `${it} (--offset ${it}=N)` : `${it} at ${offsets[it].value} (${SOURCES[offsets[it].source]})`);
  return `a field that the model has: ${known.map(words).join(', ')}`;
}

/** The last `bctr` of an entry that goes to whatever the NIP is. */
function redirected(section: CodeSection, step: Step): Lifted {
  const r1 = step.gprs[1], old = step.slots.get(OLD_NIP);
  if (step.word !== 0x4e800420) throw wrong(section, step, 'a branch to CTR that is conditional', 'bctr');
  if (r1?.from !== 'stack' || r1.offset !== 0n || old?.from !== 'return' || old.offset !== 0n) {
    throw wrong(section, step, 'the old NIP is not at -16(r1) here, so whether it was altered cannot be told', 'an ftrace entry with two frames, or one that leaves to livepatch_handler');
  }
  return { text: `b       ${REDIRECT}`, label: REDIRECT, change: { mask: 0xffffffff, operand: REDIRECT, why: 'this entry goes wherever the NIP leads; what a module would do there stands behind it' } };
}

/** A module's callback would give a stub of its own as the new NIP, which is what livepatch_handler is here. The original goes on where the NIP is the old one. */
function redirection(): string[] {
  return [`${REDIRECT}:`, `        ld      r11, ${OLD_NIP}(r1)`, '        mfctr   r12', '        cmpd    r11, r12', '        bne     livepatch_handler', '        bctr'];
}
