/**
 * What `tocsin prove` says of a strategy: it holds, with the certificate; it breaks, with chains of calls that fail when they are run; or it is undecided, with what was not understood, or not shown.
 */
import { encodeToken, shortHash, tokenPlace } from '../case/token.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Violation } from '../contract/verdict.ts';
import { FEATURE_BIT } from '../scenario/features-of.ts';
import { FEATURES } from '../scenario/features.ts';
import type { Feature } from '../scenario/features.ts';
import { printScenario } from '../scenario/notation-print.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { modelHash } from '../trial/model-hash.ts';
import { Trials } from '../trial/trials.ts';
import type { Certificate } from './certificate.ts';
import { chainOf, chainWords } from './chain.ts';
import type { Chain } from './chain.ts';
import { COVERED, claimed, provable } from './covered.ts';
import { fromFrame } from './rely.ts';
import { entriesFit } from './kept.ts';
import { proveStrategy } from './prove.ts';
import type { Flaw, Proof, Scope } from './prove.ts';
import { Texts } from './texts.ts';
import { Budget, covered, inScope, witnessOf } from './witness.ts';
import { certificateOf } from './write.ts';

/** A chain in words, and what became of it when it was run. */
export interface Refutation {
  readonly chain: string;
  /** Broken in the run. */
  readonly obligation: ObligationName;
  readonly violation: Violation;
  readonly scenario: Scenario;
  readonly notation: string;
  readonly token: string;
}

/** A chain of the prover's that does not fail when it is run, in any way that was tried: what it says is not known to be so. */
export interface NotShown {
  readonly chain: string;
  readonly obligation: ObligationName;
}

export interface Judgement {
  readonly name: string;
  readonly outcome: 'holds' | 'breaks' | 'undecided';
  /** Of call graphs with these features, and no others. */
  readonly features: readonly Feature[];
  /** Premises, and the absence of features that were not asked away: what a reader has to grant. */
  readonly assuming: readonly string[];
  readonly obligations: readonly ObligationName[];
  readonly fragments: number;
  readonly steps: number;
  /** Rounds of weakening. */
  readonly rounds: number;
  readonly certificate?: Certificate;
  /** By the order of severity, one for each kind of chain. */
  readonly refutations: readonly Refutation[];
  readonly notShown: readonly NotShown[];
  /** Why nothing is proved although no chain stands against it. */
  readonly reason?: string;
}

/** Assumptions that every proof makes of the model (docs/proof.md, "What is assumed"). */
export const MODEL_ASSUMPTIONS = ['abi-conforming-code', 'entry-model'] as const;
/** Kinds of chains that are turned into scenarios, and tries of each. */
const MOST_KINDS = 24, TRIES = 2;

/** @throws AssemblyError when a text of the strategy does not assemble. */
export function judge(strategy: Strategy, asked: readonly Feature[]): Judgement {
  const texts = new Texts(strategy), { without, premises } = claimed(strategy.claim);
  const features = provable(strategy, asked.filter((name) => !without.has(name)));
  const scope: Scope = { features, premises };
  let proof = proveStrategy(strategy, texts, scope);
  const needed = neededPremises(proof);
  if ([...needed].some((name) => !premises.has(name))) proof = proveStrategy(strategy, texts, { features, premises: new Set([...premises, ...needed]) });
  const all = new Set([...proof.scope.premises, 'no-reused-stacks']);
  const facts = {
    name: strategy.name, features, obligations: COVERED, fragments: proof.fragments.length, steps: proof.steps, rounds: proof.rounds,
    assuming: [...FEATURES.filter((name) => !features.includes(name) && asked.includes(name)).map((name) => `no-${name}`), ...all, ...MODEL_ASSUMPTIONS],
  };
  const reason = notProvable(proof);
  if (proof.flaws.length === 0 && reason === undefined) {
    const certificate = certificateOf(proof, { model: modelHash(), assuming: facts.assuming, obligations: COVERED });
    return { ...facts, outcome: 'holds', certificate, refutations: [], notShown: [] };
  }
  const { refutations, notShown } = refute(proof);
  return { ...facts, outcome: refutations.length > 0 ? 'breaks' : 'undecided', refutations, notShown, ...(reason === undefined ? {} : { reason }) };
}

/** What the words of a proof take for granted of the strategy's memory: that places with different names are different. */
export function neededPremises({ kept, fragments }: Proof): Set<string> {
  const premises = new Set<string>();
  if (kept.published !== null) premises.add(kept.published.address ? 'stack-room' : 'bounded-hook-depth');
  const frames = fragments.some(({ explorer }) => explorer.arrivals.some(({ state }) => (fromFrame(state.gpr(1)) ?? 0) < 0));
  if (frames) premises.add('stack-room');
  return premises;
}

