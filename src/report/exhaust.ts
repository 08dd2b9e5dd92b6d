/** What an exhaustive run says, in words and as the document `tocsin/exhaust@1`: what it covered, and each strategy's smallest counterexamples. */
import type { Comparison } from '../campaign/exhaust-compare.ts';
import type { ExhaustReport, InterruptFacts, JudgedStrategy, PartReport, SignatureLine } from '../campaign/exhaust-report.ts';
import type { Part, Stack, TurnKind } from '../campaign/exhaust-task.ts';
import { claimText } from '../contract/claim-text.ts';
import type { Bound } from '../enumerate/bound.ts';
import type { Measure } from '../enumerate/measure.ts';
import { scenarioTree } from './tree.ts';
import { columns, count, enumerate, number, printable, wrap } from './text.ts';

export interface ExhaustView {
  readonly report: ExhaustReport;
  readonly interrupted: boolean;
  readonly exit: number;
  readonly comparisons: readonly Comparison[];
}

/** A bound's sizes in words. */
export const sizes = ({ functions, calls, special }: Bound): string =>
  `up to ${number(functions, 'function')}, ${number(calls, 'call')} and ${number(special, 'thing')} out of the ordinary`;

function measureText({ functions, calls, patches, interrupts, around, special }: Measure): string {
  const parts = [number(functions, 'function'), number(calls, 'call'), number(patches, 'patch', 'patches')];
  if (interrupts > 0) parts.push(number(interrupts, 'interrupt'));
  if (around > 0) parts.push(number(around, 'task or switch', 'tasks and switches'));
  if (special > 0) parts.push(`${special} out of the ordinary`);
  return parts.join(', ');
}

const progress = ({ enumerated, expected, done, slices }: PartReport): string => (done === slices
  ? `${count(enumerated)} enumerated, ${count(expected)} expected`
  : `${count(enumerated)} of ${count(expected)} enumerated, slices 1 to ${count(done)} of ${count(slices)}: NOT COMPLETE`);

function boundLines({ bound, interrupts, switches, pairs, parts }: ExhaustReport): string[] {
  const lists = (['kinds', 'modules', 'entries', 'arguments', 'bodies', 'replacements', 'tracing', 'places', 'hooked'] as const)
    .map((name) => [name, bound[name].join(' ') || 'none'] as const);
  const lines = [...wrap(`Every scenario ${sizes(bound)}, up to isomorphism: ${progress(parts[0]!)}.`), ...columns(lists, '    ')];
  if (bound.recursion > 1) lines.push(`    recursion  each call on a cycle ${bound.recursion} times`);
  const of = (part: Part): PartReport | undefined => parts.find((it) => it.part === part);
  const inner = of('interrupts'), around = of('switches'), both = of('pairs');
  if (interrupts !== null && inner !== undefined) {
    const stack = interrupts.stacks.join() === 'shared,own' ? 'either stack' : enumerate(interrupts.stacks.map((it) => STACK_WORDS[it]));
    lines.push(...wrap(`With one interrupt at every instruction boundary and every handler, on ${stack}: every scenario ${sizes(interrupts.bound)}: ${progress(inner)}.`));
  }
  if (switches !== null && around !== undefined) {
    const what = switches.turns.map((it) => TURN_WORDS[it]).join('; and it ');
    lines.push(...wrap(`With the task preempted once at every instruction boundary, where it ${what}: every scenario ${sizes(switches.bound)}: ${progress(around)}.`));
  }
  if (pairs !== null && both !== undefined) {
    lines.push(...wrap('With the task preempted at an instruction boundary, and another one, which runs meanwhile, at one of its own, at every pair of boundaries: '
      + `every scenario ${sizes(pairs.bound)}: ${progress(both)}.`));
  }
  return lines;
}

/** What a handler runs on. */
const STACK_WORDS: Readonly<Record<Stack, string>> = { shared: 'the interrupted stack', own: 'the interrupt stack', soft: 'the soft irq stack' };

