// Ctrl-C in `tocsin verify scenarios`: a signal to all processes of the terminal, as its driver sends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingTools } from '../verify/tools.ts';
import { folder, mainFile } from './built.ts';

interface Document {
  readonly exit: number;
  readonly compared: number;
  readonly differed: number;
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  readonly layers: readonly { readonly reached: Readonly<Record<string, number>> }[];
}

/** Starts it in a process group of its own, and sends the signal to the group once `when` says so of what is on stderr and in its temporary folder. */
async function stopped(when: (stderr: string, files: readonly string[]) => boolean, times: number): Promise<{ code: number | null; stdout: string; left: string[] }> {
  const temporary = folder();
  const child = spawn(process.execPath, [mainFile(), 'verify', 'scenarios', '--scenarios', '200', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, TMPDIR: temporary },
  });
  let stdout = '', stderr = '', sent = 0;
  const send = (): void => {
    if (child.exitCode !== null || sent >= times) return;
    sent++;
    process.kill(-child.pid!, 'SIGINT');
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (sent > 0 && /once more stops at once/.test(stderr)) send();
  });
  const looking = setInterval(() => { if (sent === 0 && when(stderr, readdirSync(temporary))) send(); }, 10);
  const [code] = await once(child, 'close') as [number | null];
  clearInterval(looking);
  return { code, stdout, left: readdirSync(temporary) };
}

describe('verify scenarios and Ctrl-C', () => {
  it('compares what was begun, says how many were not, and is exit 130', async (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const { code, stdout, left } = await stopped((stderr) => /scenarios: \d+ of 200/.test(stderr), 1);
    expect(code).toBe(130);
    const document = JSON.parse(stdout) as Document;
    expect(document).toMatchObject({ exit: 130, differed: 0 });
    const { reached } = document.layers[0]!;
    // Each of these runs was compared, its end too, but for those without an end.
    expect(reached['scenarios']).toBeGreaterThan(20);
    expect(reached['ends']).toBe(reached['patched']! + reached['unpatched']! - (reached['end: budget'] ?? 0) - (reached['end: outside'] ?? 0));
    expect(document.skipped).toContainEqual({ layer: 'scenarios', what: `${200 - reached['scenarios']!} of 200 scenarios`, why: 'stopped before them' });
    expect(left).toEqual([]);
  }, 180_000);

  it('leaves nothing behind where a second one ends it at once', async (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const { code, stdout, left } = await stopped((_, files) => files.length > 0, 2);
    expect({ code, stdout, left }).toEqual({ code: 130, stdout: '', left: [] });
  }, 180_000);
});
