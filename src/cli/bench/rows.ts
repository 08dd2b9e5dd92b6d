/** The rows of `tocsin bench`. Each is a ratio within one run, its two sides measured in turn, so that a busy machine slows both. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkshopSetup } from '../../campaign/task.ts';
import { BLOCK_RUNS } from '../../arbitraries/seeded.ts';
import { FEATURES } from '../../scenario/features.ts';
import type { BenchRow } from '../../report/bench.ts';
import { medianOf, spreadOf } from '../../report/bench.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { emulated } from './emulated.ts';
import { proofs } from './proofs.ts';
import type { Measurement } from './measurement.ts';
import { WorkerThreads, defaultWorkers } from '../workers.ts';
import { Isolate, fileOf, timeProcess, timeToFile } from './isolate.ts';

type Result = ReturnType<Measurement['measure']>;

const WARM_UP = 3;
/** The aim of 4 was set for a campaign of six strategies (docs/findings.md, Speed). */
const SIX = 6;

async function engine(): Result {
  const isolate = new Isolate();
  const { engine: rows = [] } = await isolate.run({ kind: 'engine' });
  await isolate.close();
  const [own, ...others] = rows;
  return {
    instructions: 0,
    rows: others.map(({ name, ratio }, index): BenchRow => ({
      name: `engine over ${name}`, ratio, unit: 'x', samples: 9, ...(index === 0 ? { aim: { least: 4 } } : {}),
      ...(own === undefined ? {} : { remark: `engine ${Math.round(own.perSecond / 1e6)} M instructions/s` }),
    })),
  };
}

async function checks(long: boolean): Result {
  const [on, off] = [new Isolate(), new Isolate()];
  const rounds = long ? 45 : 21;
  const ratios: number[] = [];
  let instructions = 0;
  for (let block = -WARM_UP; block < rounds; block++) {
    const a = await on.run({ kind: 'judge', checks: true, block: block + WARM_UP });
    const b = await off.run({ kind: 'judge', checks: false, block: block + WARM_UP });
    instructions += a.instructions + b.instructions;
    if (a.instructions !== b.instructions) throw new Error(`block ${block}: ${a.instructions} instructions with checks, ${b.instructions} without`);
    if (block >= 0) ratios.push(b.seconds / a.seconds);
  }
  await Promise.all([on.close(), off.close()]);
  return { instructions, rows: [{ name: 'instructions/s, all checks on over all checks off', ratio: medianOf(ratios), unit: 'x', samples: ratios.length, aim: { least: 0.6 } }] };
}

async function world(long: boolean): Result {
  const [around, alone] = [new Isolate(), new Isolate()];
  const rounds = long ? 25 : 9;
  const ratios: number[] = [];
  let instructions = 0;
  for (let round = -WARM_UP; round < rounds; round++) {
    const a = await around.run({ kind: 'world', around: true, block: round + WARM_UP });
    const b = await alone.run({ kind: 'world', around: false, block: round + WARM_UP });
    instructions += a.instructions + b.instructions;
    if (round >= 0) ratios.push(a.seconds / a.instructions / (b.seconds / b.instructions));
  }
  await Promise.all([around.close(), alone.close()]);
  return { instructions, rows: [{ name: 'time per instruction with a world around, over the same scenarios without', ratio: medianOf(ratios), unit: 'x', samples: ratios.length, aim: { most: 2 } }] };
}

