/** What an envelope says, in words and as the document `tocsin/envelope@1`. */
import type { BreakingSet, CleanSet, Envelope, EnvelopeReport, StrategyEnvelope } from '../campaign/envelope-report.ts';
import type { NamedSet } from '../campaign/envelope-sets.ts';
import type { Assumption } from '../contract/claim.ts';
import { claimText } from '../contract/claim-text.ts';
import { FEATURES } from '../scenario/features.ts';
import { columns, count, hex, number, printable, wrap } from './text.ts';
import { sizeOf, sizeText } from './tree.ts';

export interface EnvelopeView {
  readonly report: EnvelopeReport;
  readonly exit: number;
  /** Where the case of a set was written; null: nowhere. */
  readonly fileOf: (set: BreakingSet) => string | null;
}

/** "local + far, not stack-room". */
export function setText({ features, unmet }: NamedSet): string {
  const parts = [...(features.length === 0 ? [] : [features.join(' + ')]), ...unmet.map((it) => `not ${it}`)];
  return parts.length === 0 ? 'no feature at all' : parts.join(', ');
}

/** "0.0337 %". */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(4))} %`;

export const assumingText = (assuming: readonly string[]): string => (assuming.length === 0 ? 'nothing' : assuming.join(', '));

/** What a scenario has that does not satisfy an assumption: "far", "not stack-room". */
export function lackText(assumption: Assumption): string {
  const feature = FEATURES.find((it) => assumption === `no-${it}`);
  return feature ?? `not ${assumption}`;
}

function cleanText({ assuming, trials, below, never, rarest }: CleanSet): string {
  const least = rarest === undefined ? '' : `; rarest: ${lackText(rarest.assumption)} in ${count(rarest.trials)}`;
  const unknown = never.length === 0 ? '' : `; never tried: ${never.map(lackText).join(', ')}`;
  return `assuming ${assumingText(assuming)}: ${number(trials, 'trial')}, failing share below ${percent(below)}${least}${unknown}`;
}

/** Of largest sets that are not listed by themselves. */
export const subsumedText = (sets: number): string =>
  `in ${number(sets, 'more largest set')} too, where all that was drawn lies within these (subsumed, in the JSON document)`;

function envelopeLines(it: Envelope, indent: string): string[] {
  const lines = it.breaking.length === 0 ? [] : [`${indent}broken by`];
  for (const set of it.breaking) {
    lines.push(...wrap(setText(set), `${indent}  `, `${indent}    `));
    lines.push(...wrap(`${set.obligations.join(', ')}; ${sizeText(sizeOf(set.finding.scenario))}`, `${indent}    `), `${indent}    ${set.finding.token}`);
  }
  if (it.clean.length > 0) lines.push(`${indent}nothing found`);
  for (const set of it.clean) lines.push(...wrap(cleanText(set), `${indent}  `, `${indent}    `));
  if (it.subsumed.length > 0) lines.push(...wrap(subsumedText(it.subsumed.length), `${indent}  `, `${indent}    `));
  if (it.undecided.length > 0) lines.push(`${indent}UNDECIDED`);
  for (const { assuming, why } of it.undecided) lines.push(...wrap(`assuming ${assumingText(assuming)}: ${why}`, `${indent}  `, `${indent}    `));
  if (!it.complete) lines.push(...wrap('There are more largest sets than are kept: some are not listed.', indent));
  if (it.overturned > 0) lines.push(...wrap(`${number(it.overturned, 'campaign')} had found nothing where there was something, as others showed.`, indent));
  return lines;
}

function strategyLines(it: StrategyEnvelope): string[] {
  const { name, claim, fatal, recorded, contradictions } = it;
  const lines = ['', name, ...wrap(`claim: ${claimText(claim)}`, '    '), ...envelopeLines(fatal, '    ')];
  // Where no campaign saw a convention broken there is one largest set: everything.
  if (recorded.breaking.length > 0 || recorded.undecided.length > 0) lines.push('    conventions, after whose breach a run goes on', ...envelopeLines(recorded, '      '));
  else if (recorded.clean[0] !== undefined) lines.push(...wrap(`conventions: none broken in ${number(recorded.clean[0].trials, 'trial')}`, '    '));
  for (const one of contradictions) lines.push(...wrap(`REFUTED: the claim covers ${setText(one)}, which breaks ${one.obligation}: ${one.token}`, '    ', '      '));
  return lines;
}

function rowOf({ name, fatal, recorded, contradictions }: StrategyEnvelope): string[] {
  const open = fatal.undecided.length + recorded.undecided.length;
  return [
    name, fatal.breaking.length === 0 ? 'nothing breaks it' : `broken by ${number(fatal.breaking.length, 'smallest set')}`,
    [...(recorded.breaking.length === 0 ? [] : [`conventions by ${recorded.breaking.length}`]), ...(open === 0 ? [] : [`${open} UNDECIDED`]),
      ...(contradictions.length === 0 ? [] : ['REFUTED'])].join(', '),
  ];
}

/** Lines of at most 79 columns, tokens aside. */
export function envelopeLinesOf({ report }: EnvelopeView, quiet: boolean): string[] {
  const table = columns(report.strategies.map(rowOf));
  const reasons = report.reasons.flatMap((reason) => wrap(printable(reason), '- ', '  '));
  if (quiet) return [...table, ...reasons];
  return [
    ...wrap(`Seed ${report.seed}. Each smallest set has a case that uses exactly it, and campaigns of ${number(report.smallerRuns, 'scenario')} without each single thing `
      + `in it found nothing. Each largest set is one in which a campaign of ${number(report.runs, 'scenario')} found nothing; the bound is of that set by itself, at `
      + `${report.confidence * 100} %, under this generator's distribution. No case that this run found${report.cases === 0 ? '' : `, or of the ${report.cases} handed in,`} `
      + 'breaks a strategy within one of its largest sets.'),
    ...(report.features.length === FEATURES.length ? [] : wrap(`Sets are made of ${report.features.join(', ') || 'no feature'}.`)),
    ...(report.interrupted ? ['Interrupted: this is what was seen so far.'] : []),
    ...report.strategies.flatMap(strategyLines), '', ...table,
    ...report.faults.flatMap((it) => wrap(`fault (${it.kind}): ${printable(it.message)}`)), ...(reasons.length === 0 ? [] : ['', ...reasons]),
  ];
}

