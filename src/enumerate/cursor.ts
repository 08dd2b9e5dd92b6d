/** Scenarios of a bound by number: 0 to N-1, in the order of enumeration. Going forward is cheap, going back begins again. */
import type { Scenario } from '../scenario/scenario.ts';
import type { Bound } from './bound.ts';
import { groupsOf } from './groups.ts';
import type { Group } from './groups.ts';

export class Cursor {
  readonly #bound: Bound;
  #groups: Iterator<Group> | undefined;
  /** Number of the group's first scenario, and of the next one that it would give. */
  #next = 0;
  #scenarios: Iterator<Scenario> | undefined;

  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /** Scenarios `from` to `to`-1, as far as there are. `visit` also gets the number. Returns how many there were. */
  visit(from: number, to: number, visit: (scenario: Scenario, index: number) => void): number {
    if (this.#groups === undefined || from < this.#next) this.#begin();
    let visited = 0;
    while (this.#next < to) {
      const one = this.#scenarios?.next();
      if (one === undefined || one.done === true) {
        if (!this.#enter(from)) break;
        continue;
      }
      const index = this.#next++;
      if (index < from) continue;
      visit(one.value, index);
      visited++;
    }
    return visited;
  }

  #begin(): void {
    this.#groups = groupsOf(this.#bound)[Symbol.iterator]();
    this.#scenarios = undefined;
    this.#next = 0;
  }

  /** Into the next group that reaches beyond `from`; false: there is none. */
  #enter(from: number): boolean {
    for (;;) {
      const next = this.#groups!.next();
      if (next.done === true) {
        this.#groups = undefined;
        return false;
      }
      if (this.#next + next.value.size <= from) {
        this.#next += next.value.size;
        continue;
      }
      this.#scenarios = next.value.scenarios();
      return true;
    }
  }
}

/** How many scenarios a bound has, by the sizes of its groups. */
export function enumerated(bound: Bound): number {
  let total = 0;
  for (const group of groupsOf(bound)) total += group.size;
  return total;
}
