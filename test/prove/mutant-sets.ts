/**
 * Proofs of one-step mutants in the sets at the border of a strategy's envelope, against runs. A mutant's proof in a set is cheap beside its runs, so first it is asked in which of the sets there is one; where there is none,
 * nothing is to be contradicted. A run of a scenario tells about each set that has all of its features, and many mutants share a scenario's lowering and its unpatched run.
 */
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { isSubset } from '../../src/borders/antichain.ts';
import type { Mutant } from '../../src/campaign/mutants.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Verdict, Violation } from '../../src/contract/verdict.ts';
import { contradicting } from '../../src/prove/envelope-session.ts';
import { EnvelopeProver, elementNames } from '../../src/prove/envelope.ts';
import type { ProofEnvelope } from '../../src/prove/envelope.ts';
import { Fragments } from '../../src/prove/fragments.ts';
import { isConvention, possible } from '../../src/prove/oracle.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import type { Proof } from '../../src/prove/prove.ts';
import { bitOf, maskOf, named, setOf } from '../../src/prove/sets.ts';
import { Texts } from '../../src/prove/texts.ts';
import { neededPremises, notProvable } from '../../src/prove/verdict.ts';
import { covered } from '../../src/prove/witness.ts';
import { PREMISES } from '../../src/contract/claim.ts';
import type { Premise } from '../../src/contract/claim.ts';
import { provable } from '../../src/prove/covered.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { printScenario } from '../../src/scenario/notation-print.ts';
import type { Anchor, Scenario } from '../../src/scenario/scenario.ts';
import { Fork } from '../../src/trial/fork.ts';
import { interrupted, rootsOf } from '../../src/trial/forked.ts';
import type { Landing } from '../../src/trial/forked.ts';
import { Trials } from '../../src/trial/trials.ts';

/** Whatever the place, the features are the same. */
const ANYWHERE: Anchor = { context: 'task', call: 0, occurrence: 1, region: 'callee', step: 0 };
const OUT_OF_LINE = bitOf('out-of-line');
/** Premises that sets of an envelope may do without. */
const PREMISES_ASKED = maskOf<Premise>(['no-traced-replacements', 'no-replacement-siblings', 'bounded-sibling-chains', 'stack-room', 'bounded-hook-depth']);
/** Mutants that are run side by side. */
const BATCH = 24;

/** Sets at both borders, of fatal obligations and of all: what is not proved of the strategy may be of a mutant. */
export async function borderSets(strategy: Strategy): Promise<bigint[]> {
  const prover = new EnvelopeProver(strategy, FEATURES), { inert } = prover.oracle;
  const all = [await prover.borders('fatal'), await prover.borders('all')].flatMap(({ clean, breaking }) => [...clean, ...breaking]);
  // What no proof looks at makes a set no harder to prove, and lets more scenarios lie in it.
  return [...new Set(all.map((set) => possible(set | inert)))];
}

/** A scenario and its set; with `landings`: one in which each of them, at every instruction, is a scenario. */
interface Tried {
  readonly scenario: Scenario;
  readonly set: bigint;
  readonly landings: readonly { readonly landing: Landing; readonly set: bigint }[];
}

export interface Pool {
  readonly sets: readonly bigint[];
  readonly tried: readonly Tried[];
  /** By set: scenarios that lie in it, and among them programs with something that lands at each instruction. */
  readonly within: readonly number[];
  readonly landing: readonly number[];
}

/** Callers of each kind, with registers, stack and saves of the callee's; and roots in two modules for interrupts and other tasks, one that makes a hooked call and one that is hooked. */
const PROGRAMS: readonly string[] = ['', '; out-of-line'].flatMap((style) => [
  'A:M patched; B:N patched', 'A:M -> local B; B:M patched saves 1; H:N -> local J; J:N patched', 'A:M -> local B; B:M args 9 patched; H:M -> local J; J:M patched', 'A:M -> global B; B:N patched; H:N patched',
].map((text) => text + style));

