/** `tocsin prove`: a verdict for call graphs of every size, with a certificate, or a chain of calls that fails when it is run. */
import '../brief.ts';
import { join } from 'node:path';
import type { Judgement } from '../../prove/verdict.ts';
import { proveAll } from '../../prove/session.ts';
import { proveDocument, proveLines } from '../../report/prove.ts';
import type { ProveView } from '../../report/prove.ts';
import { documentText } from '../../report/machine-readable.ts';
import { FEATURES } from '../../scenario/features.ts';
import { takeModelHash } from '../../trial/model-hash.ts';
import { readCases } from '../cases.ts';
import { parseFeatures } from '../features.ts';
import { makeFolder, writeWhole } from '../files.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { objectRequest } from '../object-options.ts';
import { preparedHash } from '../prepared.ts';
import { announce, loadStrategies } from '../strategies.ts';

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  takeModelHash(preparedHash());
  const features = parseFeatures(text(options, 'features'));
  const named = await loadStrategies(args, objectRequest(options));
  announce(console, named, json);
  const cases = text(options, 'cases'), out = text(options, 'out');
  const known = cases === undefined ? [] : readCases(cases).map((it) => it.scenario);
  if (out !== undefined) makeFolder(out, '--out');
  const report = proveAll(named.map((it) => it.strategy), features, features.length === FEATURES.length, known, (done) => {
    console.progress(() => `${done} of ${named.length} strategies`);
  });
  process.exitCode = report.exit;
  const files = new Map<Judgement, string>();
  for (const { judgement } of report.judged) {
    if (out === undefined || judgement.certificate === undefined) continue;
    const path = join(out, `${judgement.name}.proof.json`);
    writeWhole(path, `${JSON.stringify(judgement.certificate)}\n`, 'the certificate');
    files.set(judgement, path);
  }
  const view: ProveView = { report, fileOf: (it) => files.get(it) ?? null };
  console.answer(json ? documentText(proveDocument(view)) : `${proveLines(view, quiet).join('\n')}\n`);
  return report.exit;
}
