/** Is a certificate about this strategy's code, in this package's model? A checker cannot know: it takes the code that the certificate has. */
import type { Strategy } from '../contract/strategy.ts';
import { FEATURES } from '../scenario/features.ts';
import { proveStrategy } from './prove.ts';
import { Texts } from './texts.ts';
import { certificateOf } from './write.ts';

/** What a certificate must have in common with one that would be made now: all that no assertion of its says. */
interface Stated {
  readonly layout: unknown;
  readonly kept: unknown;
  readonly texts: unknown;
  readonly fragments: unknown;
}

function statedOf(certificate: Readonly<Record<string, unknown>>): Stated {
  const { layout, kept, texts, fragments } = certificate;
  const bodies = (run: unknown): unknown => {
    const { endings, split } = run as { endings?: readonly Record<string, unknown>[]; split?: readonly unknown[] };
    return { ...(split === undefined ? {} : { split: split.map(bodies) }), ...(endings === undefined ? {} : { endings: endings.map(({ run: _run, ...its }) => its) }) };
  };
  const headers = (fragments as readonly Record<string, unknown>[]).map(({ enter, ...its }) => ({ ...its, enter: bodies(enter) }));
  return { layout, kept, texts, fragments: headers };
}

/**
 * Which part of an accepted certificate is not what this package makes of the strategy; undefined: it is about this code, as this model has it.
 * `certificate` must have been accepted by the checker.
 */
export function differenceFrom(strategy: Strategy, certificate: Readonly<Record<string, unknown>>): keyof Stated | undefined {
  const claim = certificate['claim'] as { readonly features: readonly string[]; readonly assuming: readonly string[] };
  const scope = { features: FEATURES.filter((name) => claim.features.includes(name)), premises: new Set(claim.assuming) };
  const proof = proveStrategy(strategy, new Texts(strategy), scope);
  const [its, ours] = [statedOf(certificate), statedOf(JSON.parse(JSON.stringify(certificateOf(proof, { model: '', assuming: [], obligations: [] }))) as Record<string, unknown>)];
  return (['layout', 'kept', 'texts', 'fragments'] as const).find((part) => JSON.stringify(its[part]) !== JSON.stringify(ours[part]));
}
