/** Premises by their short ways say what they say by the long one. */
import { expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { isSibling } from '../../src/scenario/call-kinds.ts';
import { deepest, graphOf, waysToRun } from '../../src/scenario/graph.ts';
import { HOOK_ENTRY_BYTES, RETURN_STACK_ENTRIES, STACK_ROOM, hasBoundedHookDepth, hasStackRoom, siblingChain } from '../../src/scenario/premises.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { stackNeed } from '../../src/scenario/stack.ts';
import { isPatched, secondOf, taskStarts } from '../../src/scenario/world.ts';

function chainByHand(scenario: Scenario): number {
  const graph = graphOf(scenario), patched = waysToRun(scenario).at(-1)!;
  const cost = (i: number): number => (isPatched(scenario.functions[i]!, secondOf(scenario)) ? 1 : 0);
  return Math.max(...scenario.functions.map((_, i) => deepest(scenario, graph, patched, i, cost, ({ kind }) => isSibling(kind))));
}

function depthByHand(scenario: Scenario): number {
  const graph = graphOf(scenario), patched = waysToRun(scenario).at(-1)!;
  const from = (id: number): number => deepest(scenario, graph, patched, graph.index.get(id)!, (i) => (isPatched(scenario.functions[i]!, secondOf(scenario)) ? 1 : 0));
  return Math.max(...taskStarts(scenario).map(from)) + scenario.interrupts.reduce((sum, { handler }) => sum + from(handler), 0);
}

test('stack room, sibling chains and hook depth of generated scenarios', () => {
  const arbitrary = scenarioArbitrary();
  const seen = { room: 0, noRoom: 0, chain: 0, deep: 0 };
  for (let run = 0; run < 6_000; run += 1) {
    const scenario = scenarioAt(arbitrary, 71n, Math.floor(run / 500), run % 500);
    const room = stackNeed(scenario, graphOf(scenario), HOOK_ENTRY_BYTES) <= STACK_ROOM, chain = chainByHand(scenario), depth = depthByHand(scenario);
    expect(hasStackRoom(scenario)).toBe(room);
    expect(siblingChain(scenario)).toBe(chain);
    expect(hasBoundedHookDepth(scenario)).toBe(depth <= RETURN_STACK_ENTRIES);
    seen.room += Number(room);
    seen.noRoom += Number(!room);
    seen.chain += Number(chain > 1);
    seen.deep += Number(depth > RETURN_STACK_ENTRIES);
  }
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(5);
});
