// What the search for a witness leaves out: an event at an instruction that a region does not have any more. There the run is the one at the first such instruction.
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/notation.ts';
import { REGIONS } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const PROGRAM = 'A:M -> local F0\nF0:M patched';
const EVENTS = ['H:N -> local J\nJ:N patched\nirq 1 at 1 REGION+STEP runs H', 'switch 1 at 1 REGION+STEP to cpu 1', 'T:N -> local U\nU:N patched\ntask 2 runs T on cpu 0\nswitch 1 at 1 REGION+STEP'];

test.each(['livepatch-stack-early-release', 'shadow-stack-per-cpu', 'caller-slot', 'manual-restore'])('behind the end of a region no event of %s comes, and nothing changes', (name) => {
  const trials = new Trials([BUILT_IN.find((it) => it.name === name)!]);
  let come = 0, over = 0;
  for (const style of ['', '\nout-of-line']) {
    for (const event of EVENTS) {
      for (const region of REGIONS) {
        let last: string | undefined;
        for (let step = 0; step < 70; step++) {
          trials.load(parseScenario(`${PROGRAM}${style}\n${event.replace('REGION', region).replace('STEP', String(step))}`));
          if (!trials.applicable(0)) break;
          const { outcome, violations, instructions } = trials.run(0), { deliveries } = trials.engine;
          const told = JSON.stringify([outcome, violations, instructions], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
          if (last !== undefined) expect([deliveries, told], `${event} ${region}+${step}`).toEqual([0, last]);
          if (deliveries === 0) last = told;
          if (deliveries === 0) over++;
          else come++;
        }
        if (trials.applicable(0)) expect(last, `${event} ${region} ends`).toBeDefined();
      }
    }
  }
  expect(come).toBeGreaterThan(100);
  expect(over).toBeGreaterThan(100);
});
