// What is true of every strategy that claims to hold, read off recordings without the judge: how replacements are entered, where hooks return to,
// where they write, and that they leave nothing behind. Hooks that do otherwise are planted, and found in the same way.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { labelsOf } from '../src/contract/scan.ts';
import { parseStrategyText } from '../src/contract/strategy-text.ts';
import type { Strategy } from '../src/contract/strategy.ts';
import type { Outcome } from '../src/contract/verdict.ts';
import { placeState } from '../src/contract/state.ts';
import { FIXED, PACAS, TASK_STACKS, THREAD_INFOS } from '../src/image/pages.ts';
import { PAGE_BYTES, THREAD_INFO } from '../src/kernel/layout.ts';
import { printScenario } from '../src/scenario/notation.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { shadowStackPerCpu } from '../src/strategies/shadow-stack-per-cpu.ts';
import { Trials } from '../src/trial/trials.ts';
import { taskChange } from '../src/report/recording.ts';
import type { TraceStep } from '../src/trial/record.ts';
import { scenarios } from './programs.ts';

const ARGUMENTS = [3, 4, 5, 6, 7, 8, 9, 10] as const;

/** A hooked call on its way. */
interface Hooked {
  readonly r1: bigint;
  readonly link: bigint;
  readonly target: bigint;
  readonly args: readonly bigint[];
  entered: boolean;
}

/** What belongs to a task. */
class TaskState {
  readonly pending: Hooked[] = [];
  readonly info: bigint;
  readonly stack: bigint;
  readonly livepatchSp: bigint;
  /** The livepatch stack begins above the magic doubleword. */
  readonly livepatchBase: bigint;
  pointer: bigint;

  constructor(index: number) {
    this.info = FIXED[THREAD_INFOS[index]!]!;
    this.stack = FIXED[TASK_STACKS[index]!]!;
    this.livepatchSp = this.info + BigInt(THREAD_INFO.TI_livepatch_sp);
    this.livepatchBase = this.pointer = this.stack + 8n;
  }
}

/** Follows a recording, task by task; `wrong` says what did not conform. */
class Follower {
  readonly wrong: string[] = [];
  hooked = 0;
  readonly #strategy: Strategy;
  readonly #scenario: Scenario;
  readonly #labels: ReadonlySet<string>;
  readonly #registers = new Map<string, bigint>();
  readonly #tasks = THREAD_INFOS.map((_, index) => new TaskState(index));
  #running = this.#tasks[0]!;
  #cpu = 0;
  /** Changes to another task or CPU. */
  changes = 0;

