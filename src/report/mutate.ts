/** The report of `mutate`: per strategy a table of faults by kind, how soon they were caught, what is equivalent and why, and each survivor. */
import { claimText } from '../contract/claim-text.ts';
import type { MutantOutcome, MutantRow, MutateReport, StrategyMutants } from '../campaign/mutate-report.ts';
import type { Part } from '../campaign/exhaust-task.ts';
import { sizes } from './exhaust.ts';
import { columns, count, number, printable, shellWord, wrap } from './text.ts';

/** What only whoever started it knows. */
export interface MutateView {
  readonly report: MutateReport;
  /** The file of a mutant; undefined: none was written. */
  readonly fileOf: (row: MutantRow) => string | undefined;
}

const OUTCOMES: readonly MutantOutcome[] = ['caught', 'equivalent', 'equivalent-to-bound', 'survived'];
const of = (rows: readonly MutantRow[], outcome: MutantOutcome): readonly MutantRow[] => rows.filter((it) => it.outcome === outcome);
const needsInterrupt = (row: MutantRow): boolean => row.caught?.needsInterrupt === true;

/** Smallest, median, 95th percentile, largest. */
export function spread(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? [] : [0, 0.5, 0.95, 1].map((part) => sorted[Math.ceil(part * (sorted.length - 1))]!);
}

function kindTable(rows: readonly MutantRow[], kinds: readonly string[]): string[] {
  const line = (name: string, some: readonly MutantRow[]): string[] => {
    const figures = [some.length, of(some, 'caught').length, some.filter(needsInterrupt).length, ...OUTCOMES.slice(1).map((it) => of(some, it).length)];
    return [name, ...figures.map((it) => count(it).padStart(7))];
  };
  const present = kinds.filter((kind) => rows.some((it) => it.kind === kind));
  return columns([
    ['', 'mutants', ' caught', ' by irq', '  equal', 'tobound', 'survive'],
    ...present.map((kind) => line(kind, rows.filter((it) => it.kind === kind))), line('all', rows),
  ], '  ');
}

function rowLines(row: MutantRow, file: string | undefined): string[] {
  const lines = wrap(printable(row.mutant), '  ', '      ');
  const { caught, proof, reason, open, differs } = row;
  if (caught !== undefined) {
    const how = `${caught.obligation} after ${number(caught.afterTrials, 'trial')}${caught.needsInterrupt ? ', only with an interrupt' : ''}`;
    lines.push(...wrap(`${how}. ${printable(caught.sentence)}`, '    '));
    lines.push(`    ${file === undefined ? caught.token : `tocsin replay ${caught.token} --strategy ${shellWord(file)}`}`);
  }
  if (proof !== undefined) lines.push(`    proved: ${proof}`);
  if (reason !== undefined) lines.push(...wrap(`reviewed: ${printable(reason)}`, '    '));
  if (open !== undefined) lines.push(`    ${number(open, 'run')} did not end, or could not be judged`);
  if (differs !== undefined) lines.push(`    differs from the original in witness ${differs}`);
  if (row.outcome === 'survived' && file !== undefined) lines.push(`    ${file}`);
  return lines;
}

function strategyLines(it: StrategyMutants, { report, fileOf }: MutateView, all: boolean): string[] {
  const { name, rows, samples, hooked, refuted } = it;
  const lines = [name, ...wrap(`claim: ${claimText(it.claim)}`, '  ', '    ')];
  if (refuted !== undefined) return [...lines, ...wrap(`breaks ${refuted.obligation} itself, in ${refuted.scenario}`, '  ', '    ')];
  lines.push(...wrap(`hooked ${hooked.join(' and ')}: ${stylesText(rows)}`, '  ', '    '));
  lines.push(...wrap(`${number(it.made, 'fault')}, ${count(it.unassembled)} of them without an encoding; ${number(rows.length, 'mutant')} `
    + 'after those with the same bytes are one', '  ', '    '));
  lines.push(...kindTable(rows, report.kinds));
  const caught = of(rows, 'caught').filter((row) => row.caught?.inBound === false);
  for (const [title, phase] of [['caught without interrupts', 'off'], ['caught with interrupts', 'on']] as const) {
    const some = caught.filter((row) => row.caught?.phase === phase);
    const after = spread(some.map(({ caught: it }) => (it?.phase === 'on' ? it.withInterrupts : it?.afterTrials ?? 0))).map(count);
    if (after.length === 0) continue;
    lines.push(...wrap(`${title}: ${number(some.length, 'mutant')}, after ${after[0]} to ${after[3]} such trials, `
      + `median ${after[1]}, 95 % within ${after[2]}`, '  ', '    '));
  }
  for (const { hooked: style, off, on } of samples) {
    lines.push(...wrap(`hooked ${style}, whoever is left has met ${count(off.corpus)} stored scenarios and neighbours and ${count(off.generated)} generated ones `
      + `without interrupts, ${count(on.corpus)} and ${count(on.generated)} with`, '  ', '    '));
  }
  lines.push(...exhaustiveLines(it));
  const shown = all ? rows : rows.filter((row) => row.outcome === 'survived' || row.outcome === 'equivalent-to-bound');
  for (const outcome of OUTCOMES) {
    const some = of(shown, outcome);
    if (some.length === 0) continue;
    lines.push(`  ${TITLES[outcome]}:`);
    for (const row of some) lines.push(...rowLines(row, fileOf(row)).map((line) => `  ${line}`));
  }
  for (const stale of it.staleReasons) lines.push(...wrap(`a reason is kept for what needs none: ${printable(stale)}`, '  ', '    '));
  return lines;
}

