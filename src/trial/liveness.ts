/**
 * Which memory a run still needs. Recorded once, instruction by instruction; afterwards it is known for each instruction boundary which
 * words will be read before they are written. What an interrupt leaves different in any other word, the rest of the run cannot notice. The judge reads too: marked
 * doublewords, and what a strategy keeps that declares how its label is resolved (obligation recoverable). The frames that it goes through for that lie where interrupt-transparency looks.
 *
 * And up to where the run has to do with the CPU that it is on in any other way than through r13: on another CPU r13 is that one's PACA, so loads and stores
 * through it find the same at the same place, and nothing else may depend on it.
 */
import { BESIDE_OF, IRQ_STACKS, PACAS, SOFTIRQ_STACKS } from '../image/pages.ts';
import { TEXT } from '../image/points.ts';
import { PAGE_SHIFT } from '../image/space.ts';
import { Access, accessOf, pacaUse, readsInterruptState } from './accesses.ts';
import type { Engine } from './engine.ts';

/** Pages that belong to a CPU. */
const OF_CPUS: readonly number[] = [...PACAS, ...[...IRQ_STACKS, ...SOFTIRQ_STACKS].flatMap((page) => [page, BESIDE_OF[page]!])];

export class Liveness {
  /** Words needed at the boundary that `at` was asked for last: the first `count`. Flat word indexes. */
  readonly words: number[] = [];
  count = 0;
  /** The run reads SRR0 or SRR1, which every interrupt changes: nothing can be said of any boundary. */
  unknowable = false;
  /** The last instruction (counted from 0) that depends on the CPU otherwise than by loads and stores through r13; -1: none. */
  bound = -1;

  /** Intervals of boundaries at which a word is needed, by their first. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #word: number[] = [];
  readonly #ends: number[] = [];
  #next = 0;

  // Accesses in the order made: step, and word * 2 + 1 for a store of the whole word.
  readonly #step: number[] = [];
  readonly #what: number[] = [];
  readonly #access = new Access();
  readonly #end = new Map<number, number>();

  /** Runs a begun run to its end. */
  record(engine: Engine): void {
    const { machine, space } = engine;
    const access = this.#access;
    this.#step.length = this.#what.length = 0;
    this.unknowable = false;
    this.bound = -1;
    // Where the strategy declares what its label stands for, the judge reads there.
    const { trace } = engine.judge.oracle;
    trace.listening = true;
    engine.go(() => {
      const at = machine.pc;
      const executed = machine.instructions;
      const word = space.words[at]!;
      accessOf(word, machine.regs, access);
      const flat = access.bytes > 0 ? machine.flat(access.hi, access.lo) : -1;
      // The judge compares a marked doubleword with what is stored there: it reads it.
      // What stands in for it at a site (twins.ts) may store less of it, and so keep the rest.
      const judged = flat >= 0 && access.store && (machine.isSite(at) || machine.marks[flat >>> 3] !== 0 || machine.marks[(flat + access.bytes - 1) >>> 3] !== 0);
      trace.asked = 0;
      const going = engine.step();
      for (let i = 0; i < trace.asked; i++) this.#note(executed, 4 * trace.memory[i]!, 4, false);
      if (machine.instructions === executed) return going;
      if (readsInterruptState(word) && space.textTag[at] !== TEXT.INTERRUPT) this.unknowable = true;
      if (this.#isBound(pacaUse(word), flat)) this.bound = executed;
      // What lies nowhere ends the run.
      if (flat >= 0) this.#note(executed, flat, access.bytes, access.store && !judged);
      return going;
    });
    trace.listening = false;
    this.#intervals();
  }

  /** Given how an instruction uses r13, and the flat byte that it accesses, -1: none. */
  #isBound(use: ReturnType<typeof pacaUse>, flat: number): boolean {
    if (use === 'otherwise') return true;
    const page = flat < 0 ? -1 : flat >>> PAGE_SHIFT;
    return use === 'base' ? page !== PACAS[0] : OF_CPUS.includes(page);
  }

  /** `write`: what was there does not matter. */
  #note(step: number, flat: number, bytes: number, write: boolean): void {
    for (let word = flat >>> 2; word <= (flat + bytes - 1) >>> 2; word++) {
      // A store of some of its bytes keeps the others: as if it was read.
      const whole = write && flat <= 4 * word && flat + bytes >= 4 * word + 4;
      this.#step.push(step);
      this.#what.push(2 * word + (whole ? 1 : 0));
    }
  }

  #intervals(): void {
    const from = this.#from, to = this.#to, words = this.#word, end = this.#end;
    from.length = to.length = words.length = 0;
    end.clear();
    for (let i = this.#step.length - 1; i >= 0; i--) {
      const word = this.#what[i]! >>> 1;
      const known = end.get(word);
      if ((this.#what[i]! & 1) === 0) {
        if (known === undefined) end.set(word, this.#step[i]!);
      } else if (known !== undefined) {
        from.push(this.#step[i]! + 1);
        to.push(known);
        words.push(word);
        end.delete(word);
      }
    }
    for (const [word, last] of end) {
      from.push(0);
      to.push(last);
      words.push(word);
    }
    from.reverse();
    to.reverse();
    words.reverse();
    this.#next = this.count = 0;
  }

  /** Goes to the boundary before instruction `step`. Boundaries come in ascending order. */
  at(step: number): void {
    const words = this.words, ends = this.#ends;
    for (let i = 0; i < this.count;) {
      if (ends[i]! >= step) {
        i++;
        continue;
      }
      this.count--;
      words[i] = words[this.count]!;
      ends[i] = ends[this.count]!;
    }
    for (; this.#next < this.#from.length && this.#from[this.#next]! <= step; this.#next++) {
      if (this.#to[this.#next]! < step) continue;
      words[this.count] = this.#word[this.#next]!;
      ends[this.count++] = this.#to[this.#next]!;
    }
  }
}
