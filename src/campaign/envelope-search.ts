/**
 * The envelope of one strategy for one group of obligations: both borders of "some scenario of this set fails", each question a campaign. What fails
 * is made smallest in two ways: the minimiser takes features out with what it removes, and a campaign is made without each single one that is left.
 */
import type { Assumption } from '../contract/claim.ts';
import { byLargest, elementsOf, isSubset } from './antichain.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { bordersOf } from './borders.ts';
import type { Asked } from './borders.ts';
import { withOwn } from './envelope-needs.ts';
import type { BreakingSet, CleanSet, Envelope, UndecidedSet } from './envelope-report.ts';
import { assumptionsIn, named, setOf } from './envelope-sets.ts';
import type { Campaign, Group, SetTrials } from './envelope-trials.ts';
import type { Finding } from './finding.ts';
import { boundOf } from './strategy-report.ts';
import type { SignatureTally } from './task.ts';

/** Largest sets of one group that campaigns are made in, at most: what is beyond is listed as undecided. */
export const MOST_ASKED = 200;
/** Largest sets that are kept while they are worked out, at most. */
export const MOST_CANDIDATES = 4_000;

/** Failures of a smallest set, of different signatures, that are minimised once more. */
const MOST_REDUCED = 6;

export interface SearchOptions {
  readonly trials: SetTrials;
  readonly group: Group;
  readonly universe: bigint;
  /** Scenarios of a campaign in a largest set. */
  readonly runs: number;
  /** Scenarios of a campaign without one thing of a smallest set. */
  readonly smallerRuns: number;
}

/** A set in which nothing was found, and what of it was tried. */
interface Tried {
  readonly set: bigint;
  readonly campaign: Campaign;
  readonly tried: bigint;
}

export async function searchEnvelope(options: SearchOptions): Promise<Envelope> {
  return new Search(options).run();
}

class Search {
  readonly #options: SearchOptions;
  readonly #campaigns = new Map<bigint, Campaign>();
  readonly #breaking = new Map<bigint, BreakingSet>();

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  async run(): Promise<Envelope> {
    const { universe } = this.#options;
    const { breaking, clean, undecided, complete, overturned } = await bordersOf(universe, { ask: (set, earnest) => this.#ask(set, earnest), worth: withOwn }, { asked: MOST_ASKED, candidates: MOST_CANDIDATES });
    const tried = clean.flatMap((set): Tried[] => { const it = this.#campaigns.get(set); return it === undefined ? [] : [{ set, campaign: it, tried: used(set, it) }]; });
    const listed = worthListing(tried);
    return {
      breaking: breaking.flatMap((set) => this.#breaking.get(set) ?? []),
      clean: tried.filter((it) => listed.has(it)).map((it) => cleanSet(it, universe)),
      subsumed: tried.filter((it) => !listed.has(it)).map((it) => cleanSet(it, universe)),
      undecided: undecided.map(({ set, why }): UndecidedSet => ({ ...named(set), assuming: assumptionsIn(universe & ~set), why })),
      complete, overturned,
    };
  }

  /** A look is as long as a campaign without one thing of a smallest set: its blocks are the first ones of the campaign in earnest. */
  async #ask(set: bigint, earnest: boolean): Promise<Asked> {
    const { trials, runs, smallerRuns, group } = this.#options;
    const campaign = await trials.firstFailure(set, earnest ? runs : smallerRuns, group);
    this.#campaigns.set(set, campaign);
    if (campaign.failure !== undefined) return this.#smallest(set, campaign.failure);
    if (campaign.stopped) return undecided('interrupted');
    if (!earnest) return { kind: 'clean' };
    if (campaign.trials === 0) return undecided(`none of ${campaign.scenarios} scenarios satisfies its premises`);
    if (campaign.open > 0) return undecided(`${campaign.open} of ${campaign.trials} trials did not end`);
    return { kind: 'clean' };
  }

  /** Down from a set with a failure to one without which nothing is found. */
  async #smallest(from: bigint, failure: SignatureTally): Promise<Asked> {
    const { trials, group } = this.#options;
    // Whatever fails will do: features go with what is taken out.
    let finding = await trials.minimised(from, failure, group);
    while (finding !== undefined) {
      const set = setOf(finding.scenario);
      const without = await this.#withoutEach(set);
      if (without.some((it) => it.campaign.stopped)) return undecided('interrupted');
      const worse = without.find((it) => it.campaign.failure !== undefined);
      if (worse?.campaign.failure !== undefined) {
        finding = await trials.minimised(worse.set, worse.campaign.failure, group);
        continue;
      }
      const { worst, obligations, smaller } = await this.#worst(set, finding);
      if (smaller === undefined) {
        this.#breaking.set(set, {
          ...named(set), obligation: worst.signature.obligation, obligations, finding: worst,
          smaller: without.map((it) => ({ assumption: it.assumption, trials: it.campaign.trials, never: assumptionsIn(it.set & ~used(it.set, it.campaign)) })),
        });
        return { kind: 'breaks', set };
      }
      finding = smaller;
    }
    return undecided('its failure did not recur');
  }

  /** The worst that a set shows, minimised as it is; and failures of several signatures once more, with anything that fails: `smaller` where less than the set will do. */
  async #worst(set: bigint, known: Finding): Promise<Pick<BreakingSet, 'obligations'> & { readonly worst: Finding; readonly smaller?: Finding }> {
    const { trials, smallerRuns, group } = this.#options;
    const seen = await trials.failures(set, smallerRuns, group);
    const [first] = seen;
    // The generator may come to the set rarely, or not at all: then what led here is what is known, and it was minimised with anything that fails.
    if (first === undefined) return { worst: known, obligations: [known.signature.obligation] };
    const worst = await trials.minimised(set, first) ?? known;
    const reduced = (await Promise.all(seen.slice(0, MOST_REDUCED).map((it) => trials.minimised(set, it, group)))).flatMap((it) => it ?? []);
    const smaller = [worst, ...reduced].find((it) => setOf(it.scenario) !== set);
    return { worst, obligations: [...new Set(seen.map((it) => it.obligation))], ...(smaller === undefined ? {} : { smaller }) };
  }

