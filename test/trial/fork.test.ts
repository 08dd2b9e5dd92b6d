// An interrupt at every boundary by forking says what running to each boundary from the beginning says; anchors name the boundaries they land at.
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { WITNESSES } from '../../src/contract/witnesses.ts';
import { handlersOf, turnsOf } from '../../src/campaign/exhaust-slice.ts';
import { wholeBound } from '../../src/enumerate/bound.ts';
import { Cursor } from '../../src/enumerate/cursor.ts';
import { PAGE } from '../../src/image/pages.ts';
import { PAGE_WORDS } from '../../src/image/space.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Anchor, Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { WITNESS } from '../../src/trial/counts.ts';
import { Fork } from '../../src/trial/fork.ts';
import { interrupted } from '../../src/trial/forked.ts';
import type { ForkCounts, Handler, Landing } from '../../src/trial/forked.ts';
import { Trials } from '../../src/trial/trials.ts';

const kept = ({ outcome, violations, instructions }: Verdict): Verdict => ({ outcome, violations: [...violations], instructions });

/** Everything that a verdict says; with `bare` without what the interrupt may well change: the place that is blamed, and when. */
function words({ outcome, violations }: Verdict, bare: boolean): string {
  // Where in a loop the machine is when it is noticed depends on when it began to look.
  return `${outcome} ${violations.map((it) => it.subject === 'loop' ? `${it.obligation}|loop` : [it.obligation, it.edge, it.subject, it.expected, it.found, ...(bare ? [] : [it.address, it.call, it.place, it.region, it.cause ?? '-'])].join('|')).join(' ')}`;
}

interface Taken { readonly handler: number; readonly boundary: number; readonly anchor: Anchor; readonly instructions: number; readonly verdict: Verdict | undefined }

function all(trials: Trials, scenario: Scenario, strategy: number, handlers: readonly Landing[]): { alone: Verdict; taken: Taken[]; counts: ForkCounts } {
  trials.load(scenario);
  const alone = kept(trials.run(strategy));
  const fork = new Fork(trials.engine);
  const taken: Taken[] = [];
  fork.run(scenario, strategy, alone, handlers, ({ handler, boundary, anchor, verdict }) => { taken.push({ handler, boundary, anchor, instructions: verdict.instructions, verdict }); },
    (handler, boundary, anchor, instructions) => { taken.push({ handler, boundary, anchor, instructions, verdict: undefined }); });
  return { alone, taken, counts: fork.counts };
}

function compare(trials: Trials, scenario: Scenario, strategy: number, every: number, turn: number, handlers: readonly Landing[] = handlersOf(scenario, ['shared', 'own'])): { compared: number; landed: number; counts: ForkCounts } {
  const { alone, taken, counts } = all(trials, scenario, strategy, handlers);
  let compared = 0;
  let landed = 0;
  for (const { handler, boundary, anchor, instructions, verdict } of taken) {
    if ((boundary * 7 + handler * 3 + turn) % every !== 0) continue;
    compared++;
    const whole = interrupted(scenario, handlers[handler]!, anchor);
    trials.load(whole);
    const again = kept(trials.run(strategy));
    const what = `${trials.strategies[strategy]!.name}, boundary ${boundary}, ${JSON.stringify(anchor)}, ${JSON.stringify(scenario)}`;
    const bare = verdict === undefined;
    if (words(again, bare) !== words(verdict ?? alone, bare)) throw new Error(`${words(verdict ?? alone, bare)}\nfrom the beginning: ${words(again, bare)}\n${what}`);
    if (trials.engine.deliveries !== 1) throw new Error(`not delivered: ${what}`);
    if (again.instructions !== instructions && !again.violations.some((it) => it.subject === 'loop')) throw new Error(`${instructions} instructions, from the beginning ${again.instructions}: ${what}`);
    if (compared % 40 !== 0) continue;
    let at = -1;
    trials.follow(strategy, (step) => { if (step.notes.some((note) => /^(interrupt 1|tick of switch 1) delivered/.test(note))) at = step.index; });
    if (at !== boundary) throw new Error(`lands before instruction ${at}: ${what}`);
    landed++;
  }
  return { compared, landed, counts };
}

