/** `tocsin merge`: the documents of a campaign's shards put together to the document of the whole. Runs nothing. */
import { CampaignError } from '../../campaign/error.ts';
import { merged, reportOf } from '../../campaign/merge.ts';
import type { NamedPart } from '../../campaign/merge.ts';
import { FUZZ_BYTES, readPart } from '../../campaign/part.ts';
import type { PartFinding } from '../../campaign/part.ts';
import { differenceOf, parseJson } from '../../campaign/reader.ts';
import { campaignLines } from '../../report/campaign.ts';
import { fuzzDocument } from '../../report/documents.ts';
import type { FindingView } from '../../report/finding.ts';
import { documentText } from '../../report/machine-readable.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { UsageError, quoted } from '../errors.ts';
import { readText } from '../files.ts';
import { commandsOf } from '../findings.ts';
import type { Environment, Options } from '../options.ts';

export function run({ console, json, quiet }: Environment, args: readonly string[], _options: Options): number {
  const report = merged(args.map(readNamed));
  process.exitCode = report.exit;
  if (json) console.answer(documentText(fuzzDocument(report, false, report.exit, (finding: PartFinding) => finding.file)));
  else {
    const files = new Map<unknown, string | null>(report.strategies.flatMap((it) => it.findings.map((finding) => [finding, finding.file])));
    const viewOf = (finding: Parameters<typeof commandsOf>[0]): FindingView => {
      const file = files.get(finding);
      return { finding, commands: commandsOf(finding, wordOf(finding.strategy)), ...(file === undefined || file === null ? {} : { file }) };
    };
    console.say(`seed ${report.seed}\n`);
    console.answer(`${campaignLines({ report, interrupted: false, viewOf }, quiet).join('\n')}\n`);
  }
  return report.exit;
}

/** A document does not say in which file of its maker's a strategy was. */
function wordOf(strategy: string): { readonly word: string; readonly file?: string } {
  const word = `FILE-OF-${strategy}`;
  return BUILT_IN.some((it) => it.name === strategy) ? { word: strategy } : { word, file: word };
}

/** Throws UsageError: a document that does not say what follows from its own facts is none of `tocsin fuzz --json`. */
function readNamed(path: string): NamedPart {
  const name = quoted(path);
  const source = readText(path, 'document', FUZZ_BYTES);
  try {
    const data = parseJson(source);
    const named = { name, part: readPart(data) };
    const report = reportOf({ ...named, name: '' });
    const again: unknown = JSON.parse(documentText(fuzzDocument(report, false, report.exit, (finding: PartFinding) => finding.file)));
    const difference = differenceOf(data, again);
    if (difference !== undefined) throw new CampaignError(`${difference}, which follows from the rest`);
    return named;
  } catch (error) {
    if (error instanceof CampaignError) throw new UsageError(`document ${name}: ${error.message}`);
    throw error;
  }
}
