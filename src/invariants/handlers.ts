/** Which invariants look at which event: lists of handlers, made once for a judge. */
import type { ObligationName } from '../contract/obligations.ts';
import { INVARIANTS } from './index.ts';
import type { Invariant } from './invariant.ts';

export type Handlers<Event extends keyof Invariant> = Exclude<Invariant[Event], undefined>[];

const nothing = (): void => undefined;

/**
 * A function that lists the handlers of an event, of these obligations or of all. `room`: exactly so many, the rest do nothing; for events
 * whose handlers are called one by one.
 * @throws TypeError when there are more than there is room for: the judge would not ask them all.
 */
export function handlersOf(obligations?: readonly ObligationName[]): <Event extends keyof Invariant>(event: Event, room?: number) => Handlers<Event> {
  const chosen = INVARIANTS.filter(({ name }) => obligations === undefined || obligations.includes(name));
  return <Event extends keyof Invariant>(event: Event, room = 0): Handlers<Event> => {
    const handlers = chosen.map((invariant) => invariant[event]).filter((handler) => handler !== undefined) as Handlers<Event>;
    if (room > 0 && handlers.length > room) throw new TypeError(`${handlers.length} obligations look at ${event}, the judge asks ${room}`);
    while (handlers.length < room) handlers.push(nothing as unknown as Handlers<Event>[number]);
    return handlers;
  };
}
