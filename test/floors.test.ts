// Holds the floors of ARCHITECTURE.md: imports go down or stay in their folder, and what must not be imported is not.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');
const FLOOR: Record<string, number> = {
  isa: 1, check: 1, borders: 1, abi: 2, scenario: 3, kernel: 3, contract: 4, strategies: 5, arbitraries: 5, case: 5, enumerate: 5, object: 5,
  image: 6, machine: 7, invariants: 8, trial: 9, prove: 10, campaign: 10, report: 11, verify: 12, cli: 13, 'index.ts': 13,
};
const NODE_ALLOWED = new Set(['cli', 'verify']);
const FAST_CHECK_ALLOWED = new Set(['arbitraries', 'campaign', 'index.ts']);

interface Import { readonly from: string; readonly to: string }

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(folder, entry.name)) : entry.name.endsWith('.ts') ? [join(folder, entry.name)] : []);
}

const room = (file: string): string => relative(SRC, file).split('/')[0]!;

function imports(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?<!['"])(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!);
  return found.map((to) => ({ from: file, to: to.startsWith('.') ? resolve(dirname(file), to) : to }));
}

const all = sources(SRC).flatMap(imports);
const inner = all.filter((edge) => edge.to.startsWith('/'));
const outer = all.filter((edge) => !edge.to.startsWith('/'));
const words = (edges: readonly Import[]): string[] =>
  edges.map((edge) => `${relative(SRC, edge.from)} -> ${edge.to.startsWith('/') ? relative(SRC, edge.to) : edge.to}`);

test('every folder of src stands on a floor, and there are imports to look at', () => {
  const rooms = new Set(sources(SRC).map(room));
  expect([...rooms].filter((name) => FLOOR[name] === undefined)).toEqual([]);
  expect(inner.length).toBeGreaterThan(100);
});

test('imports go to lower floors or stay in their folder', () => {
  const upward = inner.filter((edge) => room(edge.from) !== room(edge.to) && FLOOR[room(edge.to)]! >= FLOOR[room(edge.from)]!
    && !(room(edge.from) === 'cli' && room(edge.to) === 'index.ts'));
  expect(words(upward)).toEqual([]);
});

test('no files import each other in a circle', () => {
  const next = new Map<string, string[]>();
  for (const edge of inner) next.set(edge.from, [...(next.get(edge.from) ?? []), edge.to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].map((name) => relative(SRC, name)).join(' -> '));
    else if (!done.has(file)) {
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    }
  };
  for (const file of next.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test('the accused do not see the court, and the judge does not know the accused', () => {
  const closed: Record<string, readonly string[]> = {
    strategies: ['machine', 'image', 'invariants'], invariants: ['strategies'], report: ['trial', 'machine', 'campaign'],
  };
  expect(words(inner.filter((edge) => closed[room(edge.from)]?.includes(room(edge.to)) && !isTypeOnly(edge)))).toEqual([]);
});

/** Reports get plain data: its shape may be imported as a type, nothing that runs. */
function isTypeOnly(edge: Import): boolean {
  if (room(edge.from) !== 'report') return false;
  const lines = readFileSync(edge.from, 'utf8').split(/;\s*\n/).filter((line) => line.includes(`/${relative(SRC, edge.to)}`));
  return lines.length > 0 && lines.every((line) => /import type/.test(line));
}

test('only arbitraries and campaign use fast-check; only cli and verify use Node', () => {
  expect(words(outer.filter((edge) => /^(fast-check|pure-rand)/.test(edge.to) && !FAST_CHECK_ALLOWED.has(room(edge.from)) && room(edge.from) !== 'cli'))).toEqual([]);
  expect(words(outer.filter((edge) => edge.to.startsWith('node:') && !NODE_ALLOWED.has(room(edge.from))))).toEqual([]);
});

test('below cli and verify nothing looks at the clock, the environment or Math.random', () => {
  const looks = sources(SRC).filter((file) => !NODE_ALLOWED.has(room(file)))
    .filter((file) => /Math\.random|Date\.now|new Date\(|\bprocess\.|performance\.now/.test(readFileSync(file, 'utf8')));
  expect(looks.map((file) => relative(SRC, file))).toEqual([]);
});

test('the checker of proofs imports nothing that a proof was made with', () => {
  const edges = all.filter((edge) => room(edge.from) === 'check');
  expect(edges.length).toBeGreaterThan(2);
  expect(words(edges.filter((edge) => !edge.to.startsWith('/') || room(edge.to) !== 'check'))).toEqual([]);
});
