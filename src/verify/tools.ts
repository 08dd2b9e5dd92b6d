/**
 * The outside tools: are they there, which versions, run them, and a folder for their files.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const AS = 'powerpc64le-linux-gnu-as';
export const GCC = 'powerpc64le-linux-gnu-gcc';
export const LD = 'powerpc64le-linux-gnu-ld';
export const OBJDUMP = 'powerpc64le-linux-gnu-objdump';
export const OBJCOPY = 'powerpc64le-linux-gnu-objcopy';
export const QEMU = 'qemu-ppc64le';

/** First line of `tool --version`, or undefined when it cannot be run. */
function versionOf(tool: string): string | undefined {
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

/** The same for work that takes turns with other work; also where the process is ended meanwhile (a second Ctrl-C). */
export async function withFolderAsync<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-verify-'));
  const remove = (): void => { rmSync(folder, { recursive: true, force: true }); };
  process.once('exit', remove);
  try {
    return await use(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
