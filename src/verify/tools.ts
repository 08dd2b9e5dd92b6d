/**
 * The outside tools: are they there, which versions, run them, and a folder for their files.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const AS = 'powerpc64le-linux-gnu-as';
export const LD = 'powerpc64le-linux-gnu-ld';
export const OBJDUMP = 'powerpc64le-linux-gnu-objdump';
export const OBJCOPY = 'powerpc64le-linux-gnu-objcopy';
export const QEMU = 'qemu-ppc64le';

/** Debian packages that bring all of them. */
const PACKAGES = ['qemu-user', 'binutils-powerpc64le-linux-gnu'];

/** First line of `tool --version`, or undefined when it cannot be run. */
export function versionOf(tool: string): string | undefined {
  const run = spawnSync(tool, ['--version'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.split('\n', 1)[0] : undefined;
}

/** The versions of the tools, and which of them are missing. */
export function findTools(tools: readonly string[]): { versions: Record<string, string>; missing: string[] } {
  const versions: Record<string, string> = {};
  const missing: string[] = [];
  for (const tool of tools) {
    const version = versionOf(tool);
    if (version === undefined) missing.push(tool);
    else versions[tool] = version;
  }
  return { versions, missing };
}

/**
 * Makes sure that the tools are there; installs the Debian packages when it may (root, apt-get). Returns
 * why not, or undefined when all is well. Says on `log` what it does.
 */
export function ensureTools(log: (line: string) => void): string | undefined {
  const wanted = [AS, LD, OBJDUMP, OBJCOPY, QEMU];
  const { missing } = findTools(wanted);
  if (missing.length === 0) return undefined;
  const root = process.getuid?.() === 0;
  if (!root || versionOf('apt-get') === undefined) {
    return `${missing.join(', ')} not found; install ${PACKAGES.join(' ')}`;
  }
  log(`installing ${PACKAGES.join(' ')} (${missing.join(', ')} not found)`);
  const apt = (...args: string[]): string => spawnSync('apt-get', args, {
    encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000,
  }).stderr ?? '';
  // A fresh container has no package lists yet.
  apt('update');
  const said = apt('install', '-y', '--no-install-recommends', ...PACKAGES);
  const left = findTools(wanted).missing;
  if (left.length === 0) return undefined;
  return `${left.join(', ')} not found and apt-get failed: ${said.trim().split('\n').at(-1) ?? ''}`;
}

/** Runs a tool and returns its standard output; throws with its messages when it fails. */
export function runTool(tool: string, args: readonly string[]): string {
  return execFileSync(tool, args, { encoding: 'latin1', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Calls `use` with a new folder and removes the folder afterwards, whatever happens. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-verify-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
