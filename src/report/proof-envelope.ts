/** What `envelope --proved` says, in words and as the document `tocsin/proof-envelope@1`. */
import { claimText } from '../contract/claim-text.ts';
import type { BrokenSet, OpenSet, ProofBorder, ProvedSet } from '../prove/envelope.ts';
import type { ComparedSet, Comparison } from '../prove/envelope-compare.ts';
import type { ConfrontedEnvelope, ProofEnvelopeReport } from '../prove/envelope-session.ts';
import type { Contradiction } from '../prove/verdict.ts';
import { assumingText, setText } from './envelope.ts';
import { columns, number, wrap } from './text.ts';

export interface ProofEnvelopeView {
  readonly report: ProofEnvelopeReport;
  /** By strategy, where there is a sampled envelope of it. */
  readonly comparisons: readonly Comparison[];
  /** The report's, or 4 where a comparison contradicts a proof. */
  readonly exit: number;
  /** Where a set's certificate was written; null: nowhere. */
  readonly fileOf: (set: ProvedSet) => string | null;
}

/** One for each obligation that the set's chains break. */
const shown = ({ refutations }: BrokenSet) => refutations.filter((it, i) => refutations.findIndex((other) => other.obligation === it.obligation) === i);

function brokenLines(set: BrokenSet, indent: string): string[] {
  const lines = wrap(setText(set), indent, `${indent}  `);
  for (const { obligation, chain, token } of shown(set)) lines.push(...wrap(`${obligation}: ${chain}`, `${indent}  `, `${indent}    `), `${indent}    ${token}`);
  return lines;
}

function openLines({ why, notShown, more, ...set }: OpenSet, indent: string): string[] {
  const lines = wrap(`${setText(set)}: ${why}`, indent, `${indent}  `);
  for (const { obligation, chain } of notShown.slice(0, 2)) lines.push(...wrap(`${obligation}: ${chain}`, `${indent}  `, `${indent}    `));
  if (more.length > 0) lines.push(`${indent}  with more it breaks:`, ...more.flatMap((it) => brokenLines(it, `${indent}    `)));
  return lines;
}

function borderLines({ broken, proved, undecided, complete }: ProofBorder, indent: string, fileOf: ProofEnvelopeView['fileOf']): string[] {
  const lines = broken.length === 0 ? [] : [`${indent}broken by`, ...broken.flatMap((it) => brokenLines(it, `${indent}  `))];
  if (proved.length > 0) lines.push(`${indent}holds for every call graph`);
  for (const it of proved) {
    lines.push(...wrap(`assuming ${assumingText(it.assuming)}: ${number(it.fragments, 'fragment')}, ${number(it.steps, 'assertion')}`, `${indent}  `, `${indent}    `));
    const file = fileOf(it);
    if (file !== null) lines.push(`${indent}    certificate: ${file}`);
  }
  if (undecided.length > 0) lines.push(`${indent}UNDECIDED`, ...undecided.flatMap((it) => openLines(it, `${indent}  `)));
  if (!complete) lines.push(...wrap('There are more largest sets than are kept: some are not listed.', indent));
  return lines;
}

const contradictionLines = (found: readonly Contradiction[]): string[] =>
  found.flatMap(({ violation, notation }) => wrap(`CONTRADICTION: ${violation.obligation} is broken in ${notation.replaceAll('\n', '; ')}`, '    ', '      '));

/** Of a convention alone: sets in which all else is proved. */
const hasConventions = ({ broken, undecided }: ProofBorder): boolean => broken.length + undecided.length > 0;

const times = (sets: readonly ComparedSet[], which: ComparedSet['agreement']): number => sets.filter((it) => it.agreement === which).length;

function comparisonLines({ otherCode, sets, blind, unsampled }: Comparison): string[] {
  if (otherCode) return wrap('The sampled envelope is of other code of this name: nothing is compared.', '    ');
  const beyond = new Map<string, number>();
  for (const it of sets) for (const one of it.beyond) beyond.set(one, (beyond.get(one) ?? 0) + 1);
  const lines = wrap(`beside the sampled envelope: of ${number(sets.length, 'set')} that campaigns found to break it a chain breaks ${times(sets, 'same')} too, and part of ${times(sets, 'wider')}; `
    + `${times(sets, 'undecided')} undecided; of ${times(sets, 'elsewhere')} no proof speaks${beyond.size === 0 ? '' : ` (${[...beyond].map(([what, count]) => `${what}: ${count}`).join(', ')})`}; `
    + `${times(sets, 'contradiction')} contradict a proof`, '    ', '      ');
  for (const it of sets) if (it.agreement === 'contradiction') lines.push(...wrap(`CONTRADICTION: it is proved for ${setText(it)}, and a campaign broke ${it.obligations.join(', ')}:`, '    ', '      '), `      ${it.token}`);
  for (const it of blind) lines.push(...wrap(`campaigns had found nothing in ${setText(it)}:`, '    ', '      '), `      ${it.token}`);
  for (const it of unsampled) lines.push(...wrap(`campaigns say nothing of ${setText(it)}:`, '    ', '      '), `      ${it.token}`);
  return lines;
}

