/** What happens to the patches in a run, as the host tells it (transitions.ts): for witnesses, and in words for recordings. */
import type { Transition } from '../scenario/scenario.ts';

/** What can happen in a run, as `news` tells it, with a number: a transition's index, a task (from 0), or a patch. */
export const NEWS = { BEGINS: 0, TURNS: 1, REFUSED: 2, /** a task without business in the kernel is switched */ SWITCHED: 3, /** a sleeping one is */ AWAY: 4, HELD: 5, COMPLETE: 6, GONE: 7 } as const;

/** Counted in one run, by NEWS, and: sleeping tasks looked at while a hooked call of theirs was pending. */
export const TALLIES = 9;
export const UNDER_HOOK = 8;

/** A transition of the scenario in words, for what happens to it. */
export function newsText([what, number]: readonly [number, number], transitions: readonly Transition[], words: (one: Transition) => string): string {
  const one = transitions[number];
  const name = one === undefined ? '' : `transition ${one.id} (${words(one)})`;
  switch (what) {
    case NEWS.BEGINS: return `${name} begins`;
    case NEWS.TURNS: return `${name} turns the one under way round`;
    case NEWS.REFUSED: return `${name} is refused`;
    case NEWS.SWITCHED: return `task ${number + 1} is switched`;
    case NEWS.AWAY: return `task ${number + 1} sleeps and is switched`;
    case NEWS.HELD: return `task ${number + 1} sleeps and is not switched: its trace is not reliable, or lists a function that changes`;
    case NEWS.COMPLETE: return `the transition of patch ${number} is complete`;
    default: return `the text of patch ${number} is gone`;
  }
}
