// The shell lines of docs/scale-out.md, run as they stand there, with the variables that each system sets, fewer scenarios and one strategy.
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folder, mainFile, tocsin } from './built.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/scale-out.md'), 'utf8');

/** The part of the page under a heading. */
const section = (heading: string): string => PAGE.split(/^## /m).find((it) => it.startsWith(`${heading}\n`)) ?? '';

/** The line that begins like this, without its place in a list or a mapping. */
function line(of: string, start: RegExp): string {
  const found = section(of).split('\n').map((it) => it.trim().replace(/^- (run: )?/, '')).find((it) => start.test(it));
  return found ?? `no line of ${of} begins with ${start.source}`;
}

/** What is indented below `- |`. */
function block(of: string): string {
  const [, text = ''] = section(of).split('- |\n');
  return text.split('\n\n')[0]?.replace(/^ +/gm, '') ?? '';
}

interface Shell {
  run(script: string, env?: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly stdout: string }>;
}

/** Asks this process to run the command line that the shell has made: its arguments and its environment, each ended by a zero byte. */
const ASK = `ask="$ASKED/$$"
{ printf '%s\\0' "$@"; printf '\\0'; env -0; } > "$ask.new"
mkfifo "$ask.code"
mv "$ask.new" "$ask.asked"
read -r code < "$ask.code"
cat "$ask.out"
cat "$ask.err" >&2
exit "$code"
`;

/** A folder in which `tocsin` and `npx tocsin` are this one: campaigns are run on this thread, which is warm, and parts are merged by a process of its own. */
function shell(): Shell {
  const cwd = folder(), asked = join(cwd, 'asked');
  mkdirSync(join(cwd, 'bin'));
  mkdirSync(asked);
  for (const [name, first] of [['tocsin', ''], ['npx', '[ "$1" = tocsin ] && shift || exit 2\n']] as const) {
    writeFileSync(join(cwd, 'bin', name), `#!/bin/sh\n${first}[ "$1" = merge ] && exec "${process.execPath}" "${mainFile()}" "$@"\n${ASK}`);
    chmodSync(join(cwd, 'bin', name), 0o755);
  }
  const answers = setInterval(() => {
    for (const name of readdirSync(asked).filter((it) => it.endsWith('.asked'))) void answer(join(asked, name), cwd);
  }, 5);
  onTestFinished(() => { clearInterval(answers); });
  const clean: Record<string, string | undefined> = { ...process.env, PATH: `${join(cwd, 'bin')}:${process.env['PATH'] ?? ''}`, ASKED: asked };
  for (const name of ['TOCSIN_SHARD', 'CI_NODE_INDEX', 'CI_NODE_TOTAL', 'SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX']) delete clean[name];
  return {
    run: (script, env = {}) => new Promise((done) => {
      execFile('/bin/sh', ['-e', '-c', script.replaceAll('1e6', '1000').replaceAll('tocsin fuzz', 'tocsin fuzz branch-only')], { cwd, env: { ...clean, ...env }, maxBuffer: 1 << 26 }, (error, stdout) => {
        done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout });
      });
    }),
  };
}

/** Takes the question away, and answers it. */
async function answer(path: string, cwd: string): Promise<void> {
  const [args = '', environment = ''] = readFileSync(path, 'utf8').split('\0\0', 2), to = path.replace(/\.asked$/, '');
  rmSync(path);
  const env = Object.fromEntries(environment.split('\0').filter((it) => it !== '').map((it) => [it.slice(0, it.indexOf('=')), it.slice(it.indexOf('=') + 1)]));
  const { code, stdout, stderr } = await tocsin(args.split('\0'), { cwd, env });
  writeFileSync(`${to}.out`, stdout);
  writeFileSync(`${to}.err`, stderr);
  await writeFile(`${to}.code`, `${code}\n`);
}

let whole: string | undefined;

test.each<[string, (index: number) => Record<string, string>, string, string]>([
  ['GitHub Actions', (index) => ({ SHARD: String(index), GITHUB_RUN_ID: '7', CI: 'true', GITHUB_ACTIONS: 'true' }), line('GitHub Actions', /^npx tocsin fuzz/), line('GitHub Actions', /^npx tocsin merge/)],
  ['GitLab', (index) => ({ CI_NODE_INDEX: String(index), CI_NODE_TOTAL: '4', CI_PIPELINE_ID: '7', CI: 'true' }), line('GitLab', /^npx tocsin fuzz/), line('GitLab', /^npx tocsin merge/)],
  ['Kubernetes', (index) => ({ JOB_COMPLETION_INDEX: String(index - 1), SEED: '7', RUNS: '1000' }), block('Kubernetes'), 'tocsin merge shard-*.json'],
])('%s', async (_name, env, fuzz, merge) => {
  const { run } = shell();
  const jobs = [1, 2, 3, 4];
  const codes: number[] = [];
  await Promise.all([0, 1].map(async () => {
    for (let index = jobs.shift(); index !== undefined; index = jobs.shift()) codes.push((await run(fuzz, env(index))).code);
  }));
  expect(codes).toEqual([0, 0, 0, 0]);
  whole ??= (await tocsin(['fuzz', 'branch-only', '--seed', '7', '--runs', '1000'], { cwd: folder() })).stdout;
  expect(await run(merge, { CI: 'true' })).toEqual({ code: 0, stdout: whole });
});
