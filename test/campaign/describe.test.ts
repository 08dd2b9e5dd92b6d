// What a campaign is made of is asked for once, and late: the model's hash takes the longer the less code is compiled. A checkpoint needs it at once.
import { expect, test } from 'vitest';
import { fuzz } from '../../src/campaign/fuzz.ts';
import type { FuzzHooks } from '../../src/campaign/fuzz.ts';
import { planFuzz } from '../../src/campaign/plan.ts';
import type { Executor } from '../../src/campaign/task.ts';
import { inProcess, openWorkshop } from '../../src/campaign/workshop.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

async function asked(hooks: FuzzHooks): Promise<string[]> {
  const plan = planFuzz({ strategies: BUILT_IN.slice(0, 1), seed: 7n, runs: 20 });
  const executor = inProcess(openWorkshop(plan.setup));
  const kinds: string[] = [];
  const logged: Executor = { ...executor, run: (task, ...more) => {
    kinds.push(task.kind);
    return executor.run(task, ...more);
  } };
  const { report } = await fuzz(plan, logged, hooks);
  expect(report.modelHash).toMatch(/^[0-9a-f]{16}$/);
  return kinds;
}

test('last without a checkpoint, first with one, never twice', async () => {
  const late = await asked({});
  expect([late.indexOf('describe'), late.filter((kind) => kind === 'describe').length]).toEqual([late.length - 1, 1]);
  const early = await asked({ checkpoint: () => undefined });
  expect([early.indexOf('describe'), early.filter((kind) => kind === 'describe').length]).toEqual([0, 1]);
});