/** What becomes of a task that is preempted. */
const TURN_WORDS: Readonly<Record<TurnKind, string>> = {
  back: 'comes back at once', migration: 'comes back at once on the other CPU', switch: 'comes back after another task has run each function that it can begin with',
};

export function outcomeWord(it: JudgedStrategy, complete: boolean): string {
  if (it.outcome === 'inconclusive') return 'inconclusive';
  if (it.outcome === 'not-applicable') return 'not applicable';
  if (it.outcome === 'holds') return it.claim.kind === 'holds' ? 'holds' : 'NOT BROKEN';
  if (it.asClaimed) return 'broken, as claimed';
  return it.claim.kind === 'holds' ? 'BROKEN' : complete ? 'broken, not in all that it claims' : 'broken';
}

function holdsSentence(it: JudgedStrategy): string {
  const { interrupts, switches, pairs } = it;
  const outside = it.trials - it.within;
  const rest = outside > 0 ? `; ${count(outside)} others do not satisfy its assumptions` : '';
  const taken = interrupts === null ? '' : `, and under all ${count(interrupts.within)} single interrupts in the smaller bound`;
  const turns = switches === null ? '' : switches.within === 0 ? '; of switches its claim does not speak' : `, and under all ${count(switches.within)} single switches in theirs`;
  const twice = pairs === null ? '' : pairs.within === 0 ? '; of pairs of switches its claim does not speak' : `, and under all ${count(pairs.within)} pairs of switches in theirs`;
  return `Holds for all ${count(it.within)} scenarios of the bound that its claim speaks of${taken}${turns}${twice}${rest}.`;
}

function strategyLines(it: JudgedStrategy, report: ExhaustReport): string[] {
  const lines = ['', `${it.name}: ${outcomeWord(it, report.complete)}`, ...wrap(`claim: ${claimText(it.claim)}`, '    ')];
  if (it.outcome === 'holds') lines.push(...wrap(holdsSentence(it), '    '));
  else if (it.outcome === 'inconclusive') lines.push(...wrap(`Nothing within its claim in ${count(it.within)} scenarios so far.`, '    '));
  if (it.notApplicable > 0) lines.push(...wrap(`Not applicable to ${number(it.notApplicable, 'scenario')}: it has no code for functions that are hooked out of line.`, '    '));
  if (it.unseen.length > 0) lines.push(...wrap(`Not shown: ${enumerate(it.unseen)}.`, '    '));
  for (const finding of it.findings) {
    const outside = finding.withinClaim ? '' : ` (outside the claim: needs ${enumerate(finding.needs)})`;
    lines.push(...wrap(`smallest for ${finding.obligation}${outside}: ${measureText(finding.measure)}`, '    ', '      '));
    lines.push(`      ${finding.token}`, ...wrap(printable(finding.sentence), '      '));
  }
  const smallest = it.findings.find(({ token }) => token === it.smallest);
  if (smallest !== undefined && smallest.withinClaim) lines.push('    smallest of all:', ...scenarioTree(smallest.scenario, '      '));
  return lines;
}

function landingLines({ strategies }: ExhaustReport, title: string, of: (it: JudgedStrategy) => InterruptFacts | null): string[] {
  const rows = strategies.flatMap((it) => {
    const facts = of(it);
    return facts === null ? [] : [[it.name, count(facts.trials), count(facts.violated), count(facts.different), count(facts.long), count(facts.compared)]];
  });
  if (rows.length === 0) return [];
  return ['', ...wrap(`${title}: taken; noted something; left something different, and were run on to the end; did not come back soon;`
    + ' run again from the beginning and compared:'),
    ...columns(rows, '    ')];
}

