/**
 * Cases that candidates of envelopes are tried with before campaigns are made in them: those handed in, and what the searches of a run have found for any
 * strategy. A campaign is a sample and may miss what is known already; a case that one strategy fails on is often one for others. Each case is run once under
 * every strategy, whichever sets it lies in. What is added counts from the next `settle` on, in an order that does not depend on who found it when.
 */
import type { Scenario } from '../scenario/scenario.ts';
import { scenarioText } from '../scenario/canonical.ts';
import { isSubset, sizeOfSet } from '../borders/antichain.ts';
import { assumptionsOf } from './assumptions.ts';
import { setOf } from './envelope-sets.ts';
import { OBLIGATIONS_OF } from './envelope-trials.ts';
import type { Group } from './envelope-trials.ts';
import type { Finding } from './finding.ts';
import { order } from './fold.ts';
import type { Accused } from './plan.ts';
import type { Executor, Fault, Given, Judgement, SignatureTally } from './task.ts';

/** A case that breaks the strategy that was asked for. */
export interface Pooled {
  /** Exactly what it does without. */
  readonly set: bigint;
  readonly tally: SignatureTally;
  readonly given: Given;
}

interface Candidate {
  readonly set: bigint;
  readonly text: string;
  readonly given: Given;
}

interface Judged extends Candidate {
  readonly judgements: readonly Judgement[];
}

export class CasePool {
  readonly faults: Fault[] = [];
  readonly #accused: readonly Accused[];
  readonly #executor: Executor;
  readonly #known = new Set<string>();
  #waiting: Candidate[] = [];
  #cases: readonly Judged[] = [];
  /** By strategy and group: the cases that break, without those in whose sets another one lies. */
  readonly #breaking = new Map<string, readonly Pooled[]>();

  constructor(accused: readonly Accused[], handedIn: readonly Scenario[], executor: Executor) {
    this.#accused = accused;
    this.#executor = executor;
    for (const scenario of handedIn) this.#add({ scenario });
  }

  /** As drawn and as it was made smaller: both fail. */
  take({ scenario, original, provenance, handedIn }: Finding): void {
    for (const it of [scenario, original]) this.#add({ scenario: it, ...(handedIn === true ? {} : { provenance }) });
  }

  /** Runs what is new. */
  async settle(): Promise<void> {
    const fresh: Candidate[] = [];
    for (const one of this.#waiting.splice(0).sort(simplestFirst)) {
      if (this.#known.has(one.text)) continue;
      this.#known.add(one.text);
      fresh.push(one);
    }
    const judged = await Promise.all(fresh.map((it) => this.#judged(it)));
    this.faults.push(...judged.flatMap(({ fault }) => fault ?? []));
    this.#cases = [...this.#cases, ...judged.filter((it) => it.fault === undefined)].sort(simplestFirst);
    this.#breaking.clear();
  }

  /** The simplest case in a set that breaks something of a group under a strategy. */
  within(set: bigint, strategy: number, group: Group): Pooled | undefined {
    const key = `${strategy} ${group}`;
    const breaking = this.#breaking.get(key) ?? this.#smallest(strategy, group);
    this.#breaking.set(key, breaking);
    return breaking.find((it) => isSubset(it.set, set));
  }

  #smallest(strategy: number, group: Group): Pooled[] {
    const smallest: Pooled[] = [];
    for (const { set, given, ...judged } of this.#cases) {
      if (smallest.some((it) => isSubset(it.set, set))) continue;
      const tally = this.#tally({ set, given, ...judged }, strategy, group);
      if (tally !== undefined) smallest.push({ set, tally, given });
    }
    return smallest;
  }

  #add(given: Given): void {
    const text = scenarioText(given.scenario);
    if (!this.#known.has(text)) this.#waiting.push({ set: setOf(given.scenario), text, given });
  }

  async #judged(one: Candidate): Promise<Judged & { readonly fault?: Fault }> {
    const { judgements, fault } = await this.#executor.run({ kind: 'judge', scenario: one.given.scenario, strategies: this.#accused.map((it) => it.index) });
    return { ...one, judgements, ...(fault === undefined ? {} : { fault }) };
  }

  #tally({ judgements, given: { provenance } }: Judged, strategy: number, group: Group): SignatureTally | undefined {
    const judgement = judgements.find((it) => it.strategy === strategy);
    const violation = judgement?.violations.find((it) => OBLIGATIONS_OF[group].includes(it.obligation));
    const claim = this.#accused.find((it) => it.index === strategy)?.strategy.claim;
    if (judgement === undefined || violation === undefined || claim === undefined) return undefined;
    const outside = assumptionsOf(claim).reduce((mask, it, i) => (judgement.outside.includes(it) ? mask | (1 << i) : mask), 0);
    return { ...violation, outside, count: 1, block: provenance?.block ?? 0, run: provenance?.run ?? 0, afterTrials: 1 };
  }
}

/** The same scenario may have been drawn at two places: which is named is no chance either. */
function simplestFirst(a: Candidate, b: Candidate): number {
  return sizeOfSet(a.set) - sizeOfSet(b.set) || a.text.length - b.text.length || order(a.text, b.text) || order(placeOf(a.given), placeOf(b.given));
}

const placeOf = ({ provenance: it }: Given): string => (it === undefined ? '' : `${it.block} ${it.run} ${it.features.join()}`);
