/** What the gate says: its outcome, the differences by name, and why. */
import type { Fact } from '../campaign/baseline.ts';
import type { ProofReport } from '../campaign/gate-prover.ts';
import type { GateCheck, GateReport } from '../campaign/gate-report.ts';
import type { Check, ChecksView } from './checks.ts';
import { grouped, isBad } from './checks.ts';
import type { FindingView } from './finding.ts';
import { findingLines } from './finding.ts';
import { claimText } from '../contract/claim-text.ts';
import type { Finding } from '../campaign/finding.ts';
import { command, count, enumerate, magnitude, number, printable, seedWords, wrap } from './text.ts';

export interface GateView {
  readonly report: GateReport;
  readonly exit: number;
  readonly version: string;
  /** The commit hash that the seed was given as, where it was. */
  readonly seedHash?: string;
  readonly viewOf: (finding: Finding) => FindingView;
  /** The file that a check is about: a stored case's, a user's strategy's. */
  readonly fileOf: (check: GateCheck) => string | undefined;
  /** The command that shows a token's scenario under a strategy, which need not be the token's. */
  readonly replayOf: (token: string, strategy: string) => string;
  /** What `--update` did. */
  readonly updated?: string;
}

const OUTCOMES = {
  pass: 'everything is as it was and as claimed',
  fail: 'something that held is broken, or the other way round',
  inconclusive: 'this cannot be decided',
  untrusted: 'the harness cannot be trusted',
} as const;

/** The gate as a list of named checks, for the formats of other tools. */
export function checksView({ report, version, viewOf, fileOf, replayOf }: GateView): ChecksView {
  const findings = report.strategies.flatMap((it) => it.findings);
  const checks = report.checks.map((it): Check => {
    const finding = findings.find((one) => one.token === it.token && (it.strategy === undefined || one.strategy === it.strategy));
    const file = fileOf(it);
    return {
      ...it, details: finding === undefined || !isBad({ ...it, details: [] }) ? [] : findingLines(viewOf(finding)), ...(file === undefined ? {} : { file }),
      ...(it.token === undefined || it.strategy === undefined ? {} : { replay: replayOf(it.token, it.strategy) }),
    };
  });
  return {
    outcome: report.outcome, sentence: report.reasons[0] ?? OUTCOMES[report.outcome],
    seed: String(report.seed), modelHash: report.modelHash, version, checks,
  };
}

/** How much of what a gate says is of which kind: `130 facts proved, 1,182 sampled`. */
export function evidenceWords(facts: readonly Fact[]): string {
  const of = (kind: Fact['evidence']['kind']): number => facts.filter((it) => it.evidence.kind === kind).length;
  const words = (['proved', 'exhaustive', 'sampled'] as const).flatMap((kind) => (of(kind) === 0 ? [] : [`${count(of(kind))} ${kind === 'exhaustive' ? 'exhaustive to a bound' : kind}`]));
  return words.length === 0 ? 'no facts' : `facts: ${words.join(', ')}`;
}

/** What proofs say of a strategy: the assumptions in the same sentence. */
function proofLines({ verdict, assuming, fragments, refutations, why, confronted }: ProofReport): string[] {
  const text = {
    holds: `proved for every call graph, assuming ${assuming.join(', ')} (${number(fragments, 'fragment')}, ${number(confronted, 'known scenario')} run); what that leaves out is sampled`,
    breaks: `refuted by ${number(refutations.length, 'chain')} of calls, run: ${refutations.map((it) => it.obligation).join(', ')}`,
    undecided: `undecided by proof: ${printable(why)}`,
  }[verdict];
  return wrap(text, '  ', '    ');
}

