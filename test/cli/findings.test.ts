// A campaign's findings as files: one for each finding, and one only for what turns out to be the same when it is small.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/campaign/finding.ts';
import { FindingFiles } from '../../src/cli/findings.ts';
import { finding } from '../report/sample.ts';
import { folder } from './built.ts';

const drawn = (run: number, place: string, token = `raw-${run}`): Finding => ({
  ...finding, token, signature: { ...finding.signature, place }, provenance: { ...finding.provenance, run },
});
const small = (of: Finding, token: string): Finding => ({ ...of, token });

function files(keepGoing = false): { readonly out: string; readonly files: FindingFiles; readonly content: () => string[] } {
  const out = folder();
  return {
    out, files: new FindingFiles(out, { strategies: [], keepGoing, textOf: ({ token, provenance: { run } }) => `${token} of run ${run}` }),
    content: () => readdirSync(out).sort().map((name) => `${name}: ${readFileSync(join(out, name), 'utf8')}`),
  };
}

test('a minimised finding replaces the one that was drawn', () => {
  const { files: saved, content } = files();
  const one = drawn(5, 'a');
  saved.save(one);
  expect(content()).toEqual(['branch-only-toc-7-3-5.json: raw-5 of run 5']);
  saved.settle(small(one, 't'));
  expect(content()).toEqual(['branch-only-toc-7-3-5.json: t of run 5']);
});

test.each([[[0, 1, 2]], [[0, 2, 1]], [[1, 0, 2]], [[1, 2, 0]], [[2, 0, 1]], [[2, 1, 0]]])('three with the same token leave one file, the first that was drawn: in order %j', (order) => {
  const { out, files: saved, content } = files();
  const all = [drawn(9, 'a'), drawn(41, 'b'), drawn(41, 'c')];
  for (const one of all) saved.save(one);
  expect(content().length).toBe(3);
  for (const index of order) saved.settle(small(all[index]!, 't'));
  expect(content()).toEqual(['branch-only-toc-7-3-9.json: t of run 9']);
  for (const one of all) expect(saved.pathOf(small(one, 't'))).toBe(join(out, 'branch-only-toc-7-3-9.json'));
});

test('another token, and the same token of another strategy, are findings of their own', () => {
  const { files: saved, content } = files();
  const [one, two] = [drawn(1, 'a'), drawn(2, 'b')];
  const three = { ...drawn(3, 'a'), strategy: 'mine', signature: { ...one.signature, strategy: 'mine' } };
  for (const it of [one, two, three]) saved.save(it);
  saved.settle(small(one, 't'));
  saved.settle(small(two, 'u'));
  saved.settle(small(three, 't'));
  expect(content()).toEqual(['branch-only-toc-7-3-1.json: t of run 1', 'branch-only-toc-7-3-2.json: u of run 2', 'mine-toc-7-3-3.json: t of run 3']);
});

test('what was told early is written once, and goes when another one was first', () => {
  const { out, files: saved, content } = files();
  const [early, first] = [drawn(9, 'a'), drawn(4, 'a')];
  saved.save(early);
  writeFileSync(join(out, 'branch-only-toc-7-3-9.json'), 'not written again');
  saved.save(early);
  expect(content()).toEqual(['branch-only-toc-7-3-9.json: not written again']);
  saved.save(first);
  saved.drop(early);
  expect(content()).toEqual(['branch-only-toc-7-3-4.json: raw-4 of run 4']);
  saved.save(early);
  expect(content().length).toBe(2);
});

test('with --keep-going a name says the whole signature, whoever comes first', () => {
  const names = (order: readonly string[]): string[] => {
    const { files: saved, content } = files(true);
    for (const place of order) saved.save(drawn(5, place));
    return content().map((it) => it.replace(/:.*/, ''));
  };
  expect(names(['a', 'b'])).toEqual(names(['b', 'a']));
  expect(names(['a', 'b'])[0]).toMatch(/^branch-only-toc-7-3-5-local-[0-9a-f]{5}\.json$/);
});