test('every boundary, every handler, both stacks: the same verdict as from the beginning, for all built-in strategies', () => {
  const trials = new Trials(BUILT_IN);
  const sum = { compared: 0, landed: 0, interrupts: 0, violated: 0, different: 0, long: 0, unnamed: 0, boundaries: 0 };
  new Cursor(wholeBound(2, 1, 1)).visit(0, Infinity, (scenario, index) => {
    if (index % 260 !== 17) return;
    BUILT_IN.forEach((_, strategy) => {
      const { compared, landed, counts } = compare(trials, scenario, strategy, 13, index);
      sum.compared += compared;
      sum.landed += landed;
      for (const name of ['interrupts', 'violated', 'different', 'long', 'unnamed', 'boundaries'] as const) sum[name] += counts[name];
    });
  });
  expect(sum.compared).toBeGreaterThan(2_000);
  expect(sum.landed).toBeGreaterThan(40);
  for (const name of ['violated', 'different', 'long', 'unnamed'] as const) expect([name, sum[name] > 20]).toEqual([name, true]);
  // Nearly all boundaries have names.
  expect(sum.unnamed / sum.boundaries).toBeLessThan(0.05);
});

test('soft irqs at every boundary, alone and beside the other stacks: the same verdict as from the beginning, for all built-in strategies and styles', () => {
  const trials = new Trials(BUILT_IN);
  const sum = { compared: 0, interrupts: 0, violated: 0, different: 0 };
  trials.resetWitnesses();
  new Cursor({ ...wholeBound(2, 1, 1), hooked: ['in-line', 'out-of-line'] }).visit(0, Infinity, (scenario, index) => {
    if (index % 1_300 !== 17) return;
    BUILT_IN.forEach((_, strategy) => {
      trials.load(scenario);
      if (!trials.applicable(strategy)) return;
      for (const stacks of [['soft'], ['shared', 'own', 'soft']] as const) {
        const { compared, counts } = compare(trials, scenario, strategy, 11, index, handlersOf(scenario, stacks));
        sum.compared += compared;
        for (const name of ['interrupts', 'violated', 'different'] as const) sum[name] += counts[name];
      }
    });
  });
  expect(sum.compared).toBeGreaterThan(1_000);
  for (const name of ['violated', 'different'] as const) expect([name, sum[name] > 20]).toEqual([name, true]);
});

test('a soft irq shows of the wrong orders what an interrupt with the other stack of its own shows, at the same boundaries, and is counted as one', () => {
  const trials = new Trials(BUILT_IN);
  const scenario = scenarioOf(HOOKED);
  for (const name of ['livepatch-stack', 'livepatch-stack-late-publish', 'livepatch-stack-early-release', 'shadow-stack-parallel', 'shadow-stack-r1-masked']) {
    const [own, soft] = (['own', 'soft'] as const).map((stack) => {
      const handlers = handlersOf(scenario, [stack]);
      expect(handlers.map((it) => it.soft === true)).toEqual(handlers.map(() => stack === 'soft'));
      trials.resetWitnesses();
      const { taken, counts } = all(trials, scenario, index(name), handlers);
      expect(counts.interrupts).toBe(handlers.length * counts.boundaries);
      const broken = taken.filter((it) => it.verdict !== undefined && it.verdict.outcome !== 'holds').map((it) => `${it.handler} ${it.boundary} ${words(it.verdict!, false)}`);
      return { broken, boundaries: counts.boundaries };
    });
    expect(soft).toEqual(own);
    expect([name, soft!.broken.length > 3]).toEqual([name, /late|early/.test(name)]);
  }
  for (const [stack, times] of [['own', 0], ['soft', 1]] as const) {
    trials.load(scenario);
    const alone = kept(trials.run(index('livepatch-stack')));
    trials.resetWitnesses();
    new Fork(trials.engine).run(scenario, index('livepatch-stack'), alone, handlersOf(scenario, [stack]), () => {}, undefined, true);
    expect([stack, Math.sign(trials.witnesses[WITNESS.hookedOnSoft]!)]).toEqual([stack, times]);
  }
  const [handler] = handlersOf(scenario, ['soft']);
  trials.resetWitnesses();
  trials.load(interrupted(scenario, handler!, { context: 'task', call: 1, occurrence: 1, region: 'callee', step: 1 }));
  trials.run(index('livepatch-stack'));
  expect([trials.witnesses[WITNESS.soft], trials.engine.deliveries]).toEqual([1, 1]);
});

