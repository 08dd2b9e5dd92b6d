/** Which instruction of the model has written a register last, in front of the event at which it differs from a kernel's. */
import { disassemble } from '../../isa/disassemble.ts';
import type { ProgramImage } from '../../image/program.ts';
import { symbolAt } from '../../image/symbols.ts';
import type { StrategySet } from '../../image/core.ts';
import type { Machine } from '../../machine/machine.ts';
import { CR, CTR, LR } from '../../machine/registers.ts';
import { home } from '../moved.ts';

export class LastWrite {
  /** Flat word of it, -1: none yet. */
  private at = -1;
  private readonly machine: Machine;
  private readonly cell: number;
  private hi = 0;
  private lo = 0;

  /** `register` as facts name it. What is in memory, as an argument or 24(r1), is followed by nobody. */
  constructor(machine: Machine, register: string) {
    const number = /^r(\d+)$/.exec(register)?.[1];
    this.machine = machine;
    this.cell = number !== undefined ? 2 * Number(number) : register === 'LR' ? LR : register === 'CTR' ? CTR : register === 'CR2-4' ? CR : -1;
    this.take();
  }

  private take(): boolean {
    const { machine: { regs }, cell, hi, lo } = this;
    if (cell < 0) return false;
    this.hi = regs[cell]!;
    // CR is one word.
    this.lo = cell === CR ? 0 : regs[cell + 1]!;
    return this.hi !== hi || this.lo !== lo;
  }

  /** Behind the instruction at a flat word. */
  behind(word: number): void {
    if (this.take()) this.at = word;
  }

  /** In words; undefined: nobody has, or it is not followed. */
  text(image: ProgramImage, set: StrategySet, addressOf: (word: number) => bigint): string | undefined {
    if (this.at < 0) return undefined;
    const address = home(addressOf(this.at));
    return `${symbolAt(image, set, address)}: ${disassemble(this.machine.space.words[this.at]! >>> 0, address, (target) => symbolAt(image, set, target))}`;
  }
}
