/** `tocsin envelope --proved`: the same two borders for call graphs of every size, from proofs, and beside a sampled envelope where one is handed in. */
import { join } from 'node:path';
import { compareEnvelopes } from '../../prove/envelope-compare.ts';
import type { Comparison } from '../../prove/envelope-compare.ts';
import { proveEnvelopes } from '../../prove/envelope-session.ts';
import type { ProofEnvelopeReport } from '../../prove/envelope-session.ts';
import type { ProvedSet } from '../../prove/envelope.ts';
import { documentText } from '../../report/machine-readable.ts';
import { proofEnvelopeDocument, proofEnvelopeLines } from '../../report/proof-envelope.ts';
import type { ProofEnvelopeView } from '../../report/proof-envelope.ts';
import { FEATURES } from '../../scenario/features.ts';
import { readCases, readEnvelopeCases, readEnvelopeSets } from '../cases.ts';
import { UsageError } from '../errors.ts';
import { parseFeatures } from '../features.ts';
import { makeFolder, writeWhole } from '../files.ts';
import { objectRequest } from '../object-options.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { announce, loadStrategies } from '../strategies.ts';

/** What is drawn or spread over threads, where nothing is. */
const OF_CAMPAIGNS = ['seed', 'runs', 'workers', 'page'] as const;

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  for (const name of OF_CAMPAIGNS) if (text(options, name) !== undefined) throw new UsageError(`--${name} is about campaigns: --proved makes none`);
  const features = parseFeatures(text(options, 'features'));
  const named = await loadStrategies(args, objectRequest(options));
  announce(console, named, json);
  const cases = text(options, 'cases'), out = text(options, 'out'), document = cases?.endsWith('.json') === true;
  const known = cases === undefined ? [] : document ? readEnvelopeCases(cases) : readCases(cases).map((it) => it.scenario);
  const sampled = cases === undefined || !document ? [] : readEnvelopeSets(cases);
  if (out !== undefined) makeFolder(out, '--out');
  const report = await proveEnvelopes(named.map((it) => it.strategy), features, features.length === FEATURES.length, known, (done) => {
    console.progress(() => `${done} of ${named.length} strategies`);
  });
  const comparisons = report.strategies.flatMap(({ envelope }): Comparison[] => {
    const its = sampled.find(({ name }) => name === envelope.name);
    return its === undefined ? [] : [compareEnvelopes(envelope, its)];
  });
  const exit = comparisons.some(({ sets }) => sets.some(({ agreement }) => agreement === 'contradiction')) ? 4 : report.exit;
  process.exitCode = exit;
  const files = out === undefined ? new Map<ProvedSet, string>() : writeCertificates(report, out);
  const view: ProofEnvelopeView = { report, comparisons, exit, fileOf: (set) => files.get(set) ?? null };
  console.answer(json ? documentText(proofEnvelopeDocument(view)) : `${proofEnvelopeLines(view, quiet).join('\n')}\n`);
  return exit;
}

/** A certificate for each largest set for which all obligations are proved, numbered in the order of the report. What is proved but for conventions has none: who checks asks for all. */
function writeCertificates({ strategies }: ProofEnvelopeReport, folder: string): Map<ProvedSet, string> {
  const files = new Map<ProvedSet, string>();
  for (const { prover, envelope } of strategies) {
    envelope.all.proved.forEach((set, index) => {
      const path = join(folder, `${envelope.name}-${index + 1}.proof.json`);
      writeWhole(path, `${JSON.stringify(prover.certificate(set, envelope))}\n`, 'the certificate');
      files.set(set, path);
      // Where no convention is broken by itself, the same set stands there.
      const same = envelope.fatal.proved.find(({ mask }) => mask === set.mask);
      if (same !== undefined) files.set(same, path);
    });
  }
  return files;
}
