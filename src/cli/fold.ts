/** A part of the build, before anything of it runs: folds the imports of every compiled file (folded.ts). */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folded } from './folded.ts';

const DIST = fileURLToPath(new URL('..', import.meta.url));

for (const name of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.js')) continue;
  const file = join(DIST, name);
  writeFileSync(file, folded(readFileSync(file, 'utf8')));
}
