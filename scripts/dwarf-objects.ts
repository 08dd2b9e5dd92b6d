/**
 * Writes test/object/recorded/dwarf.json: objects with debug information as the compilers that are there write them (test/object/dwarf-compiled.ts), so that the test run
 * reads them with nothing installed. `npx jiti scripts/dwarf-objects.ts`; needs gcc-powerpc64le-linux-gnu and clang.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { GCC, LD, findTools } from '../src/verify/tools.ts';
import { CLANG, compileStructures } from '../test/object/dwarf-compiled.ts';

const { versions, missing } = findTools([GCC, LD, CLANG]);
if (missing.length > 0) throw new Error(`${missing.join(', ')} cannot be run; install gcc-powerpc64le-linux-gnu and clang`);
const folder = mkdtempSync(join(tmpdir(), 'tocsin-dwarf-'));
try {
  const rows = compileStructures(folder, [GCC, CLANG]).map(({ name, bytes }) => `    ${JSON.stringify({ name, gzip: gzipSync(bytes, { level: 9 }).toString('base64') })}`);
  writeFileSync(new URL('../test/object/recorded/dwarf.json', import.meta.url), `{\n  "versions": ${JSON.stringify(versions)},\n  "objects": [\n${rows.join(',\n')}\n  ]\n}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
