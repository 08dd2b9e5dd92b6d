/** A gate's decisions one by one, for KTAP, JUnit, SARIF and the summary: each case, each claim, each strategy's facts, and the harness itself. */
import type { Fact } from './baseline.ts';
import type { GatePlan } from './gate-plan.ts';
import type { Difference, GateCheck } from './gate-report.ts';
import type { Comparison } from './gate-rules.ts';
import type { CanaryReport, StrategyReport } from './report.ts';
import { contradictionText } from './gate-proofs.ts';
import type { ProofComparison } from './gate-proofs.ts';
import type { ProofCanary, ProofReport } from './gate-prover.ts';
import { differenceText } from './gate-report.ts';
import { requiredIn } from './plan.ts';
import { CANARY_BUDGET } from './ruling.ts';
import type { Fault } from './task.ts';

export interface Decided {
  readonly plan: Pick<GatePlan, 'cases' | 'sets' | 'witnesses' | 'listed' | 'runs'>;
  readonly strategies: readonly StrategyReport[];
  readonly canaries: readonly CanaryReport[];
  readonly missingWitnesses: readonly string[];
  readonly faults: readonly Fault[];
  readonly facts: readonly Fact[];
  readonly caseDifferences: ReadonlyMap<string, readonly Difference[]>;
  readonly claims: readonly Difference[];
  readonly compared: Comparison | undefined;
  readonly proofs: readonly ProofReport[];
  readonly proofCanaries: readonly ProofCanary[];
  readonly comparedProofs: ProofComparison | undefined;
}

export function gateChecks(decided: Decided): GateCheck[] {
  return [...cases(decided), ...claims(decided), ...baseline(decided), ...proofs(decided), ...harness(decided)];
}

const STATES = ['untrusted', 'fail', 'inconclusive'] as const;

function fromDifferences(differences: readonly Difference[]): Pick<GateCheck, 'state' | 'message' | 'token' | 'obligation' | 'strategy'> {
  const state = STATES.find((it) => differences.some((one) => one.outcome === it)) ?? 'pass';
  const worst = differences.find((it) => it.outcome === state);
  return {
    state, message: differences.map(differenceText).join('; '),
    ...(worst === undefined ? {} : { ...(worst.obligation === null ? {} : { obligation: worst.obligation }), strategy: worst.strategy, ...(worst.token === '' ? {} : { token: worst.token }) }),
  };
}

function cases({ plan, caseDifferences }: Decided): GateCheck[] {
  return plan.cases.map((it) => ({ group: 'counterexamples', name: it.name, file: it.name, ...fromDifferences(caseDifferences.get(it.name) ?? []) }));
}

function claims({ strategies, claims: differences }: Decided): GateCheck[] {
  return strategies.map((it): GateCheck => {
    const own = fromDifferences(differences.filter((one) => one.strategy === it.name));
    const common = { group: 'claims', name: it.name } as const;
    if (own.state !== 'pass') return { ...common, ...own };
    if (it.outcome === 'inconclusive') return { ...common, state: 'inconclusive', strategy: it.name, message: `nothing decided in ${it.trials} trials, ${it.outOfBudget} of them out of budget` };
    if (!it.asClaimed) return { ...common, state: 'fail', strategy: it.name, message: 'broken within its claim' };
    return { ...common, state: 'pass', strategy: it.name, message: unneeded(it) };
  });
}

/** Assumptions that no counterexample needs, and those of which nothing can be said; empty where there are none. */
function unneeded({ assumptions }: StrategyReport): string {
  const idle = assumptions.filter((it) => it.standing === 'idle').map((it) => `${it.assumption} (${it.exercised} trials outside it alone)`);
  const open = assumptions.filter((it) => it.standing !== 'needed' && it.standing !== 'idle').map((it) => `${it.assumption} (${it.exercised} of ${it.least})`);
  return [
    idle.length === 0 ? '' : `no counterexample needs ${idle.join(', ')}`,
    open.length === 0 ? '' : `not enough trials to tell whether it is needed: ${open.join(', ')}`,
  ].filter((text) => text !== '').join('; ');
}

function baseline({ plan, facts, compared }: Decided): GateCheck[] {
  return plan.listed.flatMap(({ strategy }) => plan.sets.filter((set) => facts.some((it) => it.strategy === strategy.name && it.features === set.label)).map((set): GateCheck => {
    const name = `${strategy.name}, ${set.label}`;
    const known = compared !== undefined && compared.fresh.every((it) => it.strategy !== strategy.name || it.features !== set.label);
    if (!known) return { group: 'baseline', name, state: 'skip', message: compared === undefined ? 'no baseline' : 'not in the baseline', strategy: strategy.name };
    return { group: 'baseline', name, ...fromDifferences(compared.differences.filter((it) => it.strategy === strategy.name && it.features === set.label)) };
  }));
}

/** Each strategy's proof against the baseline's. What it says of the claim is among the claims. */
function proofs({ proofs: all, comparedProofs }: Decided): GateCheck[] {
  return all.map((it): GateCheck => {
    const common = { group: 'proofs', name: it.strategy } as const;
    if (comparedProofs === undefined || comparedProofs.old || comparedProofs.fresh.includes(it.strategy)) {
      return { ...common, state: 'skip', strategy: it.strategy, message: comparedProofs === undefined ? 'no baseline' : 'not in the baseline' };
    }
    return { ...common, ...fromDifferences(comparedProofs.differences.filter((one) => one.strategy === it.strategy)) };
  });
}

function proofHarness({ proofs: all, proofCanaries }: Decided): GateCheck[] {
  if (all.length === 0) return [];
  const wrong = all.flatMap((it) => it.contradictions.slice(0, 1).map((one) => ({ it, one })));
  const [first] = wrong;
  return [
    ...proofCanaries.map((it): GateCheck => ({ group: 'harness', name: `canary of proofs ${it.name}`, strategy: it.name, state: it.refuted ? 'pass' : 'untrusted', message: it.refuted ? '' : 'not refuted' })),
    {
      group: 'harness', name: 'no run contradicts a proof', state: first === undefined ? 'pass' : 'untrusted', message: wrong.map(({ it, one }) => contradictionText(it, one)).join('; '),
      ...(first === undefined ? {} : { strategy: first.it.strategy, obligation: first.one.obligation, token: first.one.token }),
    },
  ];
}

function harness(decided: Decided): GateCheck[] {
  const { canaries, missingWitnesses, faults, plan } = decided;
  return [
    ...proofHarness(decided),
    ...canaries.map((it): GateCheck => ({
      group: 'harness', name: `canary ${it.name}`, strategy: it.name,
      state: it.caught ? 'pass' : it.trials < CANARY_BUDGET ? 'inconclusive' : 'untrusted', message: it.caught ? '' : `not caught in ${it.trials} trials`,
    })),
    ...requiredIn(plan.witnesses, plan.runs).map((name): GateCheck => (missingWitnesses.includes(name)
      ? { group: 'harness', name: `witness ${name}`, state: 'inconclusive', message: 'never seen' } : { group: 'harness', name: `witness ${name}`, state: 'pass', message: '' })),
    { group: 'harness', name: 'no fault of the harness itself', state: faults.length === 0 ? 'pass' : 'untrusted', message: faults[0] === undefined ? '' : `${faults[0].kind}: ${faults[0].message}` },
  ];
}
