// The command as users get it: on this thread, or spawned.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { folded } from '../../src/cli/folded.ts';
import { packageFolder } from '../package.ts';

export { packageFolder };

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * The command compiled from the sources with some files edited: a file below src -> what becomes of its text. Only these are compiled for the test that asks, each
 * alone, which gives the bytes of the whole (`verbatimModuleSyntax`). What imports one of them, however far away, is loaded anew from a copy; the rest is a link to the
 * package's own file, which Node takes for that file: the engine and the generators begin warm. All is removed after the test.
 */
export function editedMainFile(edits: Readonly<Record<string, (text: string) => string>>): string {
  const copy = linkedPackage(Object.keys(edits).map((name) => name.replace(/\.ts$/, '.js')));
  const sources = folder();
  const compiled = folder();
  for (const [name, edit] of Object.entries(edits)) {
    const before = readFileSync(join(ROOT, 'src', name), 'utf8');
    const after = edit(before);
    if (after === before) throw new Error(`${name}: the edit changes nothing`);
    mkdirSync(join(sources, dirname(name)), { recursive: true });
    writeFileSync(join(sources, name), after);
  }
  writeFileSync(join(sources, 'tsconfig.json'), JSON.stringify({
    extends: join(ROOT, 'tsconfig.json'), files: Object.keys(edits), include: [],
    compilerOptions: { noEmit: false, noEmitOnError: true, noCheck: true, noResolve: true, types: [], rootDir: sources, outDir: compiled },
  }));
  // A package.json above says that these are ES modules.
  writeFileSync(join(sources, 'package.json'), '{"type":"module"}');
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', sources], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`edited sources do not compile: ${stdout}`);
  for (const name of Object.keys(edits)) {
    const result = name.replace(/\.ts$/, '.js');
    const text = folded(readFileSync(join(compiled, result), 'utf8'));
    if (text === readFileSync(join(copy, 'dist', result), 'utf8')) throw new Error(`${name}: compiled, the edit changes nothing`);
    writeFileSync(join(copy, 'dist', result), text);
  }
  return join(copy, 'dist/cli/main.js');
}

/** The package in a folder of its own: copies of these files below dist and of all that import them, links to the others and to whole folders of others. */
function linkedPackage(changed: readonly string[]): string {
  const copy = folder(), from = packageFolder();
  const own = [...importersOf(join(from, 'dist'), changed)].map((name) => join('dist', name));
  const take = (path: string): void => {
    if (own.includes(path)) copyFileSync(join(from, path), join(copy, path));
    else if (!own.some((it) => it.startsWith(`${path}/`))) symlinkSync(join(from, path), join(copy, path));
    else {
      mkdirSync(join(copy, path));
      for (const name of readdirSync(join(from, path))) take(join(path, name));
    }
  };
  for (const name of readdirSync(from)) take(name);
  return copy;
}

/** Names of files below `dist`: these, and all that name one of them as a module, in an import of any form or as a worker thread's file. */
function importersOf(dist: string, changed: readonly string[]): ReadonlySet<string> {
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.js'));
  const importsOf = new Map(names.map((name) => [name, [...readFileSync(join(dist, name), 'utf8').matchAll(/['"](\.{1,2}\/[\w./-]+\.js)['"]/g)].map(([, path = '']) => join(dirname(name), path))]));
  const found = new Set(changed);
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const [name, imports] of importsOf) if (imports.some((it) => found.has(it))) found.add(name);
  }
  return found;
}

export const mainFile = (): string => join(packageFolder(), 'dist/cli/main.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
  /** Calls back with all of stderr so far whenever it grows. */
  readonly onStderr: (listener: (text: string) => void) => void;
}

export interface Where {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another build than the sources as they are. */
  readonly main?: string;
}

/** What of CI's and vitest's environment would shine through. */
const FOREIGN = ['CI', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'TOCSIN_DEBUG', 'NODE_OPTIONS', 'VITEST', 'TOCSIN_SHARD', 'CI_NODE_INDEX', 'CI_NODE_TOTAL', 'SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX'];

/** Starts `tocsin ARGS` in a folder, with an environment that no CI or terminal setting shines through. */
export function start(args: readonly string[], { cwd = tmpdir(), env = {}, main = mainFile() }: Where = {}): Started {
  const clean: Record<string, string | undefined> = { ...process.env, NO_COLOR: '1' };
  for (const name of FOREIGN) delete clean[name];
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => { child.kill('SIGKILL'); });
  let stdout = '';
  let stderr = '';
  const listeners: ((text: string) => void)[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const listener of listeners) listener(stderr);
  });
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => { done({ code, stdout, stderr }); });
  });
  return { pid: child.pid ?? 0, kill: (signal) => { child.kill(signal); }, ended, onStderr: (listener) => { listeners.push(listener); } };
}

export const spawned = (args: readonly string[], where: Where = {}): Promise<Ended> => start(args, where).ended;

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `tocsin ARGS` on this thread: the compiled package's own `main`, in a folder and an environment as above, one command after the other. So neither Node nor the
 * code begins cold for each; that of another build (`main`) does once. What a process of its own is needed for (signals, main.ts) is `start` and `spawned`.
 */
export function tocsin(args: readonly string[], where: Where = {}): Promise<Ended> {
  const turn = last.then(() => within(args, where));
  last = turn.catch(() => undefined);
  return turn;
}

async function within(args: readonly string[], { cwd = tmpdir(), env = {}, main = mainFile() }: Where): Promise<Ended> {
  const program = await import(pathToFileURL(join(dirname(main), 'answer.js')).href) as { main: (argv: readonly string[]) => Promise<number> };
  const before = { cwd: process.cwd(), env: { ...process.env }, exitCode: process.exitCode };
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) => vi.spyOn(process[name], 'write').mockImplementation((text) => {
    said[name] += String(text);
    return true;
  }));
  try {
    process.chdir(cwd);
    for (const name of FOREIGN) delete process.env[name];
    Object.assign(process.env, { NO_COLOR: '1', ...env });
    return { code: await program.main(args), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.chdir(before.cwd);
    for (const name of Object.keys(process.env)) if (!(name in before.env)) delete process.env[name];
    Object.assign(process.env, before.env);
    process.exitCode = before.exitCode;
  }
}

/** A folder of this test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  onTestFinished(() => { rmSync(path, { recursive: true, force: true }); });
  mkdirSync(path, { recursive: true });
  return path;
}
