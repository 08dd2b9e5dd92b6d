// The command as users get it: src compiled once per state of the sources into a temporary folder, and spawned.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

function sourcesHash(): string {
  const hash = createHash('sha256');
  const add = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) add(path);
      else hash.update(path).update('\0').update(readFileSync(path)).update('\0');
    }
  };
  add(join(ROOT, 'src'));
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) hash.update(readFileSync(join(ROOT, name)));
  return hash.digest('hex').slice(0, 16);
}

/** The compiled package's folder. Test files that ask at the same time each build it; one of them wins, and it is the same. */
export function packageFolder(): string {
  const folder = join(tmpdir(), `tocsin-built-${process.getuid?.() ?? 0}-${sourcesHash()}`);
  if (existsSync(folder)) return folder;
  const fresh = mkdtempSync(join(tmpdir(), 'tocsin-building-'));
  try {
    // Types are checked by `npm run typecheck`.
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.build.json'),
      '--outDir', join(fresh, 'dist'), '--noCheck', '--declaration', 'false'], { cwd: ROOT, stdio: 'pipe' });
    copyFileSync(join(ROOT, 'package.json'), join(fresh, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(fresh, 'node_modules'));
    execFileSync(process.execPath, [join(fresh, 'dist/cli/prepare.js')], { stdio: 'pipe' });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/**
 * The command compiled from a copy of the sources in which some files were edited: a file below src -> what becomes of its text. Compiled for the
 * test that asks, and removed after it.
 */
export function editedMainFile(edits: Readonly<Record<string, (text: string) => string>>): string {
  const copy = folder();
  cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json']) copyFileSync(join(ROOT, name), join(copy, name));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [name, edit] of Object.entries(edits)) {
    const path = join(copy, 'src', name);
    const before = readFileSync(path, 'utf8');
    const after = edit(before);
    if (after === before) throw new Error(`${name}: the edit changes nothing`);
    writeFileSync(path, after);
  }
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(copy, 'tsconfig.build.json'), '--noCheck', '--declaration', 'false'], { cwd: copy, stdio: 'pipe' });
  return join(copy, 'dist/cli/main.js');
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

/** Starts `tocsin ARGS` in a folder, with an environment that no CI or terminal setting shines through. */
export function start(args: readonly string[], { cwd = tmpdir(), env = {}, main = mainFile() }: Where = {}): Started {
  const clean: Record<string, string | undefined> = { ...process.env, NO_COLOR: '1' };
  for (const name of ['CI', 'GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'TOCSIN_DEBUG', 'NODE_OPTIONS', 'VITEST']) delete clean[name];
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

export const tocsin = (args: readonly string[], where: Where = {}): Promise<Ended> => start(args, where).ended;

/** A folder of this test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  onTestFinished(() => { rmSync(path, { recursive: true, force: true }); });
  mkdirSync(path, { recursive: true });
  return path;
}
