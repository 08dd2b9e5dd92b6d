/** What a finding says, in the order of `interface.md`: under 80 columns, fit for a mail. */
import type { FindingFacts, Located } from '../campaign/finding.ts';
import { COLUMNS, address, columns, command, hex, number, printable, wrap } from './text.ts';
import { scenarioTree, sizeOf, sizeText } from './tree.ts';

/** A finding and what its reader can do with it: whole commands for the shell. */
export interface FindingView {
  readonly finding: FindingFacts;
  /** Where the counterexample file lies. */
  readonly file?: string;
  readonly commands: { readonly replay: string; readonly original: string; readonly explain: string };
}

/** `SEED:BLOCK:RUN` of the scenario before minimising. */
export function originOf(finding: Pick<FindingFacts, 'provenance'>): string {
  const { seed, block, run } = finding.provenance;
  return `${seed}:${block}:${run}`;
}

const named = (value: bigint, symbol: string | undefined): string[] => (symbol === undefined ? [hex(value)] : [hex(value), symbol]);

const spot = (it: Located): string[] => [address(it.address), it.symbol, it.text ?? '(no instruction is there)'];

/** Lines of one finding, without a newline. */
export function findingLines({ finding, file, commands }: FindingView): string[] {
  const { violation, certificate } = finding;
  const title = `${finding.strategy}: ${violation.obligation}`;
  const lines = [title, '-'.repeat(Math.min(title.length, COLUMNS)), ...wrap(printable(finding.sentence))];
  if (!finding.withinClaim) {
    lines.push(...wrap(`This is outside the claim, which assumes ${finding.needs.join(', ')}: it shows that the assumption is needed.`));
  }

  lines.push('', `The scenario (${sizeText(sizeOf(finding.scenario))}):`, ...scenarioTree(finding.scenario, '    '));

  const { at, cause } = finding;
  lines.push('', cause === undefined ? 'The first wrong instruction:' : 'The first wrong instruction, and where it was noticed:');
  lines.push(...columns(cause === undefined ? [spot(at)] : [spot(cause), spot(at)], '    '));

  // What cannot go on (obligation progress) is not compared with anything.
  const alone = violation.obligation === 'progress';
  lines.push('', `${alone ? 'Found' : 'Expected and found'}, in ${violation.subject}:`, ...columns([
    ...(alone ? [] : [['expected', ...named(violation.expected, finding.expectedSymbol)]]),
    ['found', ...named(violation.found, finding.foundSymbol)],
  ], '    '), '');

  const tried = number(certificate.tried, 'smaller scenario');
  lines.push(...wrap(`Minimised from ${sizeText(finding.drawn)}; ${tried} tried. ${certificate.complete
    ? 'Nothing more can go; the last pass tried:'
    : 'The budget ended first: this is small, not minimal. The last pass tried:'}`));
  lines.push(...wrap(certificate.what.length === 0 ? 'nothing' : certificate.what.join(', '), '    '));

  lines.push('', `token    ${finding.token}`, `seed     ${originOf(finding)}, after ${number(finding.afterTrials, 'trial')}`);
  if (file !== undefined) lines.push(`file     ${printable(file)}`);
  lines.push('replay:', ...command(commands.replay, '    '));
  lines.push('the scenario before minimising:', ...command(commands.original, '    '));
  lines.push('explain:', ...command(commands.explain, '    '));
  return lines;
}