function comparisonLines(comparisons: readonly Comparison[]): string[] {
  if (comparisons.length === 0) return [];
  const small = comparisons.filter((it) => it.standing === 'smallest').length;
  const share = `${small} of ${comparisons.length} are as small as the smallest of their signature`;
  const lines = ['', ...wrap(`Stored counterexamples, made by the campaign's minimiser: ${share}.`)];
  for (const it of comparisons) {
    if (it.standing === 'smallest') continue;
    const own = it.signature;
    const beside = own === null ? 'the bound has none of its signature'
      : it.standing === 'larger' ? `the smallest has ${measureText(own.measure)}: ${own.token}` : `the smallest of the bound has ${measureText(own.measure)}`;
    lines.push(...wrap(`${it.name}: ${measureText(it.measure)}; ${beside}`, '    ', '      '));
  }
  return lines;
}

/** Lines of at most 79 columns. */
export function exhaustLines({ report, interrupted, comparisons }: ExhaustView, quiet: boolean): string[] {
  const rows = report.strategies.map((it) => [it.name, outcomeWord(it, report.complete), it.smallest ?? ''] as const);
  const table = columns(rows);
  if (quiet) return [...table, ...report.reasons.flatMap((reason) => wrap(reason, '- ', '  '))];
  const lines = [...boundLines(report)];
  if (interrupted) lines.push('Interrupted: this is what was seen so far.');
  for (const it of report.strategies) lines.push(...strategyLines(it, report));
  lines.push(...landingLines(report, 'Interrupts', (it) => it.interrupts), ...landingLines(report, 'Switches', (it) => it.switches), ...landingLines(report, 'Pairs of switches', (it) => it.pairs), ...comparisonLines(comparisons), '', ...table);
  for (const { kind, run, strategy, message } of report.faults) {
    lines.push(...wrap(`fault (${kind}) in scenario ${run}${strategy === undefined ? '' : `, ${strategy}`}: ${printable(message)}`));
  }
  if (report.reasons.length > 0) lines.push('', ...report.reasons.flatMap((reason) => wrap(printable(reason), '- ', '  ')));
  return lines;
}

function lineDocument(it: SignatureLine): object {
  return {
    obligation: it.obligation, edge: it.edge, place: it.place, withinClaim: it.withinClaim, needs: it.needs, count: it.count,
    token: it.token, number: it.number, ...it.measure,
  };
}

/** The `exhaust` document. */
export function exhaustDocument({ report, interrupted, exit, comparisons }: ExhaustView): object {
  const plain = report.parts[0]!;
  const of = (part: Part): { enumerated: number; expected: number } | null => {
    const it = report.parts.find((one) => one.part === part);
    return it === undefined ? null : { enumerated: it.enumerated, expected: it.expected };
  };
  const { interrupts, switches, pairs } = report;
  return {
    schema: 'tocsin/exhaust@1',
    bound: {
      ...report.bound, interrupts: interrupts === null ? null : { at: 'every', ...interrupts.bound, stacks: interrupts.stacks },
      switches: switches === null ? null : { at: 'every', ...switches.bound, turns: switches.turns },
      pairs: pairs === null ? null : { at: 'every', ...pairs.bound },
    },
    enumerated: plain.enumerated, expected: plain.expected, complete: report.complete, interrupted,
    withInterrupts: of('interrupts'), withSwitches: of('switches'), withPairs: of('pairs'),
    slices: report.parts.map(({ part, done, slices }) => ({ part, done, of: slices })),
    modelHash: report.modelHash,
    strategies: report.strategies.map((it) => ({
      name: it.name, hash: it.hash, claim: claimText(it.claim), outcome: it.outcome, asClaimed: it.asClaimed, smallest: it.smallest,
      trials: it.trials, within: it.within, notApplicable: it.notApplicable, open: it.open, openWithin: it.openWithin, instructions: it.instructions, interrupts: it.interrupts, switches: it.switches, pairs: it.pairs,
      unseen: it.unseen, findings: it.findings.map((finding) => ({ ...lineDocument(finding), sentence: finding.sentence })),
      signatures: it.signatures.map(lineDocument),
    })),
    comparisons, faults: report.faults, faultCount: report.faultCount, reasons: report.reasons, exit,
  };
}
