// What `tocsin bench` measures whole processes with.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { timeProcess, timeToFile } from '../../src/cli/bench/isolate.ts';
import { folder as emptyFolder, packageFolder, tocsin } from './built.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-test-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** A program for node that waits, then renames a file into place as findings are, and stays on. */
const writer = (name: string): readonly string[] => ['-e', `
  const fs = require('node:fs');
  setTimeout(() => { fs.writeFileSync('.${name}.tmp', '1'); fs.renameSync('.${name}.tmp', '${name}'); }, 200);
  setTimeout(() => {}, '${name}' === 'a.json' ? 60_000 : 400);
`];

test('the time to a file ends with the file, and the process with it', async () => {
  const start = performance.now();
  const seconds = await timeToFile(writer('a.json'), folder, '.json');
  expect(seconds).toBeGreaterThan(0.2);
  expect(seconds).toBeLessThan(20);
  expect(performance.now() - start).toBeLessThan(30_000);
});

test('there is no time to a file that does not come', async () => {
  expect(await timeToFile(writer('b.txt'), folder, '.json')).toBeUndefined();
});

test('peak memory is of the campaign, not of who started it', async () => {
  const large = Buffer.alloc(300 * 2 ** 20, 1);
  const out = join(folder, 'memory');
  mkdirSync(out);
  const { stdout, code } = await timeProcess([join(packageFolder(), 'dist/cli/bench/memory.js'), 'fuzz', 'branch-only', '--runs', '20', '--seed', '3', '--quiet'], out);
  expect(large[1]).toBe(1);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.join('\n')).toContain('branch-only  broken');
  const mib = Number(lines.at(-1)) / 1024;
  expect(mib).toBeGreaterThan(40);
  expect(mib).toBeLessThan(250);
  expect(code).toBe(0);
});

test('the row against qemu-user says loudly that it was not run', async () => {
  const { code, stdout, stderr } = await tocsin(['bench', '--only', 'emulated', '--json'], { env: { PATH: emptyFolder() } });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'tocsin/bench@1', rows: [], notRun: [{ name: 'emulated', why: 'qemu-ppc64le not found' }], instructions: 0 });
  expect(stderr).toContain('warning: emulated was NOT RUN: qemu-ppc64le not found');
});