export function notProvable({ kept, texts, scope, strategy }: Proof): string | undefined {
  if (!entriesFit(kept)) return `the entries of 64 pending hooks do not lie in memory that is declared behind ${strategy.published ?? ''}`;
  if (texts.inReplacements && !scope.premises.has('no-traced-replacements')) return 'it has code in replacements, and ftrace may come in between: nothing is proved without no-traced-replacements';
  if (kept.frame !== null && (strategy.code.ftrace_entry ?? strategy.code.ftrace_entry_ool) !== undefined) return 'it has memory for each frame and an ftrace entry of its own, which is not looked at for frames that a hook waits on already';
  return undefined;
}

interface Group { readonly chains: Chain[]; readonly seen: Set<string> }

/** Turns the flaws into chains, and runs them: of each kind the shortest first. `trials` has the proof's strategy alone. */
export function refute(proof: Proof, trials: Trials = new Trials([proof.strategy])): Pick<Judgement, 'refutations' | 'notShown'> {
  const groups = new Map<string, Group>();
  for (const flaw of proof.flaws) {
    const key = kindOf(flaw), group = groups.get(key) ?? { chains: [], seen: new Set<string>() };
    groups.set(key, group);
    const sort = sortOf(flaw);
    if (group.seen.has(sort)) continue;
    group.seen.add(sort);
    group.chains.push(chainOf(proof, flaw));
  }
  const budget = new Budget(), refutations: Refutation[] = [], notShown: NotShown[] = [];
  const sorted = [...groups.values()].map(({ chains }) => [...chains].sort((a, b) => a.links.length - b.links.length)).sort((a, b) => a[0]!.links.length - b[0]!.links.length);
  for (const chains of sorted.slice(0, MOST_KINDS)) {
    const found = firstShown(proof, chains.slice(0, TRIES), trials, budget);
    if (found === undefined) {
      const chain = chainWords(chains[0]!);
      if (!notShown.some((it) => it.chain === chain)) notShown.push({ chain, obligation: chains[0]!.obligation });
    }
    else if (!refutations.some((it) => it.token === found.token)) refutations.push(found);
  }
  return { refutations, notShown };
}

function firstShown(proof: Proof, chains: readonly Chain[], trials: Trials, budget: Budget): Refutation | undefined {
  for (const chain of chains) {
    const witness = witnessOf(chain, proof.scope, trials, budget);
    if (witness === undefined) continue;
    const { scenario, violation } = witness, { strategy } = proof;
    const signature = { obligation: violation.obligation, edge: violation.edge, place: tokenPlace(violation.place) };
    const named = BUILT_IN.includes(strategy) ? { kind: 'built-in' as const, name: strategy.name } : { kind: 'user' as const, hash: shortHash(proof.texts.hash) };
    return { chain: chainWords(chain), obligation: violation.obligation, violation, scenario, notation: printScenario(scenario), token: encodeToken({ scenario, strategy: named, signature }) };
  }
  return undefined;
}

/** Flaws of one kind are one finding. */
const kindOf = (flaw: Flaw): string => (flaw.kind === 'call' ? `call ${flaw.promise} ${flaw.edge.kind}`
  : `${flaw.failure.obligation} ${flaw.explored.plan.kind} ${flaw.way?.by ?? ''}`);
/** Of one kind, those that differ in how the function is entered are tried apart. */
const sortOf = (flaw: Flaw): string => (flaw.kind === 'call' ? `${flaw.who} ${flaw.edge.shape.entry} ${flaw.edge.shape.same}` : `${flaw.explored.row} ${flaw.explored.plan.site.style} ${flaw.explored.plan.args}`);

/** A scenario that a proof speaks of, and that fails all the same: then the harness cannot be trusted. */
export interface Contradiction {
  readonly strategy: string;
  readonly violation: Violation;
  readonly notation: string;
}

/** Runs scenarios under a strategy that was proved; `tried` are those that the proof speaks of. */
export function contradictions(strategy: Strategy, { features, assuming }: Pick<Judgement, 'features' | 'assuming'>, scenarios: readonly Scenario[]): { readonly tried: number; readonly found: readonly Contradiction[] } {
  const scope: Scope = { features, premises: new Set(assuming) }, mask = features.reduce((bits, name) => bits | FEATURE_BIT[name], 0);
  const trials = new Trials([strategy]), found: Contradiction[] = [];
  let tried = 0;
  for (const scenario of scenarios) {
    if (!inScope(scenario, scope, mask)) continue;
    trials.load(scenario);
    if (!trials.applicable(0)) continue;
    tried++;
    const violation = covered(trials.run(0));
    if (violation !== undefined) found.push({ strategy: strategy.name, violation: { ...violation }, notation: printScenario(scenario) });
  }
  return { tried, found };
}
