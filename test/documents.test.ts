// A token in a document is a promise that it replays: each is read, run, and breaks what it says.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { decodeToken, placeMatches } from '../src/case/token.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { Trials } from '../src/trial/trials.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TOKEN = /\btoc\d+-[1-9A-HJ-NP-Za-km-z]{4,}\b/g;
/** The tables of these have tests of their own, with strategies that are not built in. */
const ELSEWHERE = ['evidence.md', 'limitations.md'];

/** Told of as what was wrong with the harness, and is mended: what they say does not recur. */
const MENDED = ['toc1-3QvVhUKija86qU', 'toc3-Qz4RYz4ZKn7ZhcUnAQ39', 'toc3-rwcAXBCiWVCDNgj8Fykmmi5aLgrUvBXMDD8UnnBSK1bnmzUkA'];

const documents = [join(ROOT, 'README.md'), ...readdirSync(join(ROOT, 'docs')).filter((it) => it.endsWith('.md') && !ELSEWHERE.includes(it)).map((it) => join(ROOT, 'docs', it))];
const tokens = new Set(documents.flatMap((it) => readFileSync(it, 'utf8').match(TOKEN) ?? []));

test('every token in README and docs recurs', () => {
  const trials = new Trials(BUILT_IN);
  const wrong: string[] = [];
  for (const token of tokens) {
    const { scenario, strategy, signature } = decodeToken(token);
    if (strategy.kind !== 'built-in') continue;
    trials.load(scenario);
    const { violations } = trials.run(BUILT_IN.findIndex((it) => it.name === strategy.name));
    const recurs = signature === undefined ? violations.length === 0 : violations.some((it) => it.obligation === signature.obligation && it.edge === signature.edge && placeMatches(signature.place, it.place));
    if (recurs === MENDED.includes(token) || trials.isProgramFault()) wrong.push(`${token}: ${strategy.name}`);
  }
  expect(wrong).toEqual([]);
  expect(tokens.size).toBeGreaterThan(15);
});