/** Which mutants are judged where. */
function stylesText(rows: readonly MutantRow[]): string {
  const both = rows.filter((row) => row.hooked.length > 1).length;
  const alone = (style: MutantRow['hooked'][number]): number => rows.filter((row) => row.hooked.length === 1 && row.hooked[0] === style).length;
  return `${number(alone('in-line'), 'mutant')} of what runs in line alone, ${count(alone('out-of-line'))} out of line alone, ${count(both)} in both`;
}

/** What lands in a part of a bound. */
const LANDING: Readonly<Record<Part, string>> = {
  plain: '', interrupts: ' with one interrupt at every instruction boundary and every handler',
  switches: ' with the task preempted once at every instruction boundary, back on the other CPU or after another task',
  pairs: ' with two switches at every pair of boundaries',
};

function exhaustiveLines({ exhaustive, rows }: StrategyMutants): string[] {
  if (exhaustive === null) return ['  nobody is left for an exhaustive bound'];
  const { bound, suspects, parts, complete } = exhaustive;
  const lines = wrap(`then the ${number(suspects, 'mutant')} left, beside the original, over ${complete ? 'all' : 'part'} of the bound ${bound.name}:`, '  ', '    ');
  for (const { hooked, part, expected, enumerated, within, interrupts, undecided } of parts) {
    const of = (part === 'plain' || part === 'pairs' ? bound : bound[part])?.bound ?? bound.bound;
    const what = `hooked ${hooked}, every scenario ${sizes(of)}${LANDING[part]}`;
    const inside = part === 'plain' ? `${count(within)} within the claim`
      : `${count(within)} within the claim with ${number(interrupts, part === 'interrupts' ? 'interrupt' : 'switch', part === 'interrupts' ? 'interrupts' : 'switches')} for each mutant`;
    const open = undecided === 0 ? '' : `; in ${number(undecided, 'run')} the original does not end`;
    lines.push(...wrap(`${what}: ${count(enumerated)} enumerated, ${count(expected)} expected; ${inside}${open}`, '    ', '      '));
  }
  const found = rows.filter((row) => row.caught?.inBound === true).length;
  if (found > 0) lines.push(`    ${number(found, 'mutant')} caught there`);
  return lines;
}

const TITLES: Readonly<Record<MutantOutcome, string>> = {
  caught: 'caught', equivalent: 'proved equal to the original', 'equivalent-to-bound': 'equal to the bound, with a reviewed reason',
  survived: 'SURVIVED: a finding about the harness, or a reason is missing',
};

/** `all`: every mutant, not only those that were not caught. `quiet`: one line for each strategy. */
export function mutateLines(view: MutateView, quiet = false, all = false): string[] {
  const { strategies, reasons, seed } = view.report;
  const lines = strategies.flatMap((it) => (quiet ? [] : [...strategyLines(it, view, all), '']));
  lines.push(...columns(strategies.map(({ name, rows, refuted }) => [name, refuted !== undefined ? 'refuted'
    : `${number(rows.length, 'mutant')}: ${OUTCOMES.map((it) => `${count(of(rows, it).length)} ${it.replaceAll('-', ' ')}`).join(', ')}`])));
  for (const reason of reasons) lines.push(...wrap(printable(reason), '', '  '));
  lines.push(`seed ${seed}`);
  return lines;
}

const OUTCOME_NAMES: Readonly<Record<MutantOutcome, string>> = {
  caught: 'caught', equivalent: 'equivalent', 'equivalent-to-bound': 'equivalentToBound', survived: 'survived',
};

export function mutateDocument({ report, fileOf }: MutateView): object {
  return {
    schema: 'tocsin/mutate@1', seed: String(report.seed), features: report.features, kinds: report.kinds,
    strategies: report.strategies.map(({ name, claim, hooked, made, unassembled, rows, samples, exhaustive, refuted, staleReasons }) => ({
      name, claim: claimText(claim), hooked, faults: made, unassembled, mutants: rows.length,
      ...Object.fromEntries(OUTCOMES.map((it) => [OUTCOME_NAMES[it], of(rows, it).length])),
      needInterrupt: rows.filter(needsInterrupt).length, samples, exhaustive, refuted: refuted ?? null, staleReasons,
      rows: rows.map((row) => ({
        mutant: row.mutant, kind: row.kind, hooked: row.hooked, strategy: row.strategy.name, file: fileOf(row) ?? null, sameBytes: row.also,
        outcome: OUTCOME_NAMES[row.outcome],
        obligation: row.caught?.obligation ?? null, caughtHooked: row.caught?.hooked ?? null, token: row.caught?.token ?? null, needsInterrupt: needsInterrupt(row),
        afterTrials: row.caught?.afterTrials ?? null, withInterrupts: row.caught?.withInterrupts ?? null, inBound: row.caught?.inBound ?? null,
        sentence: row.caught?.sentence ?? null,
        proof: row.proof ?? null, reason: row.reason ?? null, open: row.open ?? 0, differs: row.differs ?? null,
      })),
    })),
    reasons: report.reasons, exit: report.exit,
  };
}
