/** What a proof is about, and what it leaves out: docs/proof.md, "What is claimed" and "What is not". */
import type { Claim } from '../contract/claim.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ObligationName } from '../contract/obligations.ts';
import { hooksOutOfLine } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';

/** Obligations of which a proof says something. */
const SAID: ReadonlySet<ObligationName> = new Set<ObligationName>([
  'return-address', 'progress', 'toc', 'stack-pointer', 'back-chain', 'toc-slot', 'arguments', 'nonvolatile', 'protected-zone', 'interrupt-transparency', 'replacement-ran', 'reserved-word', 'frame-condition',
]);
export const COVERED: readonly ObligationName[] = OBLIGATIONS.map(({ name }) => name).filter((name) => SAID.has(name));

/** Features that no proof allows: what happens there is not in its fragments. */
const UNTOLD: ReadonlySet<Feature> = new Set<Feature>(['transitions', 'graph-tracer', 'other-hooks', 'exit', 'tracing-off']);

/**
 * The features of a proof: what was asked for, less what no proof allows, and what the strategy has no code for. A strategy that finds its memory by masking r1 has none on a stack at whose low end nobody has made
 * any.
 */
export function provable(strategy: Strategy, asked: readonly Feature[]): readonly Feature[] {
  const masks = (strategy.state ?? []).some(({ owner }) => owner === 'stack');
  return FEATURES.filter((name) => asked.includes(name) && !UNTOLD.has(name) && !(masks && name === 'emergency-stack') && (name !== 'out-of-line' || hooksOutOfLine(strategy)));
}

/** The assumptions of a claim that take features away; and the others. */
export function claimed(claim: Claim): { readonly without: ReadonlySet<Feature>; readonly premises: ReadonlySet<string> } {
  const without = new Set<Feature>(), premises = new Set<string>();
  for (const name of claim.kind === 'holds' ? claim.assuming : []) {
    const feature = FEATURES.find((it) => name === `no-${it}`);
    if (feature === undefined) premises.add(name);
    else without.add(feature);
  }
  return { without, premises };
}
