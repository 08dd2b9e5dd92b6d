// The tables of docs/mutants.md and the reviewed reasons of docs/mutants.json say what is so. `npm run mutants` writes the tables anew.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { number } from '../scripts/evidence/document.ts';
import { JUDGED } from '../scripts/evidence/mutants.ts';
import { MUTANT_BOUNDS, partsOf } from '../src/campaign/mutant-bound.ts';
import { MutantCourt } from '../src/campaign/mutant-court.ts';
import { provesEqual } from '../src/campaign/mutant-proof.ts';
import { mutantsOf, stylesOf } from '../src/campaign/mutants.ts';
import type { Strategy } from '../src/contract/strategy.ts';
import type { HookingStyle } from '../src/kernel/core.ts';
import { parseReasons } from '../src/campaign/mutate-reasons.ts';
import { FEATURES } from '../src/scenario/features.ts';

const file = (name: string): string => readFileSync(resolve(import.meta.dirname, '../docs', name), 'utf8');
const DOCUMENT = file('mutants.md');
const REVIEWED = parseReasons(file('mutants.json'));

function rowsOf(name: string): string[][] {
  const [, text = ''] = new RegExp(`<!-- ${name}:begin -->\n(.*?)<!-- ${name}:end -->`, 's').exec(DOCUMENT) ?? [];
  return text.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.slice(2, -2).split(' | ').map((cell) => cell.replaceAll('`', '')));
}
const value = (cell: string | undefined): number => Number((cell ?? '').replaceAll(',', ''));

const mutants = JUDGED.map(({ strategy }) => mutantsOf(strategy));
const bounds = rowsOf('bounds');

/** Mutants with a reason that are judged in a style. */
function leftIn(strategy: Strategy, style: HookingStyle): number {
  const reasons = REVIEWED[strategy.name] ?? {};
  const at = JUDGED.findIndex((it) => it.strategy === strategy);
  return mutants[at]!.mutants.filter((it) => it.name in reasons && it.styles.includes(style)).length;
}

test('faults, mutants and proofs are those that there are; none survives, and whoever is left has a reason', () => {
  const rows = rowsOf('mutants');
  expect(rows.map(([title]) => title)).toEqual(JUDGED.map(({ title }) => title));
  JUDGED.forEach(({ strategy }, at) => {
    const { made, mutants: all } = mutants[at]!;
    const [, faults, count, caught, byInterrupt, equal, toBound, survived] = rows[at]!.map(value);
    const equalOnes = all.filter((it) => it.same || provesEqual(strategy, it.strategy));
    const proved = equalOnes.length;
    const reasons = Object.keys(REVIEWED[strategy.name] ?? {}).length;
    // Every reason speaks of a mutant that there is and that is not proved equal.
    const [there, equalNames] = [all, equalOnes].map((list) => new Set(list.map((it) => it.name)));
    for (const name of Object.keys(REVIEWED[strategy.name] ?? {})) expect([strategy.name, name, there!.has(name), equalNames!.has(name)]).toEqual([strategy.name, name, true, false]);
    expect([strategy.name, faults, count, equal, toBound, survived]).toEqual([strategy.name, made, all.length, proved, reasons, 0]);
    expect([caught, byInterrupt! <= caught!]).toEqual([all.length - proved - reasons, true]);
  });
  expect(Object.keys(REVIEWED).sort()).toEqual(
    ['klp-slot-word', 'livepatch-stack', 'livepatch-stack-unwound', 'mini-frame', 'return-stack', 'shadow-stack-parallel', 'shadow-stack-per-cpu', 'shadow-stack-r1-masked']);
  expect(JUDGED.map(({ strategy }) => strategy.name)).toEqual(expect.arrayContaining(Object.keys(REVIEWED)));
});

