/**
 * A real kernel's live-patched calls beside the model's: what ftrace entry and livepatch_handler of Linux 6.1 had in registers, recorded under an emulator
 * (scripts/kernel-trace), and what the model's ftrace entry and `livepatch-stack` have at the same places. Addresses differ, so what is compared is which of them are equal to which:
 * in the order in which they are met, each new value of an address register is a new name. Arguments, results and what must be kept are compared with themselves earlier in the same call.
 */
import { CONTROL } from '../image/core.ts';
import { TEXT } from '../image/points.ts';
import { CR, CTR, LR } from '../machine/registers.ts';
import { parseScenario } from '../scenario/notation.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { Engine } from '../trial/engine.ts';

/** `ftrace`: at the first instruction of the ftrace entry; `handler`: of livepatch_handler; `call`: at its branch to the replacement; `back`: behind that; `return`: at its last instruction. */
export const PLACES = ['ftrace', 'handler', 'call', 'back', 'return'] as const;
export type KernelPlace = (typeof PLACES)[number];

/** Registers before an instruction: r0 to r31, lr, ctr, cr, 64-bit unsigned. */
export interface KernelEvent {
  readonly at: KernelPlace;
  readonly registers: Readonly<Record<string, bigint>>;
}

/** What scripts/kernel-trace/klpa.c and klpb.c do, as a scenario: A is klpa_a, B klpa_leaf, C klpa_again, D klpa_many, E klpa_outer, F klpa_inner, G klpa_tail. */
export const KERNEL_SCENARIO = `
  A:M -> local B, local C, local D, local E, indirect B, local G
  B:M patched
  C:M args 1 patched
  D:M args 10 patched
  E:M args 1 patched -> global F
  F:M args 1 patched
  G:M args 1 -> sibling B`;

/** The states of a log of `qemu -d cpu` at places. `ftrace`, `handler`, `call`, `return`: addresses. */
export function eventsOfLog(log: string, places: Readonly<Record<'ftrace' | 'handler' | 'call' | 'return', bigint>>): KernelEvent[] {
  const at = new Map<bigint, KernelPlace>([
    [places.ftrace, 'ftrace'], [places.handler, 'handler'], [places.call, 'call'], [places.call + 4n, 'back'], [places.return, 'return'],
  ]);
  return log.split(/^NIP /m).slice(1).flatMap((block) => {
    const head = /^([0-9a-f]{16})\s+LR ([0-9a-f]{16}) CTR ([0-9a-f]{16})/.exec(block);
    const place = head === null ? undefined : at.get(BigInt(`0x${head[1]}`));
    if (head === null || place === undefined) return [];
    const registers: Record<string, bigint> = { lr: BigInt(`0x${head[2]}`), ctr: BigInt(`0x${head[3]}`) };
    for (const row of block.matchAll(/^GPR(\d\d) ([0-9a-f ]+)$/gm)) row[2]!.trim().split(' ').forEach((value, i) => { registers[`r${Number(row[1]) + i}`] = BigInt(`0x${value}`); });
    registers['cr'] = BigInt(`0x${/^CR ([0-9a-f]{8})/m.exec(block)?.[1] ?? '0'}`);
    return [{ at: place, registers }];
  });
}

/** The states of the model's run of KERNEL_SCENARIO under a strategy, at the same places. */
export function eventsOfModel(strategy = 'livepatch-stack', text = KERNEL_SCENARIO): KernelEvent[] {
  const engine = new Engine(BUILT_IN, {});
  const { machine, space, set } = engine;
  engine.load(parseScenario(text));
  const index = BUILT_IN.findIndex(({ name }) => name === strategy);
  engine.begin(index === -1 ? CONTROL : index, true, false);
  const page = set.pages[index]!;
  const places = new Map<number, KernelPlace>([[page.labels.get('ftrace_entry')!, 'ftrace'], [page.labels.get('livepatch_handler')!, 'handler']]);
  for (let word = page.labels.get('livepatch_handler')!; space.textTag[word] === TEXT.HOOK; word += 1) {
    if (space.words[word] === BCTRL) { places.set(word, 'call'); places.set(word + 1, 'back'); }
    if (space.words[word] === BLR) places.set(word, 'return');
  }
  const events: KernelEvent[] = [];
  engine.go(() => {
    const place = places.get(machine.pc);
    if (place !== undefined) events.push({ at: place, registers: registersOf(machine.regs) });
    return engine.step();
  });
  return events;
}