function breakingDocument(set: BreakingSet, file: string | null) {
  const { features, unmet, obligation, obligations, finding, smaller } = set;
  return { features, unmet, obligation, obligations, token: finding.token, minimal: finding.certificate.complete, file, ...sizeOf(finding.scenario), sentence: finding.sentence, smaller };
}

function groupDocument({ breaking, clean, subsumed, undecided, complete, overturned }: Envelope, fileOf: EnvelopeView['fileOf']) {
  return { breaking: breaking.map((it) => breakingDocument(it, fileOf(it))), clean, subsumed, undecided, complete, overturned };
}

/** The `envelope` document. `breaking`, `clean` and so on are those of the obligations that end a run; `recorded` has the same of the others. */
export function envelopeDocument({ report, exit, fileOf }: EnvelopeView) {
  const { seed, runs, smallerRuns, cases, features, confidence, generator, modelHash, interrupted, canaries, faults, faultCount, reasons } = report;
  return {
    schema: 'tocsin/envelope@1', seed: hex(seed), runs, smallerRuns, cases, features, confidence, generator, modelHash, interrupted,
    strategies: report.strategies.map((it) => ({
      name: it.name, hash: it.hash, claim: claimText(it.claim), trials: it.trials, ...groupDocument(it.fatal, fileOf), recorded: groupDocument(it.recorded, fileOf),
      contradictions: it.contradictions,
    })),
    canaries, faults, faultCount, reasons, exit,
  };
}

export type EnvelopeDocument = ReturnType<typeof envelopeDocument>;
