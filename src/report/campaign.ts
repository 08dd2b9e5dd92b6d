/** The report of a campaign: per strategy the verdict line, claim, trials, each finding; then witnesses, verdicts, the seed. */
import type { FindingFacts } from '../campaign/finding.ts';
import type { AssumptionReport, CanaryReport, FuzzReport, StrategyReport } from '../campaign/report.ts';
import type { SiteShare } from '../campaign/shares.ts';
import { SHARES_FROM, WITNESSES, siteText } from '../contract/witnesses.ts';
import { claimText } from '../contract/claim-text.ts';
import type { FindingView } from './finding.ts';
import { findingLines } from './finding.ts';
import { columns, count, enumerate, magnitude, number, printable, seedWords, wrap } from './text.ts';

/** What only whoever started the campaign knows. */
export interface CampaignView {
  readonly report: FuzzReport<FindingFacts>;
  readonly interrupted: boolean;
  /** The commit hash that the seed was given as, where it was. */
  readonly seedHash?: string;
  /** Where a finding's file lies, and the commands to look at it. */
  readonly viewOf: (finding: FindingFacts) => FindingView;
}

export function verdictWord(it: Pick<StrategyReport<FindingFacts>, 'outcome' | 'asClaimed' | 'claim'>): string {
  if (it.outcome === 'inconclusive') return 'inconclusive';
  if (it.outcome === 'holds') return it.asClaimed ? 'holds' : 'NOT CAUGHT';
  return it.asClaimed ? 'broken, as claimed' : 'BROKEN';
}

const obligationsOf = (findings: readonly FindingFacts[]): string[] => [...new Set(findings.map((one) => one.violation.obligation))];

/** Name, verdict and what it breaks within its claim: one line per strategy, more where that does not fit. */
export function verdictTable(strategies: readonly StrategyReport<FindingFacts>[], indent = ''): string[] {
  const rows = strategies.map((it) => [it.name, verdictWord(it), enumerate(obligationsOf(it.findings.filter((one) => one.withinClaim)))] as const);
  const [names, verdicts] = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)) + 2) as [number, number];
  return rows.flatMap(([name, verdict, broken]) =>
    wrap(broken, indent + name.padEnd(names) + verdict.padEnd(verdicts), ' '.repeat(indent.length + names + verdicts)));
}

function standing({ standing: it, exercised, least }: AssumptionReport): string {
  switch (it) {
    case 'needed': return 'needed: a counterexample outside it is below';
    case 'idle': return 'IDLE: no counterexample needs it';
    case 'undecided': return `not enough trials to tell (${count(exercised)} of ${count(least)})`;
    case 'unexercised': return 'no scenario outside it alone was tried';
  }
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** What nothing found means (campaign/statistics.ts). */
export function boundText({ clusters, confidence, below }: NonNullable<StrategyReport<FindingFacts>['bound']>): string {
  return `no violation in ${number(clusters, 'independent scenario')} within the claim: under this generator's distribution the failing share is below `
    + `${(100 * below).toPrecision(4)} % at ${percent(confidence)}`;
}

/** Where in its own code a strategy was seen: interrupts at instructions, and directions of branches. Nothing of what no feature asks for. */
function siteLines(sites: readonly SiteShare[]): string[] {
  const groups = [
    { what: 'instructions of its code with an interrupt before them', of: sites.filter((it) => it.kind === 'interrupt' && it.standing !== 'off') },
    { what: 'directions of its conditional branches', of: sites.filter((it) => it.kind !== 'interrupt' && it.standing !== 'off') },
  ];
  return groups.flatMap(({ what, of }) => {
    const asked = of.filter((it) => it.exempt === undefined);
    if (of.length === 0) return [];
    const rarest = asked.reduce<SiteShare | undefined>((least, it) => (least === undefined || it.shown < least.shown ? it : least), undefined);
    const words = [`seen: ${count(asked.filter((it) => it.shown > 0).length)} of ${count(asked.length)} ${what}`];
    if (of.length > asked.length) words.push(`${count(of.length - asked.length)} more are exempt`);
    if (rarest !== undefined) {
      words.push(`the rarest, ${siteText(rarest)}, in ${count(rarest.shown)} trials: ${percent(rarest.low)} to ${percent(rarest.high)}, at least ${percent(rarest.least)}: ${rarest.standing}`);
    }
    return wrap(words.join('; '), '  ', '    ');
  });
}

function strategyLines(it: StrategyReport<FindingFacts>): string[] {
  const lines = [`${it.name}: ${verdictWord(it)}`, ...wrap(`claim: ${claimText(it.claim)}`, '  ', '    ')];
  const within = it.within === it.trials ? '' : `, ${count(it.within)} of them within the claim`;
  const left = [
    it.notApplicable > 0 ? `${count(it.notApplicable)} scenarios not applicable` : '',
    it.outOfBudget > 0 ? `${count(it.outOfBudget)} out of budget` : '',
    it.undecided > 0 ? `${count(it.undecided)} undecided` : '',
  ].filter((text) => text !== '').map((text) => `; ${text}`).join('');
  lines.push(...wrap(`${number(it.trials, 'trial')}${within}${left}; ${magnitude(it.instructions)} instructions`, '  ', '    '));
  if (it.bound !== undefined) lines.push(...wrap(boundText(it.bound), '  ', '    '));
  if (it.trials >= SHARES_FROM) lines.push(...siteLines(it.sites));
  for (const one of it.assumptions) {
    lines.push(...wrap(`assumes ${one.assumption} (${number(one.exercised, 'trial')} outside it alone): ${standing(one)}`, '  ', '    '));
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

/** Shares of the required witnesses with both ends, and what is not seen yet. */
function shareLines({ shares, situations, runs }: FuzzReport<FindingFacts>): string[] {
  const lines: string[] = [];
  if (shares.length > 0) {
    lines.push('Required, in which share of the scenarios (certainty 1e9), at least, and is it:');
    lines.push(...columns(shares.map((it) => [it.name, `${percent(it.low)} to ${percent(it.high)}`, percent(it.least), it.standing]), '  '), '');
  }
  if (runs >= SHARES_FROM) {
    lines.push(...wrap(`${count(situations.once.length + situations.more.length)} situations of hooked calls were seen, ${count(situations.once.length)} of them in one scenario only: `
      + `the chance that the next scenario shows a new one is about ${percent(situations.unseen)} at most (Good-Turing).`), '');
  }
  return lines;
}

/** Lines of the whole report. `quiet`: only verdicts, reasons and the seed. */
export function campaignLines({ report, interrupted, seedHash, viewOf }: CampaignView, quiet = false): string[] {
  const lines: string[] = [];
  if (!quiet) {
    for (const strategy of report.strategies) {
      lines.push(...strategyLines(strategy), '');
      for (const finding of strategy.findings) lines.push(...findingLines(viewOf(finding)), '');
    }
    lines.push('What the runs have shown:', ...witnessLines(report.witnesses), '', ...shareLines(report));
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
  lines.push(seedWords(report.seed, seedHash));
  return lines;
}
