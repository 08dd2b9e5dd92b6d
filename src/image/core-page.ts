/**
 * A core page: the kernel's own text of the model (src/kernel) with one strategy's hook in it for one hooking style, assembled once, with points and tags. It lies at
 * ADDRESSES.KERNEL_CORE; the ftrace entry is its first word under every strategy, so generated code does not depend on it.
 */
import { hookText } from '../contract/check-code.ts';
import { strategySymbols } from '../contract/state.ts';
import { ownFtraceEntry } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import { AssemblyError, readSource } from '../isa/assemble.ts';
import type { Assembly, Unresolved } from '../isa/assemble.ts';
import { CORE_LABELS, ENTRY_LABEL, HANDLER_LABEL, coreParts } from '../kernel/core.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { ADDRESSES, PACA, PAGE_BYTES } from '../kernel/layout.ts';
import { placeKernelText } from './kernel-text.ts';
import type { Placed } from './kernel-text.ts';
import { POINT, TEXT } from './points.ts';
import { HANDLER_CALL, ROOT_CALL } from './program.ts';
import { ACCESS, PAGE_WORDS } from './space.ts';
import type { AddressSpace } from './space.ts';
import { hookDataOf, hookPointOf, isConditional } from './templates.ts';

/** What a core page is made of: a strategy, or the control hook. */
export type Hook = Pick<Strategy, 'name' | 'code' | 'state' | 'pushes' | 'pops'>;

const TAGS = { ftrace: TEXT.FTRACE, hook: TEXT.HOOK, callback: TEXT.CALLBACK, interrupt: TEXT.INTERRUPT, switch: TEXT.SWITCH, start: TEXT.START, return: TEXT.RETURN, kretprobe: TEXT.RETURN } as const;

export interface CorePage {
  /** Flat page. */
  readonly page: number;
  readonly name: string;
  /** Flat word of each label. */
  readonly labels: ReadonlyMap<string, number>;
  /** Labels by rising flat word; of several at one word those of the kernel's text first. */
  readonly sorted: readonly (readonly [name: string, word: number])[];
  /** Flat words of labels that a run needs. */
  readonly threadStart: number;
  readonly threadDone: number;
  readonly interruptEntry: number;
  /** The two calls that no version makes: of a task's first function, and of an interrupt's handler; the call's word, and the one behind it. */
  readonly threadCall: number;
  readonly threadReturn: number;
  readonly interruptCall: number;
  readonly interruptReturn: number;
  readonly scheduleResume: number;
  readonly tick: number;
  /** Where ftrace entry asks whether tracing is on: its load of the PACA's byte; its first word where it asks nothing. */
  readonly tracingTest: number;
  readonly style: HookingStyle;
  /** Assembled words, as they were. */
  readonly pristine: Int32Array;
}

/**
 * Assembles the page of a hook into flat page `page`; it is not mapped yet.
 * @throws AssemblyError when a text of the hook does not assemble, defines a label of the kernel's, or does not fit.
 */
export function buildCorePage(space: AddressSpace, page: number, hook: Hook, style: HookingStyle = 'in-line'): CorePage {
  const ownEntry = ownFtraceEntry(hook, style);
  const parts = coreParts({ ftraceEntry: ownEntry, hook: hookText(hook, style), style });
  const handler = HANDLER_LABEL[style];
  // Lengths do not depend on where labels lie: until all parts are read any place will do for them.
  const symbols = new Map<string, bigint>([...CORE_LABELS, handler].map((label) => [label, ADDRESSES.KERNEL_CORE]));
  for (const [name, value] of Object.entries(strategySymbols(hook))) symbols.set(name, value);
  const file = (part: string): string => (part === 'ftrace' ? `${hook.name}/${ENTRY_LABEL[style]}` : part === 'hook' ? `${hook.name}/${handler}` : `kernel/${part}`);
  const labels = new Map<string, bigint>();
  let base = ADDRESSES.KERNEL_CORE;
  const read = parts.map(({ part, text, offset }) => {
    if (offset !== undefined) {
      if (base - ADDRESSES.KERNEL_CORE > BigInt(offset)) {
        throw new AssemblyError(file('hook'), 1, 1, `the core page has ${base - ADDRESSES.KERNEL_CORE} bytes in front of its fixed part`, `at most ${offset}`);
      }
      base = ADDRESSES.KERNEL_CORE + BigInt(offset);
    }
    const own = part === 'hook' || (part === 'ftrace' && ownEntry !== undefined);
    const source = own ? placed(readSource(text, { base, symbols, file: file(part) })) : placeKernelText(text, base, file(part));
    for (const [label, address] of source.labels) {
      if (labels.has(label)) throw new AssemblyError(file(part), 1, 1, `'${label}' is already defined`, 'a name that the kernel\'s text does not use');
      labels.set(label, address);
    }
    const at = base;
    base += BigInt((source.length + 3) & -4);
    return { part, at, source };
  });
  if (base - ADDRESSES.KERNEL_CORE > BigInt(PAGE_BYTES)) {
    throw new AssemblyError(file('hook'), 1, 1, `the core page has ${base - ADDRESSES.KERNEL_CORE} bytes`, `at most ${PAGE_BYTES}`);
  }
  for (const [label, address] of labels) symbols.set(label, address);
  const start = page * PAGE_WORDS;
  let end = start;
  let tracingTest = start;
  for (const { part, at: address, source } of read) {
    const words = source.words(symbols), at = start + (Number(address - ADDRESSES.KERNEL_CORE) >> 2);
    space.words.set(words, at);
    space.textTag.fill(TAGS[part], at, at + words.length);
    if (part === 'hook') markHook(space, at, { base: address, words, labels: source.labels }, hook, handler);
    if (part === 'ftrace') tracingTest = start + Math.max(0, [...words].findIndex(asksForTracing));
    if (part === 'ftrace' && ownEntry !== undefined) {
      words.forEach((it, i) => { if (isConditional(it)) setPoint(space, at + i, POINT.FTRACE_BRANCH, 0); });
    }
    end = at + words.length;
  }
  const words = new Map<string, number>();
  for (const [label, address] of labels) words.set(label, start + (Number(address - ADDRESSES.KERNEL_CORE) >> 2));
  const word = (label: string): number => words.get(label) ?? missing(hook, label);
  markKernel(space, word);
  space.map(page, ADDRESSES.KERNEL_CORE, ACCESS.TEXT);
  space.unmap(page);
  return {
    page, name: hook.name, labels: words,
    sorted: [...words].sort((a, b) => a[1] - b[1]),
    threadStart: word('thread_start'), threadDone: word('thread_done'), interruptEntry: word('interrupt_entry'),
    threadCall: word('thread_call'), threadReturn: word('thread_return'), interruptCall: word('interrupt_call'), interruptReturn: word('interrupt_return'),
    scheduleResume: word('schedule_resume'), tick: word('tick'), tracingTest, style,
    pristine: space.words.slice(start, end),
  };
}

