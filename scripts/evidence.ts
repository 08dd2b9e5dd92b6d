/**
 * Writes the tables of known faults and of removals into docs/evidence.md: `npm run evidence`. To be run when the judge, the generator, tokens or the faults
 * in test/faults have changed. It fails, and writes nothing, where a fault is not seen or where what is said to be needed is not.
 */
import { GENERATOR_VERSION } from '../src/arbitraries/seeded.ts';
import { OBLIGATIONS } from '../src/contract/obligations.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { FAULTS, ONE_FEATURE, ONE_OBLIGATION, strategyOf } from '../test/faults/index.ts';
import { number, table, writeSection } from './evidence/document.ts';
import { hunt } from './evidence/hunt.ts';
import { removed } from './evidence/removal.ts';
import type { Removed } from './evidence/removal.ts';

const SEED = 20160309n;
/** Scenarios: of each campaign with something taken away and of the one beside it; of the one after all faults. */
const [RUNS, RUNS_ALL] = [10_000, 2_000];

const code = (text: string): string => `\`${text}\``;
const line = ({ fault, full, less, finding }: Removed): (string | number)[] =>
  [code(fault.name), fault.about, code(fault.sees), `${number(full.shown)} of ${number(full.trials)}`, `0 of ${number(less.trials)}`, code(finding.token)];

function obligations(): string {
  const rows = removed(ONE_OBLIGATION, ({ sees }) => ({ obligation: sees }), SEED, RUNS);
  const missing = OBLIGATIONS.filter(({ name }) => !rows.some(({ fault }) => fault.sees === name));
  if (missing.length > 0) throw new Error(`no fault for ${missing.map(({ name }) => name).join(', ')}`);
  return `Seed ${SEED}, generator ${GENERATOR_VERSION}, ${number(RUNS)} scenarios with all features.\n\n${
    table(['without', 'unseen is', 'what it does', 'trials that show it', 'without', 'token'],
      rows.map((row) => { const [name, about, sees, ...rest] = line(row); return [sees!, name!, about!, ...rest]; }))}`;
}

function features(): string {
  const needs = new Map(ONE_FEATURE.map(({ name, needs: feature }) => [name, feature]));
  const rows = removed(ONE_FEATURE, ({ name }) => ({ feature: needs.get(name)! }), SEED, RUNS);
  const missing = FEATURES.filter((name) => ![...needs.values()].includes(name));
  if (missing.length > 0) throw new Error(`no fault for ${missing.join(', ')}`);
  return `Seed ${SEED}, generator ${GENERATOR_VERSION}, ${number(RUNS)} scenarios each.\n\n${
    table(['without', 'unseen is', 'what it does', 'seen by', 'trials that show it', 'without', 'token'],
      rows.map((row) => [code(needs.get(row.fault.name)!), ...line(row)]))}`;
}

function faults(): string {
  const found = hunt({ strategies: FAULTS.map(strategyOf), seed: SEED, runs: RUNS_ALL });
  const seen = FAULTS.flatMap((fault, index) => {
    const { caught, trials } = found[index]!;
    return caught === undefined ? [] : [[code(fault.name), fault.about, code(fault.base), fault.assuming.join(', '), caught.violations.map((it) => code(it.obligation)).join(', '), number(trials)]];
  });
  const rare = FAULTS.filter((_, index) => found[index]!.caught === undefined).map(({ name }) => code(name));
  return `Seed ${SEED}, generator ${GENERATOR_VERSION}, ${number(RUNS_ALL)} scenarios: ${seen.length} of ${FAULTS.length} faults are seen.${
    rare.length === 0 ? '' : ` Not in so few: ${rare.join(', ')}; the tables above say how rare they are.`}\n\n${table(['fault', 'what is wrong', 'in', 'looked for assuming', 'broken first', 'after so many trials'], seen)}`;
}

const texts = [['obligations', obligations()], ['features', features()], ['faults', faults()]] as const;
for (const [name, text] of texts) writeSection(name, text);
process.stdout.write('docs/evidence.md: obligations, features, faults\n');
