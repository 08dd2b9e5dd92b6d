/** An exhaustive bound in a gate: which facts hold for every scenario of it, what it has found broken, and what of the baseline's was not run again. Pure functions. */
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Bound } from '../enumerate/bound.ts';
import type { Baseline, Fact } from './baseline.ts';
import type { ExhaustReport, JudgedStrategy, SignatureLine } from './exhaust-report.ts';
import type { FeatureSet } from './feature-sets.ts';
import type { Reason } from './ruling.ts';

/** What stands in the baseline, and names the run that shows it again. */
export function boundWords({ functions, calls, special, hooked }: Bound): string {
  return `functions ${functions}, calls ${calls}, special ${special}, hooked ${hooked.join(' and ')}, no interrupts`;
}

/** What nothing in a bound without interrupts, tasks and patches over time can break: of these it says nothing. */
const SILENT: ReadonlySet<ObligationName> = new Set<ObligationName>(['interrupt-transparency', 'consistency', 'reliable-trace', 'recoverable']);

/** The bound's scenarios that satisfy all that a feature set enforces have not the others' needs. */
function inSet({ needs }: SignatureLine, label: string): boolean {
  const enforced = label.split(',');
  return needs.every((it) => !enforced.includes(it));
}

const judgedOf = (report: ExhaustReport, strategy: string): JudgedStrategy | undefined => report.strategies.find((it) => it.name === strategy);

/** A fact that holds by its trials, where it holds for every scenario of the bound as well. */
export function withBound(fact: Fact, report: ExhaustReport | undefined): Fact {
  const judged = report === undefined ? undefined : judgedOf(report, fact.strategy);
  if (report === undefined || judged === undefined || fact.verdict !== 'holds' || fact.evidence.kind !== 'sampled' || SILENT.has(fact.obligation)) return fact;
  // Whoever did not come to an end, or was not tried, shows nothing of all.
  if (!report.complete || report.faultCount > 0 || judged.trials === 0 || judged.notApplicable > 0 || judged.open > 0) return fact;
  if (judged.signatures.some((it) => it.obligation === fact.obligation && inSet(it, fact.features))) return fact;
  return { ...fact, evidence: { kind: 'exhaustive', trials: fact.evidence.trials, bound: boundWords(report.bound) } };
}

/** A counterexample of the bound, for each feature set of its strategy in which it lies. */
export interface BoundFailure {
  readonly strategy: string;
  readonly features: string;
  readonly obligation: Fact['obligation'];
  readonly token: string;
  readonly within: boolean;
}

/** The smallest for each fact. */
export function boundFailures(report: ExhaustReport, sets: readonly FeatureSet[], listed: readonly { readonly index: number; readonly strategy: Strategy }[]): BoundFailure[] {
  return listed.flatMap(({ index, strategy }) => {
    const signatures = judgedOf(report, strategy.name)?.signatures ?? [];
    return sets.filter((set) => set.strategies.includes(index)).flatMap((set) => {
      const its = signatures.filter((it) => inSet(it, set.label));
      // Within the claim first: a claim is refuted by nothing else.
      const best = [...its].sort((a, b) => Number(b.withinClaim) - Number(a.withinClaim) || a.number - b.number);
      return best.filter((it, i) => best.findIndex((other) => other.obligation === it.obligation) === i)
        .map((it) => ({ strategy: strategy.name, features: set.label, obligation: it.obligation, token: it.token, within: it.withinClaim }));
    });
  });
}

export function boundReasons(report: ExhaustReport | undefined): Reason[] {
  if (report === undefined || report.faultCount === 0) return [];
  return [{ exit: 4, text: `${report.faultCount === 1 ? 'a fault' : `${report.faultCount} faults`} of the harness itself, in the bound: ${report.faults[0]?.message ?? ''}` }];
}

/** What the baseline has for every scenario of a bound, and this run has not shown again. */
export function boundNotes(was: Baseline | undefined, facts: readonly Fact[]): string[] {
  const lost = new Map<string, number>();
  for (const now of facts) {
    const then = was?.facts.find((it) => it.strategy === now.strategy && it.features === now.features && it.obligation === now.obligation)?.evidence;
    if (then?.kind !== 'exhaustive' || (now.evidence.kind === 'exhaustive' && now.evidence.bound === then.bound) || now.evidence.kind === 'proved') continue;
    const key = `${now.strategy} (${then.bound})`;
    lost.set(key, (lost.get(key) ?? 0) + 1);
  }
  return [...lost].map(([about, many]) => `exhaustive in the baseline, and not shown again by this run: ${many === 1 ? 'a fact' : `${many} facts`} of ${about}; --bound runs it`);
}
