/** The README's table of verdicts: Markdown between two marks, made from a campaign's report. */
import type { Finding } from '../campaign/finding.ts';
import type { FuzzReport, StrategyReport } from '../campaign/report.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import { claimText } from '../contract/claim-text.ts';
import { magnitude, number } from './text.ts';
import { sizeOf, sizeText } from './tree.ts';

const BEGIN = '<!-- verdicts:begin -->';
const END = '<!-- verdicts:end -->';

/** Who it is from and when; the rest of the sentence is `tocsin list`'s. */
function shortOrigin(origin: string): string {
  return origin.replace(/[:;].*$/s, '').trim();
}

const obligations = (findings: readonly Finding[]): string => [...new Set(findings.map((it): ObligationName => it.signature.obligation))].join(', ');

function seen({ outcome, findings }: StrategyReport): string {
  const within = findings.filter((it) => it.withinClaim);
  const outside = findings.filter((it) => !it.withinClaim);
  const word = outcome === 'broken' ? `broken: ${obligations(within)}` : outcome;
  return outside.length === 0 ? word : `${word}; outside the claim: ${obligations(outside)}`;
}

/** By what it holds, then by its token. */
function smallest(findings: readonly Finding[]): Finding | undefined {
  const weight = (it: Finding): number => {
    const { functions, calls, patches, interrupts } = sizeOf(it.scenario);
    return functions + calls + patches + interrupts;
  };
  return [...findings].sort((a, b) => weight(a) - weight(b) || a.token.length - b.token.length || (a.token < b.token ? -1 : 1))[0];
}

function row(it: StrategyReport, origin: string): string {
  const finding = smallest(it.findings);
  const found = finding === undefined ? 'none' : `${sizeText(sizeOf(finding.scenario))}: \`${finding.token}\``;
  return `| \`${it.name}\` | ${shortOrigin(origin)} | ${claimText(it.claim)} | ${seen(it)} | ${found} |`;
}

/** Lines between the marks, without them. `command` is what runs this campaign. */
export function readmeTable(report: FuzzReport, strategies: readonly Pick<Strategy, 'name' | 'origin'>[], command: string): string {
  const trials = report.strategies.reduce((sum, it) => sum + it.trials, 0);
  const instructions = report.strategies.reduce((sum, it) => sum + it.instructions, 0);
  return [
    `\`${command}\`: ${number(trials, 'trial')}, ${magnitude(instructions)} instructions.`, '',
    '| strategy | origin | claim | what is found | smallest counterexample |', '|---|---|---|---|---|',
    ...report.strategies.map((it) => row(it, strategies.find(({ name }) => name === it.name)?.origin ?? '')),
  ].join('\n');
}

/** A document with other lines between its marks. Throws RangeError where they are not there, once each and in this order. */
export function withTable(document: string, table: string): string {
  const parts = document.split(BEGIN);
  const rest = parts[1]?.split(END);
  if (parts.length !== 2 || rest?.length !== 2 || parts[0]?.includes(END) === true) throw new RangeError(`expected ${BEGIN} and ${END}, once each`);
  return `${parts[0]}${BEGIN}\n${table}\n${END}${rest[1]}`;
}
