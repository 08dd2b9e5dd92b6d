// Commands that are over in a second load only what they run: each file is half a millisecond of it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** All files that a file loads before its first line runs, as `folder/file.ts` under src. */
function loadedBy(file: string): Set<string> {
  const loaded = new Set<string>([file]);
  for (const one of loaded) {
    const source = readFileSync(new URL(`../../src/${one}`, import.meta.url), 'utf8');
    for (const [, path = ''] of source.matchAll(/^(?:import|export) (?!type )(?:[^'";]*? from )?'(\.[^']+)';/gm)) {
      loaded.add(new URL(path, `file:///${one}`).pathname.slice(1));
    }
  }
  return loaded;
}
const folders = (files: ReadonlySet<string>): string[] => [...new Set([...files].map((it) => it.split('/')[0]!))].sort();

test('a certificate is checked without what runs programs or reads object files', () => {
  const loaded = loadedBy('cli/commands/check.ts');
  expect(loaded.size).toBeGreaterThan(80);
  expect(folders(loaded)).toEqual(['abi', 'check', 'cli', 'contract', 'image', 'isa', 'kernel', 'prove', 'report', 'scenario', 'strategies']);
});

test('a strategy is proved without what draws scenarios or reads object files', () => {
  const loaded = loadedBy('cli/commands/prove.ts');
  expect(loaded.size).toBeGreaterThan(150);
  expect(folders(loaded)).toEqual(['abi', 'case', 'cli', 'contract', 'image', 'invariants', 'isa', 'kernel', 'machine', 'prove', 'report', 'scenario', 'strategies', 'trial']);
});