test('the task preempted at every boundary, back on the other CPU or after another task: the same verdict as from the beginning, for all built-in strategies', () => {
  const trials = new Trials(BUILT_IN);
  const sum = { compared: 0, landed: 0, interrupts: 0, violated: 0, different: 0, long: 0 };
  new Cursor(wholeBound(2, 1, 1)).visit(0, Infinity, (scenario, index) => {
    if (index % 780 !== 17) return;
    BUILT_IN.forEach((_, strategy) => {
      const { compared, landed, counts } = compare(trials, scenario, strategy, 11, index, turnsOf(scenario, ['migration', 'switch']));
      sum.compared += compared;
      sum.landed += landed;
      for (const name of ['interrupts', 'violated', 'different', 'long'] as const) sum[name] += counts[name];
    });
  });
  expect(sum.compared).toBeGreaterThan(500);
  expect(sum.landed).toBeGreaterThan(10);
  for (const name of ['violated', 'different'] as const) expect([name, sum[name] > 20]).toEqual([name, true]);
});

test('the merged order of livepatch-stack, and its two wrong ones, at every boundary: a migration and a switch do them no harm; a stack per CPU is broken by a migration', () => {
  const trials = new Trials(BUILT_IN);
  const scenario = scenarioOf(HOOKED);
  const turns = turnsOf(scenario, ['migration', 'switch']);
  expect(turns).toEqual([{ away: null, cpu: 1 }, { away: 0, cpu: 0 }, { away: 1, cpu: 0 }]);
  const broken = (name: string): Taken[] => {
    const { taken, counts } = all(trials, scenario, index(name), turns);
    expect([name, counts.boundaries > 150, counts.interrupts]).toEqual([name, true, 3 * counts.boundaries]);
    return taken.filter((it) => it.verdict !== undefined && it.verdict.outcome !== 'holds');
  };
  for (const name of ['livepatch-stack', 'livepatch-stack-late-publish', 'livepatch-stack-early-release', 'return-stack', 'shadow-stack-r1-masked']) expect([name, broken(name)]).toEqual([name, []]);
  const perCpu = broken('shadow-stack-per-cpu');
  expect(perCpu.length).toBeGreaterThan(10);
  // Between the push and the pop, in the hook and below it; the other task is through with its hook when the task comes back.
  expect(new Set(perCpu.map((it) => it.handler))).toEqual(new Set([0]));
  expect(new Set(perCpu.map((it) => it.anchor.region))).toEqual(new Set(['hook-entry', 'callee', 'hook-return']));
});