function strategyLines({ envelope, confronted, contradictions, standing }: ConfrontedEnvelope, { fileOf, comparisons }: ProofEnvelopeView): string[] {
  const { name, claim, assuming, fatal, all } = envelope, comparison = comparisons.find((it) => it.name === name);
  const lines = ['', name, ...wrap(`claim: ${claimText(claim)}`, '    '), ...wrap(`assumed in every set: ${assuming.join(', ')}`, '    ', '      '), ...borderLines(fatal, '    ', fileOf)];
  if (hasConventions(all)) lines.push('    conventions too, after whose breach a run goes on', ...borderLines(all, '      ', fileOf));
  lines.push(...wrap(`${number(confronted, 'known scenario')} of sets that are proved run, ${contradictions.length === 0 ? 'none fails' : `${contradictions.length} FAIL`}`, '    '), ...contradictionLines(contradictions));
  if (comparison !== undefined) lines.push(...comparisonLines(comparison));
  if (standing === 'refuted') lines.push('    REFUTED: a set that breaks it lies in what the claim covers');
  if (standing === 'not known') lines.push('    What the claim covers is neither proved nor shown to break.');
  if (standing === 'weaker') lines.push('    The claim says that it breaks: not with these features.');
  return lines;
}

function rowOf({ envelope: { name, fatal, all }, standing, contradictions }: ConfrontedEnvelope): string[] {
  const open = fatal.undecided.length + all.undecided.length;
  return [
    name, fatal.broken.length === 0 ? (fatal.undecided.length === 0 ? 'nothing breaks it' : 'nothing is shown to break it') : `broken by ${number(fatal.broken.length, 'smallest set')}`,
    `proved in ${number(fatal.proved.length, 'largest set')}`,
    [...(all.broken.length === 0 ? [] : [`conventions by ${all.broken.length}`]), ...(open === 0 ? [] : [`${open} undecided`]), ...(standing === 'refuted' ? ['REFUTED'] : []),
      ...(contradictions.length === 0 ? [] : ['CONTRADICTED'])].join(', '),
  ];
}

const ENDS = { 0: 'all as claimed', 1: 'a claim is refuted', 3: 'a claim is not decided', 4: 'THE HARNESS CANNOT BE TRUSTED' } as Readonly<Record<number, string>>;

/** Lines of at most 79 columns, tokens and paths aside. */
export function proofEnvelopeLines(view: ProofEnvelopeView, quiet: boolean): string[] {
  const { report: { strategies, canaries }, exit } = view, table = columns(strategies.map(rowOf));
  if (quiet) return table;
  const missed = canaries.filter((it) => !it.refuted).map((it) => it.name);
  return [
    ...wrap('For call graphs of every size. Whatever is smaller than a set that breaks a strategy is proved; each such set has a chain of calls that was run and fails. What lies in no set '
      + 'that is proved, and contains none that breaks, is undecided (docs/proof.md).'),
    ...strategies.flatMap((it) => strategyLines(it, view)), '', ...table, '',
    ...wrap(missed.length === 0 ? `Canaries: ${canaries.map((it) => it.name).join(', ')}: refuted, each.` : `CANARIES MISSED: ${missed.join(', ')} should be refuted.`),
    `${number(strategies.length, 'strategy', 'strategies')}: ${ENDS[exit] ?? ''}.`,
  ];
}

function brokenDocument(set: BrokenSet): object {
  const { features, unmet, refutations } = set, [first] = refutations;
  return {
    features, unmet, obligation: first!.obligation, obligations: shown(set).map((it) => it.obligation), token: first!.token, chain: first!.chain,
    refutations: refutations.map(({ obligation, chain, token, notation }) => ({ obligation, chain, token, scenario: notation })),
  };
}

function borderDocument({ broken, proved, undecided, complete }: ProofBorder, fileOf: ProofEnvelopeView['fileOf']): object {
  return {
    breaking: broken.map((it) => brokenDocument(it)),
    proved: proved.map((it) => ({ features: it.features, unmet: it.unmet, assuming: it.assuming, fragments: it.fragments, assertions: it.steps, certificate: fileOf(it) })),
    undecided: undecided.map(({ features, unmet, why, notShown, more }) => ({ features, unmet, why, notShown, more: more.map((it) => brokenDocument(it)) })), complete,
  };
}

/** `breaking`, `proved` and `undecided` are those of the obligations that end a run; `conventions` has the same of all. */
export function proofEnvelopeDocument({ report, comparisons, exit, fileOf }: ProofEnvelopeView): object {
  return {
    schema: 'tocsin/proof-envelope@1', features: report.asked, exit, canaries: report.canaries,
    strategies: report.strategies.map(({ envelope, standing, confronted, contradictions }) => {
      const { name, hash, claim, elements, assuming, fatal, all, proofs, asked } = envelope;
      return {
        name, hash, claim: claimText(claim), standing, elements, assumptions: assuming, ...borderDocument(fatal, fileOf), conventions: borderDocument(all, fileOf), proofs, questions: asked,
        confronted, contradictions: contradictions.map(({ violation, notation }) => ({ obligation: violation.obligation, scenario: notation })),
        sampled: comparisons.find((it) => it.name === name) ?? null,
      };
    }),
  };
}
