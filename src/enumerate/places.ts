/** Named placements of the modules, and which of them differ for a scenario that does not use all modules. */
import type { Place, Scenario } from '../scenario/scenario.ts';
import type { Bound, EnumeratedPlaces } from './bound.ts';

export type Places = Scenario['places'];

export const PLACES: Readonly<Record<EnumeratedPlaces, Places>> = {
  near: { M: 0, N: 0, P: 0 }, 'far-core': { M: 1, N: 1, P: 1 }, apart: { M: 1, N: 2, P: 0 }, 'far-patch': { M: 0, N: 0, P: 1 },
};

export interface Placement {
  readonly places: Places;
  /** Things out of the ordinary: 0, or 1 where something lies far away. */
  readonly special: number;
}

/** Placements that differ for a scenario that uses these modules; those of unused ones are 0. */
export function placementsOf(bound: Bound, uses: (module: 'M' | 'N' | 'P') => boolean): Placement[] {
  const found: Placement[] = [];
  for (const name of bound.places) {
    const all = PLACES[name];
    const at = (module: 'M' | 'N' | 'P'): Place => (uses(module) ? all[module] : 0);
    const places = { M: at('M'), N: at('N'), P: at('P') };
    if (found.some((it) => it.places.M === places.M && it.places.N === places.N && it.places.P === places.P)) continue;
    found.push({ places, special: places.M === 0 && places.N === 0 && places.P === 0 ? 0 : 1 });
  }
  return found;
}
