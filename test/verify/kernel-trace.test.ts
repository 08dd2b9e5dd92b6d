/** Live-patched calls of a real kernel, as recorded (scripts/kernel-trace), beside the model's: at ftrace entry, at livepatch_handler, at its call, behind it, and at its return. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PLACES, eventsOfLog, eventsOfModel, factsOf } from '../../src/verify/kernel-trace.ts';
import type { KernelEvent, KernelPlace } from '../../src/verify/kernel-trace.ts';

interface Recorded { readonly events: readonly { readonly at: KernelPlace; readonly registers: Readonly<Record<string, string>> }[] }
const recorded = JSON.parse(readFileSync(new URL('recorded/kernel-6.1.json', import.meta.url), 'utf8')) as Recorded;
const REAL: readonly KernelEvent[] = recorded.events.map(({ at, registers }) => ({ at, registers: Object.fromEntries(Object.entries(registers).map(([name, value]) => [name, BigInt(`0x${value}`)])) }));
const changed = (index: number, register: string, value: (old: bigint) => bigint): KernelEvent[] =>
  REAL.map((event, i) => (i === index ? { ...event, registers: { ...event.registers, [register]: value(event.registers[register]!) } } : event));
const nth = (place: KernelPlace, n: number): number => REAL.map(({ at }, i) => (at === place ? i : -1)).filter((i) => i >= 0)[n]!;

test('seven calls, one of them while another is pending, are the same', () => {
  expect(factsOf(eventsOfModel())).toEqual(factsOf(REAL));
  for (const place of PLACES) expect(REAL.filter(({ at }) => at === place).length).toBe(7);
  const facts = factsOf(REAL).join('\n');
  expect(facts).toContain('entries +24');
  for (const word of ['CHANGED', 'OTHER', 'ELSEWHERE', 'NO RESULT']) expect(facts).not.toContain(word);
});

test.each([
  ['r2 that comes back wrong', nth('return', 2), 'r2'], ['a return address that does', nth('return', 0), 'lr'], ['a frame at the call', nth('call', 1), 'r1'],
  ['an argument that is lost', nth('handler', 2), 'r10'], ['a replacement that does not get its address in r12', nth('call', 3), 'r12'], ['a register that is not kept', nth('back', 4), 'r20'],
  ['a CR field that is not', nth('return', 5), 'cr'], ['a result that is lost', nth('return', 6), 'r3'], ['an entry of another size', nth('call', 4), 'r11'],
])('%s is seen', (_, index, register) => {
  const flip = register === 'cr' ? 0x0010_0000n : 8n;
  expect(factsOf(changed(index, register, (old) => old ^ flip))).not.toEqual(factsOf(eventsOfModel()));
});

test('another strategy does not do the same', () => {
  expect(factsOf(eventsOfModel('mini-frame'))).not.toEqual(factsOf(REAL));
});

test('a log of the emulator is read', () => {
  const row = (n: number, at: number): string => `GPR${String(n).padStart(2, '0')} ${[0, 1, 2, 3].map((i) => (at + n + i).toString(16).padStart(16, '0')).join(' ')}`;
  const state = (nip: number): string => `NIP ${nip.toString(16).padStart(16, '0')}   LR 00000000000000aa CTR 00000000000000bb XER 0000000000000000 CPU#0\nMSR 0 HID0 0\n${[0, 4, 8, 12, 16, 20, 24, 28].map((n) => row(n, nip)).join('\n')}\nCR 24000042  [ G ]\n`;
  const events = eventsOfLog(`${state(0x100)}${state(0x104)}${state(0x200)}`, { ftrace: 0x100n, handler: 0x200n, call: 0x204n, return: 0x210n });
  expect(events.map(({ at }) => at)).toEqual(['ftrace', 'handler']);
  expect(events[0]!.registers).toMatchObject({ r0: 0x100n, r31: 0x11fn, lr: 0xaan, ctr: 0xbbn, cr: 0x24000042n });
});
