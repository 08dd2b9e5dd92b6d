// What a checker forgets, and what it allows: each rule of docs/proof.md, "Memory" and "What may happen at each instruction", by what is known before and behind it.
import { describe, expect, test } from 'vitest';
import { Cells, span } from '../../src/check/fragment.ts';
import type { Span, Subject, World } from '../../src/check/fragment.ts';
import { Refusal, parse, word } from '../../src/check/words.ts';

const CELL = span('task', 16n);
const PUBLISHED = { cell: CELL, origin: 8n, entry: 16n, entries: 'task+x' };

function cellsOf(features: readonly string[], world: Partial<World> = {}, shape = 'L'): Cells {
  const subject = {
    shape, args: 'registers', text: () => undefined,
    world: { has: (name: string) => features.includes(name), vmlinux: word('', 65536), fixed: [[span('paca', 8n), word('task')]], memory: [], areas: [], frame: [], ...world },
  } as unknown as Subject;
  const cells = new Cells(subject, {} as Cells['facts']);
  for (const [cell, value] of [['r1', 'F'], ['r13', 'paca']] as const) cells.set(cell, word(value));
  return cells;
}

/** Which of these cells are still known. */
const left = (cells: Cells, these: readonly Span[]): string[] => these.map(({ cell }) => cell).filter((cell) => cells.get(cell) !== undefined);
const known = (cells: Cells, these: readonly Span[]): Cells => { for (const its of these) cells.put(its, word('', 7)); return cells; };
const refused = (what: () => unknown): string => { try { what(); return 'allowed'; } catch (error) { if (error instanceof Refusal) return error.message; throw error; } };

describe('in front of an instruction', () => {
  const stack = [span('F', -296n), span('F', -288n), span('F', -8n), span('F', 24n)];
  test('an interrupt, or another task, uses the stack from 288 bytes below r1 down', () => {
    for (const feature of ['interrupt', 'preempt']) expect(left(known(cellsOf([feature]), stack).between(), stack)).toEqual(['[F-288]', '[F-8]', '[F+24]']);
    expect(left(known(cellsOf([]), stack).between(), stack)).toEqual(['[F-296]', '[F-288]', '[F-8]', '[F+24]']);
  });

  test('an interrupt uses entries that are not published, and the strategy\'s memory but for the published cell', () => {
    const own = [span('task+x', 0n, 4n), span('task+x', 4n), span('task+x', 12n, 4n), span('task', 64n), CELL];
    const cells = known(cellsOf(['interrupt'], { published: PUBLISHED, memory: [span('task', 64n, 8n), CELL] }), own);
    cells.put(CELL, word('x'));
    expect(left(cells.between(), own)).toEqual(['[task+x]/4', '[task+16]']);
    known(cells, own).put(CELL, word('x', 16));
    expect(left(cells.between(), own)).toEqual(['[task+x]/4', '[task+x+4]', '[task+x+12]/4', '[task+16]']);
    cells.put(CELL, undefined);
    expect(left(cells.between(), own)).toEqual([]);
  });

  test('other tasks use the CPU\'s memory, but for what the kernel keeps there, and its entries; after a migration it is another CPU', () => {
    const own = [span('paca', 8n), span('paca', 64n), span('paca+x', 8n), span('task', 64n)], perCpu = { published: { ...PUBLISHED, cell: span('paca', 64n), entries: 'paca+x' } };
    for (const others of ['tasks', 'migration']) expect(left(known(cellsOf(['preempt', others], perCpu), own).between(), own)).toEqual(['[paca+8]', '[task+64]']);
    for (const features of [['preempt'], ['tasks'], ['migration']]) expect(left(known(cellsOf(features, perCpu), own).between(), own)).toHaveLength(4);
    const pointing = (features: readonly string[]): unknown => { const cells = cellsOf(features); cells.set('r11', parse('paca+x+16')); cells.set('r12', parse('task+x')); return ['r11', 'r12', 'r13'].map((cell) => cells.between().get(cell)?.text); };
    expect(pointing(['preempt', 'migration'])).toEqual([undefined, 'task+x', 'paca']);
    expect(pointing(['preempt', 'tasks'])).toEqual(['paca+x+16', 'task+x', 'paca']);
  });

  test('where an interrupt may come a chain of frames leads from r1 to F, and nobody has changed r13', () => {
    const chain = (links: readonly (readonly [bigint, string])[], r1: string, features = ['interrupt']): string => refused(() => {
      const cells = cellsOf(features);
      for (const [at, up] of links) cells.put(span('F', at), parse(up));
      cells.set('r1', parse(r1));
      cells.between();
    });
    expect(chain([], 'F')).toBe('allowed');
    expect(chain([[-64n, 'F-32'], [-32n, 'F']], 'F-64')).toBe('allowed');
    for (const [links, r1] of [[[], 'F-32'], [[[-32n, 'F-64'], [-64n, 'F']], 'F-32'], [[[-32n, 'F-32']], 'F-32'], [[[-32n, 'F+16']], 'F-32'], [[[-24n, 'F']], 'F-24'], [[], 'F+16'], [[[-32n, 'R']], 'F-32']] as const) {
      expect(chain(links, r1), `${r1} ${String(links)}`).toMatch(/^no chain of frames leads from /);
      expect(chain(links, r1, ['preempt', 'tasks'])).toBe('allowed');
    }
    expect(refused(() => { const cells = cellsOf([]); cells.set('r13', word('task')); cells.between(); })).toBe('r13 is changed');
  });
});

