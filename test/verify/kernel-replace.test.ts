// Tasks that slept on a booted kernel while a second patch took the first one's place (`klp_patch.replace`; recorded/kernel-replace.json, made by `npx jiti scripts/replace-runs.ts FOLDER`), against the model of today.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { compareSides } from '../../src/verify/kernel/compare.ts';
import { kernelRun, known, runsOf, sleptOf } from '../../src/verify/kernel/log.ts';
import { programOf } from '../../src/verify/kernel/modules.ts';
import { decodeRecords } from '../../src/verify/kernel/recording.ts';
import { SleepModel } from '../../src/verify/kernel/sleep-model.ts';
import { sleepCase } from '../../src/verify/kernel/sleep-plan.ts';
import { versionsOf } from '../../src/verify/kernel/versions.ts';
import { RECORDED_SLEEPERS } from './recorded/kernel-runs.ts';

const log = JSON.parse(readFileSync(new URL('./recorded/kernel-replace.json', import.meta.url), 'utf8')) as { readonly hook: readonly [string, string]; readonly records: readonly string[] };
const hook = [BigInt(`0x${log.hook[0]}`), BigInt(`0x${log.hook[1]}`)] as const, { runs, whole } = runsOf(decodeRecords(log.records));
const MERGED = BUILT_IN.findIndex(({ name }) => name === 'livepatch-stack');

/** Of each what the kernel said of the transition, and whether trace, transition and events are those of a model in which the second patch does `change`. */
const compared = (change: 'enable' | 'replace') => {
  const model = new SleepModel(BUILT_IN);
  return runs.map((logged) => {
    const { scenario, ours } = sleepCase(parseScenario(RECORDED_SLEEPERS[logged.number]!), MERGED, model, change)!, theirs = sleptOf(logged, hook)!;
    const difference = compareSides(ours, kernelRun(logged, scenario, versionsOf(scenario), 0, hook));
    return { transition: theirs.transition, same: difference === undefined && ours.transition === theirs.transition && known(ours.trace).join() === theirs.trace.join() };
  });
};

test('every trace, transition and event is the model\'s', () => {
  expect([runs.length, whole]).toEqual([RECORDED_SLEEPERS.length, true]);
  expect(compared('replace').map(({ same }) => same)).toEqual([true, true, true, true]);
});

test('a model in which the second patch lies on the first one is another one', () => {
  expect(compared('enable').filter(({ same }) => !same).length).toBeGreaterThan(0);
});

test('the second patch says that it replaces, where it does', () => {
  const glue = (change: 'enable' | 'replace'): string => programOf(RECORDED_SLEEPERS.map((it) => sleepCase(parseScenario(it), MERGED, new SleepModel(BUILT_IN), change)!.scenario), [undefined], true).modules.filter(({ name }) => name !== 'k').map(({ files }) => files[1]!.text).join('');
  expect(glue('replace').match(/\.replace = true/g)).toHaveLength(1);
  expect(glue('enable')).not.toContain('.replace');
});
