/** Which invariants look at which event: lists of handlers, made once for a judge. */
import type { ObligationName } from '../contract/obligations.ts';
import { INVARIANTS } from './index.ts';
import type { Invariant } from './invariant.ts';

export type Handler<Event extends keyof Invariant> = Exclude<Invariant[Event], undefined>;
export type Handlers<Event extends keyof Invariant> = readonly Handler<Event>[];
/** So many at most can be called from a line each. */
const FEW = 6;
type Few<H> = readonly [H, H, H, H, H, H];

export interface HandlersOf {
  /** All that look at an event. */
  readonly all: <Event extends keyof Invariant>(event: Event) => Handlers<Event>;
  /**
   * The same for an event whose handlers are called from a line each: `asked` of them; those that there are not do nothing.
   * @throws TypeError when there are more: the judge would not ask them all.
   */
  readonly few: <Event extends keyof Invariant>(event: Event, asked: number) => Few<Handler<Event>>;
}

const nothing = (): void => undefined;

/** What looks at each event, of these obligations or of all. */
export function handlersOf(obligations?: readonly ObligationName[]): HandlersOf {
  const chosen = INVARIANTS.filter(({ name }) => obligations === undefined || obligations.includes(name));
  const all = <Event extends keyof Invariant>(event: Event): Handlers<Event> => chosen.map((invariant) => invariant[event]).filter((handler) => handler !== undefined) as Handler<Event>[];
  const few = <Event extends keyof Invariant>(event: Event, asked: number): Few<Handler<Event>> => {
    const handlers = all(event);
    if (handlers.length > asked || asked > FEW) throw new TypeError(`${handlers.length} obligations look at ${event}, the judge asks ${asked}`);
    return Array.from({ length: FEW }, (_, i) => handlers[i] ?? nothing) as unknown as Few<Handler<Event>>;
  };
  return { all, few };
}
