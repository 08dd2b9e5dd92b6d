/**
 * The model's run of a scenario in which one task sleeps once, and the second patch is enabled meanwhile: what its walker finds on the stack, and whether the task is switched while it sleeps.
 * The judge asks nothing, so the run goes on behind what it would call a violation.
 */
import { THREAD_INFOS, TASK_STACKS, FIXED } from '../../image/pages.ts';
import { POINT, TEXT } from '../../image/points.ts';
import { StackTrace } from '../../invariants/unwind.ts';
import { PAGE_BYTES, THREAD_INFO } from '../../kernel/layout.ts';
import { high, low } from '../../machine/halves.ts';
import type { Strategy } from '../../contract/strategy.ts';
import type { Observer, Stop } from '../../machine/observer.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { recoveryOf } from '../../trial/declare.ts';
import { ENDING, Engine } from '../../trial/engine.ts';
import { NEWS } from '../../trial/patch-news.ts';
import { ModelSide, NOBODY } from './model-side.ts';
import type { SideRun } from './model-side.ts';

export interface SleepRun extends SideRun {
  /** How often it slept. */
  readonly sleeps: number;
  /** Return addresses that a walk finds while it sleeps, the newest first; 'unreliable' alone where it calls itself so. */
  readonly trace: readonly string[];
  /** Of the transition: `switched` while it sleeps, or `held`; undefined: there was none under way. */
  readonly transition: 'switched' | 'held' | undefined;
  /** When the module of the patch that was turned off is removed; undefined: never in this run. */
  readonly removed: Removed | undefined;
}

export type Removed = 'while it sleeps' | 'behind its end';

export class SleepModel extends ModelSide {
  private readonly judged: Engine;
  private readonly strategies: readonly Strategy[];

  constructor(strategies: readonly Strategy[]) {
    super(strategies);
    this.strategies = strategies;
    this.judged = new Engine(strategies, { obligations: [] });
  }

  override get engineOfRun(): Engine {
    return this.judged;
  }

  /** Patched, from its beginning. */
  sleepRun(scenario: Scenario, strategy: number): SleepRun {
    const engine = this.judged, { machine, space, host } = engine;
    this.on = { machine, space, addressOf: (word) => space.addressOf(word << 2) };
    engine.load(scenario);
    engine.begin(strategy, true, false);
    engine.transitions.telling = true;
    let sleeps = 0, trace: readonly string[] = [], told = 0, transition: SleepRun['transition'], removed: SleepRun['removed'];
    const watch = machine.observer;
    const run = this.observed(scenario, false, {
      point: (kind, data, word) => {
        if (kind === POINT.SCHEDULE && !host.tasks.preempting) {
          sleeps++;
          trace = this.traceOf(strategy);
          told = engine.transitions.news.length;
        }
        const over = watch.point(kind, data, word);
        if (kind === POINT.SCHEDULE && !host.tasks.preempting) {
          for (const [what] of engine.transitions.news.slice(told)) {
            if (what === NEWS.AWAY || what === NEWS.HELD) transition = what === NEWS.AWAY ? 'switched' : 'held';
            if (what === NEWS.GONE) removed = 'while it sleeps';
          }
        }
        return over;
      },
      go: () => {
        if (this.followed === undefined) engine.go();
        else this.goes(engine);
        return engine.ending === ENDING.STUCK ? this.stuck() : undefined;
      },
      stop: () => { engine.ending = ENDING.DONE; },
      // What is removed when the task is done is removed behind its return.
      through: scenario.world?.transitions?.some(({ unload }) => unload === true) === true,
    });
    if (removed === undefined && engine.transitions.news.some(([what]) => what === NEWS.GONE)) removed = 'behind its end';
    return { ...run, sleeps, trace, transition, removed };
  }

  /** One instruction after the other. */
  private goes(engine: Engine): void {
    const behind = this.follow();
    engine.go(() => {
      const { pc } = engine.machine, more = engine.step();
      behind(pc);
      return more;
    });
  }

  /** How the machine stopped: it stops in the same way again. */
  private stuck(): Stop {
    const { machine } = this.judged, before = machine.observer;
    machine.observer = UNSEEN;
    try {
      return machine.run(1);
    } finally {
      machine.observer = before;
    }
  }

  /** What the kernel's walker is to find: addresses by their names. */
  private traceOf(strategy: number): readonly string[] {
    const { machine, space, set } = this.judged, trace = new StackTrace(), names = this.names();
    const stack = TASK_STACKS[0] * PAGE_BYTES, info = THREAD_INFOS[0] * PAGE_BYTES, ksp = (info + THREAD_INFO.TI_ksp) >> 2;
    const onStack = (hi: number, lo: number): number => (hi === high(FIXED[TASK_STACKS[0]]!) && (lo & -PAGE_BYTES) === low(FIXED[TASK_STACKS[0]]!) ? stack + (lo & (PAGE_BYTES - 1)) : -1);
    if (!trace.walk(machine, space.words[ksp + 1]!, space.words[ksp]!, onStack, recoveryOf(this.strategies[strategy]!, set.current, 0), info)) return ['unreliable'];
    return [...trace.words.subarray(0, trace.count)].map((word) => {
      if (space.textTag[word] === TEXT.HOOK) return 'the hook';
      const address = space.addressOf(word << 2);
      return names.code(address, 'lr', NOBODY) ?? 'other';
    });
  }
}

const UNSEEN: Observer = { point: () => false, markedStore: () => false, wildLanding: () => false };
