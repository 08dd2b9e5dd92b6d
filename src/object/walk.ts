/**
 * Which words of an object file can run from one of its labels on, and what is known where they do: by the table's meanings over what value.ts knows.
 * Nothing is guessed from sizes of symbols, which assembly need not have: a word is part of the code if control can reach it.
 */
import { decode } from '../isa/decode.ts';
import type { Instruction } from '../isa/instruction.ts';
import { lk, rt } from '../isa/fields.ts';
import type { State, Width } from '../isa/state.ts';
import type { Relocation } from './elf.ts';
import { ObjectError } from './error.ts';
import { ANYTHING, VALUES, at, distance, either, number, sameValue } from './value.ts';
import type { Value } from './value.ts';

/** The executable section that the code lies in. */
export interface CodeSection {
  readonly file: string;
  /** Address of its first byte; 0 in a relocatable file. */
  readonly base: bigint;
  /** Little-endian words. */
  readonly words: number;
  readonly word: (index: number) => number;
  /** By byte offset in the section. */
  readonly relocations: ReadonlyMap<number, Relocation>;
  /** Address of the symbol of a relocation where this section defines it. */
  readonly addressOf: (relocation: Relocation) => bigint | undefined;
  /** The first of the symbols that are there. */
  readonly nameAt: (address: bigint) => string | undefined;
}

/** ELFv2 ABI, 3.5.3: R_PPC64_REL24, REL14, REL14_BRTAKEN, REL14_BRNTAKEN; TOC16, LO, HI, HA, DS, LO_DS. */
const BRANCH_RELOCATIONS = new Set([10, 11, 12, 13]);
const TOC_RELOCATIONS = new Set([47, 48, 49, 50, 63, 64]);

export interface Access {
  readonly kind: 'load' | 'store';
  readonly address: Value;
  readonly bytes: Width;
}

/** Where a direct branch leads: an address of the section or elsewhere; `symbol`: what a relocation names and this file does not define. */
export interface Target {
  readonly address?: bigint;
  readonly symbol?: string;
}

/** A word that can run. */
export interface Step {
  readonly address: bigint;
  readonly word: number;
  readonly instruction: Instruction;
  /** General purpose registers before it. */
  readonly gprs: readonly Value[];
  readonly ctr: Value;
  /** Doublewords of the stack before it, by signed distance from r1 as it was at first. */
  readonly slots: ReadonlyMap<number, Value>;
  /** A call can have been made before it. */
  readonly called: boolean;
  readonly accesses: readonly Access[];
  /** Of a direct branch or call. */
  readonly target: Target | undefined;
  /** A call, direct or not. */
  readonly isCall: boolean;
  /** Control never goes on behind it. */
  readonly ends: boolean;
  readonly tocRelocation: boolean;
}

export interface WalkOptions {
  /** The word at which the code begins. */
  readonly entry: bigint;
  /** Where it is somebody else's: a branch there leaves the code. */
  readonly leaves: (target: Target) => boolean;
  /** What a doubleword of the PACA points to that is loaded into this register. */
  readonly pointer: (offset: number, register: number) => 'task' | 'toc' | undefined;
}

/** From LR at an entry out of line back to the pointer to its ftrace_ops: over the stub's `mflr` and `bl`, and the pointer itself (ops.ts). */
export const OPS_FROM_LR = -16;

/** Words that the code may have: more than a core page holds. */
const MOST_WORDS = 1024;

interface Known {
  readonly gprs: readonly Value[];
  readonly lr: Value;
  readonly ctr: Value;
  readonly slots: ReadonlyMap<number, Value>;
  readonly called: boolean;
}

