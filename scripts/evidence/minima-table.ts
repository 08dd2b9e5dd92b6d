/** The minima in words and tables. */
import { decodeToken } from '../../src/case/token.ts';
import { compareMeasures } from '../../src/enumerate/measure.ts';
import type { Measure } from '../../src/enumerate/measure.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { number, share, table } from './document.ts';
import { BAD } from './minima.ts';
import type { Minimum } from './minima.ts';
import type { BoundMinima, Smallest } from './minima-bound.ts';

/** Tokens may have at most so many characters, of the 95th percentile: calls at most, characters. */
const TOKEN_GOALS = [[6, 40], [16, 72]] as const;

const sizeText = ({ functions, calls, patches, interrupts }: Measure): string => `${functions}f ${calls}c ${patches}p${interrupts > 0 ? ` ${interrupts}i` : ''}`;
const keyOf = ({ strategy, signature }: Minimum): string => `${strategy} ${signature}`;
/** The value below or at which the share `p` of the sorted values lies. */
const percentile = (sorted: readonly number[], p: number): number => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;

function smallestOf(all: readonly Minimum[], bound?: BoundMinima): Map<string, Smallest> {
  const smallest = new Map<string, Smallest>();
  for (const it of all) {
    const known = smallest.get(keyOf(it)) ?? bound?.get(keyOf(it));
    smallest.set(keyOf(it), known === undefined || compareMeasures(it.measure, known.measure) < 0 ? it : known);
  }
  return smallest;
}

export function minimaText(all: readonly Minimum[], generator: number, bound?: BoundMinima): string {
  const names = BAD.map(({ name }) => name).filter((name) => all.some(({ strategy }) => strategy === name));
  const seeds = names.map((name) => all.filter(({ strategy }) => strategy === name).length);
  const most = Math.max(...seeds);
  if (seeds.some((it) => it !== most)) throw new RangeError(`seeds of the strategies: ${seeds.join(', ')}; expected as many of each`);
  const recursive = new Map<string, boolean>();
  for (const { token } of all) if (!recursive.has(token)) recursive.set(token, featuresOf(decodeToken(token).scenario).has('recursive'));
  const straight = all.filter(({ token }) => !recursive.get(token));
  const [best, bestStraight] = [smallestOf(all, bound), smallestOf(straight)];
  const largerThan = (smallest: ReadonlyMap<string, Smallest>, it: Minimum): boolean => compareMeasures(it.measure, smallest.get(keyOf(it))!.measure) > 0;
  const larger = (it: Minimum): boolean => largerThan(best, it);
  const largerStraight = (it: Minimum): boolean => !recursive.get(it.token) && largerThan(bestStraight, it);

  const rows = names.map((name) => {
    const mine = all.filter(({ strategy }) => strategy === name);
    const count = (test: (it: Minimum) => boolean): number => mine.filter(test).length;
    return [
      `\`${name}\``, new Set(mine.map(({ signature }) => signature)).size, count(({ complete }) => !complete),
      count(({ structural }) => structural.length > 0), count(({ details }) => details.length > 0), share(count(larger), mine.length),
      share(count(largerStraight), Math.max(1, count(({ token }) => !recursive.get(token)))), new Set(mine.map(({ token }) => token)).size,
    ];
  });
  const removable = all.filter(({ structural, details }) => structural.length + details.length > 0).length;
  return `The first failing scenario of each of ${number(most)} seeds per known-bad strategy (seeds 0 to ${most - 1}, generator ${generator}, all features), its worst signature, minimised as a campaign does it:
${number(all.length)} cases. Each was looked at again by steps that are not the minimiser's own (\`scripts/evidence/elements.ts\`): in ${number(removable)} of them something can be taken out.

${table(['strategy', 'signatures', 'final pass incomplete', 'a function, call, patch or interrupt can go', 'a detail can go', 'larger than the smallest of the signature', 'the same among cases without recursion', 'different cases'], rows)}
The smallest of a signature is the smallest of all seeds${bound === undefined ? '' : ' and of the default bound of `tocsin exhaust`'}, by functions, then calls, patches, interrupts, and things out of the ordinary. What is larger than that is
smallest in its surroundings only: no one thing can go, but another scenario of the same signature is smaller. Mostly that is one in which a function's replacement calls the
function again, once, in the place of two functions; among those without recursion it is one with a function in another module in the place of a patch or of another entry.

${boundText(all, best, bound)}Sizes (functions, calls, patches, interrupts), and how many cases:

${table(['strategy', 'sizes'], names.map((name) => [`\`${name}\``, sizes(all.filter(({ strategy }) => strategy === name))]))}
${tokens(all)}`;
}

/** How often the smallest that seeds lead to is that of the bound. */
function boundText(all: readonly Minimum[], best: ReadonlyMap<string, Smallest>, bound: BoundMinima | undefined): string {
  if (bound === undefined) return '';
  const own = smallestOf(all);
  const both = [...own].filter(([key]) => bound.has(key));
  const missed = both.filter(([key, { measure }]) => compareMeasures(measure, best.get(key)!.measure) > 0);
  const beyond = both.filter(([key, { measure }]) => compareMeasures(measure, bound.get(key)!.measure) < 0);
  const list = missed.slice(0, 20).map(([key, { token }]) => `- \`${key}\`: \`${token}\`, smallest \`${best.get(key)!.token}\`\n`).join('');
  return `Of the ${own.size} signatures of all strategies ${both.length} are in the bound. For ${both.length - missed.length} of these some seed leads to a case as small as the smallest of the bound${
    beyond.length === 0 ? '' : ` (for ${beyond.length} to a smaller one, with what is not in the bound)`}, for ${missed.length} none does${missed.length === 0 ? '.\n' : `${missed.length > 20 ? ', among them' : ''}:\n\n${list}`}\n`;
}

function sizes(mine: readonly Minimum[]): string {
  const counts = new Map<string, number>();
  for (const { measure } of mine) counts.set(sizeText(measure), (counts.get(sizeText(measure)) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([text, count]) => `${text}: ${number(count)}`).join(', ');
}

function tokens(all: readonly Minimum[]): string {
  const most = Math.max(...all.map(({ measure }) => measure.calls));
  const rows = TOKEN_GOALS.map(([calls, characters], i) => {
    const from = i === 0 ? 0 : TOKEN_GOALS[i - 1]![0] + 1;
    const lengths = all.filter(({ measure }) => measure.calls >= from && measure.calls <= calls).map(({ token }) => token.length).sort((a, b) => a - b);
    const known = lengths.length > 0;
    return [`${from} to ${calls}`, number(lengths.length), known ? percentile(lengths, 0.5) : '-', known ? percentile(lengths, 0.95) : '-', known ? percentile(lengths, 1) : '-', characters];
  });
  return `Characters of a token, prefix included; no minimised case has more than ${most} calls.\n\n${table(['calls', 'cases', 'median', '95th percentile', 'longest', 'goal for the 95th percentile'], rows)}`;
}
