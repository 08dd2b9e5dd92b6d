/** The report of a campaign: per strategy the verdict line, claim, trials, each finding; then witnesses, verdicts, the seed. */
import type { Finding } from '../campaign/finding.ts';
import type { AssumptionReport, CanaryReport, FuzzReport, StrategyReport } from '../campaign/report.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import { claimText } from '../contract/claim-text.ts';
import type { FindingView } from './finding.ts';
import { findingLines } from './finding.ts';
import { columns, count, enumerate, magnitude, number, printable, wrap } from './text.ts';

/** What only whoever started the campaign knows. */
export interface CampaignView {
  readonly report: FuzzReport;
  readonly interrupted: boolean;
  /** Where a finding's file lies, and the commands to look at it. */
  readonly viewOf: (finding: Finding) => FindingView;
}

export function verdictWord(it: Pick<StrategyReport, 'outcome' | 'asClaimed' | 'claim'>): string {
  if (it.outcome === 'inconclusive') return 'inconclusive';
  if (it.outcome === 'holds') return it.asClaimed ? 'holds' : 'NOT CAUGHT';
  return it.asClaimed ? 'broken, as claimed' : 'BROKEN';
}

const obligationsOf = (findings: readonly Finding[]): string[] => [...new Set(findings.map((one) => one.violation.obligation))];

/** Name, verdict and what it breaks within its claim: one line per strategy, more where that does not fit. */
export function verdictTable(strategies: readonly StrategyReport[], indent = ''): string[] {
  const rows = strategies.map((it) => [it.name, verdictWord(it), enumerate(obligationsOf(it.findings.filter((one) => one.withinClaim)))] as const);
  const [names, verdicts] = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)) + 2) as [number, number];
  return rows.flatMap(([name, verdict, broken]) =>
    wrap(broken, indent + name.padEnd(names) + verdict.padEnd(verdicts), ' '.repeat(indent.length + names + verdicts)));
}

const standing: Record<AssumptionReport['standing'], string> = {
  needed: 'needed: a counterexample outside it is below',
  idle: 'IDLE: no counterexample needs it',
  unexercised: 'no scenario outside it was tried',
};

function strategyLines(it: StrategyReport): string[] {
  const lines = [`${it.name}: ${verdictWord(it)}`, ...wrap(`claim: ${claimText(it.claim)}`, '  ', '    ')];
  const within = it.within === it.trials ? '' : `, ${count(it.within)} of them within the claim`;
  const left = [
    it.notApplicable > 0 ? `${count(it.notApplicable)} scenarios not applicable` : '',
    it.outOfBudget > 0 ? `${count(it.outOfBudget)} out of budget` : '',
    it.undecided > 0 ? `${count(it.undecided)} undecided` : '',
  ].filter((text) => text !== '').map((text) => `; ${text}`).join('');
  lines.push(...wrap(`${number(it.trials, 'trial')}${within}${left}; ${magnitude(it.instructions)} instructions`, '  ', '    '));
  for (const one of it.assumptions) {
    lines.push(...wrap(`assumes ${one.assumption} (${number(one.exercised, 'trial')} outside it alone): ${standing[one.standing]}`, '  ', '    '));
  }
  for (const name of it.notApplicableObligations) lines.push(...wrap(`${name}: not applicable, as the strategy declares no pushes and pops`, '  ', '    '));
  if (it.unseen.length > 0) lines.push(...wrap(`claims to break ${enumerate(it.unseen)}, which was not seen`, '  ', '    '));
  if (it.signatures.length > 0) {
    lines.push('  seen broken (trials within the claim, outside it):');
    lines.push(...columns(it.signatures.map(({ signature, within: inside, outside }) =>
      [signature.obligation, `at the return of ${signature.edge}`, `in ${signature.place}`, `${count(inside)}, ${count(outside)}`]), '    '));
  }
  return lines;
}

function canaryText(it: CanaryReport): string {
  return it.caught ? `${it.name} was caught after ${number(it.afterTrials ?? it.trials, 'trial')}` : `${it.name} was NOT caught in ${number(it.trials, 'trial')}`;
}

/** Every witness that was seen, in its own words, and those that were not. */
export function witnessLines(witnesses: Readonly<Record<string, number>>): string[] {
  const seen = WITNESSES.filter((one) => (witnesses[one.name] ?? 0) > 0);
  const never = WITNESSES.filter((one) => one.name in witnesses && witnesses[one.name] === 0);
  const rows = seen.map((one) => ({ figure: count(witnesses[one.name] ?? 0), words: one.meaning }));
  const width = Math.max(0, ...rows.map((row) => row.figure.length));
  const lines = rows.flatMap(({ figure, words }) => wrap(words, `  ${figure.padStart(width)} `, ' '.repeat(width + 4)));
  if (never.length > 0) lines.push(...wrap(`never: ${never.map((one) => one.meaning).join('; ')}`, '  ', '    '));
  return lines;
}

/** Lines of the whole report. `quiet`: only verdicts, reasons and the seed. */
export function campaignLines({ report, interrupted, viewOf }: CampaignView, quiet = false): string[] {
  const lines: string[] = [];
  if (!quiet) {
    for (const strategy of report.strategies) {
      lines.push(...strategyLines(strategy), '');
      for (const finding of strategy.findings) lines.push(...findingLines(viewOf(finding)), '');
    }
    lines.push('What the runs have shown:', ...witnessLines(report.witnesses), '');
  }
  lines.push('Verdicts:', ...verdictTable(report.strategies, '  '), '');
  if (!quiet) {
    if (report.canaries.length > 0) lines.push(...wrap(`The canary: ${report.canaries.map(canaryText).join('; ')}.`));
    const instructions = report.strategies.reduce((sum, it) => sum + it.instructions, 0);
    const trials = report.strategies.reduce((sum, it) => sum + it.trials, 0);
    lines.push(...wrap(`${number(report.runs, 'scenario')} in ${number(report.blocks, 'block')}, ${number(trials, 'trial')}, `
      + `${count(instructions)} instructions; ${count(report.compared)} trials were run twice and compared. `
      + `Generator ${report.generator}, model ${report.modelHash}.`));
  }
  for (const fault of report.faults) lines.push(...wrap(`fault in block ${fault.block}, run ${fault.run}: ${printable(fault.message)}`, '', '  '));
  for (const reason of report.reasons) lines.push(...wrap(printable(reason), '', '  '));
  if (interrupted) lines.push('Interrupted: this is about the blocks that were done.');
  lines.push(`seed ${report.seed}`);
  return lines;
}
