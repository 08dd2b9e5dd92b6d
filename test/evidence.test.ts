// The tables of docs/evidence.md say what is so: with the obligation or feature each token is broken, without it is not or cannot be. `npm run evidence`
// and `npm run minima` write them anew.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { removals } from '../scripts/evidence/elements.ts';
import { withSection } from '../scripts/evidence/document.ts';
import { hunt } from '../scripts/evidence/hunt.ts';
import { BAD, minima } from '../scripts/evidence/minima.ts';
import { minimaText } from '../scripts/evidence/minima-table.ts';
import { boundOf } from '../scripts/evidence/minima-bound.ts';
import { featuresBut, othersThan } from '../scripts/evidence/removal.ts';
import { scenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { scenarioAt } from '../src/arbitraries/seeded.ts';
import { Classified, assumptionsOf } from '../src/campaign/assumptions.ts';
import { decodeToken, placeMatches, shortHash } from '../src/case/token.ts';
import type { ObligationName } from '../src/contract/obligations.ts';
import { OBLIGATIONS } from '../src/contract/obligations.ts';
import { measureOf } from '../src/enumerate/measure.ts';
import type { Feature } from '../src/scenario/features.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { featuresOf } from '../src/scenario/features-of.ts';
import { parseScenario } from '../src/scenario/notation.ts';
import { Trials } from '../src/trial/trials.ts';
import { FAULTS, ONE_FEATURE, ONE_OBLIGATION, strategyOf } from './faults/index.ts';
import type { Fault } from './faults/index.ts';

const DOCUMENT = readFileSync(resolve(import.meta.dirname, '../docs/evidence.md'), 'utf8');
const SEED = 17n;

/** Cells of the rows of a section's first table, without their backticks. */
function rowsOf(name: string): string[][] {
  const [, text = ''] = new RegExp(`<!-- ${name}:begin -->\n(.*?)<!-- ${name}:end -->`, 's').exec(DOCUMENT) ?? [];
  return text.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.slice(2, -2).split(' | ').map((cell) => cell.replaceAll('`', '')));
}

const faultOf = (name: string): Fault => {
  const found = FAULTS.find((it) => it.name === name);
  if (found === undefined) throw new Error(`no fault is called ${name}`);
  return found;
};

/** The token's scenario is within the fault's claim, is no fault of the program, and shows what the token says. */
function recurs(fault: Fault, token: string): void {
  const { scenario, strategy, signature } = decodeToken(token);
  const accused = strategyOf(fault), trials = new Trials([accused]);
  expect(strategy, 'the fault was changed').toEqual({ kind: 'user', hash: shortHash(trials.strategyHash(0)) });
  expect(new Classified(scenario).outside(assumptionsOf(accused.claim))).toBe(0);
  trials.load(scenario);
  const violations = [...trials.run(0).violations];
  expect(violations.some((it) => it.obligation === signature?.obligation && it.edge === signature.edge && placeMatches(signature.place, it.place))).toBe(true);
  expect(signature?.obligation).toBe(fault.sees);
  expect(trials.isProgramFault()).toBe(false);
}

describe('without an obligation', () => {
  const rows = rowsOf('obligations');

  test('there is a row for each', () => {
    expect(rows.map(([name]) => name)).toEqual(OBLIGATIONS.map(({ name }) => name));
    expect(rows.map(([, fault]) => fault)).toEqual(ONE_OBLIGATION.map(({ name }) => name));
  });

  test.each(rows)('%s: %s goes unseen', (name, faultName, ...rest) => {
    const fault = faultOf(faultName!), token = rest.at(-1)!;
    expect(fault.sees).toBe(name);
    recurs(fault, token);
    const obligations = othersThan(name as ObligationName);
    const trials = new Trials([strategyOf(fault)], { obligations });
    trials.load(decodeToken(token).scenario);
    // Without `progress` it is not known that a run that stopped would have gone on.
    expect(trials.run(0).outcome).toBe(name === 'progress' ? 'undecided' : 'holds');
    const [less] = hunt({ strategies: [strategyOf(fault)], seed: SEED, runs: 300, obligations, skips: [fault.skips] });
    expect(less?.caught?.violations).toBeUndefined();
    expect(less?.trials).toBeGreaterThan(20);
  });
});

describe('without a feature', () => {
  const rows = rowsOf('features');

  test('there is a row for each', () => {
    expect(rows.map(([name]) => name)).toEqual([...FEATURES]);
    expect(rows.map(([, fault]) => fault)).toEqual(ONE_FEATURE.map(({ name }) => name));
  });

  test.each(rows)('%s: %s goes unseen', (name, faultName, ...rest) => {
    const fault = faultOf(faultName!), token = rest.at(-1)!;
    expect(ONE_FEATURE.find((it) => it.name === faultName)?.needs).toBe(name);
    recurs(fault, token);
    expect(featuresOf(decodeToken(token).scenario)).toContain(name);
    // None of the steps to something smaller leads to a scenario without the feature that shows it.
    const trials = new Trials([strategyOf(fault)]);
    const showing = removals(decodeToken(token).scenario).filter(({ scenario }) => {
      trials.load(scenario);
      return !featuresOf(scenario).has(name as Feature) && new Classified(scenario).outside(fault.assuming) === 0 && trials.applicable(0) && trials.run(0).outcome === 'violated';
    });
    expect(showing.map(({ what }) => what)).toEqual([]);
    const [less] = hunt({ strategies: [strategyOf(fault)], seed: SEED, runs: 300, features: featuresBut(name as Feature) });
    expect(less?.caught?.violations).toBeUndefined();
    expect(less?.trials).toBeGreaterThan(2);
  });
});