/** `draws`: for each set. */
export function poolOf(sets: readonly bigint[], draws: number): Pool {
  const drawn = sets.flatMap((set, i) => {
    const arbitrary = scenarioArbitrary({ features: named(set).features });
    return Array.from({ length: draws }, (_, run) => scenarioAt(arbitrary, 11n, i, run));
  });
  const inSome = (set: bigint): boolean => sets.some((it) => isSubset(set, it));
  const plain = drawn.map((scenario): Tried => ({ scenario, set: setOf(scenario), landings: [] })).filter(({ set }) => inSome(set));
  const swept = PROGRAMS.map((text): Tried => {
    const scenario = parseScenario(text), set = setOf(scenario);
    return { scenario, set, landings: landingsOf(scenario).map((landing) => ({ landing, set: setOf(interrupted(scenario, landing, ANYWHERE)) })).filter((it) => inSome(it.set)) };
  }).filter(({ landings }) => landings.length > 0);
  return {
    sets, tried: [...plain, ...swept],
    within: sets.map((it) => plain.filter(({ set }) => isSubset(set, it)).length),
    landing: sets.map((it) => swept.filter(({ landings }) => landings.some(({ set }) => isSubset(set, it))).length),
  };
}

function landingsOf(scenario: Scenario): Landing[] {
  const roots = rootsOf(scenario);
  // The last two: in most programs one that makes a hooked call, and one that is hooked.
  return [...roots.slice(-2).map((id): Landing => ({ function: id, ownStack: false })), ...roots.slice(-1).map((away): Landing => ({ away, cpu: 0 })), { away: null, cpu: 1 }];
}

type Proved = Pick<ProofEnvelope, 'fatal' | 'all'>;

/** A mutant with the sets in which it is proved. */
interface Held {
  readonly mutant: Mutant;
  readonly proved: Proved;
  readonly fatal: readonly bigint[];
}

/** In which of the sets this strategy is proved, less the premises that its proof takes for granted there. */
export interface ProvedSets {
  readonly of: readonly bigint[];
  readonly fatal: readonly bigint[];
  readonly all: readonly bigint[];
}

/** What others may do while a hook runs, and how few ways to be entered it takes to show most faults: a proof that fails for these of a set's features fails for the set. */
const PROBES: readonly bigint[] = [maskOf(['out-of-line', 'interrupt', 'tasks', 'preempt', 'sleep', 'migration']), maskOf(['out-of-line', 'interrupt', 'tasks', 'preempt', 'sleep', 'migration', 'local'])];

/** An oracle for a mutant: it makes no proof of the whole, which most mutants have none of. */
export function provedIn(strategy: Strategy, sets: readonly bigint[]): ProvedSets {
  const texts = new Texts(strategy), fragments = new Fragments(strategy, texts), unproved: bigint[] = [], out = { of: [] as bigint[], fatal: [] as bigint[], all: [] as bigint[] };
  const speaksOf = maskOf(provable(strategy, FEATURES)) | PREMISES_ASKED;
  const proofs = new Map<bigint, Proof | undefined>(), proof = (set: bigint): Proof | undefined => {
    if (!proofs.has(set)) proofs.set(set, prove(set, new Set()));
    return proofs.get(set);
  };
  const prove = (set: bigint, granted: ReadonlySet<string>): Proof | undefined => {
    const premises = new Set([...granted, ...named(PREMISES_ASKED & ~set).unmet]), made = proveStrategy(strategy, texts, { features: named(set).features, premises }, fragments);
    const needed = [...neededPremises(made)].filter((it) => !premises.has(it));
    if (needed.length > 0) return prove(set & ~maskOf(needed as Premise[]), new Set([...granted, ...needed]));
    if (notProvable(made) === undefined && made.flaws.every(isConvention)) return made;
    unproved.push(set);
    return undefined;
  };
  for (const whole of sets) {
    const set = possible(whole & speaksOf);
    if (unproved.some((it) => isSubset(it, set)) || PROBES.some((few) => proof(set & few) === undefined)) continue;
    const made = proof(set);
    if (made === undefined) continue;
    const within = set & ~maskOf([...made.scope.premises].filter((it): it is Premise => (PREMISES as readonly string[]).includes(it)));
    out.of.push(whole);
    out.fatal.push(within);
    if (made.flaws.length === 0) out.all.push(within);
  }
  return out;
}