async function shares(long: boolean): Result {
  const [campaign, side] = [new Isolate(), new Isolate()];
  const rounds = long ? 25 : 9;
  const [prepared, idiomatic, ofSix]: [number[], number[], number[]] = [[], [], []];
  let instructions = 0;
  for (let round = -WARM_UP; round < rounds; round++) {
    const block = round + WARM_UP;
    const whole = await campaign.run({ kind: 'campaign', block, strategies: BUILT_IN.length });
    const six = await campaign.run({ kind: 'campaign', block, strategies: SIX });
    const generated = await side.run({ kind: 'generate', block });
    const lowered = await side.run({ kind: 'lower', block });
    const plain = await side.run({ kind: 'idiomatic', block });
    instructions += whole.instructions + six.instructions;
    if (round < 0) continue;
    prepared.push((generated.seconds + lowered.seconds) / whole.seconds);
    idiomatic.push(whole.seconds / plain.seconds);
    ofSix.push(six.seconds / plain.seconds);
  }
  await Promise.all([campaign.close(), side.close()]);
  return {
    instructions,
    rows: [
      { name: 'generation and image, share of a campaign', ratio: medianOf(prepared), unit: 'x', samples: rounds, aim: { most: 0.25 } },
      { name: `campaign over generating idiomatically, first ${SIX} strategies`, ratio: medianOf(ofSix), unit: 'x', samples: rounds, aim: { most: 4 } },
      { name: `the same, all ${BUILT_IN.length} strategies`, ratio: medianOf(idiomatic), unit: 'x', samples: rounds },
    ],
  };
}

