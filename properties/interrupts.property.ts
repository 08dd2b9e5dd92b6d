// An interrupt leaves no trace: what the task does, instruction by instruction with every register and store, is the same with interrupts as
// without, wherever they land and although their handlers call patched functions. Unpatched, and patched under livepatch-stack. The order of
// livepatch-stack that is known to be wrong is seen in the same way.
import { expect, test } from 'vitest';
import { diceAt } from '../src/arbitraries/seeded.ts';
import type { Strategy } from '../src/contract/strategy.ts';
import { mapFunctions } from '../src/scenario/edit.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { parseScenario, printScenario } from '../src/scenario/notation.ts';
import { hasStackRoom } from '../src/scenario/premises.ts';
import { BOUNDS, REGIONS } from '../src/scenario/scenario.ts';
import type { Anchor, Interrupt, Scenario } from '../src/scenario/scenario.ts';
import { isValid } from '../src/scenario/validate.ts';
import { madeCalls } from '../src/scenario/versions.ts';
import { livepatchStackLatePublish } from '../src/strategies/livepatch-stack-late-publish.ts';
import { livepatchStack } from '../src/strategies/livepatch-stack.ts';
import { Trials } from '../src/trial/trials.ts';
import { SEED, scenarios } from './programs.ts';

const QUIET = FEATURES.filter((feature) => !['interrupt', 'interrupt-nested', 'irq-stack', 'stub-sibling'].includes(feature));
const HANDLER = 1000;

/** Two handlers, one to interrupt the other, that call patched functions of N and of M; call ids from 1001. */
const handlers = parseScenario(`f0:M
f1000:N saves 3 -> 1001 local f1001
f1001:N args 2 patched -> 1002 global f1003
f1002:M -> 1003 local f1003
f1003:M patched saves 1
irq 1 at 0 callee+0 runs f1000
irq 2 in 1 at 0 callee+0 runs f1002`).functions.filter(({ id }) => id >= HANDLER);

type Dice = (below: number) => number;

/** Two interrupts at random anchors: one in the task, and one in the task or in the first one's handler. */
function anchored(program: Scenario, patched: boolean, dice: Dice): Interrupt[] {
  const calls = [0, ...program.functions.flatMap((fn) => (fn.id >= HANDLER ? [] : madeCalls(fn, patched).map(({ id }) => id)))];
  const regions = patched ? REGIONS : REGIONS.filter((region) => !['ftrace-entry', 'hook-entry', 'hook-return'].includes(region));
  const at = (context: Anchor['context'], of: readonly number[]): Anchor => ({
    context, call: of[dice(of.length)]!, occurrence: 1 + (dice(8) === 0 ? 1 : 0), region: regions[dice(regions.length)]!, step: dice(9),
  });
  return [
    { id: 1, at: at('task', calls), handler: HANDLER, ownStack: dice(3) === 0 },
    { id: 2, at: dice(2) === 0 ? at('task', calls) : at(1, [0, 1001, 1002]), handler: HANDLER + 2, ownStack: dice(3) === 0 },
  ];
}

interface Followed {
  /** One line for each instruction that the task executed. */
  readonly task: readonly string[];
  readonly delivered: number;
  /** Symbols of the instructions before which interrupts came, in the task. */
  readonly places: readonly string[];
}

function follow(trials: Trials, scenario: Scenario): Followed {
  const task: string[] = [], places: string[] = [];
  let depth = 0, delivered = 0;
  trials.load(scenario);
  trials.record(0, ({ address, symbol, registers, memory }) => {
    if (symbol === 'interrupt_entry') {
      delivered++;
      depth++;
    }
    if (depth === 0) {
      if (places.length > 0 && places.at(-1) === '') places[places.length - 1] = symbol;
      task.push(`${address} ${registers.map(({ name, after }) => `${name}=${after}`).join(' ')} ${memory.map((it) => `${it.address}/${it.bytes}=${it.after}`).join(' ')}`);
    }
    if (symbol === 'interrupt_exit' && --depth === 0) places.push('');
  });
  return { task, delivered, places };
}

interface Compared {
  delivered: number;
  readonly places: string[];
  /** The first program whose task ran differently. */
  different: string | undefined;
}

function compare(strategy: Strategy, patched: boolean, count: number): Compared {
  // No judge: it would end a run at what it finds.
  const trials = new Trials([strategy], { obligations: [], budget: 100_000 });
  const found: Compared = { delivered: 0, places: [], different: undefined };
  let block = 0;
  for (const drawn of scenarios(count, ['stack-room'], QUIET)) {
    const random = diceAt(SEED, ++block, patched ? 1 : 0);
    const program = { ...drawn, functions: [...drawn.functions, ...handlers] };
    const interrupts = anchored(program, patched, (below) => random.nextInt(0, below - 1));
    const busy = stripped({ ...program, interrupts }, patched);
    // The same text, and interrupts that are never due.
    const quiet = stripped({ ...program, interrupts: interrupts.map((it) => ({ ...it, at: { ...it.at, occurrence: BOUNDS.occurrence } })) }, patched);
    // With the handlers there may be no room any more.
    if (!isValid(busy) || !isValid(quiet) || !hasStackRoom(busy)) continue;
    const with_ = follow(trials, busy), without = follow(trials, quiet);
    if (without.delivered > 0) continue;
    found.delivered += with_.delivered;
    found.places.push(...with_.places);
    if (with_.task.length === without.task.length && with_.task.every((line, i) => line === without.task[i])) continue;
    const at = with_.task.findIndex((line, i) => line !== without.task[i]);
    found.different = `step ${at}: ${with_.task[at] ?? 'the end'}, not ${without.task[at] ?? 'the end'}\n${printScenario(busy)}`;
    return found;
  }
  return found;
}

const stripped = (scenario: Scenario, patched: boolean): Scenario => (patched ? scenario : mapFunctions(scenario, (fn) => {
  const { replacement: _, ...rest } = fn;
  return rest;
}));

test('unpatched', () => {
  const { delivered, places, different } = compare(livepatchStack, false, 80);
  expect(different).toBeUndefined();
  expect(delivered).toBeGreaterThan(20);
  expect(places.some((place) => place.startsWith('livepatch_'))).toBe(false);
});

test('patched under livepatch-stack', () => {
  const { delivered, places, different } = compare(livepatchStack, true, 120);
  expect(different).toBeUndefined();
  expect(delivered).toBeGreaterThan(60);
  for (const place of [/^livepatch_handler/, /^livepatch_(return|marker|pop)/, /^ftrace_/, /^f\d+\+/, /^f\d+'/]) {
    expect(places.filter((it) => place.test(it)).length, String(place)).toBeGreaterThan(0);
  }
});

test('in the wrong order it shows', () => {
  expect(compare(livepatchStackLatePublish, true, 120).different).toMatch(/^step \d+/);
});
