/**
 * Tracing that is switched off on a CPU, and on again (scenario.ts, TracingSwitch): the host writes the PACA's byte between two instructions, and tells the
 * judge. Where ftrace entry asks for that byte the judge takes note; that point is there only in runs in which somebody switches it, so that others pay nothing.
 */
import { PACAS } from '../image/pages.ts';
import { POINT } from '../image/points.ts';
import { DIRTY_SHIFT, PAGE_WORDS } from '../image/space.ts';
import type { Oracle } from '../invariants/oracle.ts';
import { PACA } from '../kernel/layout.ts';
import type { Machine } from '../machine/machine.ts';
import type { TracingSwitch } from '../scenario/scenario.ts';

/** What a recorded run says, by CPU, off and on. */
const TEXTS = PACAS.flatMap((_, cpu) => ['off', 'on'].map((word) => `tracing switched ${word} on CPU ${cpu}`));

export class Tracing {
  /** Times that it has been switched in this run, and the last one in words. */
  switched = 0;
  text = '';
  private readonly machine: Machine;
  private readonly oracle: Oracle;
  /** The word that carries POINT.TRACING_TEST for the begun run, and what it carries otherwise; -1: none. */
  private test = -1;
  private before = 0;

  constructor(machine: Machine, oracle: Oracle) {
    this.machine = machine;
    this.oracle = oracle;
  }

  /** Before a run. `test`: flat word at which the mapped ftrace entry asks whether tracing is on; -1: nobody switches it. */
  begin(test: number): void {
    this.switched = 0;
    if (this.test === test) return;
    if (this.test >= 0) this.mark(this.test, this.before);
    this.test = test;
    if (test < 0) return;
    this.before = this.machine.space.pointKind[test]!;
    this.mark(test, POINT.TRACING_TEST);
  }

  /** It is switched now. */
  switch({ cpu, on }: TracingSwitch): void {
    const { space } = this.machine;
    const byte = PACAS[cpu]! * 4 * PAGE_WORDS + PACA.PACA_FTRACE_ENABLED;
    space.bytes[byte] = this.oracle.tracing[cpu] = on ? 1 : 0;
    space.dirty[byte >>> DIRTY_SHIFT] = 1;
    this.switched++;
    this.text = TEXTS[cpu * 2 + (on ? 1 : 0)]!;
  }

  private mark(word: number, kind: number): void {
    this.machine.space.pointKind[word] = kind;
    this.machine.undecode(word, word + 1);
  }
}