const BCTRL = 0x4e800421, BLR = 0x4e800020;

function registersOf(regs: Int32Array): Record<string, bigint> {
  const pair = (i: number): bigint => BigInt.asUintN(64, (BigInt(regs[i]!) << 32n) | BigInt(regs[i + 1]! >>> 0));
  return { ...Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`r${n}`, pair(2 * n)])), lr: pair(LR), ctr: pair(CTR), cr: BigInt(regs[CR]! >>> 0) };
}

/** Address registers that mean something at a place; r0 holds the way back into the caller at ftrace entry, r11 the end of the task's newest entry at the branch. */
const ADDRESSES: Readonly<Record<KernelPlace, readonly string[]>> = {
  ftrace: ['r0', 'r1', 'r2', 'r13', 'lr'], handler: ['r1', 'r2', 'r13', 'lr', 'ctr'], call: ['r1', 'r12', 'r13', 'ctr', 'r11'], back: ['r1', 'r13', 'lr'], return: ['r1', 'r2', 'r13', 'lr'],
};
const ARGUMENTS = ['r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10'];
const KEPT = Array.from({ length: 18 }, (_, i) => `r${14 + i}`);
/** CR2 to CR4. */
const KEPT_CR = 0x00fff000n;

/** Lines that say what the events show, equal for two machines that do the same. */
export function factsOf(events: readonly KernelEvent[]): string[] {
  const names = new Map<string, string>();
  const lines: string[] = [];
  /** Calls on their way: where each began, and what came back from its replacement. */
  const pending: { readonly began: KernelEvent; back?: KernelEvent }[] = [];
  let entries: bigint | undefined;
  for (const event of events) {
    const { at, registers } = event;
    if (at === 'ftrace') pending.push({ began: event });
    const call = pending.at(-1);
    const facts = ADDRESSES[at].filter((name) => name !== 'r11').map((name) => `${name} ${named(names, name, registers[name]!)}`);
    if (at === 'call') {
      entries ??= registers['r11']!;
      facts.push(`entries ${registers['r11']! - entries >= 0n ? '+' : ''}${registers['r11']! - entries}`);
    }
    if (call !== undefined) {
      const { began, back } = call;
      if (at === 'handler' || at === 'call') facts.push(same('arguments', ARGUMENTS, began, event));
      if (at !== 'ftrace') facts.push(same('kept', KEPT, began, event), (began.registers['cr']! & KEPT_CR) === (registers['cr']! & KEPT_CR) ? 'CR2-4 as before' : 'CR2-4 CHANGED');
      if (at === 'back') call.back = event;
      if (at === 'return') facts.push(back === undefined ? 'NO RESULT' : same('result', ['r3'], back, event), `r2 ${registers['r2'] === began.registers['r2'] ? 'as at ftrace' : 'OTHER'}`, `lr ${registers['lr'] === began.registers['r0'] ? 'the way back' : 'ELSEWHERE'}`);
      if (at === 'return') pending.pop();
    }
    lines.push(`${at}: ${facts.join(', ')}`);
  }
  return lines;
}

function named(names: Map<string, string>, register: string, value: bigint): string {
  // r1 and r13 point to data, the others to text or a TOC: a name is of one sort.
  const sort = register === 'r1' ? 'frame' : register === 'r13' ? 'paca' : register === 'r2' ? 'toc' : 'text';
  const key = `${sort} ${value}`;
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = `${sort}${[...names.values()].filter((it) => it.startsWith(sort)).length + 1}`;
  names.set(key, name);
  return name;
}

function same(what: string, names: readonly string[], before: KernelEvent, now: KernelEvent): string {
  const changed = names.filter((name) => before.registers[name] !== now.registers[name]);
  return changed.length === 0 ? `${what} as before` : `${what} CHANGED ${changed.join(' ')}`;
}
