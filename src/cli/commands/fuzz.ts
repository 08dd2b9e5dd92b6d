/** `tocsin fuzz`: a campaign, its findings as files, its report. */
import { randomBytes } from 'node:crypto';
import { isHash, parseSeed } from '../../arbitraries/seeded.ts';
import { fuzz } from '../../campaign/fuzz.ts';
import type { FuzzHooks, Progress, StopSignal } from '../../campaign/fuzz.ts';
import { DEFAULT_RUNS, planFuzz } from '../../campaign/plan.ts';
import { campaignLines } from '../../report/campaign.ts';
import { fuzzDocument } from '../../report/documents.ts';
import { documentText } from '../../report/machine-readable.ts';
import { count, magnitude, number } from '../../report/text.ts';
import { caseText } from '../cases.ts';
import type { Console } from '../console.ts';
import { UsageError } from '../errors.ts';
import { openExecutor, threadsFor } from '../executor.ts';
import { parseFeatures } from '../features.ts';
import { FindingFiles } from '../findings.ts';
import { parseCount, parseTime } from '../numbers.ts';
import { Interruption } from '../signals.ts';
import { loadStrategies } from '../strategies.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';

/** 53 random bits: they survive wherever a number goes. */
const freshSeed = (): bigint => BigInt(`0x${randomBytes(8).toString('hex')}`) >> 11n;

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const seedText = text(options, 'seed');
  const seed = seedText === undefined ? freshSeed() : parseSeed(seedText);
  const timeText = text(options, 'time');
  const runsText = text(options, 'runs');
  if (timeText !== undefined && runsText !== undefined) throw new UsageError('--time and --runs: expected one of them');
  const time = timeText === undefined ? undefined : parseTime('--time', timeText);
  const runs = time === undefined ? (runsText === undefined ? DEFAULT_RUNS : parseCount('--runs', runsText)) : 'until-stopped';
  const features = parseFeatures(text(options, 'features'));
  const workers = text(options, 'workers');
  threadsFor(workers);
  const named = await loadStrategies(args);
  const plan = planFuzz({ strategies: named.map((it) => it.strategy), seed, features, runs, keepGoing: options['keepGoing'] === true });
  const files = new FindingFiles(text(options, 'out') ?? 'tocsin-findings', named, caseText);

  const echo = `seed ${seed}${seedText !== undefined && isHash(seedText) ? ` (of ${seedText})` : ''}`;
  if (json) console.note(echo);
  else console.say(`${echo}\n`);
  const interruption = new Interruption();
  const executor = openExecutor(plan.setup, runs, workers);
  try {
    const started = performance.now();
    let done = 0;
    const stop = (): StopSignal => {
      if (interruption.requested) return 'interrupt';
      // However short the time, one block is done: none would say nothing.
      return time !== undefined && done > 0 && performance.now() - started >= time ? 'enough' : 'go';
    };
    const hooks: FuzzHooks = {
      stop,
      progress: (progress) => {
        done = progress.runs;
        show(console, progress, performance.now() - started);
      },
      found: (finding) => { files.save(finding); },
      finding: (finding) => { files.settle(finding); },
    };
    const { kind, report } = await fuzz(plan, executor, hooks);
    const exit = interruption.exit ?? report.exit;
    process.exitCode = exit;
    const interrupted = kind === 'interrupted';
    if (json) console.answer(documentText(fuzzDocument(report, interrupted, exit, (finding) => files.pathOf(finding))));
    else console.answer(`${campaignLines({ report, interrupted, viewOf: (finding) => files.viewOf(finding) }, quiet).join('\n')}\n`);
    return exit;
  } finally {
    interruption.dispose();
    await executor.close();
  }
}

function show(console: Console, progress: Progress, elapsed: number): void {
  console.progress(() => {
    const of = progress.of === undefined ? '' : ` of ${count(progress.of)}`;
    const rate = magnitude(progress.trials / Math.max(0.001, elapsed / 1000));
    const waiting = progress.waiting === 0 ? '' : `, ${count(progress.waiting)} being minimised`;
    return `${count(progress.runs)}${of} scenarios, ${rate} trials/s, ${number(progress.findings, 'finding')}${waiting}`;
  });
}
