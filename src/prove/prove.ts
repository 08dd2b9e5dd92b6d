/**
 * The proof of one strategy: all fragments that a call graph over the allowed features can need, and the contracts that hold of them, inferred by weakening: they promise everything at first, what a
 * fragment breaks is dropped, until nothing is dropped any more (the greatest fixpoint). Then each call is asked whether it gets what it needs. docs/proof.md.
 */
import type { Strategy } from '../contract/strategy.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Feature } from '../scenario/features.ts';
import type { HookingStyle } from '../kernel/core.ts';
import type { EntryShape } from '../scenario/scenario.ts';
import type { Arguments, Kept, Promised, Run } from './certificate.ts';
import { waits } from './ending.ts';
import type { Ended, Way } from './ending.ts';
import type { Arrival, Explorer, Failure, FragmentPlan } from './fragment.ts';
import { Fragments } from './fragments.ts';
import type { Entered } from './fragments.ts';
import { entriesFit, rangeOf } from './kept.ts';
import { relyOf } from './rely.ts';
import type { Rely } from './rely.ts';
import { calledRows, callEdges, closeRows, handsOn, promisesOf, rowKey, shape, shapeText, throughStub } from './shapes.ts';
import type { CallEdge, Row, Who } from './shapes.ts';
import type { Texts } from './texts.ts';
import type { ReplacementSite, SiteModule } from './texts.ts';
import { wordText } from './words.ts';
import type { Word } from './words.ts';

/** What the proof is asked about. */
export interface Scope {
  /** In the order of FEATURES; none of UNTOLD. */
  readonly features: readonly Feature[];
  readonly premises: ReadonlySet<string>;
}

/** A fragment, explored up to its replacement, and how it has ended in the last round. */
export interface Explored {
  readonly row: string;
  readonly plan: FragmentPlan;
  readonly entered: Entered;
  readonly explorer: Explorer;
  readonly enter: Run;
  /** Up to the replacement. */
  readonly failures: readonly Failure[];
  readonly endings: { readonly arrival: Arrival; readonly way: Way; readonly target: string | undefined; keeps: string; ended: Ended }[];
}

/** Something that is not as it must be. */
export type Flaw =
  | { readonly kind: 'failure'; readonly explored: Explored; readonly failure: Failure; readonly way?: Way }
  | { readonly kind: 'call'; readonly edge: CallEdge; readonly who: Who; readonly promise: Promised };

export interface Proof {
  readonly strategy: Strategy;
  readonly texts: Texts;
  readonly scope: Scope;
  readonly kept: Kept;
  readonly rows: ReadonlyMap<string, Row>;
  readonly keeps: ReadonlyMap<string, ReadonlySet<Promised>>;
  readonly fragments: readonly Explored[];
  readonly flaws: readonly Flaw[];
  /** Until nothing was dropped any more. */
  readonly rounds: number;
  /** Instructions of all runs. */
  readonly steps: number;
}

const ALL: ReadonlySet<Promised> = new Set<Promised>(['r2', 'slot', 'w12']);
const NONE: ReadonlySet<Promised> = new Set();

/** `fragments`: of the same strategy and texts, where other proofs have followed some already. */
export function proveStrategy(strategy: Strategy, texts: Texts, scope: Scope, fragments: Fragments = new Fragments(strategy, texts)): Proof {
  return new Prover(fragments, scope).proof();
}

export class Prover {
  readonly #fragments: Fragments;
  readonly #texts: Texts;
  readonly #scope: Scope;
  readonly #allowed: ReadonlySet<Feature>;
  readonly #rely: Rely;
  readonly #kept: Kept;
  readonly #range: readonly [bigint, bigint] | undefined;
  readonly #rows = new Map<string, Row>();
  readonly #keeps = new Map<string, Set<Promised>>();
  readonly #explored = new Map<string, Explored[]>();

  constructor(fragments: Fragments, scope: Scope) {
    this.#fragments = fragments;
    this.#texts = fragments.texts;
    this.#scope = scope;
    this.#allowed = new Set(scope.features);
    this.#rely = relyOf(this.#allowed);
    this.#kept = fragments.kept;
    this.#range = scope.premises.has('bounded-hook-depth') && entriesFit(this.#kept) ? rangeOf(this.#kept) : undefined;
  }