function missing(hook: Hook, label: string): never {
  throw new AssemblyError(`${hook.name}/livepatch_handler`, 1, 1, 'a label is missing', `'${label}:'`);
}

/** The strategy's own text: what it branches to is in the Map of symbols that it was read with. */
const placed = (source: Unresolved): Placed => ({ labels: source.labels, length: source.length, words: () => source.resolve().words });

function markHook(space: AddressSpace, at: number, { base, words, labels: addresses }: Pick<Assembly, 'base' | 'words'> & Pick<Placed, 'labels'>, hook: Hook, handler: string): void {
  const labels = [...addresses].map(([name, address]) => [name, Number(address - base) >> 2] as const);
  const data = hookDataOf(words, labels, hook);
  const entry = labels.find(([name]) => name === handler)?.[1] ?? missing(hook, handler);
  for (let i = 0; i < data.length; i++) {
    const bits = data[i]!;
    const kind = i === entry ? POINT.HOOK_ENTRY : hookPointOf(bits);
    if (kind !== POINT.NONE) setPoint(space, at + i, kind, bits);
  }
}

function setPoint(space: AddressSpace, word: number, kind: number, data: number): void {
  space.pointKind[word] = kind;
  space.pointData[word] = data;
}

/** `lbz` of the PACA's byte that says whether tracing is on, into any register: primary opcode 34, RA 13. */
const asksForTracing = (word: number): boolean => (word & 0xfc1fffff) >>> 0 === (34 << 26 | 13 << 16 | PACA.PACA_FTRACE_ENABLED) >>> 0;

/** Instruction `stdu`: major opcode 62, extended 1. */
const isStdu = (word: number): boolean => word >>> 26 === 62 && (word & 3) === 1;

function markKernel(space: AddressSpace, word: (label: string) => number): void {
  setPoint(space, word('klp_callback'), POINT.HOST_CALLBACK, 0);
  // The task's first call begins when its first frame is there.
  let sequence = word('thread_start');
  while (!isStdu(space.words[sequence]!)) sequence++;
  setPoint(space, sequence + 1, POINT.CALL_SEQUENCE, ROOT_CALL);
  setPoint(space, word('thread_call'), POINT.CALL, ROOT_CALL);
  setPoint(space, word('thread_return'), POINT.LAND_RESUME, ROOT_CALL);
  setPoint(space, word('thread_done'), POINT.DONE, 0);
  setPoint(space, word('schedule_pick'), POINT.SCHEDULE, 0);
  setPoint(space, word('graph_pop'), POINT.GRAPH_POP, 0);
  setPoint(space, word('kretprobe_callback'), POINT.KRETPROBE_CALLBACK, 0);
  setPoint(space, word('interrupt_entry'), POINT.INTERRUPT_ENTRY, 0);
  setPoint(space, word('interrupt_call'), POINT.CALL, HANDLER_CALL);
  setPoint(space, word('interrupt_return'), POINT.LAND_RESUME, HANDLER_CALL);
  setPoint(space, word('interrupt_exit'), POINT.INTERRUPT_EXIT, 0);
}
