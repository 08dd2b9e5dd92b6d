/** The smallest counterexample of each signature in an exhaustively searched bound, read from the document that `tocsin exhaust --json` prints. */
import type { Measure } from '../../src/enumerate/measure.ts';

export interface Smallest {
  readonly measure: Measure;
  readonly token: string;
}

/** By `STRATEGY OBLIGATION EDGE PLACE`. */
export type BoundMinima = ReadonlyMap<string, Smallest>;

interface ExhaustDocument {
  readonly schema: string;
  readonly complete: boolean;
  readonly strategies: readonly {
    readonly name: string;
    readonly signatures: readonly (Measure & { readonly obligation: string; readonly edge: string; readonly place: string; readonly token: string })[];
  }[];
}

/** @throws RangeError for another document, and for a run that did not come to its end */
export function boundOf(document: ExhaustDocument): BoundMinima {
  if (document.schema !== 'tocsin/exhaust@1' || !document.complete) throw new RangeError('--exhaust: expected the document of a complete `tocsin exhaust --json`');
  return new Map(document.strategies.flatMap(({ name, signatures }) =>
    signatures.map(({ obligation, edge, place, token, ...measure }) => [`${name} ${obligation} ${edge} ${place}`, { measure, token }] as const)));
}
