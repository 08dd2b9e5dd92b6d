/**
 * What a run goes on from at an instruction boundary: saved there, looked at when what has landed there comes back (fork.ts), and put back. Memory is
 * put back by Shadow; here lies what of it the rest of the run needs. A task that comes back on the other CPU has that one's PACA in r13, and what it had
 * in the old one must be in the new one, at the same place.
 */
import type { CorePage } from '../image/core-page.ts';
import { PAGE } from '../image/pages.ts';
import { PAGE_WORDS } from '../image/space.ts';
import { REGISTERS, SRR0 } from '../machine/registers.ts';
import { declare } from './declare.ts';
import type { Engine } from './engine.ts';
import type { Liveness } from './liveness.ts';
import { PACA_OF } from './tasks.ts';

/** Index of r13's halves. */
const R13 = 26;
/** From a word of the first CPU's PACA to that of the second one. */
const OTHER_PACA = (PAGE.PACA1 - PAGE.PACA) * PAGE_WORDS;

export class Boundary {
  pc = 0;
  /** Instructions executed before it. */
  steps = 0;
  asked = 0;
  notes = 0;
  private readonly engine: Engine;
  private readonly live: Liveness;
  private readonly regs = new Int32Array(REGISTERS);
  private memory = new Int32Array(256);
  /** What an interrupt changes in the judge's record, by pending call: the last point of its hook, and what may have been written. */
  private pending = new Int32Array(64);
  private passed = 0;
  private readonly oracle = { depth: 0, pushes: 0, at: 0, step: 0, handler: 0 };
  /** Two words: the pointer that the strategy publishes, which the judge reads; -1: none. */
  private published = -1;

  constructor(engine: Engine, live: Liveness) {
    this.engine = engine;
    this.live = live;
  }

  /** The machine is at it; `live` knows what is needed there. */
  save(): void {
    const { engine: { machine, space: { words }, judge: { oracle } }, live, oracle: saved } = this;
    this.regs.set(machine.regs);
    this.pc = machine.pc;
    this.steps = machine.instructions;
    this.asked = machine.asked;
    this.passed = machine.passed;
    if (this.memory.length < live.count + 2) this.memory = new Int32Array(2 * live.count + 2);
    for (let i = 0; i < live.count; i++) this.memory[i] = words[live.words[i]!]!;
    this.published = oracle.publishedCell >> 2;
    if (this.published >= 0) {
      this.memory[live.count] = words[this.published]!;
      this.memory[live.count + 1] = words[this.published + 1]!;
    }
    saved.depth = oracle.depth;
    saved.pushes = oracle.pushes;
    saved.at = oracle.at;
    saved.step = oracle.step;
    saved.handler = oracle.handler;
    this.notes = oracle.notes.count;
    if (this.pending.length < 2 * oracle.depth + 1) this.pending = new Int32Array(4 * oracle.depth + 1);
    for (let d = 0; d <= oracle.depth; d++) this.pending[2 * d] = oracle.hook[d]!;
    for (let d = 0; d < oracle.depth; d++) this.pending[2 * d + 1] = oracle.written[d]!;
  }

  /** Is the machine there again, with registers and needed memory as they were, so that the rest of the run cannot tell the difference? */
  same(): boolean {
    const { engine: { machine, space: { words }, judge: { oracle } }, live, memory, regs, oracle: saved } = this;
    const moved = machine.cpu !== 0;
    if (machine.pc !== this.pc || live.unknowable || (moved && live.bound >= this.steps)) return false;
    if (oracle.task !== 0 || oracle.depth !== saved.depth || oracle.level !== 0 || oracle.pushes !== saved.pushes) return false;
    for (let i = 0; i < live.count; i++) if (words[this.here(live.words[i]!, moved)] !== memory[i]) return false;
    if (this.published >= 0) {
      const cell = this.here(this.published, moved);
      if (words[cell] !== memory[live.count] || words[cell + 1] !== memory[live.count + 1]) return false;
    }
    for (let i = 0; i < REGISTERS; i++) {
      if (machine.regs[i] === regs[i] || (i >= SRR0 && i < SRR0 + 4)) continue;
      if (!moved || (i !== R13 && i !== R13 + 1) || machine.regs[i] !== PACA_OF[2 * machine.cpu + i - R13]) return false;
    }
    return true;
  }

  /** Where the rest of the run finds what it would have found in `word`. */
  private here(word: number, moved: boolean): number {
    return moved && word >= PAGE.PACA * PAGE_WORDS && word < (PAGE.PACA + 1) * PAGE_WORDS ? word + OTHER_PACA : word;
  }

  /** Everything but memory as it was. `strategy`: index; `page`: its page that runs. */
  restore(strategy: number, page: CorePage): void {
    const { engine: { machine, host, judge: { oracle }, set }, oracle: saved } = this;
    const moved = machine.cpu !== 0;
    machine.cpu = 0;
    // The stack that a handler had, too, is again the one that it is where nobody says another.
    oracle.switchTo(0, 0, oracle.root);
    if (moved) declare(oracle, set.strategies[strategy], page);
    host.tasks.begin(undefined);
    machine.regs.set(this.regs);
    machine.asked = this.asked;
    machine.passed = this.passed;
    machine.instructions = this.steps;
    oracle.pushes = saved.pushes;
    oracle.at = saved.at;
    oracle.step = saved.step;
    oracle.handler = saved.handler;
    for (let d = 0; d <= saved.depth; d++) oracle.hook[d] = this.pending[2 * d]!;
    for (let d = 0; d < saved.depth; d++) oracle.written[d] = this.pending[2 * d + 1]!;
  }
}