  proof(): Proof {
    closeRows(this.#rows, this.#allowed, calledRows(this.#allowed));
    let rounds = 0;
    while (this.#round()) rounds++;
    const fragments = [...[...this.#explored.values()].flat(), ...this.#selfPlans().map((plan) => this.#enter('self', plan))];
    return {
      strategy: this.#fragments.strategy, texts: this.#texts, scope: this.#scope, kept: this.#kept, rows: this.#rows, keeps: this.#keeps, fragments,
      flaws: this.#flaws(fragments), rounds, steps: stepsIn(fragments),
    };
  }

  /** True: something was dropped, or a row has come. */
  #round(): boolean {
    let changed = false;
    // Rows that endings lead to come in at the end, and are looked at in the same pass.
    for (const [key, row] of this.#rows) {
      if (this.#keeps.has(key)) continue;
      this.#keeps.set(key, new Set(promisesOf(row.shape)));
      this.#explored.set(key, this.#plans(row).map((plan) => this.#enter(key, plan)));
      changed = true;
    }
    for (const [key, row] of this.#rows) {
      const keeps = this.#keeps.get(key)!, lost = row.who === 'patched' ? this.#lostByEnding(key) : this.#lostBySibling(row);
      for (const promise of lost) changed = keeps.delete(promise) || changed;
    }
    return changed;
  }

  #lostByEnding(key: string): Promised[] {
    return this.#explored.get(key)!.flatMap((explored) => {
      for (const ending of explored.endings) {
        const keeps = this.#keptBy(ending.target), now = [...keeps].join();
        if (now === ending.keeps) continue;
        ending.keeps = now;
        ending.ended = this.#fragments.ended(explored.entered, ending.arrival, ending.way, keeps);
      }
      return explored.endings.flatMap(({ ended }) => ended.lost.map(({ promise }) => promise));
    });
  }

  #lostBySibling({ shape: entered }: Row): Promised[] {
    return handsOn(entered, this.#allowed).flatMap((next) => (['ordinary', 'patched'] as const).flatMap((who) => {
      const keeps = this.#keeps.get(rowKey(who, shapeText(next)));
      return keeps === undefined ? [] : [...ALL].filter((promise) => !keeps.has(promise));
    }));
  }

  /** A row that has not been looked at yet promises everything, as all do at first. */
  #keptBy(target: string | undefined): ReadonlySet<Promised> {
    return target === undefined ? ALL : this.#keeps.get(target) ?? ALL;
  }

  #enter(row: string, plan: FragmentPlan): Explored {
    const entered = this.#fragments.entered(plan), { explorer, run: enter, failures, arrivals } = entered, endings: Explored['endings'] = [];
    for (const arrival of arrivals) {
      for (const way of this.#ways(plan, waits(explorer, arrival.state) === true)) {
        const target = way.who === undefined || way.who === 'own' || way.shape === undefined ? undefined : rowKey(way.who, shapeText(way.shape));
        if (target !== undefined) closeRows(this.#rows, this.#allowed, [{ who: way.who as Who, shape: way.shape!, by: 'stub-sibling', before: row }]);
        const keeps = this.#keptBy(target);
        endings.push({ arrival, way, target, keeps: [...keeps].join(), ended: this.#fragments.ended(entered, arrival, way, keeps) });
      }
    }
    return { row, plan, entered, explorer, enter, failures, endings };
  }

  #ways({ kind, replacement }: FragmentPlan, busy: boolean): Way[] {
    const ends = replacement?.ends;
    const siblings = !this.#scope.premises.has('no-replacement-siblings');
    const ways: Way[] = ends === undefined ? [{ by: 'returns' }] : ends.filter(({ by }) => by === 'returns').map((site) => ({ by: 'returns', site }));
    const at = (by: Way['by']): { site: ReplacementSite['ends'][number] } | Record<string, never> => {
      const site = ends?.find((it) => it.by === by);
      return site === undefined ? {} : { site };
    };
    if (!siblings || (ends !== undefined && replacement!.entry !== 'dual')) return ways;
    if (ends !== undefined && this.#allowed.has('sibling')) ways.push({ by: 'sibling', who: 'own', shape: shape('L'), ...at('sibling') });
    // A replacement that its own LEP is called of makes no stub sibling call (scenario/rules.ts).
    for (const entered of kind === 'self' ? [] : throughStub(this.#allowed, busy)) {
      for (const who of ['ordinary', 'patched'] as const) ways.push({ by: 'stub-sibling', who, shape: entered, ...at('stub-sibling') });
    }
    return ways;
  }

  #plans({ who, shape: entered }: Row): FragmentPlan[] {
    const { entry } = entered, two = entry === 'L' || entry === 'G';
    if (who === 'ordinary' && !two) return [];
    const shaped: EntryShape = two ? 'dual' : entry === 'S' ? 'single' : 'clobber';
    const modules: SiteModule[] = ['M', 'N', ...(this.#allowed.has('patched-core') || who === 'ordinary' ? ['K' as const] : [])];
    // A function of P is entered by its own module's calls, and by hooks.
    if (who === 'ordinary' && !entered.busy && !entered.far && !entered.same) modules.push('P');
    const base = { shape: entered, kept: this.#kept, rely: this.#rely, ...(this.#range === undefined ? {} : { range: this.#range }) };
    return this.#styles().flatMap((style) => modules.flatMap((module): FragmentPlan[] => {
      const site = this.#fragments.site(module, shaped, style), core = this.#texts.core(style);
      if (who === 'ordinary') return [{ ...base, kind: 'traced', args: 'registers', site, core }];
      const replaced = this.#texts.inReplacements ? (['dual', ...(this.#allowed.has('single-entry') ? ['single' as const] : []), ...(this.#allowed.has('caller-saved-toc') ? ['clobber' as const] : [])] as const) : [undefined];
      return replaced.flatMap((its) => argumentsOf(this.#allowed, two && (its === undefined || its === 'dual'))
        .map((args): FragmentPlan => ({ ...base, kind: 'patched', args, site, core, ...(its === undefined ? {} : this.#fragments.replacement(its, style)) })));
    }));
  }

  /** A replacement with the strategy's code that calls itself. */
  #selfPlans(): FragmentPlan[] {
    if (!this.#texts.inReplacements || !this.#allowed.has('local')) return [];
    const shapes = ['', ...(this.#allowed.has('hoisted-slot') ? ['='] : [])].map((marks) => shape('L', marks));
    return this.#styles().flatMap((style) => shapes.flatMap((entered) => argumentsOf(this.#allowed, true).map((args): FragmentPlan => ({
      kind: 'self', shape: entered, args, site: this.#fragments.site('P', 'dual', style), core: this.#texts.core(style), kept: this.#kept, rely: this.#rely, ...this.#fragments.replacement('dual', style),
    }))));
  }

  #styles(): readonly HookingStyle[] {
    return this.#allowed.has('out-of-line') ? this.#texts.styles : ['in-line'];
  }

  #flaws(fragments: readonly Explored[]): Flaw[] {
    const flaws: Flaw[] = [];
    for (const explored of fragments) {
      for (const failure of explored.failures) flaws.push({ kind: 'failure', explored, failure });
      for (const { way, ended } of explored.endings) {
        for (const failure of ended.failures) flaws.push({ kind: 'failure', explored, failure, way });
        if (explored.plan.kind !== 'self') continue;
        // A local call of its own, and 24(r1) is live where it is hoisted.
        for (const { promise, found } of ended.lost) if (promise !== 'slot' || explored.plan.shape.same) flaws.push({ kind: 'failure', explored, failure: selfLost(promise, found), way });
      }
    }
    for (const edge of callEdges(this.#allowed)) {
      for (const who of ['ordinary', 'patched'] as const) {
        const keeps = this.#keeps.get(rowKey(who, shapeText(edge.shape))) ?? NONE;
        for (const promise of edge.needs) if (!keeps.has(promise)) flaws.push({ kind: 'call', edge, who, promise });
      }
    }
    return flaws;
  }
}

const selfLost = (promise: Promised, found: Word): Failure => ({
  obligation: OBLIGATION_OF[promise], what: `a replacement that calls itself finds ${promise === 'r2' ? 'r2' : promise === 'slot' ? '24(r1)' : '12(r1)'} = ${wordText(found) ?? '(not known)'} afterwards`,
  at: null, returning: true,
});

/** What is broken where a promise is that somebody needs. */
export const OBLIGATION_OF = { r2: 'toc', slot: 'toc-slot', w12: 'reserved-word' } as const satisfies Record<Promised, ObligationName>;

/** Arguments that a function may have. */
function argumentsOf(allowed: ReadonlySet<Feature>, many: boolean): Arguments[] {
  return ['registers', ...(many && allowed.has('stack-args') ? ['stack' as const] : []), ...(many && allowed.has('variadic') ? ['variadic' as const] : [])];
}

export const stepsOf = ({ steps, split }: Run): number => steps.length + (split === undefined ? 0 : stepsOf(split[0]) + stepsOf(split[1]));

export const stepsIn = (fragments: readonly Explored[]): number =>
  fragments.reduce((sum, it) => sum + stepsOf(it.enter) + it.endings.reduce((all, { ended }) => all + stepsOf(ended.endings[0]!.run), 0), 0);
