/**
 * What an interrupt must leave alone (abi/permissions.ts, actor `interrupt`): a copy of it, taken before the first instruction
 * of interrupt entry, and looked at again before the `rfid`. Used by protected-zone and interrupt-transparency.
 */
import { PAGE_WORDS } from '../image/space.ts';
import { KERNEL_REDZONE_SIZE, PACA, PAGE_BYTES } from '../kernel/layout.ts';
import { CR, REGISTERS, SRR0 } from '../machine/registers.ts';
import { MAX_LEVELS } from './bounds.ts';
import type { Processor } from './processor.ts';

/** Registers compared: r0-r31, LR, CTR, SRR0, SRR1 are pairs at the front; then CR, SO, OV, CA. */
export const PAIRS = SRR0 + 4;
export const SINGLES_FROM = CR;
/** Words from a PACA's first, low halves, of what says whether a handler leaves the interrupted stack, and to which. */
export const IRQ_DEPTH = PACA.PACA_IRQ_DEPTH >> 2;
export const IRQ_TOP = PACA.PACA_HARDIRQ_STACK >> 2;
export const IRQ_OWN_STACK = PACA.PACA_IRQ_OWN_STACK >> 2;

export class Snapshots {
  readonly regs = new Int32Array((MAX_LEVELS + 1) * REGISTERS);
  /** Flat byte offset of the interrupted r1, -1: on no stack. */
  readonly frame = new Int32Array(MAX_LEVELS + 1);
  /** Flat word of the interrupted instruction. */
  readonly pc = new Int32Array(MAX_LEVELS + 1);
  /** PACA_IRQ_DEPTH, low half. */
  readonly irqDepth = new Int32Array(MAX_LEVELS + 1);
  private readonly memory = new Int32Array((MAX_LEVELS + 1) * PAGE_WORDS);

  /** `frame`: flat byte offset of the interrupted r1, or -1. `paca`: first flat word of the executing CPU's. */
  take(machine: Processor, frame: number, level: number, paca: number): void {
    const { regs, space } = machine;
    const row = level * REGISTERS;
    for (let i = 0; i < REGISTERS; i++) this.regs[row + i] = regs[i]!;
    this.pc[level] = machine.fetch(regs[SRR0]!, regs[SRR0 + 1]!);
    this.irqDepth[level] = space.words[paca + IRQ_DEPTH]!;
    this.frame[level] = frame;
    if (frame < 0) return;
    const end = this.endOf(frame);
    const copy = level * PAGE_WORDS;
    for (let word = this.from(frame); word < end; word++) this.memory[copy + (word & (PAGE_WORDS - 1))] = space.words[word]!;
  }

  /** First and last word of the protected stack of the interrupted code: from r1-288 to the top of its stack. */
  from(frame: number): number {
    const bottom = frame & -PAGE_BYTES;
    return Math.max(bottom, frame - KERNEL_REDZONE_SIZE) >> 2;
  }

  endOf(frame: number): number {
    return ((frame & -PAGE_BYTES) + PAGE_BYTES) >> 2;
  }

  /** The first flat word in [from, to) that differs from the copy, or -1. */
  differs(words: Int32Array, level: number, from: number, to: number): number {
    const copy = level * PAGE_WORDS;
    for (let word = from; word < to; word++) {
      if (words[word] !== this.memory[copy + (word & (PAGE_WORDS - 1))]) return word;
    }
    return -1;
  }

  /**
   * For a task that gives up its CPU inside interrupt `level` (parked.ts). Of the copy of its stack only what `take` wrote: from r1-288 on, some hundred
   * words of a page, and this happens twice a switch.
   */
  copyOut(level: number, regs: Int32Array, memory: Int32Array): void {
    for (let i = 0; i < REGISTERS; i++) regs[i] = this.regs[level * REGISTERS + i]!;
    for (let i = this.firstOf(this.frame[level]!); i < PAGE_WORDS; i++) memory[i] = this.memory[level * PAGE_WORDS + i]!;
  }

  /** `frame`: of that level, as it was when it was put aside. */
  copyIn(level: number, frame: number, regs: Int32Array, memory: Int32Array): void {
    this.frame[level] = frame;
    for (let i = 0; i < REGISTERS; i++) this.regs[level * REGISTERS + i] = regs[i]!;
    for (let i = this.firstOf(frame); i < PAGE_WORDS; i++) this.memory[level * PAGE_WORDS + i] = memory[i]!;
  }

  /** The first word of a level's copy that is in use; PAGE_WORDS: none, since r1 was on no stack. */
  private firstOf(frame: number): number {
    return frame < 0 ? PAGE_WORDS : this.from(frame) & (PAGE_WORDS - 1);
  }

  was(level: number, word: number): number {
    return this.memory[level * PAGE_WORDS + (word & (PAGE_WORDS - 1))]!;
  }
}
