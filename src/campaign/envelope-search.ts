/**
 * The envelope of one strategy for one group of obligations: both borders of "some scenario of this set fails", each question a campaign. What fails
 * is made smallest in two ways: the minimiser takes features out with what it removes, and a campaign is made without each single one that is left.
 */
import type { Assumption } from '../contract/claim.ts';
import { byLargest, elementsOf, isSubset } from '../borders/antichain.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { BorderSearch } from '../borders/borders.ts';
import type { Asked } from '../borders/borders.ts';
import { withOwn } from './envelope-needs.ts';
import type { CasePool, Pooled } from './envelope-pool.ts';
import type { BreakingSet, CleanSet, Envelope, UndecidedSet } from './envelope-report.ts';
import { assumptionsIn, named, setOf } from './envelope-sets.ts';
import type { Campaign, Group, SetTrials } from './envelope-trials.ts';
import type { Finding } from './finding.ts';
import { boundOf } from './strategy-report.ts';
import type { Given, SignatureTally } from './task.ts';

/** Largest sets of one group that campaigns are made in, at most: what is beyond is listed as undecided. */
export const MOST_ASKED = 200;
/** Largest sets that are kept while they are worked out, at most. */
export const MOST_CANDIDATES = 4_000;

/** Failures of a smallest set, of different signatures, that are minimised once more. */
const MOST_REDUCED = 6;

export interface SearchOptions {
  readonly trials: SetTrials;
  /** Cases that each set is tried with before a campaign is made in it. */
  readonly pool: CasePool;
  /** Index in the workshop's list. */
  readonly strategy: number;
  readonly group: Group;
  readonly universe: bigint;
  /** Scenarios of a campaign in a largest set. */
  readonly runs: number;
  /** Scenarios of a campaign without one thing of a smallest set. */
  readonly smallerRuns: number;
}

/** What a campaign in a set drew, or a case that is given. */
interface Failure {
  readonly tally: SignatureTally;
  readonly given?: Given;
}

/** A set in which nothing was found, and what of it was tried. */
interface Tried {
  readonly set: bigint;
  readonly campaign: Campaign;
  readonly tried: bigint;
}

/**
 * Searches side by side, each by itself but for the pool, which takes in what all of them have found only where all of them wait: when all candidates have
 * been looked at, and when all are settled, until no case of it lies in a set that is called clean.
 * @param ended called when a search is settled for the first time
 */
export async function searchAll(searches: readonly EnvelopeSearch[], pool: CasePool, ended: () => void): Promise<Envelope[]> {
  await pool.settle();
  await Promise.all(searches.map((it) => it.look()));
  await pool.settle();
  await Promise.all(searches.map(async (it) => {
    await it.settle();
    ended();
  }));
  for (;;) {
    await pool.settle();
    const again = searches.filter((it) => it.reconsider());
    if (again.length === 0) return searches.map((it) => it.envelope());
    await Promise.all(again.map((it) => it.settle()));
  }
}

export class EnvelopeSearch {
  readonly #options: SearchOptions;
  readonly #campaigns = new Map<bigint, Campaign>();
  readonly #breaking = new Map<bigint, BreakingSet>();

  readonly #borders: BorderSearch;

  constructor(options: SearchOptions) {
    this.#options = options;
    const asking = { ask: (set: bigint, earnest: boolean) => this.#ask(set, earnest), worth: (sets: readonly bigint[]) => this.#worth(sets) };
    this.#borders = new BorderSearch(options.universe, asking, { asked: MOST_ASKED, candidates: MOST_CANDIDATES });
  }

  look(): Promise<void> {
    return this.#borders.look();
  }

  settle(): Promise<void> {
    return this.#borders.settle();
  }

  /** Takes back what the pool refutes. True: there is something to settle again. */
  reconsider(): boolean {
    return this.#borders.reconsider((set) => this.#known(set) !== undefined);
  }

  envelope(): Envelope {
    const { universe } = this.#options;
    const { breaking, clean, undecided, complete, overturned } = this.#borders.borders();
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

  /** A case of the pool in a set that breaks the strategy. */
  #known(set: bigint): Pooled | undefined {
    const { pool, strategy, group } = this.#options;
    return pool.within(set, strategy, group);
  }

  /** A set in which a known case lies has that of its own, whatever can be drawn in it. */
  #worth(sets: readonly bigint[]): bigint[] {
    const own = new Set(withOwn(sets));
    return sets.filter((set) => own.has(set) || this.#known(set) !== undefined);
  }

  /** A look is as long as a campaign without one thing of a smallest set: its blocks are the first ones of the campaign in earnest. */
  async #ask(set: bigint, earnest: boolean): Promise<Asked> {
    const { trials, runs, smallerRuns, group } = this.#options;
    const known = this.#known(set);
    if (known !== undefined) return this.#smallest(set, known);
    const campaign = await trials.firstFailure(set, earnest ? runs : smallerRuns, group);
    this.#campaigns.set(set, campaign);
    if (campaign.failure !== undefined) return this.#smallest(set, { tally: campaign.failure });
    if (campaign.stopped) return undecided('interrupted');
    if (!earnest) return { kind: 'clean' };
    if (campaign.trials === 0) return undecided(`none of ${campaign.scenarios} scenarios satisfies its premises`);
    if (campaign.open > 0) return undecided(`${campaign.open} of ${campaign.trials} trials did not end`);
    return { kind: 'clean' };
  }

  /** Down from a set with a failure to one without which nothing is found. */
  async #smallest(from: bigint, { tally, given }: Failure): Promise<Asked> {
    const { trials, group } = this.#options;
    // Whatever fails will do: features go with what is taken out.
    let finding = await trials.minimised(from, tally, { any: group, ...(given === undefined ? {} : { given }) });
    while (finding !== undefined) {
      const set = setOf(finding.scenario);
      const less = this.#knownWithin(set);
      if (less !== undefined) {
        finding = await trials.minimised(less.set, less.tally, { any: group, given: less.given });
        continue;
      }
      const without = await this.#withoutEach(set);
      if (without.some((it) => it.campaign.stopped)) return undecided('interrupted');
      const [worse, ...others] = without.flatMap(({ set: smaller, campaign: { failure } }) => (failure === undefined ? [] : [{ set: smaller, failure }]));
      if (worse !== undefined) {
        // One is followed; the others are cases all the same.
        await Promise.all(others.map((it) => trials.minimised(it.set, it.failure, { any: group, candidates: 0 })));
        finding = await trials.minimised(worse.set, worse.failure, { any: group });
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
    const reduced = (await Promise.all(seen.slice(0, MOST_REDUCED).map((it) => trials.minimised(set, it, { any: group })))).flatMap((it) => it ?? []);
    const smaller = [worst, ...reduced].find((it) => setOf(it.scenario) !== set);
    return { worst, obligations: [...new Set(seen.map((it) => it.obligation))], ...(smaller === undefined ? {} : { smaller }) };
  }

  /** A case of the pool in a set without some single thing in it. */
  #knownWithin(set: bigint): Pooled | undefined {
    return elementsOf(set).map((i) => this.#known(set & ~(1n << BigInt(i)))).find((it) => it !== undefined);
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
