import { dirname, join, relative, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { Plugin } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import { packageFolder } from './test/package.ts';

const ROOT = import.meta.dirname;
const SOURCES = join(ROOT, 'src/');

/**
 * Tests import src as it was compiled, once for the whole run: the code that users get, which Node loads by itself. What vitest makes of a source
 * goes through a getter at each use of an import; the machine's loop is then half as fast.
 */
const compiled: Plugin = {
  name: 'sources-compiled',
  enforce: 'pre',
  resolveId(name, importer) {
    const path = name.startsWith('.') && importer !== undefined ? resolve(dirname(importer), name) : name;
    if (!path.startsWith(SOURCES) || !path.endsWith('.ts')) return undefined;
    return { id: join(packageFolder(), 'dist', relative(SOURCES, path).replace(/\.ts$/, '.js')), external: true };
  },
};

/** Replace modules of src for a moment, so they have them to themselves, as vitest makes them. */
const REPLACES_MODULES = ['test/trial/model-hash.test.ts', 'test/prove/prover-mutants.test.ts'];

/** What takes longest, so that no core waits for one of them in the end. The others follow by size, as vitest has them. */
const LONGEST = [
  'cli/gate-demonstration', 'cli/scale-out', 'cli/commands', 'verify/scenarios', 'campaign/mutate', 'campaign/campaign', 'cli/gate', 'cli/object', 'cli/mutate', 'cli/envelope', 'cli/exhaust',
  'prove/envelope', 'prove/words-z3', 'cli/verify-stop', 'mutants', 'prove/exhaustive', 'enumerate/enumerate', 'trial/fork', 'campaign/gate', 'arbitraries/scenario', 'campaign/envelope',
  'trial/twins', 'trial/coverage', 'trial/model-hash', 'verify/strategies', 'campaign/mutant-proof', 'campaign/idle', 'campaign/gate-proofs', 'campaign/exhaust', 'machine/differential',
].map((name) => join(ROOT, 'test', `${name}.test.ts`));

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => (LONGEST.includes(moduleId) ? LONGEST.indexOf(moduleId) : LONGEST.length);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const common = {
  // Vitest leaves one core alone, which is half of a machine with two.
  maxWorkers: '100%',
  // Verification against external tools may install packages and assemble large files; all cores are busy with other tests.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  setupFiles: [join(ROOT, 'test/tiering.ts')],
};

export default defineConfig({
  test: {
    ...common,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [compiled],
        test: {
          ...common,
          name: 'shared', include: ['test/**/*.test.ts', 'properties/**/*.property.ts'], exclude: REPLACES_MODULES,
          // Files follow each other in one process per core: the code is loaded and compiled to machine code once. No test leaves anything behind that another one reads.
          isolate: false,
          server: { deps: { external: [/tocsin-built-/] } },
        },
      },
      { test: { ...common, name: 'alone', include: REPLACES_MODULES } },
    ],
  },
});
