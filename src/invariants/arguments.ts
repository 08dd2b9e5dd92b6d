/**
 * arguments: the callee sees the argument doublewords that were passed, in r3-r10 and from 96 of its caller's frame on (ELFv2 ABI 2.2.3),
 * at each entry and behind its ftrace call; the caller sees the results r3, r4 that were returned. Never looked at
 * later: the callee may overwrite them. Nobody on the way knows how many arguments there are: all of r3-r10 are as at the call.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';
import { ARGUMENT_WORDS } from './bounds.ts';

const ME = obligationIndex('arguments');
const REGISTERS = ['r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10'];
const STACK = ['96(r1)', '104(r1)', '112(r1)', '120(r1)'];

function seen(o: Oracle, d: number): void {
  if (d < 0) return;
  const count = o.argCount[d]!;
  const regs = o.machine.regs;
  const args = d * ARGUMENT_WORDS;
  // A replacement that runs again is another obligation's; its callee's arguments are looked at all the same.
  const inRegisters = o.ran[d]! > 1 ? Math.min(count, 8) : 8;
  for (let i = 0; i < inRegisters; i++) {
    if (regs[7 + 2 * i] !== o.args[args + 2 * i + 1] || regs[6 + 2 * i] !== o.args[args + 2 * i]) {
      o.violate(ME, d, REGISTERS[i]!, o.args[args + 2 * i]!, o.args[args + 2 * i + 1]!, regs[6 + 2 * i]!, regs[7 + 2 * i]!);
      return;
    }
  }
  if (count <= 8) return;
  const frame = o.registerOnStack(1);
  const words = o.machine.space.words;
  for (let i = 8; i < count; i++) {
    const word = frame < 0 ? -1 : (frame + 32 + 8 * i) >> 2;
    const hi = word < 0 ? 0 : words[word + 1]!;
    const lo = word < 0 ? 0 : words[word]!;
    if (lo !== o.args[args + 2 * i + 1] || hi !== o.args[args + 2 * i]) {
      o.violate(ME, d, STACK[i - 8]!, o.args[args + 2 * i]!, o.args[args + 2 * i + 1]!, hi, lo);
      return;
    }
  }
}

export const argumentsSeen: Invariant = {
  name: 'arguments',
  enter: seen,
  mcountReturn: seen,
  resume(o, d) {
    if (o.exited[d] === 0) return;
    const regs = o.machine.regs;
    for (let i = 0; i < 2; i++) {
      const hi = o.results[4 * d + 2 * i]!;
      const lo = o.results[4 * d + 2 * i + 1]!;
      if (regs[7 + 2 * i] !== lo || regs[6 + 2 * i] !== hi) {
        o.violate(ME, d, REGISTERS[i]!, hi, lo, regs[6 + 2 * i]!, regs[7 + 2 * i]!);
        return;
      }
    }
  },
};
