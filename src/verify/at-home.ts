/**
 * The run at the model's own addresses, as trials judge it, against the same run of the twin, which is what is compared with the outside: the same points in the same order, and there
 * r1, r2, LR and r3 to r10 the same but for the move; interrupts arrive before the same words. So a verdict is about what was compared.
 */
import { POINT } from '../image/points.ts';
import type { Observer } from '../machine/observer.ts';
import { LR, SRR0 } from '../machine/registers.ts';
import { ENDING } from '../trial/engine.ts';
import type { Engine } from '../trial/engine.ts';
import { isLogged } from './guest.ts';
import { EVENT_WORDS, isEndless } from './model-run.ts';
import type { ModelRun, Recorder } from './model-run.ts';
import { movedHigh, movedSum } from './moved.ts';
import { EVENT } from './runner.ts';

/** GPRs that are compared. */
const GPRS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

export interface HomeComparison {
  /** Events that were the same. */
  readonly events: number;
  readonly difference: string | undefined;
}

/** Runs what the engine has begun, and compares it with the run that the recorder holds. */
export function compareAtHome(engine: Engine, recorder: Recorder, model: ModelRun): HomeComparison {
  const { machine } = engine, { regs } = machine, { words, log } = recorder, watch = machine.observer;
  let events = 0, difference: string | undefined;
  const equal = (pair: number, doubleword: number): boolean => {
    const at = EVENT_WORDS * events + 2 * doubleword;
    return regs[pair + 1] === log[at] && movedHigh(regs[pair]!) === log[at + 1];
  };
  /** A return address that leads nowhere at home may be a sum that leads nowhere else: the run ends as soon as it is used, on both sides. */
  const strays = (): boolean => {
    const at = EVENT_WORDS * events + 2 * EVENT.LR, hi = regs[LR]!, lo = regs[LR + 1]!;
    return lo === log[at] && movedSum(hi, log[at + 1]!) && machine.fetch(hi, lo) < 0;
  };
  const look = (at: number): void => {
    if (events === model.events) difference = isEndless(model.end) ? undefined : 'more events than where it was moved to';
    else if (words[events] !== at) difference = `event ${events + 1} is another point than where it was moved to`;
    else if (!equal(LR, EVENT.LR) && !strays()) difference = `LR of event ${events + 1}`;
    else {
      const n = GPRS.find((it) => !equal(2 * it, EVENT.GPR + it));
      if (n !== undefined) difference = `r${n} of event ${events + 1}`;
      else events++;
    }
  };
  let arrived = 0;
  /** An interrupt of the judged run has just been taken: where the twin has it? Behind an earlier end of the other, nobody asks. */
  const lands = (): void => {
    const landing = recorder.landings[arrived++];
    if (landing !== undefined && machine.fetch(regs[SRR0]!, regs[SRR0 + 1]!) !== landing.word) difference = `interrupt ${arrived} arrives elsewhere`;
  };
  machine.observer = {
    point: (kind, data, at) => {
      if (kind === POINT.INTERRUPT_ENTRY && difference === undefined && engine.deliveries > arrived) lands();
      if (difference === undefined && events < model.events + 1 && isLogged(kind, data)) look(at);
      return watch.point(kind, data, at);
    },
    markedStore: (...what) => watch.markedStore(...what),
    wildLanding: (...what) => watch.wildLanding(...what),
  } satisfies Observer;
  try {
    engine.go();
  } finally {
    machine.observer = watch;
  }
  // Where it was moved to a long run is followed as far as the log has room.
  if (difference === undefined && engine.ending === ENDING.DONE && !isEndless(model.end) && (model.end !== 'done' || events !== model.events)) difference = `done behind ${events} events of ${model.events}`;
  return { events, difference };
}
