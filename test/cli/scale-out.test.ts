// One campaign, whoever does it: workers, shards, a process that is killed and goes on. And what is refused.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseCheckpoint } from '../../src/campaign/checkpoint.ts';
import { fuzz } from '../../src/campaign/fuzz.ts';
import { planFuzz } from '../../src/campaign/plan.ts';
import type { FuzzOptions } from '../../src/campaign/plan.ts';
import { inProcess, openWorkshop } from '../../src/campaign/workshop.ts';
import { parseCase } from '../../src/case/file.ts';
import { fuzzDocument } from '../../src/report/documents.ts';
import { documentText } from '../../src/report/machine-readable.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import type * as Workers from '../../src/cli/workers.ts';
import { folder, packageFolder, spawned, start, tocsin } from './built.ts';
import type { Ended } from './built.ts';

// A good one, whose assumptions are many, and a bad one.
const CAMPAIGN = ['fuzz', 'mini-frame', 'branch-only', '--seed', '7', '--runs', '2100'];
const json = (more: readonly string[] = []): string[] => [...CAMPAIGN, '--json', '--quiet', ...more];

/** The same, for whoever calls the library. */
const OPTIONS: FuzzOptions = {
  strategies: ['mini-frame', 'branch-only'].flatMap((name) => BUILT_IN.filter((it) => it.name === name)), seed: 7n, runs: 2100,
};

/** Documents by what they are of, each made once. */
const made = new Map<string, Promise<string>>();

function document(more: readonly string[] = []): Promise<string> {
  const key = more.join(' ');
  const run = more[0] === '--workers' && more[1] !== '1' ? spawned : tocsin;
  const known = made.get(key) ?? run(json(more), { cwd: folder() }).then(({ code, stdout, stderr }) => {
    // A part may be too small to have shown everything.
    expect({ code: code === 0 || code === 3, stderr }, key).toEqual({ code: true, stderr: '' });
    return stdout;
  });
  made.set(key, known);
  return known;
}

/** As the only shard, which is the campaign: whoever else gives it below says no shard. */
const whole = (): Promise<string> => document(['--workers', '1', '--shard', '1/1']);

/** How a command ends that prints the whole's document. */
const asWhole = async (): Promise<Ended> => ({ code: (JSON.parse(await whole()) as { exit: number }).exit, stdout: await whole(), stderr: '' });

const shards = (of: number): Promise<string[]> => Promise.all(Array.from({ length: of }, (_, index) => document(['--workers', '1', '--shard', `${index + 1}/${of}`])));

/** Files `1.json`, `2.json` and so on of a new folder. */
function written(texts: readonly string[]): { readonly cwd: string; readonly names: readonly string[] } {
  const cwd = folder();
  const names = texts.map((text, index) => {
    writeFileSync(join(cwd, `${index + 1}.json`), text);
    return `${index + 1}.json`;
  });
  return { cwd, names };
}

