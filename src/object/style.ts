/**
 * How the functions of an object's kernel are hooked, told by what its code does with LR. In line (until Linux 6.12 the only way) LR is the return address at livepatch_handler and CTR the
 * replacement; out of line (CONFIG_PPC_FTRACE_OUT_OF_LINE, 6.13 and later) r0 and LR are, and at the ftrace entry LR is an address in the function's stub, whose words say where the function is.
 */
import { rt } from '../isa/fields.ts';
import type { HookingStyle } from '../kernel/core.ts';
import type { Step } from './walk.ts';

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

/** Of an ftrace entry: the word that reads what LR points to, as only one out of line does. */
export function readsStub(steps: readonly Step[]): Step | undefined {
  return steps.find(({ accesses, called }) => !called && accesses.some(({ kind, address }) => kind === 'load' && address?.from === 'return'));
}
