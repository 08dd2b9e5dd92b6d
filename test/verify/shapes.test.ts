/** The model's shapes of code beside what gcc and ld make: as recorded, with nothing installed; and as the compiler that is there makes them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Tally } from '../../src/verify/result.ts';
import { compareShapes, linesOf, verifyShapes } from '../../src/verify/shape-layer.ts';
import type { CompiledFunction } from '../../src/verify/shapes-compiled.ts';
import { ModelShapes } from '../../src/verify/shapes-model.ts';
import { SHAPES, hasShape, isLine } from '../../src/verify/shapes.ts';
import { missingTools } from './tools.ts';

interface Recorded { readonly functions: readonly (Omit<CompiledFunction, 'words'> & { readonly words: string })[] }
const recorded = JSON.parse(readFileSync(new URL('recorded/shapes.json', import.meta.url), 'utf8')) as Recorded;
const COMPILED: readonly CompiledFunction[] = recorded.functions.map((it) => ({ ...it, words: it.words.split(' ').map((word) => parseInt(word, 16)) }));
const model = new ModelShapes();

test('every shape is that of the model and of recorded code, in both code models', () => {
  const tally = new Tally('shapes');
  compareShapes(tally, COMPILED);
  const { differences, counts, compared } = tally.result({});
  expect(differences).toEqual([]);
  expect(Object.keys(counts).sort()).toEqual([...SHAPES.map(({ name }) => name), 'st_other'].sort());
  // The model, and gcc twice; the entries of one code model each, and ld's stub once.
  expect(compared).toBe(3 * SHAPES.length - 3 + 4);
});

describe('a shape is lost with each of its lines', () => {
  test.each(SHAPES.map((shape) => [shape.name, shape] as const))('%s', (_, shape) => {
    const theirs = COMPILED.find(({ name, model: made }) => name === shape.compiled && (shape.model ?? made) === made)!;
    for (const lines of [model.lines(shape), linesOf(theirs)]) {
      for (const text of shape.pattern.flat().filter((it) => it !== '..' && !it.startsWith('!'))) {
        const left = lines.filter((line) => !isLine(text, line));
        expect(left.length, text).toBeLessThan(lines.length);
        expect(hasShape(shape, left), text).toBe(false);
      }
    }
  });
});

test.each([
  ['a TOC pointer that is saved before a local call', 'local call', (lines: string[]) => lines.toSpliced(7, 0, 'std r2,24(r1)')],
  ['a call that does not get its TOC pointer back', 'call that may leave the module', (lines: string[]) => lines.map((line) => (line === 'ld r2,24(r1)' ? 'ld r2,40(r1)' : line))],
  ['an argument in another doubleword', 'arguments from the stack', (lines: string[]) => lines.map((line) => line.replace(/^ld (r\d+),(\d+)\(r1\)$/, (_, r: string, n: string) => `ld ${r},${Number(n) - 8}(r1)`))],
  ['a frame that is given back smaller', 'frame', (lines: string[]) => lines.map((line) => line.replace(/^addi r1,r1,(\d+)$/, (_, n: string) => `addi r1,r1,${Number(n) - 16}`))],
  ['an entry that takes r2 from elsewhere', 'global entry, medium code model', (lines: string[]) => lines.map((line) => line.replace('r2,r12', 'r2,r11'))],
])('%s is another shape', (_, name, change) => {
  const shape = SHAPES.find((it) => it.name === name)!;
  expect(hasShape(shape, change(model.lines(shape)))).toBe(false);
});

test('a function that is missing, and one that has another shape, are differences', () => {
  const tally = new Tally('shapes');
  compareShapes(tally, COMPILED.filter(({ name }) => name !== 'leaf').map((it) => (it.name === 'zone' || it.name === 'protected_zone' ? { ...it, words: it.words.slice(0, 4) } : it)));
  expect(tally.result({}).differences.map(({ what }) => what)).toEqual([
    "shape 'single entry'", "shape 'data in the protected zone' in protected_zone, code model medium", "shape 'data in the protected zone' in protected_zone, code model large",
  ]);
});

test('a local entry that lies elsewhere is a difference, and one where there is none', () => {
  const apart = (stOther: number, name: string): string[] => {
    const tally = new Tally('shapes');
    compareShapes(tally, COMPILED.map((it) => (it.name === name ? { ...it, stOther } : it)));
    return tally.result({}).differences.map((it) => `${it.what}: ${it.ours} / ${it.theirs}`);
  };
  expect(apart(0x60, 'dual')).toEqual([]);
  const dual = (theirs: string): string[] => ['medium', 'large'].map((made) => `local entry of dual, code model ${made}: dual, the local entry 8 bytes behind the global one / ${theirs}`);
  for (const [stOther, bytes] of [[0x20, 0], [0x40, 4], [0x80, 16], [0xa0, 32], [0xc0, 64]] as const) expect(apart(stOther, 'dual')).toEqual(dual(`dual, the local entry ${bytes} bytes behind the global one`));
  expect(apart(0, 'dual')).toEqual(dual('single, the local entry 0 bytes behind the global one'));
  expect(apart(0x60, 'leaf').length).toBe(2);
});

test('the compiler that is there makes the shapes too', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  const result = verifyShapes();
  expect(result.differences).toEqual([]);
  expect(result.compared).toBe(3 * SHAPES.length - 3 + 4);
});
