/**
 * Is an object's code judged as livepatch-stack is, scenario by scenario? `npm run object-verdicts -- FILE [RUNS] [SEED] [SYMBOLS] [STYLE]` prints how many verdicts are the
 * same and the scenarios in which they are not. STYLE in-line or out-of-line: all scenarios hook so. What must be the same is the outcome and, of each violation, obligation, kind of call and call.
 * Entries of another length than the model's may differ where something is anchored to their last instructions (ftrace-entry+50 and on): counted apart. Where tracing
 * is switched off or on between the instructions at which the two read the flag, each is right by itself: then the object's run is made again with the switch as far from
 * its own read as it was from the model's, and what is the same so is counted apart as well.
 */
import { readFileSync } from 'node:fs';
import { ScenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { scenarioAt } from '../src/arbitraries/seeded.ts';
import type { Verdict } from '../src/contract/verdict.ts';
import { inMemory } from '../src/object/bytes.ts';
import { liftObject } from '../src/object/object.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { FTRACE_ENTRY_OUT_OF_LINE } from '../src/kernel/ftrace-out-of-line.ts';
import { FTRACE_ENTRY } from '../src/kernel/ftrace.ts';
import { parseScenario, printScenario } from '../src/scenario/notation.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
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
/** At which instruction of an entry the flag of tracing is read. */
const readsFlag = (entry: string): number => entry.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '' && !line.endsWith(':')).findIndex((line) => line.includes('PACA_FTRACE_ENABLED'));
const later = readsFlag(style === 'out-of-line' ? strategy.code.ftrace_entry_ool ?? '' : strategy.code.ftrace_entry ?? '') - readsFlag(style === 'out-of-line' ? FTRACE_ENTRY_OUT_OF_LINE : FTRACE_ENTRY);
/** The scenario with each switch of tracing in an ftrace entry as far from the object's read of the flag as it was from the model's. */
const switchedLater = (scenario: Scenario): Scenario =>
  parseScenario(printScenario(scenario).replace(/^(tracing .* ftrace-entry\+)(\d+)/gm, (_, before: string, at: string) => `${before}${Math.max(0, Number(at) + later)}`));
function theirsSwitchedLater(scenario: Scenario): string {
  trials.load(switchedLater(scenario));
  return words(trials.run(1));
}
const seen = { same: 0, 'of them not holding': 0, 'not applicable': 0, different: 0, 'different, late in ftrace entry': 0, 'same, with tracing switched at the same distance from the read of its flag': 0 };
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
  else if (ours === theirsSwitchedLater(scenario)) seen['same, with tracing switched at the same distance from the read of its flag']++;
  else {
    seen.different++;
    if (different.length < SHOWN) different.push(`${seed}:${block}:${run}\n  livepatch-stack: ${ours}\n  ${strategy.name}: ${theirs}`);
  }
}
process.stdout.write(`${strategy.name} and livepatch-stack, seed ${seed}, ${runs} scenarios: ${Object.entries(seen).map(([what, n]) => `${n} ${what}`).join(', ')}\n${different.join('\n')}${different.length > 0 ? '\n' : ''}`);
process.exitCode = seen.different > 0 ? 1 : 0;
