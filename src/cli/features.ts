/** `--features +a,-b`: which features a campaign may use. */
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { UsageError, quoted } from './errors.ts';
import { suggestion } from './suggest.ts';

const isFeature = (name: string): name is Feature => (FEATURES as readonly string[]).includes(name);

/**
 * Names with a sign, or without one for `+`, beginning from all features; `none` (or `all`) as the first word says where to begin.
 * In the order of FEATURES. Throws UsageError.
 */
export function parseFeatures(text: string | undefined, option = '--features'): readonly Feature[] {
  if (text === undefined) return FEATURES;
  const chosen = new Set<Feature>(FEATURES);
  const words = text.split(',').map((word) => word.trim()).filter((word) => word !== '');
  if (words.length === 0) throw new UsageError(`${option} ${quoted(text)}: expected names of features such as -interrupt or none,+local,+far`);
  words.forEach((word, index) => {
    if (word === 'all' || word === 'none') {
      if (index !== 0) throw new UsageError(`${option} ${quoted(text)}: '${word}' can only come first`);
      if (word === 'none') chosen.clear();
      return;
    }
    const name = word.replace(/^[+-]/, '');
    if (!isFeature(name)) throw new UsageError(`${option}: unknown feature ${quoted(name)}${suggestion(name, FEATURES)}`);
    if (word.startsWith('-')) chosen.delete(name);
    else chosen.add(name);
  });
  return FEATURES.filter((feature) => chosen.has(feature));
}

/** The shortest way to say a set of features to `--features`; undefined for all of them. */
export function featuresText(features: readonly Feature[]): string | undefined {
  const missing = FEATURES.filter((feature) => !features.includes(feature));
  if (missing.length === 0) return undefined;
  if (missing.length === FEATURES.length) return 'none';
  return missing.length <= features.length ? missing.map((name) => `-${name}`).join(',') : ['none', ...features.map((name) => `+${name}`)].join(',');
}
