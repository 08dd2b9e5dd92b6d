// Frames are reckoned twice: by scenario/graph.ts, which bounds the stack of a scenario that nobody has lowered, and by image/frames.ts.
import { expect, test } from 'vitest';
import { ScenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { versionName } from '../../src/image/symbols.ts';
import { COPY } from '../../src/image/program.ts';
import type { ProgramImage } from '../../src/image/program.ts';
import { frameBytes, graphOf } from '../../src/scenario/graph.ts';
import { printScenario } from '../../src/scenario/notation.ts';
import { LARGEST_FRAME } from '../../src/scenario/stack.ts';
import { lowering, space } from './built.ts';

/** Bytes that a version's `stdu r1,-N(r1)` takes; 0: there is none. */
function framesMade(program: ProgramImage, version: number): number {
  let made = 0;
  for (let word = program.versionLocal[version]!; word < program.versionEnd[version]!; word++) {
    // major opcode 62, extended 1, RS = RA = 1
    if ((space.words[word]! & 0xffff0003) >>> 0 === 0xf8210001) made += -(space.words[word]! << 16 >> 18 << 2);
  }
  return made;
}

test('the frame that a version makes is the one that the bound on the stack reckons with', () => {
  const arbitrary = new ScenarioArbitrary();
  const sizes = new Set<number>();
  for (let run = 0; run < 400; run++) {
    const scenario = scenarioAt(arbitrary, 20160309n, Math.floor(run / 500), run % 500);
    const graph = graphOf(scenario), program = lowering.lower(scenario, 0);
    for (let version = 0; version < program.versions; version++) {
      const made = framesMade(program, version);
      const index = program.versionFunction[version]!;
      // Where any version may run the largest counts; no other reckoning is made of the second patch's.
      const most = frameBytes(scenario, graph, index, 'any');
      if (made > most) expect.fail(`${versionName(program, version)}: ${made} bytes, at most ${most}\n${printScenario(scenario)}`);
      if (program.versionCopy[version] !== COPY.NONE) continue;
      const reckoned = frameBytes(scenario, graph, index, program.versionIsReplacement[version] === 1);
      if (made !== reckoned) expect.fail(`${versionName(program, version)}: ${made} bytes, reckoned ${reckoned}\n${printScenario(scenario)}`);
      sizes.add(made);
    }
  }
  expect(sizes.has(0)).toBe(true);
  expect(sizes.size).toBeGreaterThan(10);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(LARGEST_FRAME);
});
