/** `tocsin fuzz`: a campaign, its findings as files, its report. */
import { randomBytes } from 'node:crypto';
import { fuzz } from '../../campaign/fuzz.ts';
import type { FuzzHooks, Progress, StopSignal } from '../../campaign/fuzz.ts';
import type { Checkpoint } from '../../campaign/checkpoint.ts';
import { DEFAULT_RUNS, planFuzz } from '../../campaign/plan.ts';
import type { FuzzOptions } from '../../campaign/plan.ts';
import { checkResume } from '../../campaign/resume.ts';
import { runsBetween } from '../../campaign/shard.ts';
import { campaignLines } from '../../report/campaign.ts';
import { fuzzDocument } from '../../report/documents.ts';
import { documentText } from '../../report/machine-readable.ts';
import { count, magnitude, number, seedWords } from '../../report/text.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { caseText } from '../cases.ts';
import { CheckpointFile, fitting, readCheckpoint } from '../checkpoints.ts';
import type { Console } from '../console.ts';
import { UsageError, quoted } from '../errors.ts';
import { openExecutor, threadsFor } from '../executor.ts';
import { parseFeatures } from '../features.ts';
import { FindingFiles } from '../findings.ts';
import { parseCount, parseTime, readSeed } from '../numbers.ts';
import { parseShard } from '../shards.ts';
import { Interruption } from '../signals.ts';
import { objectRequest } from '../object-options.ts';
import { announce, loadStrategies } from '../strategies.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';

/** 53 random bits: they survive wherever a number goes. */
const freshSeed = (): bigint => BigInt(`0x${randomBytes(8).toString('hex')}`) >> 11n;

interface Wanted {
  /** The commit hash that the seed was given as. */
  readonly seedHash?: string;
  /** Milliseconds. */
  readonly time: number | undefined;
  readonly options: Omit<FuzzOptions, 'strategies'>;
  readonly strategies: readonly string[];
}

/** What a resumed campaign does not say again it has from its checkpoint. */
function wanted(args: readonly string[], options: Options, resume: Checkpoint | undefined): Wanted {
  const [seedText, timeText, runsText, featureText, shardWord] = ['seed', 'time', 'runs', 'features', 'shard'].map((name) => text(options, name));
  if (timeText !== undefined && runsText !== undefined) throw new UsageError('--time and --runs: expected one of them');
  const time = timeText === undefined ? undefined : parseTime('--time', timeText);
  const runs = time !== undefined ? 'until-stopped' : runsText !== undefined ? parseCount('--runs', runsText) : resume === undefined ? DEFAULT_RUNS : resume.runs;
  if (runs === null) throw new UsageError('--resume: the checkpoint is of a campaign with --time; expected --time or --runs');
  const shard = shardWord === undefined ? resume?.shard : parseShard(shardWord, process.env);
  if (shard !== undefined && shard.of > 1) {
    if (time !== undefined) throw new UsageError('--shard and --time: only --runs tells which blocks are whose; expected --runs');
    if (seedText === undefined && resume === undefined) throw new UsageError('--shard: expected --seed as well, the same for all shards of a campaign');
  }
  const named = args.length > 0 || options['object'] !== undefined;
  const user = named ? undefined : resume?.strategies.find(({ name }) => !BUILT_IN.some((it) => it.name === name));
  if (user !== undefined) {
    throw new UsageError(`--resume: the checkpoint is of the strategy ${quoted(user.name)}, which is not built in; expected the same strategies as words, its file among them`);
  }
  const { seed, ...hash } = seedText === undefined ? { seed: resume?.seed ?? freshSeed() } : readSeed(seedText);
  return {
    ...hash, time, strategies: named || resume === undefined ? args : resume.strategies.map((it) => it.name),
    options: {
      seed, runs, keepGoing: options['keepGoing'] === true,
      features: featureText === undefined && resume !== undefined ? resume.features : parseFeatures(featureText),
      ...(shard === undefined ? {} : { shard }), ...(resume === undefined ? {} : { resume }),
    },
  };
}

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const resumePath = text(options, 'resume');
  const resume = resumePath === undefined ? undefined : readCheckpoint(resumePath);
  const { seedHash, time, options: campaign, strategies } = wanted(args, options, resume);
  const workers = text(options, 'workers');
  threadsFor(workers);
  const named = await loadStrategies(strategies, objectRequest(options));
  announce(console, named, json);
  const plan = planFuzz({ ...campaign, strategies: named.map((it) => it.strategy) });
  const checkpointPath = text(options, 'checkpoint');
  const checkpoint = checkpointPath === undefined ? undefined : new CheckpointFile(checkpointPath);
  const echo = seedWords(campaign.seed, seedHash);
  const interruption = new Interruption();
  const executor = openExecutor(plan.setup, plan.runs === 'until-stopped' ? plan.runs : runsBetween(plan.first, plan.blocks, plan.runs), workers);
  try {
    if (resume !== undefined && resumePath !== undefined) {
      const description = await executor.run({ kind: 'describe' });
      fitting(resumePath, () => { checkResume(resume, plan, description); });
    }
    const files = new FindingFiles(text(options, 'out') ?? 'tocsin-findings', { strategies: named, keepGoing: plan.keepGoing, textOf: caseText });
    if (json) console.note(echo);
    else console.say(`${echo}\n`);
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
      dropped: (finding) => { files.drop(finding); },
      finding: (finding) => { files.settle(finding); },
      ...(checkpoint === undefined ? {} : { checkpoint: (state) => { checkpoint.offer(state); } }),
    };
    const { kind, report } = await fuzz(plan, executor, hooks);
    checkpoint?.flush();
    const exit = interruption.exit ?? report.exit;
    process.exitCode = exit;
    const interrupted = kind === 'interrupted';
    if (json) {
      console.answer(documentText(fuzzDocument(report, interrupted, exit, (finding) => files.pathOf(finding))));
      console.note(echo);
      return exit;
    }
    console.answer(`${campaignLines({ report, interrupted, ...(seedHash === undefined ? {} : { seedHash }), viewOf: (finding) => files.viewOf(finding) }, quiet).join('\n')}\n`);
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
