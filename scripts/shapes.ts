/**
 * Writes test/verify/recorded/shapes.json: what the compiler and the linker that are there make of src/verify/shapes-source.ts. The test run compares the model with it, with
 * nothing installed. `npx jiti scripts/shapes.ts`; needs gcc-powerpc64le-linux-gnu.
 */
import { writeFileSync } from 'node:fs';
import { compileShapes } from '../src/verify/shapes-compiled.ts';
import { GCC, LD, findTools } from '../src/verify/tools.ts';

const { versions, missing } = findTools([GCC, LD]);
if (missing.length > 0) throw new Error(`${missing.join(', ')} cannot be run; install gcc-powerpc64le-linux-gnu`);
const functions = compileShapes().map(({ name, model, stOther, words }) => ({ name, model, stOther, words: words.map((word) => word.toString(16).padStart(8, '0')).join(' ') }));
const rows = functions.map((it) => `    ${JSON.stringify(it)}`).join(',\n');
writeFileSync(new URL('../test/verify/recorded/shapes.json', import.meta.url), `{\n  "versions": ${JSON.stringify(versions)},\n  "functions": [\n${rows}\n  ]\n}\n`);