describe('known faults', () => {
  const rows = rowsOf('faults');
  const found = hunt({ strategies: rows.map(([name]) => strategyOf(faultOf(name!))), seed: 20160309n, runs: 2_000 });

  test('have names of their own, and most are common', () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
    expect(rows.length).toBeGreaterThan(FAULTS.length - 5);
  });

  test.each(rows.map(([name, about, base, assuming, broken, trials], index) => ({ name, about, base, assuming, broken, trials, index })))('$name', (row) => {
    const fault = faultOf(row.name!), { caught, trials } = found[row.index]!;
    const broken = caught?.violations.map((it) => it.obligation) ?? [];
    expect(broken).toContain(fault.sees);
    expect([row.about, row.base, row.assuming, row.broken, row.trials]).toEqual(
      [fault.about, fault.base, fault.assuming.join(', '), broken.join(', '), trials.toLocaleString('en-US')].map((it) => it.replaceAll('`', '')));
  });

  test('an edit that finds nothing to change is an error', () => {
    const fault = faultOf('stack-no-toc');
    expect(() => strategyOf({ ...fault, edits: [['livepatch_return', 'not there', '']] })).toThrow(/0 times in livepatch_return, expected once/);
    expect(() => strategyOf({ ...fault, edits: [['livepatch_return', 'ld ', '']] })).toThrow(/expected once/);
  });
});

describe('minima', () => {
  test.each(BAD.map(({ name }) => name))('nothing can be taken out of those of %s', (name) => {
    const found = [...minima(BAD.find((it) => it.name === name)!, 2_000, 2_003)];
    for (const it of found) expect([it.complete, it.structural, it.details], it.token).toEqual([true, [], []]);
    expect(rowsOf('minima').map(([first]) => first)).toContain(name);
  });

  test('everything around a call can be', () => {
    const text = ['A:M -> 1 local B', 'B:M patched -> 2 global C', 'C:N traced', 'H:K', 'irq 1 at 1 callee+0 runs H own-stack', 'emergency 1', 'irq 2 at 1 callee+4 runs H own-stack', 'softirq 2',
      'task 2 runs C on cpu 1', 'task 3 runs A', 'switch 1 at 1 callee+1 to cpu 1', "sleep B' to cpu 1 walked", 'second B first', 'off 2', 'transition 1 at 1 caller+0 enable 2',
      'transition 2 of task3 at 1 caller+0 disable 1 unload', 'graph B', 'kretprobe-first B', 'graph C', 'exit 1 of task2 at 0 callee+0 again same', 'out-of-line', 'tracing off at 1 caller+0 on cpu 1'];
    const scenario = parseScenario(text.join('\n'));
    expect(measureOf(scenario)).toMatchObject({ functions: 4, calls: 2, patches: 2, interrupts: 2, around: 11 });
    const all = removals(scenario).map(({ what, structural }) => `${what}${structural ? '' : ' (detail)'}`);
    expect(all.filter((what) => !/^(function|call|patch|interrupt) /.test(what))).toEqual([
      'tasks 0', 'tasks 0: cpu (detail)', 'tasks 1', 'switches 0', 'switches 0: cpu (detail)', 'sleepers 0', 'sleepers 0: walked (detail)', 'sleepers 0: cpu (detail)',
      'emergency 0 (detail)', 'soft 0 (detail)', 'second 0', 'second 0: body (detail)', 'off 0 (detail)', 'transitions 0', 'transitions 1', 'transitions 1: unload (detail)', 'hooks 1', 'hooks 1: kind (detail)', 'hooks 2',
      'exits 0', 'exits 0: again (detail)', 'outOfLine (detail)', 'tracing 0', 'tracing 0: cpu (detail)',
    ]);
  });

  test('of scenarios as they are drawn much can be', () => {
    const trials = new Trials([BAD[0]!]);
    let removable = 0;
    for (let run = 0; run < 20; run++) {
      const drawn = scenarioAt(scenarioArbitrary(), SEED, 0, run);
      removable += removals(drawn).filter(({ scenario }) => {
        trials.load(scenario);
        return trials.run(0).outcome === 'violated';
      }).length;
    }
    expect(removable).toBeGreaterThan(100);
  });

  test('larger than the smallest is counted, with and without a bound', () => {
    const [one, two] = minima(BAD[0]!, 0, 2);
    const measure = { ...one!.measure, functions: one!.measure.functions + 1 };
    expect(minimaText([one!, one!], 1)).toContain('| 0.0 % |');
    expect(minimaText([one!, { ...one!, measure }], 1)).toContain('| 50.0 % |');
    const [obligation, edge, place] = one!.signature.split(' ');
    const smaller = { obligation: obligation!, edge: edge!, place: place!, token: one!.token, ...one!.measure, functions: 1 };
    const bound = boundOf({ schema: 'tocsin/exhaust@1', complete: true, strategies: [{ name: BAD[0]!.name, signatures: [smaller] }] });
    expect(minimaText([one!], 1, bound)).toContain('| 100.0 % |');
    expect(minimaText([{ ...two!, structural: ['call 1'] }], 1)).toContain('in 1 of them');
    expect(() => boundOf({ schema: 'tocsin/exhaust@1', complete: false, strategies: [] })).toThrow(/complete/);
  });

  test('a section without its marks is an error', () => {
    expect(withSection('a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n', 'x', 'new')).toBe('a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n');
    for (const text of ['', '<!-- x:begin -->', '<!-- x:end --><!-- x:begin -->', '<!-- x:begin --><!-- x:end --><!-- x:end -->']) expect(() => withSection(text, 'x', '')).toThrow(RangeError);
  });
});
