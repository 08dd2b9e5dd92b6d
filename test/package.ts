// The package as users get it: src compiled once per state of the sources into a temporary folder. Tests import it from there, and spawn its command.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

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

let known: string | undefined;

/** The compiled package's folder. Processes that ask at the same time each build it; one of them wins, and it is the same. Types are checked by `npm run typecheck`. */
export function packageFolder(): string {
  known ??= builtFolder();
  return known;
}

function builtFolder(): string {
  const folder = join(tmpdir(), `tocsin-built-${process.getuid?.() ?? 0}-${sourcesHash()}`);
  if (existsSync(folder)) return folder;
  const fresh = mkdtempSync(join(tmpdir(), 'tocsin-building-'));
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.build.json'),
      '--outDir', join(fresh, 'dist'), '--noCheck', '--declaration', 'false'], { cwd: ROOT, stdio: 'pipe' });
    copyFileSync(join(ROOT, 'package.json'), join(fresh, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(fresh, 'node_modules'));
    for (const part of ['fold', 'prepare']) execFileSync(process.execPath, [join(fresh, `dist/cli/${part}.js`)], { stdio: 'pipe' });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
