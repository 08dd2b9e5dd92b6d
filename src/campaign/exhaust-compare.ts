/**
 * Are the minima that campaigns reach the smallest there are? Stored counterexamples, which the campaign's minimiser made, beside the smallest of the
 * bound with the same signature and, of the same obligation, with any.
 */
import type { Assumption } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import { compareMeasures, measureOf } from '../enumerate/measure.ts';
import type { Measure } from '../enumerate/measure.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { JudgedStrategy, SignatureLine } from './exhaust-report.ts';

/** A counterexample as it was stored. */
export interface StoredCase {
  readonly name: string;
  readonly strategy: string;
  readonly signature: { readonly obligation: ObligationName; readonly edge: ReturnEdge; readonly place: string };
  /** Assumptions of the claim that it does not satisfy. */
  readonly needs: readonly Assumption[];
  readonly scenario: Scenario;
}

export const STANDINGS = [
  /** as small as the smallest of its signature */
  'smallest',
  /** the bound has a smaller one of its signature */
  'larger',
  /** the bound has none as small: what it needs is not in it */
  'not-in-bound',
] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Comparison {
  readonly name: string;
  readonly strategy: string;
  readonly obligation: ObligationName;
  readonly measure: Measure;
  readonly standing: Standing;
  /** The smallest of its signature under the same assumptions, if there is one. */
  readonly signature: Pick<SignatureLine, 'token' | 'measure'> | null;
  /** The smallest of its obligation, within the claim or outside as it is itself; null: none. */
  readonly obligationSmallest: Pick<SignatureLine, 'token' | 'measure'> | null;
}

/** Cases of strategies that no scenario was run for, as where they have no code for the style of hooking, are beside nothing, and left out. */
export function compared(cases: readonly StoredCase[], strategies: readonly JudgedStrategy[]): Comparison[] {
  return cases.flatMap((it) => {
    const strategy = strategies.find(({ name }) => name === it.strategy);
    if (strategy === undefined || strategy.trials === 0) return [];
    const { obligation, edge, place } = it.signature;
    const within = it.needs.length === 0;
    const own = smallest(strategy.signatures.filter((line) => line.obligation === obligation && line.edge === edge && line.place === place
      && line.needs.length === it.needs.length && line.needs.every((name) => it.needs.includes(name))));
    const any = smallest(strategy.signatures.filter((line) => line.obligation === obligation && line.withinClaim === within));
    const measure = measureOf(it.scenario);
    const order = own === null ? -1 : compareMeasures(measure, own.measure);
    return [{
      name: it.name, strategy: it.strategy, obligation, measure, standing: order > 0 ? 'larger' : order === 0 ? 'smallest' : 'not-in-bound',
      signature: own, obligationSmallest: any,
    }];
  });
}

function smallest(lines: readonly SignatureLine[]): Pick<SignatureLine, 'token' | 'measure'> | null {
  const [first] = [...lines].sort((a, b) => compareMeasures(a.measure, b.measure) || a.number - b.number);
  return first === undefined ? null : { token: first.token, measure: first.measure };
}