describe('the same bytes', () => {
  // From two, below, where one of them is killed.
  test('from 3 workers', async () => {
    expect(JSON.parse(await whole())).toMatchObject({ runs: 2100, blocks: 5 });
    expect(await document(['--workers', '3'])).toBe(await whole());
  });

  test.each([1, 4])('from %i shards', async (of) => {
    const { cwd, names } = written(await shards(of));
    expect(await tocsin(['merge', ...[...names].reverse(), '--json'], { cwd })).toEqual(await asWhole());
  });

  test('from 16 shards, of which eleven have no block', async () => {
    const setup = planFuzz({ ...OPTIONS, shard: { index: 1, of: 16 } }).setup;
    const executor = inProcess(openWorkshop(setup));
    const { cwd, names } = written(await Promise.all(Array.from({ length: 16 }, async (_, index) => {
      const { report } = await fuzz(planFuzz({ ...OPTIONS, shard: { index: index + 1, of: 16 } }), executor);
      return documentText(fuzzDocument(report, false, report.exit, ({ strategy, signature, provenance: { seed, block, run } }) =>
        `tocsin-findings/${strategy}-${signature.obligation}-${seed}-${block}-${run}.json`));
    })));
    expect(names.length).toBe(16);
    expect(await tocsin(['merge', ...names, '--json'], { cwd })).toEqual(await asWhole());
  });

  test('in words as well', async () => {
    const { cwd, names } = written(await shards(4));
    const merged = await tocsin(['merge', ...names], { cwd });
    const alone = await tocsin([...CAMPAIGN, '--workers', '1'], { cwd: folder() });
    expect(merged).toEqual({ ...alone, stderr: '' });
  });

  test('after SIGKILL, from the checkpoint; every finding of a block that was done is a file', async () => {
    const cwd = folder();
    const running = start([...CAMPAIGN, '--workers', '2', '--checkpoint', 'state.json'], { cwd });
    const state = join(cwd, 'state.json');
    // Whenever somebody looks, it is a whole one.
    const read = (): number => (existsSync(state) ? parseCheckpoint(readFileSync(state, 'utf8')).state.blocks : -1);
    while (read() < 1) await sleep(5);
    running.kill('SIGKILL');
    expect((await running.ended).code).toBeNull();
    const { state: { blocks }, strategies } = parseCheckpoint(readFileSync(state, 'utf8'));
    expect([blocks > 0, blocks < 5]).toEqual([true, true]);
    const out = join(cwd, 'tocsin-findings');
    const files = readdirSync(out).filter((name) => name.endsWith('.json'));
    const cases = files.map((name) => parseCase(readFileSync(join(out, name), 'utf8')));
    for (const { name, signatures } of strategies) {
      for (const { obligation } of signatures) expect(cases.some((it) => it.strategy === name && it.signature?.obligation === obligation), `${name} ${obligation}`).toBe(true);
    }
    // Strategies, seed, runs and features are the checkpoint's.
    expect(await tocsin(['fuzz', '--resume', 'state.json', '--checkpoint', 'state.json', '--json', '--quiet', '--workers', '1'], { cwd })).toEqual(await asWhole());
    expect(parseCheckpoint(readFileSync(state, 'utf8')).state.blocks).toBe(5);
  });

  test('a shard that was interrupted goes on where it was, and is merged', async () => {
    const [one, two, three] = await shards(4);
    const cwd = folder();
    const args = json(['--shard', '4/4', '--checkpoint', 'state.json', '--workers', '1']);
    const running = start(args, { cwd });
    while (!existsSync(join(cwd, 'state.json'))) await sleep(5);
    running.kill('SIGTERM');
    const interrupted = await running.ended;
    expect(interrupted.code).toBe(143);
    const go = await tocsin([...args, '--resume', 'state.json'], { cwd });
    const merge = (last: string): ReturnType<typeof tocsin> => {
      const files = written([one!, two!, three!, last]);
      return tocsin(['merge', ...files.names, '--json'], { cwd: files.cwd });
    };
    expect(await merge(go.stdout)).toEqual(await asWhole());
    expect(await merge(interrupted.stdout)).toEqual({
      code: 2, stdout: '', stderr: expect.stringMatching(/^tocsin: document '4\.json': it was interrupted after \d of 2 blocks; expected one that was completed \(--checkpoint and --resume\)\n$/) as string,
    });
  });
});

test('a worker thread tells of a finding while its block still runs', async () => {
  const { WorkerThreads } = await import(pathToFileURL(join(packageFolder(), 'dist/cli/workers.js')).href) as typeof Workers;
  const plan = planFuzz(OPTIONS);
  const threads = new WorkerThreads(plan.setup, 1);
  try {
    const events: string[] = [];
    const task = { kind: 'block', drawing: plan.drawing, block: 0, runs: 60, strategies: plan.listed.map((it) => it.index), announce: 'first' } as const;
    const first = threads.run(task, ({ finding }) => events.push(`told ${finding.strategy} ${finding.signature.obligation}`)).then(() => events.push('answered'));
    const second = threads.run({ ...task, announce: 'every' }, () => { throw new Error('no space left on the device'); });
    await first;
    expect(events).toContain('told branch-only toc');
    expect(events.at(-1)).toBe('answered');
    // What cannot be saved ends the campaign, and in no other way than a worker that dies.
    await expect(second).rejects.toThrow('no space left on the device');
    await expect(threads.run({ kind: 'describe' })).rejects.toThrow('no space left on the device');
  } finally {
    await threads.close();
  }
});

