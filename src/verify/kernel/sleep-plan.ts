/** Scenarios in which one function sleeps while a second patch is enabled: generated call graphs, with a sleeper and a second patch put into them. */
import type { Scenario } from '../../scenario/scenario.ts';
import { validateScenario } from '../../scenario/validate.ts';
import { ScenarioError } from '../../scenario/error.ts';
import type { EventFacts } from './model-side.ts';
import type { SleepCase } from './sleep-case.ts';
import type { SleepModel } from './sleep-model.ts';
import { versionsOf } from './versions.ts';

/** Functions of the second patch at most. */
const SECOND = 2;

/**
 * What can be made of a scenario: in it some function that is called once sleeps (its replacement, where it has one), the transition of a second patch begins right before it does, and the patch changes the function that waits for it, and perhaps another
 * one. Undefined: nothing that both sides could agree about. `change`: what the second patch does.
 */
export function sleepCase(scenario: Scenario, number: number, model: SleepModel, change: 'enable' | 'replace' = 'enable'): SleepCase | undefined {
  const plain = model.sleepRun(scenario, number), versions = versionsOf(scenario);
  if (plain.end !== 'end') return undefined;
  // The deepest first: most may be waiting for it.
  const depth = ({ facts }: EventFacts): number => Number(/\d+/.exec(facts[0]!.value)?.[0] ?? 0);
  for (const made of plain.events.filter(({ mark }) => mark === 'call').sort((a, b) => depth(b) - depth(a))) {
    const call = versions[made.version]!.body.calls[made.at]!;
    const called = plain.events.filter((it) => (it.mark === 'call' || it.mark === 'sibling') && versions[it.version]!.body.calls[it.at]!.callee === call.callee);
    const callee = scenario.functions.find(({ id }) => id === call.callee);
    if (called.length !== 1 || callee === undefined) continue;
    const replacement = callee.replacement !== undefined, sleeper = replacement ? callee.replacement : callee, body = sleeper.body === 'same' ? callee.body : sleeper.body;
    // It needs a frame, and in vmlinux it would call `schedule` locally.
    if (sleeper.entry !== 'dual' || body.zone || (!replacement && callee.module === 'K')) continue;
    const waiting = versions[made.version]!.fn, others = scenario.functions.filter((fn) => fn.id !== callee.id && fn.module !== 'P' && fn.id !== waiting.id && fn.body.calls.length > 0).reverse();
    // In half of them nothing changes but who waits for the sleeper.
    const second = [waiting, ...others].filter((fn) => fn.module !== 'P').slice(0, scenario.functions.length % 2 === 0 ? 1 : SECOND);
    if (second.length === 0) continue;
    try {
      const whole = validateScenario({
        ...scenario,
        world: {
          ...(scenario.world?.outOfLine === true ? { outOfLine: true } : {}), tasks: [], switches: [], sleepers: [{ function: callee.id, replacement, cpu: 0, walked: true }], second: second.map(({ id }) => ({ function: id, body: 'same' })), off: [2],
          transitions: [{ id: 1, at: { context: 'task', call: call.id, occurrence: 1, region: 'callee', step: 0 }, change, patch: 2 }],
        },
      });
      const ours = model.sleepRun(whole, number);
      if (ours.sleeps === 1 && ours.transition !== undefined && (ours.end === 'end' || ours.end === 'astray')) return { drawn: scenario, scenario: whole, ours };
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
    }
  }
  return undefined;
}