  /** Campaigns in a set without each single thing in it. */
  async #withoutEach(set: bigint): Promise<{ readonly assumption: Assumption; readonly set: bigint; readonly campaign: Campaign }[]> {
    const { trials, smallerRuns, group } = this.#options;
    return Promise.all(elementsOf(set).map(async (i) => {
      const smaller = set & ~(1n << BigInt(i));
      const assumption = ASSUMPTIONS[i]!;
      return { assumption, set: smaller, campaign: await trials.firstFailure(smaller, smallerRuns, group) };
    }));
  }
}

const undecided = (why: string): Asked => ({ kind: 'undecided', why });

/**
 * Without those whose trials all lie within another one. So it is where one thing goes with another: sets that allow calls through stubs but no
 * sibling calls of replacements have nothing that those without such calls do not have.
 */
function worthListing(all: readonly Tried[]): ReadonlySet<Tried> {
  const kept = new Set(all);
  const within = (one: Tried): boolean => [...kept].some((it) => it !== one && isSubset(one.tried, it.set));
  for (const one of [...all].sort((a, b) => byLargest(b.tried, a.tried))) if (within(one)) kept.delete(one);
  // What lay within one that has gone since may not lie within what is left.
  for (const one of all) if (!kept.has(one) && !within(one)) kept.add(one);
  return kept;
}

/** What of a set some trial of its campaign did without. */
function used(set: bigint, { lacking }: Campaign): bigint {
  return elementsOf(set).reduce((mask, i) => ((lacking[i] ?? 0) > 0 ? mask | (1n << BigInt(i)) : mask), 0n);
}

function cleanSet({ set, campaign: { scenarios, trials, lacking }, tried }: Tried, universe: bigint): CleanSet {
  const rarest = elementsOf(tried).map((i) => ({ assumption: ASSUMPTIONS[i]!, trials: lacking[i] ?? 0 })).sort((a, b) => a.trials - b.trials)[0];
  return {
    ...named(set), assuming: assumptionsIn(universe & ~set), scenarios, trials, below: boundOf(trials).below,
    never: assumptionsIn(set & ~tried), ...(rarest === undefined ? {} : { rarest }),
  };
}