test('witnesses of all these runs together are those that runs from the beginning show, but for what is said of the interrupts themselves', () => {
  const trials = new Trials(BUILT_IN);
  const OF_INTERRUPTS = /^(interrupts|irq-stack-runs|zone-leaves-interrupted|events-not-delivered|differential-runs)/;
  const shown = (): string[] => WITNESSES.flatMap(({ name }, i) => (trials.witnesses[i]! > 0 && !OF_INTERRUPTS.test(name) ? [name] : []));
  for (const [name, text] of [
    ['livepatch-stack', 'A:M -> local B; B:M patched; H:N patched'],
    // Here some handlers leave something behind, and the run goes on to its end from there.
    ['caller-slot', 'A:M -> global B; B:K patched; H:N patched'],
    ['mini-frame', 'A:M -> local B, indirect C; B:M patched -> global C; C:N'],
  ] as const) {
    const scenario = scenarioOf(text);
    const handlers = handlersOf(scenario, ['shared', 'own']);
    trials.load(scenario);
    const alone = kept(trials.run(index(name)));
    const anchors: (readonly [number, Anchor])[] = [];
    trials.resetWitnesses();
    const fork = new Fork(trials.engine);
    fork.run(scenario, index(name), alone, handlers, ({ handler, anchor }) => { anchors.push([handler, anchor]); }, (handler, _boundary, anchor) => { anchors.push([handler, anchor]); }, true);
    const forked = shown();
    expect(trials.witnesses[WITNESS.missed]).toBe(0);
    trials.resetWitnesses();
    for (const [handler, anchor] of anchors) {
      trials.load(interrupted(scenario, handlers[handler]!, anchor));
      trials.run(index(name));
    }
    expect([name, forked]).toEqual([name, shown()]);
    expect(forked).toContain('hooked-in-interrupted-hook');
  }
});

/** Original in M, its replacement in P; the handler is patched as well. */
const HOOKED = 'A:M -> local B; B:M patched';
const index = (name: string): number => BUILT_IN.findIndex((it) => it.name === name);

function scenarioOf(text: string): Scenario {
  return parseScenario(text);
}

test('registers come back and memory does not: only what a run still needs tells a wrong order from a right one', () => {
  const trials = new Trials(BUILT_IN);
  const scenario = scenarioOf(HOOKED);
  const handlers: Handler[] = [{ function: 1, ownStack: false }];
  const right = all(trials, scenario, index('livepatch-stack'), handlers);
  expect(right.taken.filter((it) => it.verdict !== undefined && it.verdict.outcome !== 'holds')).toEqual([]);
  expect(right.counts.boundaries).toBeGreaterThan(150);
  for (const name of ['livepatch-stack-late-publish', 'livepatch-stack-early-release']) {
    const wrong = all(trials, scenario, index(name), handlers);
    const broken = wrong.taken.filter((it) => it.verdict?.outcome === 'violated');
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.every((it) => it.verdict!.violations.every((violation) => violation.obligation === 'return-address'))).toBe(true);
    // Nothing was noticed while the handler ran: it had to be run on.
    expect(wrong.counts.different).toBeGreaterThanOrEqual(broken.length);
    expect(broken.every((it) => it.anchor.region === (name.endsWith('publish') ? 'hook-entry' : 'hook-return'))).toBe(true);
  }
});

test('each interrupt begins where it would in a run of its own: memory, marks, registers and the judge\'s record are put back', () => {
  const trials = new Trials(BUILT_IN);
  const { engine } = trials;
  const { machine, host: { tasks }, judge: { oracle } } = engine;
  const handlers: Landing[] = [{ function: 0, ownStack: false }, { function: 1, ownStack: true }, { function: 1, ownStack: false }, { away: null, cpu: 1 }, { away: 1, cpu: 0 }];
  /** All that the run goes on from, as one list of numbers. */
  const state = (): number[] => {
    const record = Object.values(oracle).flatMap((value: unknown) => (typeof value === 'number' ? [value] : typeof value === 'boolean' ? [value ? 1 : 0] : []));
    // Of the record of pending calls what is pending; behind it lies what the next call overwrites.
    const pending = Object.entries(oracle).flatMap(([name, value]: [string, unknown]) => (!(value instanceof Int32Array) || value.length % 1100 !== 0 ? []
      : name === 'pushOwner' ? [...value.subarray(0, oracle.pushes)] : [...value.subarray(0, oracle.depth * (value.length / 1100))]));
    return [...machine.space.words.subarray(0, PAGE.TEXT * PAGE_WORDS), ...machine.marks.subarray(0, PAGE.PACA * PAGE_WORDS / 2), ...machine.regs, machine.pc, machine.cpu, machine.asked, tasks.current, tasks.cpu, tasks.changes, machine.instructions, ...record, ...pending];
  };
  let seen = 0;
  for (const name of ['livepatch-stack', 'mini-frame', 'odd-toc']) {
    const strategy = index(name);
    const scenario = scenarioOf(HOOKED);
    trials.load(scenario);
    const alone = kept(trials.run(strategy));
    let before: number[] = [];
    let at = -1;
    new Fork(engine).run(scenario, strategy, alone, handlers, () => { at = -1; }, (_, boundary) => {
      if (boundary % 5 !== 0) return;
      const now = state();
      if (boundary === at) {
        const differs = now.findIndex((value, i) => value !== before[i]);
        if (differs >= 0 || now.length !== before.length) throw new Error(`${name}, boundary ${boundary}: number ${differs} is ${now[differs]}, was ${before[differs]}`);
        seen++;
      }
      before = now;
      at = boundary;
    });
  }
  expect(seen).toBeGreaterThan(100);
});