test('a C function that was called keeps what the ABI says, and the strategy\'s memory is open to the hooks that run in it', () => {
  const own = [span('F', -8n), span('F', 0n), span('F', 8n, 4n), span('F', 16n), span('F', 24n), span('task+x', 8n), span('task', 64n), span('paca', 64n)];
  const called = (features: readonly string[], r1: bigint, spared: readonly string[] = []): string[] => {
    const cells = known(cellsOf(features, { published: PUBLISHED, memory: [span('task', 64n)] }), own);
    cells.callee(r1, spared);
    return left(cells, own);
  };
  expect(called([], 0n)).toEqual(['[F]', '[F+24]', '[paca+64]']);
  expect(called([], 0n, ['[F-8]'])).toEqual(['[F-8]', '[F]', '[F+24]', '[paca+64]']);
  expect(called([], -64n)).toEqual(['[F-8]', '[F]', '[F+8]/4', '[F+16]', '[F+24]', '[paca+64]']);
  expect(called(['sleep', 'tasks'], 0n)).toEqual(['[F]', '[F+24]']);
  expect(called(['sleep'], 0n)).toEqual(['[F]', '[F+24]', '[paca+64]']);
});

test('a store makes unknown what it overlaps, and is allowed where the page says', () => {
  const cells = known(cellsOf([]), [span('F', -16n), span('F', -8n), span('F', -4n, 4n), span('R', -8n)]);
  cells.store(word('F', -10), 4, word('', 1));
  expect(left(cells, [span('F', -16n), span('F', -10n, 4n), span('F', -8n), span('F', -4n, 4n), span('R', -8n)])).toEqual(['[F-10]/4', '[F-4]/4', '[R-8]']);

  const world = { published: PUBLISHED, memory: [span('task', 64n, 16n)], areas: [span('F', 24n, 8n)], frame: [span('F', 16384n, 32n)] };
  const stores = (shape: string, it: Span): string => refused(() => { cellsOf([], world, shape).store(word(it.of, it.at), Number(it.bytes), word('', 1)); });
  for (const it of [span('F', -8n), span('F', 8n, 4n), span('F', 16n), span('F', 24n), span('F', 16384n), span('F', 16408n), span('task', 64n), span('task', 72n), CELL, span('task+x', 8n)]) expect(stores('L', it), it.cell).toBe('allowed');
  for (const it of [span('F', -4n), span('F', 0n), span('F', 8n), span('F', 12n, 4n), span('F', 20n), span('F', 28n), span('F', 16416n), span('task', 56n), span('task', 76n), span('task', 16n, 4n), span('task+x', 7n), span('x', 8n), span('paca', 64n), span('', 8n)]) {
    expect(stores('L', it), it.cell).toMatch(/, which nobody allows$/);
  }
  expect(stores('L!', span('F', 16384n))).toMatch(/, which nobody allows$/);
});

test('a load is allowed where the page says', () => {
  const world = { published: PUBLISHED, areas: [span('F', 24n, 8n)], frame: [span('F', 16384n, 32n)] };
  const loads = (args: string, it: Span): string => refused(() => { const cells = cellsOf([], world); Object.assign(cells.subject, { args }); cells.load(word(it.of, it.at), Number(it.bytes)); });
  for (const it of [span('F', -400n), span('F', 24n), span('F', 16400n), span('paca', 4096n), span('task', 0n), span('stack', 64n), span('task+x', 0n), span('', 65536n - 32768n), span('', 65536n - 16392n)]) expect(loads('registers', it), it.cell).toBe('allowed');
  for (const it of [span('F', 28n), span('F', 32n), span('F', 16412n), span('x', 0n), span('R', 0n), span('', 65536n - 32769n), span('', 65536n - 16391n)]) expect(loads('registers', it), it.cell).toMatch(/, where nothing is known to be$/);
  expect([loads('stack', span('F', 120n)), loads('stack', span('F', 124n))]).toEqual(['allowed', 'a load of 8 bytes from F+124, where nothing is known to be']);
});
