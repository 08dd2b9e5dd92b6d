/**
 * Writes what has become of mutants into docs/mutants.md, from what `tocsin --json mutate` printed:
 *
 *     node dist/cli/main.js --json mutate livepatch-stack --bound exhaust > a.json
 *     npm run mutants -- a.json ...
 *
 * The first document of a strategy gives its row of the first table, each of its documents one of the second. It fails, and writes nothing, where a document
 * is of other mutants than there are now, where something survives, or where a bound was not run to its end.
 */
import { readFileSync } from 'node:fs';
import { mutantsOf } from '../src/campaign/mutants.ts';
import { MUTANTS_DOCUMENT, number, table, writeSection } from './evidence/document.ts';
import { JUDGED } from './evidence/mutants.ts';

interface Part { readonly hooked: string; readonly part: string; readonly complete: boolean; readonly enumerated: number; readonly expected: number; readonly within: number; readonly interrupts: number }
interface Judged {
  readonly name: string; readonly faults: number; readonly mutants: number; readonly caught: number; readonly needInterrupt: number;
  readonly equivalent: number; readonly equivalentToBound: number; readonly survived: number;
  readonly exhaustive: { readonly bound: { readonly name: string }; readonly suspects: number; readonly complete: boolean; readonly parts: readonly Part[] } | null;
  readonly rows: readonly { readonly mutant: string; readonly hooked: readonly string[]; readonly caughtHooked: string | null; readonly outcome: string; readonly inBound: boolean | null }[];
}

const read = (file: string): Judged[] => (JSON.parse(readFileSync(file, 'utf8')) as { readonly strategies: readonly Judged[] }).strategies.map((it) => checked(file, it));

function checked(file: string, it: Judged): Judged {
  const fail = (what: string): never => { throw new Error(`${file}: ${it.name}: ${what}`); };
  const judged = JUDGED.find(({ strategy }) => strategy.name === it.name) ?? fail('not one of those in the table');
  const now = mutantsOf(judged.strategy).mutants.map(({ name }) => name);
  if (now.join() !== it.rows.map(({ mutant }) => mutant).join()) fail('its mutants are other ones now');
  if (it.survived > 0) fail(`${it.survived} survive`);
  if (it.exhaustive !== null && (!it.exhaustive.complete || it.exhaustive.parts.some(({ complete, enumerated, expected }) => !complete || enumerated !== expected))) fail('the bound is not complete');
  return it;
}

const all = process.argv.slice(2).flatMap(read);
const mutants: (string | number)[][] = [];
const bounds: (string | number)[][] = [];
for (const { title, strategy: { name } } of JUDGED) {
  const own = all.filter((it) => it.name === name);
  const [first] = own;
  if (first === undefined) throw new Error(`no document speaks of ${name}`);
  mutants.push([`\`${title}\``, ...[first.faults, first.mutants, first.caught, first.needInterrupt, first.equivalent, first.equivalentToBound, first.survived].map(number)]);
  for (const { exhaustive, rows } of own) {
    if (exhaustive === null) continue;
    for (const hooked of new Set(exhaustive.parts.map((it) => it.hooked))) {
      const of = (part: string): Part | undefined => exhaustive.parts.find((it) => it.hooked === hooked && it.part === part);
      const [plain, inner, around] = [of('plain'), of('interrupts'), of('switches')];
      const there = rows.filter((it) => it.inBound === true && it.caughtHooked === hooked).length;
      const left = rows.filter((it) => it.hooked.includes(hooked) && (it.outcome === 'equivalentToBound' || it.inBound === true)).length;
      const cells = (it: Part | undefined): string[] => (it === undefined ? ['-', '-'] : [number(it.enumerated), number(it.within)]);
      bounds.push([`\`${title}\``, exhaustive.bound.name, hooked, number(left), ...cells(plain), ...cells(inner), number(inner?.interrupts ?? 0), ...cells(around), number(around?.interrupts ?? 0),
        number(there)]);
    }
  }
}
writeSection('mutants', table(['strategy', 'faults', 'mutants', 'caught', 'by irq', 'equal', 'to bound', 'survived'], mutants), MUTANTS_DOCUMENT);
writeSection('bounds', table(['strategy', 'bound', 'hooked', 'mutants left', 'scenarios', 'within the claim', 'interrupted everywhere', 'within the claim', 'single interrupts for each mutant', 'preempted everywhere', 'within the claim', 'single switches for each mutant', 'caught there'], bounds), MUTANTS_DOCUMENT);
process.stdout.write('docs/mutants.md: mutants, bounds\n');