test('a counter that the handler uses up makes the rest of the run another one', () => {
  const trials = new Trials(BUILT_IN);
  const scenario = scenarioOf('A:M -> indirect A x1');
  const { taken, counts, alone } = all(trials, scenario, index('mini-frame'), [{ function: 0, ownStack: false }]);
  expect(counts.different).toBeGreaterThan(10);
  const shorter = taken.filter((it) => it.verdict !== undefined);
  expect(shorter.every((it) => it.verdict!.outcome === 'holds')).toBe(true);
  expect(new Set(taken.map((it) => it.instructions - alone.instructions)).size).toBeGreaterThan(1);
});

test('a strategy that looks at SRR0 is never taken for undisturbed', () => {
  const livepatch = BUILT_IN[index('livepatch-stack')]!;
  const strategy: Strategy = { ...livepatch, name: 'looks-at-srr0', code: { ...livepatch.code, livepatch_handler: livepatch.code.livepatch_handler!.replace(/livepatch_handler:\n/, 'livepatch_handler:\n        mfspr r0, 26\n') } };
  expect(strategy.code.livepatch_handler).toContain('mfspr r0, 26');
  const { counts } = all(new Trials([strategy]), scenarioOf(HOOKED), 0, [{ function: 0, ownStack: false }]);
  expect(counts.interrupts).toBeGreaterThan(100);
  expect(counts.different + counts.violated).toBe(counts.interrupts);
});

test('what is kept of the CPU in another register belongs to the old one: a run that has it does not go on as if nothing had been', () => {
  const livepatch = BUILT_IN[index('livepatch-stack')]!;
  const strategy: Strategy = {
    ...livepatch, name: 'keeps-paca', state: [{ name: 'scratch', owner: 'cpu', bytes: 8 }],
    code: { ...livepatch.code, livepatch_handler: livepatch.code.livepatch_handler!.replace(/livepatch_handler:\n/, 'livepatch_handler:\n        mr r12, r13\n        std r2, scratch(r12)\n') },
  };
  const migrated = (it: Strategy): Taken[] => all(new Trials([it]), scenarioOf(HOOKED), 0, [{ away: null, cpu: 1 }]).taken.filter(({ verdict }) => verdict?.outcome === 'violated');
  expect(migrated(strategy).map(({ anchor, verdict }) => [anchor.region, anchor.step, verdict!.violations.map((it) => it.obligation)])).toEqual([['hook-entry', 1, ['frame-condition']]]);
  expect(migrated(livepatch)).toEqual([]);
});

