// What a user types: numbers, times, seeds, features, names; and what is said when it is wrong.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError, oneLine, quoted, worstExit } from '../../src/cli/errors.ts';
import { featuresText, parseFeatures } from '../../src/cli/features.ts';
import { makeFolder, readText, writeWhole } from '../../src/cli/files.ts';
import { parseCount, parseRunName, parseTime, readSeed, wholeNumber } from '../../src/cli/numbers.ts';
import { distance, nearest } from '../../src/cli/suggest.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { folder } from './built.ts';

describe('numbers', () => {
  test.each([
    ['0', 0n], ['10_000', 10_000n], ['1e6', 1_000_000n], ['1.5e3', 1500n], ['0x10', 16n], ['0xFFFF_FFFF_FFFF_FFFF', 2n ** 64n - 1n], ['1E+2', 100n],
    ['', undefined], ['-1', undefined], ['1.5', undefined], ['1.55e1', undefined], ['1__0', undefined], ['_1', undefined], ['1_', undefined],
    ['abc', undefined], ['0x', undefined], [' 1', undefined], ['1e999', undefined], ['NaN', undefined],
  ])('%s', (text, value) => { expect(wholeNumber(text)).toBe(value); });

  test('bounds', () => {
    expect(parseCount('--runs', '1e6')).toBe(1_000_000);
    for (const text of ['0', '-5', '1e13', 'many', '']) expect(() => parseCount('--runs', text)).toThrow(UsageError);
    expect(() => parseCount('--runs', '-5')).toThrow("--runs '-5': expected a whole number from 1 to 1000000000000 such as 10_000 or 1e6");
  });
  test('times', () => {
    expect([parseTime('--time', '30s'), parseTime('--time', '5m'), parseTime('--time', '1.5h'), parseTime('--time', '250ms')]).toEqual([30_000, 300_000, 5_400_000, 250]);
    for (const text of ['30', '0s', '-5s', 's', '5 m', '1000h']) expect(() => parseTime('--time', text)).toThrow(UsageError);
  });
  test('seeds: a commit hash is kept besides the number that it stands for', () => {
    expect([readSeed('0x10'), readSeed('1e3')]).toEqual([{ seed: 16n }, { seed: 1000n }]);
    const hash = '0123456789abcdef0123456789ABCDEF01234567';
    expect(readSeed(hash)).toEqual({ seed: readSeed(hash.toLowerCase()).seed, seedHash: hash });
  });
  test('run names', () => {
    expect(parseRunName('7:3:41')).toEqual({ seed: 7n, block: 3, run: 41 });
    expect(parseRunName('0x10:0:0')?.seed).toBe(16n);
    for (const hash of ['0123456789abcdef0123456789abcdef01234567', 'abcdef0123456789abcdef0123456789abcdef01']) expect(parseRunName(`${hash}:3:41`)).toEqual({ seed: readSeed(hash).seed, block: 3, run: 41 });
    for (const text of ['7:3', '7:3:4:5', 'a:b:c', './7:3:x', '']) expect(parseRunName(text)).toBeUndefined();
    expect(() => parseRunName('7:3:99999999999')).toThrow(UsageError);
  });
});

describe('features', () => {
  test('are taken from all of them, or put into none', () => {
    expect(parseFeatures(undefined)).toEqual(FEATURES);
    expect(parseFeatures('+far,-interrupt')).toEqual(FEATURES.filter((name) => name !== 'interrupt'));
    expect(parseFeatures('none,global,+local')).toEqual(['local', 'global']);
    expect(parseFeatures('none')).toEqual([]);
  });
  test('a wrong one is named, with the nearest', () => {
    expect(() => parseFeatures('-interupt')).toThrow("--features: unknown feature 'interupt'; did you mean 'interrupt'?");
    expect(() => parseFeatures('zzzzzzzz')).toThrow(/unknown feature 'zzzzzzzz'; there are: local, /);
    expect(() => parseFeatures('')).toThrow(UsageError);
    expect(() => parseFeatures('+far,none')).toThrow("'none' can only come first");
  });
  test('said shortly and read back', () => {
    for (const text of ['all', 'none', '-far', 'none,+local,+far', '-local,-global']) {
      const set = parseFeatures(text);
      expect(parseFeatures(featuresText(set))).toEqual(set);
    }
    expect(featuresText(FEATURES)).toBeUndefined();
  });
});

test('the nearest name', () => {
  expect([distance('', 'ab'), distance('ab', 'ba'), distance('kitten', 'sitting')]).toEqual([2, 1, 3]);
  expect(nearest('livepach-stack', ['livepatch-stack', 'mini-frame'])).toBe('livepatch-stack');
  expect(nearest('shadow', ['livepatch-stack'])).toBeUndefined();
  expect(nearest('x'.repeat(10_000), ['livepatch-stack'])).toBeUndefined();
});

test('exit codes have a precedence', () => {
  expect(worstExit([])).toBe(0);
  expect(worstExit([0, 3, 1])).toBe(1);
  expect(worstExit([1, 4, 3])).toBe(4);
  expect(worstExit([4, 2])).toBe(2);
  expect(worstExit([2, 143, 130])).toBe(130);
  expect(worstExit([77])).toBe(4);
});

test("a message is one line that cannot steer a terminal, and never repeats a long input", () => {
  expect(oneLine('a\nb\r\n  c\u001b[31m')).toBe('a b c\\x1b[31m');
  expect(quoted('x'.repeat(1e6)).length).toBeLessThan(70);
});

describe('files', () => {
  test('are written whole, over what was there, and leave nothing else behind', () => {
    const here = folder();
    const path = join(here, 'a.json');
    writeFileSync(path, 'old');
    writeWhole(path, 'new', 'the file');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(here)).toEqual(['a.json']);
  });
  test('that cannot be written say why and leave nothing behind', () => {
    const here = folder();
    expect(() => writeWhole(join(here, 'no/such/folder/a'), 'x', 'the page')).toThrow(/the page '.*': cannot be written: no such file or directory/);
    expect(() => writeWhole(here, 'x', 'the page')).toThrow('it is a directory');
    writeFileSync(join(here, 'file'), '');
    expect(() => makeFolder(join(here, 'file'), '--out')).toThrow(UsageError);
    expect(() => makeFolder('/proc/nowhere', '--out')).toThrow(/--out '\/proc\/nowhere': cannot be written/);
    expect(readdirSync(here)).toEqual(['file']);
  });
  test('that are too long or no text are not read', () => {
    const here = folder();
    writeFileSync(join(here, 'long'), 'x'.repeat(200));
    writeFileSync(join(here, 'binary'), Buffer.from([0xff, 0xfe, 0x80]));
    expect(() => readText(join(here, 'long'), 'the case', 100)).toThrow('longer than the 100 bytes');
    expect(() => readText(join(here, 'binary'), 'the case')).toThrow('not UTF-8');
    expect(() => readText(join(here, 'none'), 'the case')).toThrow('no such file');
    expect(() => readText(here, 'the case')).toThrow('it is a directory');
    expect(readText(join(here, 'long'), 'the case')).toHaveLength(200);
  });
});