/** Every word that can run, by rising address. @throws ObjectError with address and word at one that is not modelled, or leads out of the code. */
export function walk(section: CodeSection, options: WalkOptions): readonly Step[] {
  const known = new Map<bigint, Known>();
  const steps = new Map<bigint, Step>();
  const todo: bigint[] = [];
  const arrive = (address: bigint, state: Known): void => {
    const before = known.get(address), joined = before === undefined ? state : join(before, state);
    if (before !== undefined && same(before, joined)) return;
    known.set(address, joined);
    if (known.size > MOST_WORDS) throw new ObjectError(section.file, `more than ${MOST_WORDS} words can run from ${hex(options.entry)} on`, 'a hook');
    todo.push(address);
  };
  const gprs: Value[] = new Array<Value>(32).fill(ANYTHING);
  gprs[1] = at('stack');
  gprs[13] = at('paca');
  arrive(options.entry, { gprs, lr: at('return'), ctr: ANYTHING, slots: new Map(), called: false });
  for (let address = todo.pop(); address !== undefined; address = todo.pop()) {
    const before = known.get(address)!;
    const { step, after } = run(section, options, address, before);
    steps.set(address, step);
    if (step.target !== undefined && !step.isCall && !options.leaves(step.target)) {
      if (step.target.address === undefined) throw wrong(section, step, `it leads to ${step.target.symbol}, which is not in this file`, 'a branch within the code, or to the handler');
      arrive(step.target.address, after);
    }
    if (step.ends) continue;
    const next = BigInt.asUintN(64, address + 4n);
    if (options.leaves({ address: next })) throw wrong(section, step, 'the code goes on into what is not its own', 'a branch there');
    arrive(next, step.isCall ? behindCall(after, step.target !== undefined) : after);
  }
  return [...steps.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** An error at one word. */
export function wrong(section: CodeSection, { address, word }: Pick<Step, 'address' | 'word'>, what: string, expected: string): ObjectError {
  return new ObjectError(section.file, `word 0x${word.toString(16).padStart(8, '0')} at ${hex(address)}: ${what}`, expected);
}

export const hex = (value: bigint): string => `0x${value.toString(16)}`;

function run(section: CodeSection, options: WalkOptions, address: bigint, before: Known): { step: Step; after: Known } {
  const index = Number((address - section.base) / 4n);
  if (address % 4n !== 0n || address < section.base || index >= section.words) {
    throw new ObjectError(section.file, `control comes to ${hex(address)}, which is no word of the section`, 'code that ends with a branch');
  }
  const word = section.word(index), relocation = section.relocations.get(4 * index);
  const instruction = decode(word);
  const place = { address, word };
  if (instruction === undefined) throw wrong(section, place, 'it is not modelled', 'an instruction of the subset (docs/objects.md)');
  const after = { gprs: [...before.gprs], lr: before.lr, ctr: before.ctr, slots: new Map(before.slots), called: before.called };
  const accesses: Access[] = [];
  let to: Value | undefined;
  let ends = false;
  const state: State<Value> = {
    gpr: (n) => before.gprs[n]!,
    // r13 is the PACA of whoever runs this, whatever it was saved as (64-bit ELF V2 ABI, 2.2.1.1: reserved).
    setGpr: (n, value) => { if (n !== 13) after.gprs[n] = instruction.mnemonic === 'addi' && value?.from === 'toc' ? at('data') : value; },
    special: (name) => (name === 'lr' ? before.lr : ANYTHING),
    setSpecial: (name, value) => { if (name === 'lr' || name === 'ctr') after[name] = value; },
    crBit: () => 'unknown', setCrBit: () => undefined, flag: () => 'unknown', setFlag: () => undefined,
    load: (from, bytes) => {
      accesses.push({ kind: 'load', address: from, bytes });
      return loaded(before, from, bytes, rt(word), options);
    },
    store: (where, bytes, value) => {
      accesses.push({ kind: 'store', address: where, bytes });
      stored(after.slots, where, bytes, value);
    },
    cia: () => number(address),
    branch: (target, condition) => {
      to = target;
      ends = condition === 'true';
    },
    trap: (condition) => { ends = condition === 'true'; },
  };
  instruction.meaning(VALUES, state, word);
  const isCall = to !== undefined && lk(word) === 1;
  const target = targetOf(section, place, relocation, to);
  const step: Step = {
    ...place, instruction, gprs: before.gprs, ctr: before.ctr, slots: before.slots, called: before.called, accesses, target, isCall, ends: ends && !isCall,
    tocRelocation: relocation !== undefined && TOC_RELOCATIONS.has(relocation.type),
  };
  return { step, after };
}

function targetOf(section: CodeSection, place: Pick<Step, 'address' | 'word'>, relocation: Relocation | undefined, to: Value | undefined): Target | undefined {
  if (relocation === undefined || TOC_RELOCATIONS.has(relocation.type)) return to === undefined || to === null ? undefined : { address: to.offset };
  if (!BRANCH_RELOCATIONS.has(relocation.type) || to === undefined || to === null) {
    throw wrong(section, place, `it has a relocation of type ${relocation.type} (${relocation.symbol.name})`, 'one of a branch or of a TOC offset');
  }
  const address = section.addressOf(relocation);
  return { ...(address === undefined ? {} : { address }), symbol: relocation.symbol.name };
}

function loaded({ slots }: Known, from: Value, bytes: Width, register: number, options: WalkOptions): Value {
  if (from === null || bytes !== 8) return ANYTHING;
  if (from.from === 'stack') return slots.get(distance(from)) ?? ANYTHING;
  if (from.from === 'return' && distance(from) === OPS_FROM_LR) return at('ops');
  if (from.from === 'ops') return { from: 'ops-field', offset: from.offset };
  if (from.from !== 'paca') return ANYTHING;
  const place = options.pointer(distance(from), register);
  return place === undefined ? ANYTHING : at(place);
}

/** What a store says of the stack. One through a pointer of which nothing is known is taken to hit nothing of what the code has saved there. */
function stored(slots: Map<number, Value>, where: Value, bytes: Width, value: Value): void {
  if (where?.from !== 'stack') return;
  const start = distance(where);
  for (const slot of slots.keys()) if (slot < start + bytes && start < slot + 8) slots.delete(slot);
  if (bytes === 8 && value !== ANYTHING) slots.set(start, value);
}

/** What a callee may clobber is anything: LR, r0, r3 to r12 (64-bit ELF V2 ABI, 2.2.1.1), and r2 where the call is not a local one. */
function behindCall({ gprs, slots }: Known, local: boolean): Known {
  return { gprs: gprs.map((value, n) => (n === 0 || (n > 2 && n <= 12) || (n === 2 && !local) ? ANYTHING : value)), lr: ANYTHING, ctr: ANYTHING, slots, called: true };
}

function join(a: Known, b: Known): Known {
  const slots = new Map([...a.slots.keys(), ...b.slots.keys()].map((slot) => [slot, either(a.slots.get(slot) ?? ANYTHING, b.slots.get(slot) ?? ANYTHING)] as const).filter(([, value]) => value !== ANYTHING));
  const gprs = a.gprs.map((value, n) => either(value, b.gprs[n]!));
  return { gprs, lr: either(a.lr, b.lr), ctr: either(a.ctr, b.ctr), slots, called: a.called || b.called };
}

function same(a: Known, b: Known): boolean {
  return a.called === b.called && sameValue(a.lr, b.lr) && sameValue(a.ctr, b.ctr) && a.slots.size === b.slots.size && [...a.slots].every(([slot, value]) => sameValue(value, b.slots.get(slot) ?? ANYTHING)) && a.gprs.every((value, n) => sameValue(value, b.gprs[n]!));
}
