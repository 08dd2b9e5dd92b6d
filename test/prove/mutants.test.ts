// Proofs against runs (docs/proof.md): of no one-step fault of a strategy does the prover say, in any set at the border of the strategy's envelope, that it holds where a scenario of that set shows that it does not.
import { expect, test } from 'vitest';
import { mutantsOf } from '../../src/campaign/mutants.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { elementNames } from '../../src/prove/envelope.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { borderSets, confront, poolOf } from './mutant-sets.ts';

/** Every so many-th mutant of a strategy. `PROVE_MUTANTS=1`: all of all strategies, but for one of which they are very many; else of some. */
const WHOLE = process.env['PROVE_MUTANTS'];
const STRIDES: Readonly<Record<string, number>> = WHOLE === undefined ? { 'livepatch-stack': 31, 'mini-frame': 41, 'manual-restore': 13, 'shadow-stack-parallel': 31 } : { 'odd-toc': 12 };
const strideOf = ({ name }: Strategy): number => Number(WHOLE ?? 1) * (STRIDES[name] ?? 1);
const DRAWS = WHOLE === undefined ? 60 : 150;

test.each(BUILT_IN.filter(({ name }) => WHOLE !== undefined || STRIDES[name] !== undefined).map((it) => [it]))('$name', async (strategy) => {
  const before = process.cpuUsage().user, sets = await borderSets(strategy), pool = poolOf(sets, DRAWS);
  const mutants = mutantsOf(strategy).mutants.filter(({ same }) => !same).filter((_, i) => i % strideOf(strategy) === 0);
  const { counts, proved, wrong } = confront(mutants, pool);
  if (WHOLE !== undefined) console.log(strategy.name, JSON.stringify({ sets: sets.length, scenarios: pool.tried.length, ...counts, proved, seconds: Math.round((process.cpuUsage().user - before) / 1e6), wrong }));
  expect(wrong).toEqual([]);
  // In each set there was something to run, and wherever interrupts or switches are, one at every instruction.
  sets.forEach((set, i) => { expect([elementNames(set), pool.within[i]! > 20, pool.landing[i]! > 0]).toEqual([elementNames(set), true, elementNames(set).some((it) => it === 'interrupt' || it === 'preempt')]); });
  expect([counts.held > 0, counts.idle, counts.landings > 1000 * counts.held]).toEqual([true, 0, true]);
  expect(counts.held).toBeLessThan(counts.mutants);
}, 3_600_000);
