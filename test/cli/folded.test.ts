// What the build makes of imports (src/cli/folded.ts): the same names with the same values, as constants.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { folded } from '../../src/cli/folded.ts';
import { packageFolder } from '../package.ts';

const DIST = join(packageFolder(), 'dist');
const FILES = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
const text = (name: string): string => readFileSync(join(DIST, name), 'utf8');

test('names, new names, and what is left alone', () => {
  const before = [
    "import { ONE, two as TWO } from './a.js';", "import { join } from 'node:path';", "import * as c from './c.js';", "import { d } from '../d/d.js';", "export { e } from './e.js';",
    "  import { f } from './f.js';", 'const last = 1;',
  ];
  expect(folded(before.join('\n')).split('\n')).toEqual([
    "import * as imported0 from './a.js'; const { ONE, two: TWO } = imported0;", before[1], before[2], "import * as imported1 from '../d/d.js'; const { d } = imported1;", ...before.slice(4),
  ]);
  expect(folded(folded(before.join('\n')))).toBe(folded(before.join('\n')));
});

test('no file of the package imports a name of another one as V8 does not know it, and the hot path is among them', () => {
  expect(FILES.filter((name) => /^import \{[^}]*\} from '\./m.test(text(name)))).toEqual([]);
  for (const name of ['machine/execute.js', 'invariants/judge-points.js', 'image/bodies.js']) expect(text(name), name).toMatch(/^import \* as imported0 from .*; const \{ .* \} = imported0;$/m);
});

test('each of these names has the value that the other file exports', async () => {
  let names = 0;
  for (const name of FILES) {
    for (const [, file, list] of text(name).matchAll(/^import \* as imported\d+ from '([^']+)'; const \{ (.*) \} = imported\d+;$/gm)) {
      // These begin something as soon as they are loaded.
      if (/\/(?:main|serve|worker|fold|prepare|memory|tiering)\.js$/.test(file!)) continue;
      const space = await import(pathToFileURL(join(DIST, name, '..', file!)).href) as Record<string, unknown>;
      for (const one of list!.split(',').map((it) => it.trim()).filter((it) => it !== '')) {
        names++;
        expect(space[one.split(': ')[0]!], `${name}: ${one}`).toBeDefined();
      }
    }
  }
  expect(names).toBeGreaterThan(2000);
});

test('no file exports a variable that may change', () => {
  expect(FILES.filter((name) => /^export (?:let|var) /m.test(text(name)))).toEqual([]);
});