test('bounds have as many scenarios as they must have, and each strategy with somebody left has been run over one', () => {
  for (const [title, name, hooked, left, plain, within, inner, innerWithin, interrupts, around, aroundWithin, switches, caught] of bounds) {
    const { strategy } = JUDGED.find((it) => it.title === title)!;
    const parts = partsOf(MUTANT_BOUNDS.find((it) => it.name === name)!, strategy, true, hooked as HookingStyle);
    expect([title, name, plain, inner, around]).toEqual([title, name, ...parts.map((it) => number(it.expected))]);
    expect([title, value(left), caught]).toEqual([title, leftIn(strategy, hooked as HookingStyle), '0']);
    expect([value(within) > 0.5 * value(plain), value(innerWithin) > 0.5 * value(inner), value(interrupts) > 100 * value(innerWithin), value(switches) > 100 * value(aroundWithin)]).toEqual([true, true, true, true]);
  }
  const left = JUDGED.filter(({ strategy }) => REVIEWED[strategy.name] !== undefined).map(({ title }) => title);
  expect(left.filter((title) => !bounds.some((row) => row[0] === title && row[1] !== 'tiny'))).toEqual([]);
  // And in each style in which somebody is.
  for (const { title, strategy } of JUDGED) {
    const styles = stylesOf(strategy).filter((style) => leftIn(strategy, style) > 0);
    expect([title, [...new Set(bounds.filter((row) => row[0] === title).map((row) => row[2]))]]).toEqual([title, styles]);
  }
});

test('the bounds that the document lists are those that there are', () => {
  const listed = DOCUMENT.split('\n').flatMap((line) => {
    const [, name, plain, inner, around] = /^\| `(\w+)`[^|]*\| .*?([\d,]+) \| .*?([\d,]+) \| .*?([\d,]+) \|$/.exec(line) ?? [];
    return name === undefined || around === undefined ? [] : [[name, plain, inner, around]];
  });
  const { strategy } = JUDGED[0]!;
  expect(listed).toEqual(MUTANT_BOUNDS.map((it) => [it.name, ...partsOf(it, strategy, true).map((part) => number(part.expected))]));
});

/** What docs/mutants.md says was seen in whole bounds. Here each strategy, in each style, is in a part of those with interrupts and switches; all together are in all. */
const SLICES = 4;

test('mutants with a reason are not told from their original by a small bound, interrupts included', () => {
  let turn = 0;
  /** Slices of the parts with interrupts and with switches: each strategy, style and part takes one, the next one after the other. */
  const taken = Array.from({ length: SLICES }, () => 0);
  JUDGED.forEach(({ strategy }, at) => {
    const reasons = REVIEWED[strategy.name];
    if (reasons === undefined) return;
    const bound = MUTANT_BOUNDS[0];
    const some = mutants[at]!.mutants.filter((it) => it.name in reasons);
    expect(some).toHaveLength(Object.keys(reasons).length);
    const court = new MutantCourt({ original: strategy, mutants: some.map((it) => it.strategy), cases: [], seed: 1n, features: FEATURES, bound });
    for (const style of stylesOf(strategy)) {
      // With interrupts and switches, two of them, out of line one: some tenths of a second each.
      const all = some.flatMap((it, i) => (it.styles.includes(style) ? [i] : []));
      if (all.length === 0) continue;
      for (const { part, expected } of partsOf(bound, strategy, true, style)) {
        const alive = part === 'plain' ? all : all.slice(0, style === 'in-line' ? 2 : 1);
        const slice = turn++ % SLICES;
        if (part !== 'plain') taken[slice]!++;
        const [from, to] = part === 'plain' ? [0, expected] : [Math.floor(expected * slice / SLICES), Math.floor(expected * (slice + 1) / SLICES)];
        const { scenarios, trials, catches, open, witnesses, refuted, undecided } = court.execute({ kind: 'bound', style, part, from, to, alive });
        expect([strategy.name, style, scenarios, catches, open, witnesses, refuted, undecided]).toEqual([strategy.name, style, to - from, [], [], [], undefined, 0]);
        expect(trials).toBeGreaterThan(0.5 * (to - from));
      }
    }
  });
  expect(Math.min(...taken)).toBeGreaterThan(3);
});
