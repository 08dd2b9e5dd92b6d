/**
 * Symbols that every assembly text may use: what the kernel gets from asm-offsets.c and its headers. A strategy's own state adds to them
 * (contract/state.ts).
 */
import { FRAME } from '../abi/frame.ts';
import {
  EXGEN, FTRACE_FRAMES_BYTES, CALLEE_FRAME_BYTES, INTERRUPT_CALL_FRAME_BYTES, INTERRUPT_FRAME_BYTES,
  PT_REGS, REGS_FRAME_BYTES, RETURN_FRAME_BYTES, STACK_FRAME_OVERHEAD, SWITCH_FRAME, SWITCH_FRAME_BYTES, THREAD_FRAME_BYTES, ptRegsGpr,
} from './frames.ts';
import { KERNEL_REDZONE_SIZE, MSR, PACA, STACK_END_MAGIC, THREAD_INFO } from './layout.ts';

function gprSymbols(): Record<string, bigint> {
  const symbols: Record<string, bigint> = {};
  for (let n = 0; n < 32; n++) symbols[`GPR${n}`] = BigInt(STACK_FRAME_OVERHEAD + ptRegsGpr(n));
  return symbols;
}

function numbers(record: Readonly<Record<string, number>>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, BigInt(value)]));
}

/** Name to value, 64-bit unsigned. All fit in 31 bits, so that they may stand in any operand that is wide enough. */
export const KERNEL_SYMBOLS: Readonly<Record<string, bigint>> = {
  ...numbers(PACA),
  ...numbers(THREAD_INFO),
  ...numbers(EXGEN),
  STACK_END_MAGIC,
  KERNEL_REDZONE_SIZE: BigInt(KERNEL_REDZONE_SIZE),
  MSR_EE: MSR.EE,
  MSR_RI: MSR.RI,

  // Words of any frame (ELFv2 2.2.2.2).
  FRAME_BACK_CHAIN: BigInt(FRAME.BACK_CHAIN),
  FRAME_CR_SAVE: BigInt(FRAME.CR_SAVE),
  FRAME_RESERVED: BigInt(FRAME.RESERVED),
  FRAME_LR_SAVE: BigInt(FRAME.LR_SAVE),
  FRAME_TOC: BigInt(FRAME.TOC),

  // Frames that kernel code makes, and the register frame's fields from its r1.
  THREAD_FRAME: BigInt(THREAD_FRAME_BYTES),
  CALLEE_FRAME: BigInt(CALLEE_FRAME_BYTES),
  REGS_FRAME: BigInt(REGS_FRAME_BYTES),
  FTRACE_FRAMES: BigInt(FTRACE_FRAMES_BYTES),
  INTERRUPT_FRAME: BigInt(INTERRUPT_FRAME_BYTES),
  INTERRUPT_CALL_FRAME: BigInt(INTERRUPT_CALL_FRAME_BYTES),
  RETURN_FRAME: BigInt(RETURN_FRAME_BYTES),
  SWITCH_FRAME: BigInt(SWITCH_FRAME_BYTES),
  SWITCH_GPR14: BigInt(SWITCH_FRAME.GPR14),
  SWITCH_MSR: BigInt(SWITCH_FRAME.MSR),
  STACK_FRAME_OVERHEAD: BigInt(STACK_FRAME_OVERHEAD),
  ...gprSymbols(),
  _NIP: BigInt(STACK_FRAME_OVERHEAD + PT_REGS.NIP),
  _MSR: BigInt(STACK_FRAME_OVERHEAD + PT_REGS.MSR),
  _CTR: BigInt(STACK_FRAME_OVERHEAD + PT_REGS.CTR),
  _LINK: BigInt(STACK_FRAME_OVERHEAD + PT_REGS.LINK),
  _XER: BigInt(STACK_FRAME_OVERHEAD + PT_REGS.XER),
  _CCR: BigInt(STACK_FRAME_OVERHEAD + PT_REGS.CCR),
  RESULT: BigInt(STACK_FRAME_OVERHEAD + PT_REGS.RESULT),
};

/** The symbols as `.set` lines for GNU as: put in front of a text they make it assemble with `as -mpower8 -mregnames`. */
export function setLines(symbols: Readonly<Record<string, bigint>> = KERNEL_SYMBOLS): string {
  return Object.entries(symbols).map(([name, value]) => `.set ${name}, ${format(value)}\n`).join('');
}

const format = (value: bigint): string => (value < 4096n ? String(value) : `0x${value.toString(16)}`);