async function workers(long: boolean): Result {
  const setup: WorkshopSetup = { strategies: BUILT_IN.map((it) => it.name) };
  const blocks = 60_000 / BLOCK_RUNS;
  const [one, two] = [new WorkerThreads(setup, 1), new WorkerThreads(setup, 2)];
  const strategies = BUILT_IN.map((_, index) => index);
  let instructions = 0;
  const timed = async (threads: WorkerThreads, first: number, count: number): Promise<number> => {
    const start = performance.now();
    const results = await Promise.all(Array.from({ length: count }, (_, n) =>
      threads.run({ kind: 'block', drawing: { seed: 20160309n, features: FEATURES, premises: [] }, block: first + n, runs: BLOCK_RUNS, strategies })));
    for (const result of results) for (const tally of result.strategies) instructions += tally.instructions;
    return performance.now() - start;
  };
  const ratios: number[] = [];
  try {
    await timed(one, 0, 6);
    await timed(two, 0, 12);
    // In turn, a part at a time, so that what else the machine does hits both.
    const part = blocks / 6;
    for (let round = 0; round < (long ? 5 : 1); round++) {
      for (let first = 0; first < blocks; first += part) ratios.push(await timed(one, first, part) / await timed(two, first, part));
    }
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
  return { instructions, rows: [{ name: 'two workers over one, 60,000 scenarios, warm', ratio: medianOf(ratios), unit: 'x', samples: ratios.length, aim: { least: 1.8 } }] };
}

/** The command in a process of its own: all its threads, from its start to its end. On one thread there is the least that growth could hide behind. */
async function memory(long: boolean): Result {
  const own = defaultWorkers();
  const rows = [await peaks(1, long, 1), ...(own > 1 ? [await peaks(own, long, long ? 2 : 1)] : [])];
  return { instructions: 0, rows };
}

async function peaks(threads: number, long: boolean, rounds: number): Promise<BenchRow> {
  const [small, large] = long ? [100_000, 1_000_000] : [10_000, 100_000];
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const peak = async (runs: number): Promise<number> => {
    const args = ['fuzz', '--runs', String(runs), '--seed', '20160309', '--workers', String(threads), '--quiet'];
    const { stdout, code } = await timeProcess([fileOf('./memory.js'), ...args], folder);
    const lines = stdout.trimEnd().split('\n');
    const kib = Number(lines.pop());
    // Whatever the verdict: a campaign that came to its report is one.
    if (!(kib > 0) || !lines.includes('Verdicts:')) throw new Error(`the campaign of ${runs} scenarios whose memory was to be measured ended with code ${code}`);
    return kib / 1024;
  };
  const [before, after]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < rounds; round++) {
      before.push(await peak(small));
      after.push(await peak(large));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const ratios = after.map((mib, index) => mib / (before[index] ?? 0));
  const range = (all: readonly number[]): string => [...new Set([Math.min(...all), Math.max(...all)].map(Math.round))].join(' to ');
  return {
    name: `peak memory, --workers ${threads}, ${large.toLocaleString('en')} scenarios over ${small.toLocaleString('en')}`,
    ratio: Math.max(...ratios), unit: 'x', samples: ratios.length, ...(long ? { aim: { most: 1.15 } } : {}),
    remark: `${range(after)} MiB over ${range(before)} MiB${ratios.length > 1 ? ', the largest ratio' : ''}${long ? '' : '; --long compares 1,000,000 with 100,000'}`,
  };
}

const KNOWN_BAD = BUILT_IN.filter((it) => it.claim.kind === 'breaks').map((it) => it.name);

/** Scenarios within which a known-bad strategy is to be caught. */
const CAUGHT_WITHIN = 1000;

/** An empty process is timed after so many that are not. */
const BARE_EVERY = 10;

async function known(long: boolean): Result {
  const isolate = new Isolate();
  const rows: BenchRow[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
  let instructions = 0;
  try {
    for (const strategy of KNOWN_BAD) {
      const { caught = [], instructions: executed } = await isolate.run({ kind: 'catch', strategy, seeds, most: 2 * CAUGHT_WITHIN });
      instructions += executed;
      rows.push({
        name: `${strategy}: caught after`, ratio: medianOf(caught), unit: 'scenarios', samples: caught.length, aim: { most: CAUGHT_WITHIN }, spread: spreadOf(caught),
      });
      const [times, bare]: [number[], number[]] = [[], []];
      const tried = seeds.slice(0, long ? 200 : 20);
      for (const seed of tried) {
        const out = join(folder, `${strategy}-${seed}`);
        mkdirSync(out);
        const args = ['fuzz', strategy, '--runs', String(CAUGHT_WITHIN), '--seed', String(seed), '--out', out, '--quiet'];
        const seconds = await timeToFile([fileOf('../main.js'), ...args], out, '.json');
        if (seconds !== undefined) times.push(seconds);
        if (seed % BARE_EVERY === 0) bare.push((await timeProcess(['-e', '0'])).seconds);
      }
      const missed = tried.length - times.length;
      rows.push({
        name: `${strategy}: \`tocsin fuzz\` from its start to the first counterexample on disk`,
        ratio: medianOf([...times, ...Array.from({ length: missed }, () => Infinity)]), unit: 's', samples: tried.length, aim: { most: 1 }, spread: spreadOf(times),
        remark: `an empty node ${medianOf(bare).toFixed(2)} s${missed === 0 ? '' : `; ${missed} of ${tried.length} seeds not caught`}`,
      });
    }
  } finally {
    await isolate.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { instructions, rows };
}

async function start(long: boolean): Result {
  const [list, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < (long ? 41 : 11); round++) {
    list.push((await timeProcess([fileOf('../main.js'), 'list'])).seconds * 1000);
    bare.push((await timeProcess(['-e', '0'])).seconds * 1000);
  }
  return {
    instructions: 0,
    rows: [
      { name: 'tocsin list, whole process', ratio: medianOf(list), unit: 'ms', samples: list.length, aim: { most: 150 }, spread: spreadOf(list) },
      { name: 'tocsin list over an empty node', ratio: medianOf(list) / medianOf(bare), unit: 'x', samples: list.length },
    ],
  };
}

/** In an order in which the first do not heat up what the others need. */
export const MEASUREMENTS: readonly Measurement[] = [
  { name: 'engine', measure: engine },
  { name: 'checks', measure: checks },
  { name: 'world', measure: world },
  { name: 'shares', measure: shares },
  { name: 'emulated', measure: emulated },
  { name: 'workers', measure: workers },
  { name: 'memory', measure: memory },
  { name: 'known-bad', measure: known },
  { name: 'start', measure: start },
  { name: 'proofs', measure: proofs },
];