describe('refused in one line, exit 2, nothing on stdout', () => {
  const refused = async (args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { code, stdout, stderr } = await tocsin([...args, '--json'], { cwd, env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n').length).toBe(1);
    expect(existsSync(join(cwd, 'tocsin-findings'))).toBe(false);
    return stderr.trimEnd();
  };

  test('shards that are no campaign', async () => {
    const { cwd } = written(await shards(4));
    const change = (name: string, from: RegExp, to: string): string => {
      const text = readFileSync(join(cwd, name), 'utf8');
      expect(text).toMatch(from);
      writeFileSync(join(cwd, 'changed.json'), text.replace(from, to));
      return 'changed.json';
    };
    const merge = (...names: string[]): Promise<string> => refused(['merge', ...names], cwd);
    expect(await merge('1.json', '2.json', '4.json')).toBe("tocsin: gap: block 2 is in no file; '2.json' ends with block 1, and '4.json' begins with block 3");
    expect(await merge('1.json', '2.json', '3.json', '4.json', '4.json')).toBe("tocsin: overlap: blocks 3 to 4 are in '4.json' and in '4.json'");
    expect(await merge('1.json', change('2.json', /"modelHash": "[0-9a-f]{16}"/, '"modelHash": "00000000deadbeef"'), '3.json', '4.json'))
      .toMatch(/^tocsin: '1\.json' is of model [0-9a-f]{16}, 'changed\.json' of model 00000000deadbeef$/);
    expect(await merge('1.json', change('2.json', /"hash": "[0-9a-f]{16}"/, '"hash": "00000000deadbeef"'), '3.json', '4.json'))
      .toMatch(/^tocsin: '1\.json' is of mini-frame with hash [0-9a-f]{16}, 'changed\.json' of mini-frame with hash 00000000deadbeef$/);
    expect(await merge('1.json', change('2.json', /"outcome": "holds"/, '"outcome": "broken"'))).toBe("tocsin: document 'changed.json': strategies[0].outcome: \"broken\"; expected \"holds\", which follows from the rest");
    writeFileSync(join(cwd, 'list.json'), (await tocsin(['list', '--json'])).stdout);
    expect(await merge('1.json', 'list.json')).toBe("tocsin: document 'list.json': schema: \"tocsin/list@1\"; expected \"tocsin/fuzz@1\"");
    expect(await merge('1.json', 'none.json')).toBe("tocsin: document 'none.json': cannot be read: no such file or directory");
  });

  test('a checkpoint of another campaign', async () => {
    const cwd = folder();
    expect((await tocsin(['fuzz', 'branch-only', '--runs', '500', '--seed', '7', '--checkpoint', 'state.json', '--out', 'out'], { cwd })).code).toBe(0);
    const resume = (...args: string[]): Promise<string> => refused(['fuzz', '--resume', 'state.json', ...args], cwd);
    expect(await resume('--seed', '8')).toBe("tocsin: checkpoint 'state.json': it is of seed 7, this campaign of seed 8");
    expect(await resume('--shard', '1/2')).toBe("tocsin: checkpoint 'state.json': it is of shard 1/1, this campaign of shard 1/2");
    const text = readFileSync(join(cwd, 'state.json'), 'utf8');
    writeFileSync(join(cwd, 'state.json'), text.replace(/"modelHash":"\w+"/, '"modelHash":"00000000deadbeef"'));
    expect(await resume()).toMatch(/^tocsin: checkpoint 'state\.json': it is of model 00000000deadbeef, this campaign of model [0-9a-f]{16}$/);
    writeFileSync(join(cwd, 'state.json'), text.replace('"name":"branch-only"', '"name":"./evil.ts"'));
    writeFileSync(join(cwd, 'evil.ts'), 'throw new Error("it was loaded");');
    expect(await resume()).toMatch(/^tocsin: --resume: the checkpoint is of the strategy '\.\/evil\.ts', which is not built in; /);
    writeFileSync(join(cwd, 'state.json'), text.slice(0, 300));
    expect(await resume()).toBe("tocsin: checkpoint 'state.json': not JSON: position 300");
  });

  test.each<[string, string[], Record<string, string>, string]>([
    ['a shard that is not there', ['--seed', '1', '--shard', '5/4'], {}, "tocsin: --shard '5/4': expected I/N with I from 1 to N, auto, or auto/N"],
    ['a shard without a seed', ['--shard', '1/4'], {}, 'tocsin: --shard: expected --seed as well, the same for all shards of a campaign'],
    ['a shard of a time', ['--seed', '1', '--shard', '1/4', '--time', '5s'], {}, 'tocsin: --shard and --time: only --runs tells which blocks are whose; expected --runs'],
    ['auto, and nothing says', ['--seed', '1', '--shard', 'auto'], {}, 'tocsin: --shard auto: none of TOCSIN_SHARD, CI_NODE_INDEX (GitLab), SLURM_ARRAY_TASK_ID (Slurm), JOB_COMPLETION_INDEX (Kubernetes) is set'],
    ['auto, and half is said', ['--seed', '1', '--shard', 'auto'], { JOB_COMPLETION_INDEX: '1' }, 'tocsin: --shard auto: JOB_COMPLETION_INDEX says 2 and nothing says of how many; expected --shard auto/N'],
    ['a checkpoint that cannot be written', ['--checkpoint', 'no/such/state.json', '--out', '.'], {}, "tocsin: the checkpoint 'no/such/state.json': cannot be written: no such file or directory"],
    ['a checkpoint that is not there', ['--resume', 'none.json'], {}, "tocsin: checkpoint 'none.json': cannot be read: no such file or directory"],
  ])('%s', async (_name, args, env, expected) => {
    expect(await refused(['fuzz', 'branch-only', '--quiet', ...args], folder(), env)).toBe(expected);
  });
});

test('an environment alone makes no shard; auto reads it', async () => {
  const env = { TOCSIN_SHARD: '2/3', CI_NODE_INDEX: '1', CI_NODE_TOTAL: '2' };
  const runs = async (...more: string[]): Promise<unknown> => {
    const { stdout } = await tocsin(['fuzz', 'branch-only', '--seed', '7', '--runs', '1500', '--json', '--quiet', ...more], { cwd: folder(), env });
    const { runs: own, blocks, shard } = JSON.parse(stdout) as Record<string, unknown>;
    return { own, blocks, shard };
  };
  expect(await runs()).toEqual({ own: 1500, blocks: 3, shard: { index: 1, of: 1, first: 0, runs: 1500 } });
  expect(await runs('--shard', 'auto')).toEqual({ own: 500, blocks: 1, shard: { index: 2, of: 3, first: 1, runs: 1500 } });
});
