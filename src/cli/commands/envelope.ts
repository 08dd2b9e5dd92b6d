/** `tocsin envelope`: the smallest sets of features that break a strategy, each with its case, and the largest in which nothing was found. */
import { dirname, join } from 'node:path';
import type { BreakingSet, EnvelopeReport } from '../../campaign/envelope-report.ts';
import { ENVELOPE_RUNS, envelope, planEnvelope } from '../../campaign/envelope.ts';
import { envelopeDocument, envelopeLinesOf } from '../../report/envelope.ts';
import type { EnvelopeView } from '../../report/envelope.ts';
import { limitationsPage } from '../../report/limitations.ts';
import { documentText } from '../../report/machine-readable.ts';
import { magnitude, shellWord } from '../../report/text.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { caseText, readCases, readEnvelopeCases } from '../cases.ts';
import { openExecutor, threadsFor } from '../executor.ts';
import { featuresText, parseFeatures } from '../features.ts';
import { makeFolder, writeWhole } from '../files.ts';
import { parseCount, readSeed } from '../numbers.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { Interruption } from '../signals.ts';
import { objectRequest } from '../object-options.ts';
import { announce, loadStrategies } from '../strategies.ts';

/** An envelope is reproducible unless a seed is asked for. */
const DEFAULT_SEED = '1';
/** Scenarios of a campaign in a largest set, at most. */
const MOST_RUNS = 1e9;

export async function run(environment: Environment, args: readonly string[], options: Options): Promise<number> {
  if (options['proved'] === true) return (await import('./envelope-proved.ts')).run(environment, args, options);
  return sampled(environment, args, options);
}

async function sampled({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const { seed } = readSeed(text(options, 'seed') ?? DEFAULT_SEED);
  const runsText = text(options, 'runs');
  const runs = runsText === undefined ? ENVELOPE_RUNS : parseCount('--runs', runsText, 1, MOST_RUNS);
  const features = parseFeatures(text(options, 'features'));
  const workers = text(options, 'workers');
  threadsFor(workers);
  const named = await loadStrategies(args, objectRequest(options));
  announce(console, named, json);
  const casesPath = text(options, 'cases');
  const cases = casesPath === undefined ? [] : casesOf(casesPath);
  const plan = planEnvelope({ strategies: named.map((it) => it.strategy), seed, features, runs, cases });
  const [out, page] = [text(options, 'out'), text(options, 'page')];
  // Said now, not after minutes.
  if (out !== undefined) makeFolder(out, '--out');
  if (page !== undefined) makeFolder(dirname(page), '--page');

  const interruption = new Interruption();
  const executor = openExecutor(plan.setup, 'until-stopped', workers);
  let report: EnvelopeReport;
  try {
    const started = performance.now();
    report = await envelope(plan, executor, {
      stop: () => interruption.requested,
      progress: (done, of, trials) => {
        console.progress(() => `${done} of ${of} searches done, ${magnitude(trials)} trials, ${magnitude(trials / Math.max(0.001, (performance.now() - started) / 1000))} trials/s`);
      },
    });
  } finally {
    interruption.dispose();
    await executor.close();
  }
  const exit = interruption.exit ?? report.exit;
  process.exitCode = exit;
  const files = out === undefined ? new Map<BreakingSet, string>() : writeCases(report, out);
  const view: EnvelopeView = { report, exit, fileOf: (set) => files.get(set) ?? null };
  // What was interrupted says less than the page that may be there already.
  if (page !== undefined && interruption.exit === undefined) writeWhole(page, limitationsPage(envelopeDocument(view), command(args, report, casesPath)), '--page');
  console.answer(json ? documentText(envelopeDocument(view)) : `${envelopeLinesOf(view, quiet).join('\n')}\n`);
  return exit;
}

/** A folder of case files, or what an earlier envelope printed. */
function casesOf(path: string): Scenario[] {
  return path.endsWith('.json') ? readEnvelopeCases(path) : readCases(path).map((it) => it.scenario);
}

/** What the page says that it was made by: all that its words depend on. */
function command(args: readonly string[], { seed, runs, features }: EnvelopeReport, cases: string | undefined): string {
  const all = featuresText(features);
  return ['tocsin envelope', ...args.map(shellWord), `--seed ${seed}`, ...(runs === ENVELOPE_RUNS ? [] : [`--runs ${runs}`]), ...(all === undefined ? [] : [`--features ${all}`]),
    ...(cases === undefined ? [] : [`--cases ${shellWord(cases)}`])].join(' ');
}

/** A case file for each smallest set, numbered by strategy in the order of the report. */
function writeCases({ strategies }: EnvelopeReport, folder: string): Map<BreakingSet, string> {
  const files = new Map<BreakingSet, string>();
  for (const { name, fatal, recorded } of strategies) {
    [...fatal.breaking, ...recorded.breaking].forEach((set, index) => {
      const path = join(folder, `${name}-${index + 1}-${set.obligation}.json`);
      writeWhole(path, caseText(set.finding), 'the case');
      files.set(set, path);
    });
  }
  return files;
}
