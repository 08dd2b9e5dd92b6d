/** What `prove` says, in words and as the document `tocsin/prove@1`. */
import { claimText } from '../contract/claim-text.ts';
import type { Judged, ProveReport } from '../prove/session.ts';
import type { Judgement, Refutation } from '../prove/verdict.ts';
import { columns, number, wrap } from './text.ts';

export interface ProveView {
  readonly report: ProveReport;
  /** Where a strategy's certificate was written; null: nowhere. */
  readonly fileOf: (judgement: Judgement) => string | null;
}

const OUTCOME = { holds: 'HOLDS for every call graph', breaks: 'BREAKS', undecided: 'UNDECIDED' } as const;

/** Refutations that are shown with the verdict: the first of each obligation. */
const shown = ({ refutations }: Judgement): Refutation[] => refutations.filter((it, i) => refutations.findIndex((other) => other.obligation === it.obligation) === i);

function judgedLines({ judgement, claim, standing, confronted, contradictions }: Judged, file: string | null): string[] {
  const { name, outcome, features, assuming, fragments, steps, refutations, notShown, reason } = judgement;
  const lines = outcome === 'holds'
    // The assumptions belong to the verdict: they stand in the same sentence.
    ? wrap(`${name}: ${OUTCOME.holds} over ${features.length === 0 ? 'no call at all' : features.join(', ')}; assuming ${assuming.join(', ')}. Proof: ${number(fragments, 'fragment')}, ${number(steps, 'assertion')}; ${number(confronted, 'known scenario')} of it run, ${contradictions.length === 0 ? 'none fails' : `${contradictions.length} FAIL`}.`, '', '  ')
    : wrap(`${name}: ${OUTCOME[outcome]}${outcome === 'breaks' ? ` ${[...new Set(refutations.map((it) => it.obligation))].join(', ')}` : ''}${reason === undefined ? '' : `: ${reason}`}`, '', '  ');
  for (const { chain, obligation, token } of shown(judgement)) lines.push(...wrap(`${obligation}: ${chain}`, '  ', '    '), `    ${token}`);
  if (notShown.length > 0) {
    lines.push(...wrap(`${number(notShown.length, 'chain')} that did not fail in any scenario that was tried:`, '  ', '    '));
    for (const { chain, obligation } of notShown.slice(0, 4)) lines.push(...wrap(`${obligation}: ${chain}`, '    ', '      '));
    if (notShown.length > 4) lines.push(`    and ${number(notShown.length - 4, 'more')}, in the JSON document`);
  }
  for (const { violation, notation } of contradictions) lines.push(...wrap(`CONTRADICTION: ${violation.obligation} is broken in ${notation.replaceAll('\n', '; ')}`, '  ', '    '));
  if (file !== null) lines.push(`  certificate: ${file}`);
  if (standing === 'refuted') lines.push(...wrap(`REFUTED: the claim is "${claimText(claim)}"`, '  ', '    '));
  if (standing === 'weaker') lines.push(...wrap(`The claim is "${claimText(claim)}": not with these features.`, '  ', '    '));
  return lines;
}

export function proveLines({ report, fileOf }: ProveView, quiet: boolean): string[] {
  const { judged, canaries, exit } = report;
  if (quiet) return columns(judged.map(({ judgement, standing }) => [judgement.name, judgement.outcome, ...(standing === 'refuted' ? ['REFUTED'] : [])]));
  const lines = judged.flatMap((it) => [...judgedLines(it, fileOf(it.judgement)), '']);
  const missed = canaries.filter((it) => !it.refuted).map((it) => it.name);
  lines.push(...wrap(missed.length === 0 ? `Canaries: ${canaries.map((it) => it.name).join(', ')}: refuted, each.` : `CANARIES MISSED: ${missed.join(', ')} should be refuted.`));
  const words = { 0: 'all as claimed', 1: 'a claim is refuted', 3: 'not all is decided', 4: 'THE HARNESS CANNOT BE TRUSTED' } as Readonly<Record<number, string>>;
  lines.push(`${number(judged.length, 'strategy', 'strategies')}: ${words[exit] ?? ''}.`);
  return lines;
}

export function proveDocument({ report, fileOf }: ProveView): object {
  return {
    schema: 'tocsin/prove@1', features: report.asked, exit: report.exit, canaries: report.canaries,
    strategies: report.judged.map(({ judgement, claim, standing, confronted, contradictions }) => ({
      name: judgement.name, outcome: judgement.outcome, claim: claimText(claim), standing, obligations: judgement.obligations, features: judgement.features, assumptions: judgement.assuming,
      fragments: judgement.fragments, assertions: judgement.steps, rounds: judgement.rounds, certificate: fileOf(judgement),
      chain: judgement.refutations[0]?.chain ?? null, token: judgement.refutations[0]?.token ?? null,
      refutations: judgement.refutations.map(({ obligation, chain, token, notation }) => ({ obligation, chain, token, scenario: notation })),
      notShown: judgement.notShown, reason: judgement.reason ?? null,
      confronted, contradictions: contradictions.map(({ violation, notation }) => ({ obligation: violation.obligation, scenario: notation })),
    })),
  };
}

/** The page's table: each strategy, its verdict with all that it rests on, or the first chain of each obligation with its token. */
export function proveTable({ judged }: ProveReport): string[] {
  const rows = judged.map(({ judgement, claim, confronted }) => {
    const { name, outcome, assuming, fragments, steps } = judgement;
    const why = outcome === 'holds' ? `assuming ${assuming.map((it) => `\`${it}\``).join(', ')}; ${number(confronted, 'known scenario')} run`
      : shown(judgement).map(({ obligation, chain, token }) => `\`${obligation}\`: ${chain} (\`${token}\`)`).join('<br>');
    return `| \`${name}\` | ${claimText(claim)} | ${outcome} | ${fragments} | ${steps} | ${why} |`;
  });
  return ['| strategy | claim | verdict | fragments | assertions | why |', '|---|---|---|---|---|---|', ...rows];
}
