/**
 * How the functions of an object's kernel are hooked, told by what its code does with LR. In line (until Linux 6.12 the only way) LR is the return address at livepatch_handler and CTR the
 * replacement; out of line (CONFIG_PPC_FTRACE_OUT_OF_LINE, 6.13 and later) r0 and LR are, and at the ftrace entry LR is an address in the function's stub, whose words say where the function is.
 */
import { rt } from '../isa/fields.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { wrong } from './walk.ts';
import type { CodeSection, Step } from './walk.ts';

/** mtctr with any register (Power ISA 2.07B Book I 3.3.17: mtspr, SPR 9). */
const isMtctr = (word: number): boolean => ((word & 0xfc1fffff) >>> 0) === 0x7c0903a6;

/** Of a handler: out of line it calls what was in LR. */
export function handlerStyle(steps: readonly Step[]): HookingStyle {
  const moved = steps.some(({ word, gprs, called }) => {
    const value = isMtctr(word) && !called ? gprs[rt(word)] : undefined;
    return value?.from === 'return' && value.offset === 0n;
  });
  return moved ? 'out-of-line' : 'in-line';
}

/** Of an ftrace entry: only one out of line reads what LR points to. */
export function entryStyle(steps: readonly Step[]): HookingStyle {
  return readsStub(steps) === undefined ? 'in-line' : 'out-of-line';
}

function readsStub(steps: readonly Step[]): Step | undefined {
  return steps.find(({ accesses, called }) => !called && accesses.some(({ kind, address }) => kind === 'load' && address?.from === 'return'));
}

/** @throws ObjectError where an entry is of another style than the handler. */
export function checkStyle(section: CodeSection, name: string, steps: readonly Step[], style: HookingStyle): void {
  const own = entryStyle(steps);
  if (own === style) return;
  const words = { 'in-line': 'in line', 'out-of-line': 'out of line' } as const;
  throw wrong(section, readsStub(steps) ?? steps[0]!, `${name} is the entry of functions that are hooked ${words[own]}, and the handler is for those that are hooked ${words[style]}`, 'both of one kernel, or one of them (--symbols)');
}