  constructor(strategy: Strategy, scenario: Scenario) {
    this.#strategy = strategy;
    this.#scenario = scenario;
    this.#labels = new Set((['livepatch_handler', 'livepatch_handler_ool', 'livepatch_return'] as const)
      .flatMap((point) => labelsOf(strategy.code[point] ?? `${point}:`, '')));
  }

  #register(name: string): bigint {
    return this.#registers.get(name) ?? 0n;
  }

  step(step: TraceStep): void {
    // What an interrupt's delivery changes counts to the first instruction of its entry, which reads none of it.
    for (const { name, before } of step.registers) this.#registers.set(name, before);
    this.#at(step);
    const change = taskChange(step);
    if (change !== undefined) {
      this.changes++;
      this.#running = this.#tasks[change.to - 1]!;
      this.#cpu = change.cpu;
    }
    for (const { name, after } of step.registers) this.#registers.set(name, after);
  }

  #at({ address, symbol, memory, index }: TraceStep): void {
    const { pending } = this.#running;
    const say = (what: string): void => {
      this.wrong.push(`${index} ${symbol}: ${what}`);
    };
    for (let top = pending.at(-1); top !== undefined && top.entered && top.link === address && top.r1 === this.#register('r1'); top = pending.at(-1)) pending.pop();
    const inLine = symbol === 'livepatch_handler';
    if (inLine || symbol === 'livepatch_handler_ool') {
      this.hooked++;
      pending.push({ r1: this.#register('r1'), link: this.#register(inLine ? 'lr' : 'r0'), target: this.#register(inLine ? 'ctr' : 'lr'), args: ARGUMENTS.map((n) => this.#register(`r${n}`)), entered: false });
    }
    const newest = pending.at(-1);
    const replacement = /^f(\d+)'/.exec(symbol);
    if (replacement !== null && newest !== undefined && !newest.entered) {
      newest.entered = true;
      if (address !== newest.target) say('the replacement is not entered where the callback wants it');
      const fn = this.#scenario.functions.find(({ id }) => id === Number(replacement[1]));
      if (fn?.replacement?.entry === 'dual' && this.#register('r12') !== address) say(`r12 is 0x${this.#register('r12').toString(16)} at its global entry`);
      ARGUMENTS.forEach((n, i) => {
        if (this.#register(`r${n}`) !== newest.args[i]) say(`r${n} is not what it was`);
      });
    }
    for (const { address: to, bytes, after } of memory) {
      if (to === this.#running.livepatchSp) this.#running.pointer = after;
      if (newest !== undefined && this.#labels.has(symbol.replace(/\+.*$/, '')) && !this.#mayWrite(newest.r1, to, bytes)) {
        say(`writes ${bytes} bytes to 0x${to.toString(16)}, r1 of the call is 0x${newest.r1.toString(16)}`);
      }
    }
  }

  #mayWrite(r1: bigint, to: bigint, bytes: number): boolean {
    const { areas = [], state = [], published } = this.#strategy;
    const { info, stack, livepatchSp, pointer } = this.#running;
    const ranges: (readonly [bigint, bigint])[] = [
      [r1 + 8n, r1 + 12n], [r1 + 16n, r1 + 24n],
      [r1 & -BigInt(PAGE_BYTES), r1],
      ...areas.map(({ offset, bytes: size }) => [r1 + BigInt(offset), r1 + BigInt(offset + size)] as const),
      ...placeState(state).map(({ owner, offset, bytes: size }) => {
        const from = (owner === 'frame' ? r1 : owner === 'task' ? info : FIXED[PACAS[this.#cpu]!]!) + BigInt(offset);
        return [from, from + BigInt(size)] as const;
      }),
      ...(published === 'TI_livepatch_sp' ? [[livepatchSp, livepatchSp + 8n] as const, [stack, pointer] as const] : []),
    ];
    return ranges.some(([from, end]) => to >= from && to + BigInt(bytes) <= end);
  }

  end(outcome: Outcome): void {
    if (outcome !== 'holds') this.wrong.push(`the task is not done: ${outcome}`);
    for (const [index, { pending, pointer, livepatchBase }] of this.#tasks.entries()) {
      if (pending.length > 0) this.wrong.push(`${pending.length} hooked calls of task ${index + 1} never returned to LR with their r1`);
      if (pointer !== livepatchBase) this.wrong.push(`livepatch_sp of task ${index + 1} ends at 0x${pointer.toString(16)}`);
    }
  }
}

interface Conformance {
  readonly hooked: number;
  /** Changes of task or CPU on the way. */
  readonly changes: number;
  /** The first scenario with what did not conform, if any. */
  readonly wrong: string | undefined;
}

function conformance(strategy: Strategy, count: number): Conformance {
  // Nobody is judged, so that runs go on to where they end.
  const trials = new Trials([strategy], { obligations: [], budget: 100_000 });
  let hooked = 0, changes = 0;
  // What a task that ends early has pending returns nowhere.
  for (const scenario of scenarios(count, [...(strategy.claim.kind === 'holds' ? strategy.claim.assuming : []), 'no-exit'])) {
    trials.load(scenario);
    if (!trials.applicable(0)) continue;
    const follower = new Follower(strategy, scenario);
    const { outcome } = trials.record(0, (step) => follower.step(step));
    follower.end(outcome);
    hooked += follower.hooked;
    changes += follower.changes;
    if (follower.wrong.length > 0) return { hooked, changes, wrong: `${follower.wrong.slice(0, 5).join('\n')}\n${printScenario(scenario)}` };
  }
  return { hooked, changes, wrong: undefined };
}

const slotWord = readFileSync(new URL('../examples/klp-slot-word.s', import.meta.url), 'utf8');
/** A stack in state of its own, away from the kernel's. */
const OWN_ARRAY = `# tocsin: claim holds assuming no-stub-sibling, no-recursive
# tocsin: state used task 8
# tocsin: state entries task 512
# tocsin: push own_push
# tocsin: pop own_pop
livepatch_handler:
        ld      r12, PACACURRENT(r13)
        ld      r11, used(r12)
        addi    r11, r11, 16
        std     r11, used(r12)
        add     r11, r11, r12
        std     r2, entries-16(r11)
        mflr    r0
        std     r0, entries-8(r11)
        mfctr   r12
own_push:
        bctrl
        ld      r12, PACACURRENT(r13)
        ld      r11, used(r12)
        add     r11, r11, r12
        ld      r2, entries-16(r11)
        ld      r0, entries-8(r11)
        mtlr    r0
own_pop:
        ld      r11, used(r12)
        addi    r11, r11, -16
        std     r11, used(r12)
        blr
`;

describe('every strategy that claims to hold conforms', () => {
  const strategies = [
    ...BUILT_IN.filter(({ claim }) => claim.kind === 'holds'),
    parseStrategyText(slotWord, 'klp-slot-word.s'), parseStrategyText(OWN_ARRAY, 'own-array.s'),
  ];
  test.each(strategies.map((strategy) => [strategy.name, strategy] as const))('%s', (_, strategy) => {
    const { hooked, changes, wrong } = conformance(strategy, 40);
    expect(wrong).toBeUndefined();
    expect(hooked).toBeGreaterThan(50);
    expect(changes).toBeGreaterThan(3);
  });
});

/** The example with one thing changed, once. */
function changed(from: string, to: string): Strategy {
  if (!slotWord.includes(from)) throw new Error(`the example has no ${from}`);
  return parseStrategyText(slotWord.replace(from, to), 'changed.s');
}

test.each([
  ['an entry without its address in r12', changed('mfctr   r12\n', 'mfctr   r12\n        addi    r12, r12, 16\n'), /r12 is 0x\w+ at its global entry/],
  ['a spoilt argument', changed('mfctr   r12\n', 'mfctr   r12\n        li      r9, 1\n'), /r9 is not what it was/],
  ['a store into an area that is not declared', changed('# tocsin: area caller 24 8\n', ''), /writes 8 bytes/],
  ['a store into the task that is not declared', changed('mfctr   r12\n', 'ld      r12, PACACURRENT(r13)\n        std     r0, TI_stack(r12)\n        mfctr   r12\n'), /writes 8 bytes/],
  ['a pointer that is not put back', changed('std     r11, TI_livepatch_sp(r12)\n        blr', 'blr'), /livepatch_sp of task 1 ends at/],
  ['a stack of the CPU that tasks share', { ...shadowStackPerCpu, claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-migration'] } }, /hooked calls of task \d never returned/],
  ['a return past the caller', changed('mtlr    r12', 'addi    r12, r12, 4\n        mtlr    r12'), /never returned/],
] as const)('%s does not conform', (_, strategy: Strategy, what) => {
  expect(conformance(strategy, 100).wrong).toMatch(what);
});