export function gateLines(view: GateView, quiet = false): string[] {
  const { report } = view;
  const lines = [`gate: ${report.outcome} (${OUTCOMES[report.outcome]})`];
  if (report.differences.length > 0) {
    lines.push('', 'Differences:');
    for (const it of report.differences) {
      lines.push(...wrap(it.text, '  ', '    '));
      if (it.token !== '') lines.push(...command(view.replayOf(it.token, it.strategy), '    '));
    }
  }
  if (report.reasons.length > 0) lines.push('', ...report.reasons.flatMap((reason) => wrap(printable(reason), '', '  ')));
  if (view.updated !== undefined) lines.push('', ...wrap(view.updated));
  if (quiet) return lines;
  const shown = new Set(report.differences.map((it) => it.token));
  for (const finding of report.strategies.flatMap((it) => it.findings)) {
    if (shown.has(finding.token)) lines.push('', ...findingLines(view.viewOf(finding)));
  }
  lines.push('');
  for (const [group, checks] of grouped(checksView(view).checks)) {
    const bad = checks.filter(isBad).length;
    const skipped = checks.filter((check) => check.state === 'skip').length;
    lines.push(`${group}: ${number(checks.length, 'check')}${bad === 0 ? '' : `, ${count(bad)} NOT PASSED`}${skipped === 0 ? '' : `, ${count(skipped)} skipped`}`);
  }
  lines.push('');
  for (const it of report.strategies) {
    lines.push(...wrap(`${it.name}: ${claimText(it.claim)}: ${it.outcome}${it.asClaimed ? ', as claimed' : ''} (${count(it.within)} trials within the claim, ${count(it.trials)} in all)`, '', '  '));
    const proof = report.proofs.find((one) => one.strategy === it.name);
    if (proof !== undefined) lines.push(...proofLines(proof));
  }
  lines.push('', ...wrap(`${evidenceWords(report.baseline.facts)}.`.replace(/^f/, 'F')));
  const [idle, untested] = [
    report.idle.map((it) => `${it.strategy}: ${it.assumption}`),
    report.untested.map((it) => `${it.strategy}: ${it.assumption} (${count(it.exercised)} of ${count(it.least)})`),
  ];
  if (idle.length + untested.length > 0) lines.push('');
  if (idle.length > 0) lines.push(...wrap(`Idle assumptions, which no counterexample needs: ${enumerate(idle)}.`));
  if (untested.length > 0) lines.push(...wrap(`Not enough trials outside of one assumption alone to tell whether it is needed: ${enumerate(untested)}.`));
  for (const note of report.notes) lines.push(...wrap(`note: ${printable(note)}`, '', '  '));
  const instructions = report.strategies.reduce((sum, it) => sum + it.instructions, 0);
  lines.push('', ...wrap(`${number(report.runs, 'scenario')}, ${magnitude(instructions)} instructions, ${seedWords(report.seed, view.seedHash)}, model ${report.modelHash}.`));
  return lines;
}

export function gateDocument({ report, exit, updated }: GateView): object {
  return {
    schema: 'tocsin/gate@1', outcome: report.outcome,
    differences: report.differences.map((it) => ({
      strategy: it.strategy, obligation: it.obligation, features: it.features, was: it.was, is: it.is, token: it.token, by: it.by, outcome: it.outcome, ...(it.detail === undefined ? {} : { detail: it.detail }),
    })),
    seed: report.seed, runs: report.runs, modelHash: report.modelHash, reasons: report.reasons, notes: report.notes, idle: report.idle, untested: report.untested,
    canaries: report.canaries, witnesses: report.witnesses, faults: report.faults, checks: report.checks,
    proofs: report.proofs.map(({ strategy, features, verdict, assuming, obligations, fragments, refutations, why, confronted, contradictions }) => (
      { strategy, features, verdict, assuming, obligations, fragments, refutations, why, confronted, contradictions })),
    proofCanaries: report.proofCanaries, facts: report.baseline.facts,
    strategies: report.strategies.map((it) => ({ name: it.name, hash: it.hash, claim: claimText(it.claim), outcome: it.outcome, asClaimed: it.asClaimed, trials: it.trials, within: it.within })),
    ...(updated === undefined ? {} : { updated }),
    exit,
  };
}
