/**
 * Trials: one scenario at a time, run under each of a set of strategies, unpatched, or under the control hook, and judged. A run that holds
 * allocates nothing. Everything here is a function of scenario and strategies: no clock, no randomness, the same on every machine.
 */
import type { Strategy } from '../contract/strategy.ts';
import type { Verdict } from '../contract/verdict.ts';
import { CONTROL } from '../image/core.ts';
import { textAt } from '../image/listing.ts';
import { hookLabelAt, symbolAt } from '../image/symbols.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { WITNESS } from './counts.ts';
import type { Coverage } from './coverage.ts';
import { isComparable } from './differential.ts';
import { ENDING, Engine } from './engine.ts';
import type { EngineOptions } from './engine.ts';
import { modelHash } from './model-hash.ts';
import { digestOf, followRun, recordRun } from './record.ts';
import type { PlainStep, TraceStep } from './record.ts';
import { QuietVerdict, violationsOf } from './verdict.ts';

export type TrialOptions = EngineOptions;

/** Is the unpatched run's trace known? */
const REFERENCE = {
  UNKNOWN: 0, KNOWN: 1, NONE: 2,
  /** It should be, but the unpatched run does not come to its end: what seems to hold is undecided. */
  FAILED: 3,
} as const;

export class Trials {
  readonly strategies: readonly Strategy[];
  /** Instructions executed by all runs so far. */
  instructions = 0;

  /** For whoever runs the loaded scenario in a way of its own (fork.ts). */
  readonly engine: Engine;
  private readonly quiet = new QuietVerdict();
  private readonly checks: boolean;
  private reference: number = REFERENCE.NONE;

  /** @throws AssemblyError when a strategy's text does not assemble. */
  constructor(strategies: readonly Strategy[], options: TrialOptions = {}) {
    this.strategies = strategies;
    this.checks = options.checks ?? true;
    this.engine = new Engine(strategies, options);
  }

  /** What the harness is (model-hash.ts): the same of all trials of a build, whatever their options. 16 hexadecimal digits. */
  get modelHash(): string {
    return modelHash();
  }

  /** All strategies, in the order in which running them on one scenario is cheapest. The answers do not depend on it. */
  get order(): readonly number[] {
    return this.engine.set.order;
  }

  /** By index in WITNESSES; grows until `resetWitnesses`. Only `run` and `runUnpatched` count. */
  get witnesses(): Float64Array {
    return this.engine.counts.witnesses;
  }

  /** What the newest `run` was at: sites of the strategy's own code, and situations of hooked calls. */
  get coverage(): Coverage {
    return this.engine.coverage;
  }

  resetWitnesses(): void {
    this.witnesses.fill(0);
  }

  /** Takes a valid scenario for the runs that follow. It is lowered when a run needs it. */
  load(scenario: Scenario): void {
    this.engine.load(scenario);
    this.reference = this.checks && isComparable(scenario) ? REFERENCE.UNKNOWN : REFERENCE.NONE;
  }

  /** Whether the strategy can be run on the loaded scenario: it has code for the way in which the scenario's functions are hooked. */
  applicable(strategy: number): boolean {
    return strategy >= 0 && strategy < this.strategies.length && this.engine.applicable(strategy);
  }

  /**
   * Runs the loaded scenario, patched, under a strategy (index). The verdict is good until the next run.
   * @throws RangeError where the strategy is not applicable.
   */
  run(strategy: number): Verdict {
    this.compare();
    this.engine.begin(strategy, true, true);
    this.traces();
    if (this.reference === REFERENCE.KNOWN) this.witnesses[WITNESS.differential]!++;
    this.engine.go();
    return this.verdict(this.reference === REFERENCE.FAILED);
  }

  /** The scenario as it is without patches. */
  runUnpatched(): Verdict {
    this.witnesses[WITNESS.unpatched]!++;
    this.engine.begin(CONTROL, false, false);
    this.engine.go();
    return this.verdict();
  }

  /** Patched, under the control hook: what fails there is the program's fault. */
  runControl(): Verdict {
    this.engine.begin(CONTROL, true, false);
    this.engine.go();
    return this.verdict();
  }

