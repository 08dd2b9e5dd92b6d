/**
 * Is an object's code judged as livepatch-stack is, scenario by scenario? `npm run object-verdicts -- FILE [RUNS] [SEED] [SYMBOLS] [STYLE]` prints how many verdicts are the
 * same and the scenarios in which they are not. STYLE in-line or out-of-line: all scenarios hook so. What must be the same is the outcome and, of each violation, obligation, kind of call and call.
 * Entries of another length than the model's may differ where something is anchored to their last instructions (ftrace-entry+50 and on): counted apart.
 */
import { readFileSync } from 'node:fs';
import { ScenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { scenarioAt } from '../src/arbitraries/seeded.ts';
import type { Verdict } from '../src/contract/verdict.ts';
import { inMemory } from '../src/object/bytes.ts';
import { liftObject } from '../src/object/object.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { printScenario } from '../src/scenario/notation.ts';
import { hookedIn } from '../src/scenario/world.ts';
import { livepatchStack } from '../src/strategies/livepatch-stack.ts';
import { Trials } from '../src/trial/trials.ts';

const SCENARIOS_OF_A_BLOCK = 500;
const SHOWN = 5;
const [file = '', runs = '20000', seed = '7', symbols = '', style = ''] = process.argv.slice(2);
const { strategy } = liftObject(inMemory(readFileSync(file)), { file, handler: livepatchStack, ...(symbols === '' ? {} : { symbols: symbols.split(',') }) });
const trials = new Trials([livepatchStack, strategy]);
const drawn = new ScenarioArbitrary({ features: FEATURES });
const words = ({ outcome, violations }: Verdict): string => [outcome, ...violations.map(({ obligation, edge, call }) => `${obligation} ${edge} ${call}`)].join('; ');
const seen = { same: 0, 'of them not holding': 0, 'not applicable': 0, different: 0, 'different, late in ftrace entry': 0 };
const different: string[] = [];
for (let i = 0; i < Number(runs); i++) {
  const [block, run] = [Math.floor(i / SCENARIOS_OF_A_BLOCK), i % SCENARIOS_OF_A_BLOCK];
  const asDrawn = scenarioAt(drawn, BigInt(seed), block, run);
  const scenario = style === 'in-line' || style === 'out-of-line' ? hookedIn(asDrawn, style) : asDrawn;
  trials.load(scenario);
  if (!trials.applicable(1)) {
    seen['not applicable']++;
    continue;
  }
  const [ours, theirs] = [words(trials.run(0)), words(trials.run(1))];
  if (ours === theirs) {
    seen.same++;
    if (ours !== 'holds') seen['of them not holding']++;
  } else if (/ftrace-entry\+(?:[5-9]\d|\d{3})/.test(printScenario(scenario))) seen['different, late in ftrace entry']++;
  else {
    seen.different++;
    if (different.length < SHOWN) different.push(`${seed}:${block}:${run}\n  livepatch-stack: ${ours}\n  ${strategy.name}: ${theirs}`);
  }
}
process.stdout.write(`${strategy.name} and livepatch-stack, seed ${seed}, ${runs} scenarios: ${Object.entries(seen).map(([what, n]) => `${n} ${what}`).join(', ')}\n${different.join('\n')}${different.length > 0 ? '\n' : ''}`);
process.exitCode = seen.different > 0 ? 1 : 0;