test('hooked out of line, interrupted and preempted at every boundary: the same verdict as from the beginning, for all that have code for it', () => {
  const trials = new Trials(BUILT_IN);
  const sum = { compared: 0, landed: 0, interrupts: 0, violated: 0, different: 0, stub: 0 };
  let tried = 0;
  new Cursor({ ...wholeBound(2, 1, 1), hooked: ['out-of-line'] }).visit(0, Infinity, (scenario, number) => {
    if (number % 1500 !== 17) return;
    BUILT_IN.forEach((_, strategy) => {
      trials.load(scenario);
      if (!trials.applicable(strategy)) return;
      tried++;
      const landings: Landing[] = [...handlersOf(scenario, ['shared', 'own']), ...turnsOf(scenario, ['migration', 'switch'])];
      const { compared, landed, counts } = compare(trials, scenario, strategy, 17, number, landings);
      sum.compared += compared;
      sum.landed += landed;
      for (const name of ['interrupts', 'violated', 'different'] as const) sum[name] += counts[name];
    });
  });
  expect(tried).toBeGreaterThan(25);
  expect(sum.compared).toBeGreaterThan(300);
  expect(sum.landed).toBeGreaterThan(3);
  for (const name of ['violated', 'different'] as const) expect([name, sum[name] > 20]).toEqual([name, true]);
});

test('out of line as in line: what an interrupt breaks of the wrong orders, and a migration of a stack per CPU, it breaks in the hook', () => {
  const trials = new Trials(BUILT_IN);
  const scenario = scenarioOf(`${HOOKED}; out-of-line`);
  const broken = (name: string, landings: readonly Landing[]): Set<string> =>
    new Set(all(trials, scenario, index(name), landings).taken.filter((it) => it.verdict?.outcome === 'violated').map((it) => it.anchor.region));
  const handler: Landing[] = [{ function: 1, ownStack: false }], turns = turnsOf(scenario, ['migration', 'switch']);
  for (const landings of [handler, turns]) expect(broken('livepatch-stack', landings)).toEqual(new Set());
  expect(broken('livepatch-stack-late-publish', handler)).toEqual(new Set(['hook-entry']));
  expect(broken('livepatch-stack-late-publish', turns)).toEqual(new Set());
  expect(broken('shadow-stack-per-cpu', turns)).toEqual(new Set(['hook-entry', 'callee', 'hook-return']));
});

test('a scenario with a world of its own is refused: nothing of one is compared', () => {
  const trials = new Trials(BUILT_IN), scenario = parseScenario('A:M -> local B; B:M patched; graph B');
  trials.load(scenario);
  expect(() => { new Fork(trials.engine).run(scenario, 0, trials.run(0), [], () => undefined); }).toThrow(/no world of its own/);
});

test('what a strategy declares of its label the judge reads: an interrupt that spoils it, and nothing that the code reads, leaves a trace', () => {
  // A second copy of the return address, which the hook itself never looks at, and which a hooked call in a handler writes over.
  const unwound = BUILT_IN.find((it) => it.name === 'livepatch-stack-unwound')!;
  const copying: Strategy = {
    ...unwound, name: 'copying',
    state: [{ name: 'copy', owner: 'task', bytes: 8 }, { name: 'behind', owner: 'task', bytes: 8 }],
    code: { ...unwound.code, livepatch_handler: unwound.code.livepatch_handler!.replace('        mfctr   r12\n', `        mflr    r0
        ld      r12, PACACURRENT(r13)
        std     r0, copy(r12)
        addi    r11, r12, copy+8
        std     r11, behind(r12)
        mfctr   r12\n`) },
    recovers: { label: 'livepatch_return', cell: 'behind', bytes: 8, offset: -8 },
  };
  const trials = new Trials([copying]);
  const scenario = parseScenario('A:M -> local B; B:M patched; H:N -> global I; I:K patched');
  const handlers = handlersOf(scenario, ['shared', 'own']);
  const { alone, taken } = all(trials, scenario, 0, handlers);
  expect(alone.outcome).toBe('holds');
  const spoilt = taken.filter((it) => it.verdict?.violations.some(({ obligation }) => obligation === 'recoverable') === true);
  expect(spoilt.length).toBeGreaterThan(10);
  expect(compare(trials, scenario, 0, 1, 0, handlers).compared).toBe(taken.length);
});