  /** Does the loaded scenario fail unpatched or under the control hook? Then its program is wrong, whatever strategies make of it. */
  isProgramFault(): boolean {
    return this.runUnpatched().outcome !== 'holds' || this.runControl().outcome !== 'holds';
  }

  /** The same run as `run`, with a visit after each instruction. Witnesses are not counted. */
  record(strategy: number, visit: (step: TraceStep) => void): Verdict {
    return this.visited(strategy, (engine) => { recordRun(engine, visit); });
  }

  /** The same, without names and texts: some times as fast. */
  follow(strategy: number, visit: (step: PlainStep) => void): Verdict {
    return this.visited(strategy, (engine) => { followRun(engine, visit); });
  }

  private visited(strategy: number, run: (engine: Engine) => void): Verdict {
    this.compare();
    this.engine.begin(strategy, true, false);
    this.traces();
    run(this.engine);
    return this.verdict(this.reference === REFERENCE.FAILED);
  }

  /** Hash of the whole run: every instruction's address, every change of a register and every store. 16 hexadecimal digits. */
  digest(strategy: number): string {
    this.compare();
    this.engine.begin(strategy, true, false);
    this.traces();
    const digest = digestOf(this.engine);
    this.instructions += this.engine.machine.instructions;
    this.untraced();
    return digest;
  }

  /** Hash of a strategy's code as assembled and of its declarations. 16 hexadecimal digits. */
  strategyHash(strategy: number): string {
    return this.engine.set.hashOf(strategy);
  }

  /** The name of an address in the program that ran last, or the address in hexadecimal. */
  symbolOf(address: bigint): string {
    return symbolAt(this.engine.image, this.engine.set, address);
  }

  /** The instruction at an address in the program that ran last, disassembled; undefined where no code is mapped. */
  textOf(address: bigint): string | undefined {
    return textAt(this.engine.image, this.engine.set, address);
  }

  /** Lowers the loaded scenario for a strategy (index, or CONTROL), as its run does where that has not been done; for measurements. */
  prepare(strategy: number): void {
    this.engine.prepare(strategy);
  }

  /** The next run needs an unpatched one before it (`compare`). */
  get unpatchedFirst(): boolean {
    return this.reference === REFERENCE.UNKNOWN;
  }

  /** Makes the unpatched run's trace known, where obligation `differential` speaks of the scenario. The first run of a scenario does it too. */
  compare(): void {
    if (this.reference !== REFERENCE.UNKNOWN) return;
    const { engine } = this;
    const { oracle } = engine.judge;
    engine.begin(CONTROL, false, false);
    oracle.observed.wanted = true;
    engine.go();
    oracle.observed.wanted = false;
    this.instructions += engine.machine.instructions;
    this.reference = engine.ending === ENDING.DONE ? REFERENCE.KNOWN : REFERENCE.FAILED;
    oracle.observed.keep();
  }

  /** Sets a begun run to be compared. */
  private traces(): void {
    const { oracle } = this.engine.judge;
    oracle.observed.wanted = oracle.observed.compares = this.reference === REFERENCE.KNOWN;
  }

  /** The run is over: the next scenario's trace is compared with nothing. */
  private untraced(): void {
    const { observed } = this.engine.judge.oracle;
    observed.wanted = observed.compares = false;
  }

  /** `unfinished`: something that should have been judged could not be. */
  private verdict(unfinished = false): Verdict {
    const { engine, quiet } = this;
    const { instructions } = engine.machine;
    const { oracle } = engine.judge;
    this.instructions += instructions;
    this.untraced();
    // Text that was removed has its names again.
    engine.transitions.restore();
    if (oracle.notes.count > 0) {
      const violations = violationsOf(oracle, (word) => hookLabelAt(engine.image, engine.set, word));
      return { outcome: 'violated', violations, instructions };
    }
    quiet.outcome = engine.ending === ENDING.BUDGET ? 'out-of-budget' : engine.ending === ENDING.STUCK || unfinished ? 'undecided' : 'holds';
    quiet.instructions = instructions;
    return quiet;
  }
}
