// docs/fidelity.md's record is what scripts/fidelity.ts makes of docs/fidelity.json; and a run takes the place of its layer's alone.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fidelityLines, fidelityPage, recordedAnew } from '../../src/report/fidelity.ts';
import type { FidelityRecord, VerifyDocument } from '../../src/report/fidelity.ts';
import { modelHash } from '../../src/trial/model-hash.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(ROOT, 'docs/fidelity.md'), 'utf8');
const record = JSON.parse(readFileSync(resolve(ROOT, 'docs/fidelity.json'), 'utf8')) as FidelityRecord;

test('the page has what the record makes', () => {
  expect(fidelityPage(page, record, modelHash())).toBe(page);
});

test('every layer is in it, with something compared', () => {
  expect([...new Set(record.runs.map((it) => it.layer))].sort()).toEqual(['binutils', 'kernel-core', 'kernel-livepatch', 'kernel-redirect', 'kernel-replace', 'kernel-sleep', 'kernel-unload', 'qemu', 'scenarios', 'shapes']);
  for (const run of record.runs) {
    expect(run.compared).toBeGreaterThan(40);
    expect(run.differed).toBe(run.differences.length);
    expect(Object.keys(run.versions).length).toBeGreaterThan(0);
  }
});

test('tests that it names are there, and who was wrong is said', () => {
  expect(record.found.length).toBeGreaterThan(8);
  for (const { test: file, wrong, by } of record.found) {
    if (file !== undefined) expect(existsSync(resolve(ROOT, file)), file).toBe(true);
    if (wrong === 'the model' || wrong === 'the comparison') expect(file, by).toBeDefined();
  }
});

const run = (layer: string, compared: number): VerifyDocument['layers'][number] => ({ layer, compared, differed: 0, differences: [], versions: { 'powerpc64le-linux-gnu-as': 'GNU assembler (GNU Binutils for Debian) 2.40' } });
const document = (...layers: VerifyDocument['layers']): VerifyDocument => ({ schema: 'tocsin/verify@1', seed: '0x7', modelHash: 'aa', exit: 0, layers });

test('new runs take the place of all runs of their layers, and a layer that was not run of nothing', () => {
  const empty: FidelityRecord = { schema: 'tocsin/fidelity@1', runs: [], found: [] };
  const first = recordedAnew(empty, [document(run('binutils', 5), run('qemu', 6)), document(run('qemu', 7))]);
  expect(first.runs.map((it) => [it.layer, it.compared])).toEqual([['binutils', 5], ['qemu', 6], ['qemu', 7]]);
  const second = recordedAnew(first, [document(run('binutils', 0), run('qemu', 8), run('shapes', 9))]);
  expect(second.runs.map((it) => [it.layer, it.compared])).toEqual([['binutils', 5], ['qemu', 8], ['shapes', 9]]);
});

test('a run of another model says so, versions are short, and a bar in a cell does not end it', () => {
  const lines = fidelityLines({ ...recordedAnew({ schema: 'tocsin/fidelity@1', runs: [], found: [{ layer: 'qemu', what: 'a|b', wrong: 'nobody', by: 'c' }] }, [document(run('binutils', 1234))]) }, 'bb');
  expect(lines).toContain('| `binutils` | 7 | 1,234 | 0 | as 2.40 | aa, an older one |');
  expect(lines).toContain('| `qemu` | a\\|b | nobody | c |  |');
  expect(() => fidelityPage('no marks', record, 'bb')).toThrow('expected two lines');
});