export interface Compared {
  /** `held`: proved in some set; `proofs`: mutants and sets in which they are; `idle`: of those, where no scenario was run. */
  readonly counts: { mutants: number; held: number; proofs: number; idle: number; runs: number; landings: number };
  /** How many mutants were proved, by set. */
  readonly proved: number[];
  readonly wrong: string[];
}

export function confront(mutants: readonly Mutant[], pool: Pool): Compared {
  const out: Compared = { counts: { mutants: 0, held: 0, proofs: 0, idle: 0, runs: 0, landings: 0 }, proved: pool.sets.map(() => 0), wrong: [] };
  let batch: Held[] = [];
  const flush = (): void => { run(batch, pool, out); batch = []; };
  for (const mutant of mutants) {
    out.counts.mutants++;
    // A fault of code that runs for one style of hooking alone is seen only there.
    const sets = mutant.styles.includes('in-line') ? pool.sets : pool.sets.filter((set) => (set & OUT_OF_LINE) !== 0n);
    const found = provedIn(mutant.strategy, sets);
    if (found.of.length === 0) continue;
    out.counts.held++;
    out.counts.proofs += found.fatal.length;
    pool.sets.forEach((set, i) => { if (found.of.includes(set)) out.proved[i]!++; });
    const border = (masks: readonly bigint[]): ProofEnvelope['fatal'] => ({ broken: [], undecided: [], complete: true, proved: masks.map((mask) => ({ ...named(mask), mask, assuming: [], fragments: 0, steps: 0 })) });
    batch.push({ mutant, fatal: found.fatal, proved: { fatal: border(found.fatal), all: border(found.all) } });
    if (batch.length === BATCH) flush();
  }
  flush();
  return out;
}

function run(batch: readonly Held[], { tried }: Pool, { counts, wrong }: Compared): void {
  if (batch.length === 0) return;
  const trials = new Trials(batch.map(({ mutant }) => mutant.strategy)), fork = new Fork(trials.engine), failed = new Set<Held>();
  const judged = (held: Held, violation: Violation | undefined, set: bigint, scenario: () => Scenario): void => {
    const against = contradicting(violation, set, held.proved);
    if (against === undefined || failed.has(held)) return;
    failed.add(held);
    const least = held.fatal.find((it) => isSubset(set, it));
    wrong.push(`${held.mutant.name}: ${against.obligation} ${against.subject} in ${printScenario(scenario()).replaceAll('\n', '; ')}, which lies in ${elementNames(least ?? 0n).join(' + ')}`);
  };
  const speaks = (held: Held, set: bigint): boolean => held.fatal.some((it) => isSubset(set, it));
  const met = batch.map(() => new Set<bigint>());
  for (const { scenario, set, landings } of tried) {
    trials.load(scenario);
    batch.forEach((held, i) => {
      // A fault in code for one style of hooking is run where functions are hooked so, and by nobody else.
      if (!held.mutant.styles.includes((set & OUT_OF_LINE) === 0n ? 'in-line' : 'out-of-line') || !trials.applicable(i)) return;
      if (landings.length === 0) {
        if (!speaks(held, set)) return;
        counts.runs++;
        for (const it of held.fatal) if (isSubset(set, it)) met[i]!.add(it);
        judged(held, covered(trials.run(i)), set, () => scenario);
        return;
      }
      const some = landings.filter((it) => speaks(held, it.set));
      if (some.length > 0) counts.landings += swept(trials, fork, i, scenario, some, (violation, its, where) => { judged(held, violation, its, where); });
    });
  }
  counts.idle += batch.reduce((sum, { fatal }, i) => sum + fatal.filter((it) => !met[i]!.has(it)).length, 0);
}

/** How many landings there were. What fails without them is another's affair. */
function swept(trials: Trials, fork: Fork, index: number, scenario: Scenario, some: Tried['landings'], judged: (violation: Violation | undefined, set: bigint, scenario: () => Scenario) => void): number {
  const verdict = trials.run(index), alone: Verdict = { ...verdict, violations: verdict.violations.map((it) => ({ ...it })) }, before = fork.counts.interrupts;
  fork.run(scenario, index, alone, some.map(({ landing }) => landing), ({ handler, anchor, verdict: its }) => {
    const { landing, set } = some[handler]!;
    judged(covered(its), set, () => interrupted(scenario, landing, anchor));
  });
  return fork.counts.interrupts - before;
}
