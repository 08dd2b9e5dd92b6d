// The hash of the model: its programs reach all that lowering can do, and a change to any part of it is another hash.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WITNESSES } from '../../src/contract/witnesses.ts';
import { CODE_POINTS, GENERATED_CODE_POINTS } from '../../src/contract/strategy.ts';
import { CALL_KIND_TABLE } from '../../src/scenario/call-kinds.ts';
import { CONTROL } from '../../src/image/core.ts';
import { POINT, TEXT } from '../../src/image/points.ts';
import { MODULES } from '../../src/image/program.ts';
import type { ParkedTask } from '../../src/invariants/parked.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { CPUS, REGIONS } from '../../src/scenario/scenario.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { bodyOf } from '../../src/scenario/versions.ts';
import type { VersionName } from '../../src/scenario/versions.ts';
import { TASK_CONTEXTS, isTaskContext, worldOf } from '../../src/scenario/world.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Engine } from '../../src/trial/engine.ts';
import { MODEL_CORPUS, MODEL_PROBE } from '../../src/trial/model-corpus.ts';
import type { Tasks } from '../../src/trial/tasks.ts';
import { Trials } from '../../src/trial/trials.ts';

const corpus = MODEL_CORPUS.map(parseScenario);
const sorted = (set: Iterable<string>): string[] => [...new Set(set)].sort();

interface Version {
  readonly name: VersionName;
  readonly scenario: Scenario;
  readonly fn: Scenario['functions'][number];
}
const versions: readonly Version[] = corpus.flatMap((scenario) => scenario.functions.flatMap((fn) =>
  (fn.replacement === undefined ? ['original'] as const : ['original', 'replacement'] as const).map((name) => ({ name, scenario, fn }))));

/** What the runs under the control hook pass by: points, functions that are entered, interrupts. */
const passed = corpus.map((scenario) => {
  const trials = new Trials([]);
  trials.load(scenario);
  const notes = new Set<string>();
  trials.follow(CONTROL, (step) => { for (const note of step.notes) notes.add(note); });
  return notes;
});

describe('the programs', () => {
  test('are good ones: they hold unpatched and under the control hook', () => {
    const trials = new Trials([]);
    const ends = corpus.map((scenario) => {
      trials.load(scenario);
      return `${trials.runUnpatched().outcome} ${trials.runControl().outcome}`;
    });
    expect(new Set(ends)).toEqual(new Set(['holds holds']));
  });

  test('use every feature', () => {
    expect(sorted(corpus.flatMap((scenario) => [...featuresOf(scenario)]))).toEqual(sorted(FEATURES));
  });

  test('make a call of every kind, enter every function, and come to every interrupt', () => {
    const kinds = passed.flatMap((notes) => [...notes].flatMap((note) => /^(?:call|sibling) \d+ \((.*)\)$/.exec(note)?.[1] ?? (note === 'call of the task' ? 'root' : [])));
    expect(sorted(kinds)).toEqual(sorted(Object.keys(CALL_KIND_TABLE)));
    corpus.forEach((scenario, i) => {
      const entered = scenario.functions.filter(({ id, replacement }) => {
        const name = replacement === undefined ? `f${id}` : `f${id}'`;
        return ['global', 'local', 'single'].some((way) => passed[i]!.has(`entry ${way} ${name}`));
      });
      expect(entered).toEqual(scenario.functions);
      expect(scenario.interrupts.filter(({ id }) => !passed[i]!.has(`interrupt ${id} delivered`))).toEqual([]);
      expect((worldOf(scenario).forks ?? []).filter(({ task }) => !passed[i]!.has(`task ${task} is forked`))).toEqual([]);
      expect(worldOf(scenario).switches.filter(({ id }) => !passed[i]!.has(`tick of switch ${id} delivered`))).toEqual([]);
    });
    expect(corpus.flatMap((scenario) => worldOf(scenario).forks ?? []).map(({ at }) => at.context)).toEqual(['task', 'task2']);
    const landings = corpus.flatMap(({ interrupts }) => interrupts.map(({ at, ownStack }) => `${at.region}${at.context === 'task' ? '' : ' nested'}${ownStack ? ' own' : ''}`));
    expect(sorted(landings.map((it) => it.split(' ')[0]!))).toEqual(['callee', 'caller', 'ftrace-entry', 'hook-entry', 'hook-return', 'return-site', 'stub']);
    for (const one of [/^[a-z-]+$/, / nested$/, / nested own$/, /^[a-z-]+ own$/]) expect(landings.some((it) => one.test(it))).toBe(true);
    expect(corpus.some(({ interrupts }) => interrupts.some(({ at }) => at.occurrence > 1))).toBe(true);
  });

  test('have tasks that take turns on all CPUs, in each region and in each kind of module', () => {
    const worlds = corpus.flatMap((scenario) => (scenario.world === undefined ? [] : [{ scenario, ...scenario.world }]));
    const all = { tasks: worlds.flatMap(({ tasks }) => tasks), switches: worlds.flatMap(({ switches }) => switches), sleepers: worlds.flatMap(({ sleepers }) => sleepers) };
    for (const list of Object.values(all)) expect(new Set(list.map(({ cpu }) => cpu))).toEqual(new Set(CPUS));
    expect(new Set(all.switches.map(({ at }) => at.context))).toEqual(new Set(TASK_CONTEXTS));
    expect(sorted(all.switches.map(({ at }) => at.region))).toEqual([...REGIONS].sort());
    expect(all.switches.some(({ at }) => at.occurrence > 1)).toBe(true);
    expect(worlds.some(({ scenario }) => scenario.interrupts.some(({ at }) => isTaskContext(at.context) && at.context !== 'task'))).toBe(true);
    const asleep = worlds.flatMap(({ scenario, sleepers, second = [] }) => sleepers.flatMap(({ function: of, replacement }) => [
      replacement ? 'P' : scenario.functions.find(({ id }) => id === of)!.module,
      // A copy of a version that sleeps.
      ...(second.some((it) => it.function === of && (it.body === 'first') === replacement) ? ['Q'] : []),
    ]));
    expect(sorted(asleep)).toEqual([...MODULES].sort());
    // What comes of it, under a strategy whose hook is long enough to be preempted in.
    const trials = new Trials([livepatchStack]);
    for (const { scenario } of worlds) {
      trials.load(scenario);
      expect(trials.run(0).outcome).toBe('holds');
    }
    const counted = Object.fromEntries(WITNESSES.map(({ name }, i) => [name, trials.witnesses[i]!]));
    for (const name of ['task-switches', 'preempted', 'preempted-in-hook', 'sleeps', 'sleeps-under-hook', 'migrations', 'migrations-in-hook', 'migrations-under-hook', 'interleaved-hooks']) {
      expect(counted[name], name).toBeGreaterThan(0);
    }
    expect(counted['switches-not-delivered']).toBe(0);
    for (const name of ['second-patch-calls', 'transitions-begun', 'transitions-turned-round', 'transitions-complete', 'switched-asleep', 'held-asleep', 'modules-removed']) {
      expect(counted[name], name).toBeGreaterThan(0);
    }
    expect(counted['transitions-not-delivered']).toBe(0);
    for (const name of ['kretprobes-under-hook', 'kretprobes-inside', 'kretprobes-missed', 'kretprobes-before-tracer', 'kretprobes-behind-tracer']) expect(counted[name], name).toBeGreaterThan(0);
  });

  test('have every shape of entry, arguments and bodies, in originals and in replacements, in modules at every place', () => {
    const words = versions.flatMap(({ name, fn, scenario }) => {
      const body = bodyOf(fn, name), own = name === 'replacement' ? fn.replacement : undefined;
      const calls = own?.body === 'same' ? [] : body.calls;
      const module = own === undefined ? fn.module : 'P';
      return [
        own?.entry ?? fn.entry, (own ?? fn).traced ? 'traced' : '', body.zone ? 'zone' : '', body.hoisted ? 'hoisted' : '', body.earlyExit ? 'early-exit' : '',
        own?.body === 'same' ? 'same' : '', calls.some((it) => it.callee === 'self') ? 'self' : '', calls.some((it) => it.limit !== undefined) ? 'limit' : '',
        `saves ${body.nonvolatile === 0 ? 'none' : body.nonvolatile === 18 ? 'all' : 'some'}`,
        `${fn.variadic ? 'variadic ' : ''}args ${fn.args === 0 ? 'none' : fn.args < 8 ? 'few' : fn.args === 8 ? '8' : fn.args < 12 ? 'stack' : 'most'}`,
        `in ${module}`, module === 'K' ? '' : `${module} at ${scenario.places[module]}`, ...calls.map((it) => `call ${it.kind}`),
      ].filter((word) => word !== '').map((word) => `${name}: ${word}`);
    });
    const of = (name: VersionName): string[] => sorted(words.filter((word) => word.startsWith(`${name}:`)).map((word) => word.slice(name.length + 2)));
    const both = [
      'call global', 'call indirect', 'call local', 'clobber', 'dual', 'early-exit', 'hoisted', 'limit', 'saves none', 'saves some', 'saves all', 'single', 'traced', 'zone',
      'args none', 'args few', 'args 8', 'args stack', 'variadic args few', 'in P', 'P at 0',
    ];
    expect(of('original')).toEqual(expect.arrayContaining([...both, 'args most', 'variadic args stack', 'in K', 'in M', 'in N', 'call sibling',
      ...['M', 'N'].flatMap((module) => [0, 1, 2].map((place) => `${module} at ${place}`))]));
    expect(of('replacement')).toEqual(expect.arrayContaining([...both, 'args most', 'variadic args stack', 'same', 'self', 'call stub-sibling', 'call sibling', 'P at 1', 'P at 2']));
  });

  test('carry every kind of point, tag and piece', () => {
    const engine = new Engine([MODEL_PROBE], {});
    const points = new Set<number>(), tags = new Set<number>(), pieces = new Set<number>();
    for (const scenario of corpus) {
      engine.load(scenario);
      for (const strategy of [CONTROL, 0]) {
        engine.begin(strategy, true, false);
        engine.space.pointKind.forEach((kind) => points.add(kind));
        engine.space.textTag.forEach((tag) => tags.add(tag));
        for (let piece = 0; piece < engine.image.pieces; piece++) pieces.add(engine.image.piecePoint[piece]!);
      }
    }
    // What a strategy declares as push and pop, and where its code and its ftrace entry branch, is part of the strategy's own hash.
    expect(Object.entries(POINT).filter(([, kind]) => !points.has(kind)).map(([name]) => name)).toEqual(['HOOK_PUSH_POP', 'HOOK_BRANCH', 'FTRACE_BRANCH']);
    expect(Object.entries(TEXT).filter(([, tag]) => !tags.has(tag)).map(([name]) => name)).toEqual([]);
    expect([...pieces].map((point) => CODE_POINTS[point]!).sort()).toEqual([...GENERATED_CODE_POINTS].sort());
  });
});

describe('the hash', () => {
  test('is the same whoever asks, whatever ran before, and says nothing of strategies', () => {
    const trials = new Trials(BUILT_IN);
    trials.load(corpus[3]!);
    const before = trials.run(0).violations.length;
    const hash = trials.modelHash;
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(trials.run(0).violations.length).toBe(before);
    expect([new Trials([]).modelHash, new Trials(BUILT_IN, { checks: false }).modelHash]).toEqual([hash, hash]);
  });

  type Module = Record<string, unknown>;
  type Numbers = (...numbers: number[]) => number;
  const call = (module: Module, name: string): Numbers => module[name] as Numbers;

  /** A module, and what of it is replaced. */
  const changes: readonly (readonly [what: string, path: string, change: (module: Module) => Module])[] = [
    ['values of arguments and results', 'image/emit', (m) => ({ addi: (rt: number, ra: number, value: number) => call(m, 'addi')(rt, ra, ra === 13 ? value + 1 : value) })],
    ['poison of entries and calls', 'image/poison', () => ({ poisonValue: () => -0x7001 })],
    ['the save area', 'image/frames', (m) => ({ saveOffset: (k: number) => call(m, 'saveOffset')(k) - 8 })],
    ['the size of frames', 'image/frames', (m) => ({ frameBytes: (a: number, b: number) => call(m, 'frameBytes')(a, b) + 16 })],
    ['the epilogue', 'image/frames', () => ({ emitLeave: () => undefined })],
    ['uses of the TOC', 'image/data', (m) => ({ tocWordOffset: (index: number) => call(m, 'tocWordOffset')(index) + 8 })],
    ['where pointers lie', 'image/data', (m) => ({ pointerOffset: (index: number) => call(m, 'pointerOffset')(index) + 8 })],
    ['what a stub saves', 'image/emit', (m) => ({ WORD: { ...(m['WORD'] as object), SAVE_TOC: (m['WORD'] as Record<string, number>)['NOP'] } })],
    ['pieces of strategies', 'image/pieces', () => ({ tagPieces: () => undefined })],
    ['when a slot is live', 'scenario/call-kinds', () => ({ slotIsLive: () => false })],
    ['parameter save areas', 'scenario/versions', (m) => ({ parameterArea: (fn: number) => call(m, 'parameterArea')(fn) * 2 })],
    ['bodies that are the same', 'scenario/versions', () => ({ bodyOf: (fn: Scenario['functions'][number], name: VersionName) => (name === 'original' || fn.replacement === undefined || fn.replacement.body === 'same' ? fn.body : fn.replacement.body) })],
    ['registers at the start', 'image/initial-state', (m) => ({ INITIAL_REGISTERS: { ...(m['INITIAL_REGISTERS'] as { r1: bigint; r13: bigint }), r1: (m['INITIAL_REGISTERS'] as { r1: bigint }).r1 - 16n } })],
    ['memory at the start', 'image/stubs', (m) => ({ KERNEL_BASE: (m['KERNEL_BASE'] as bigint) + 4n })],
    ['delivery of interrupts', 'machine/delivery', (m) => ({
      takeInterrupt: (machine: { regs: Int32Array }, ...rest: unknown[]) => {
        (m['takeInterrupt'] as (...all: unknown[]) => void)(machine, ...rest);
        machine.regs[0] = 1;
      },
    })],
    ['delivery of ticks', 'machine/delivery', (m) => ({
      takeTick: (machine: { regs: Int32Array }, ...rest: unknown[]) => {
        (m['takeTick'] as (...all: unknown[]) => void)(machine, ...rest);
        machine.regs[0] = 1;
      },
    })],
    ['where a task goes on', 'trial/tasks', (m) => ({
      Tasks: class extends (m['Tasks'] as typeof Tasks) { override yield(wakes: number): void { super.yield(1 - wakes); } },
    })],
    ['who goes on', 'trial/tasks', (m) => ({
      // The task that runs, rather than the next one, while there is a next one.
      Tasks: class extends (m['Tasks'] as typeof Tasks) { override yield(): void { this.changes++; } },
    })],
    ['where the second CPU lies', 'trial/tasks', (m) => ({ PACA_OF: (m['PACA_OF'] as Int32Array).map((_, i, all) => all[i % 2]!) })],
    ['versions that sleep', 'image/calls', () => ({ emitSleep: () => undefined })],
    ['what a task that does not run has pending', 'invariants/parked', (m) => ({
      ParkedTask: class extends (m['ParkedTask'] as typeof ParkedTask) { override take(o: Parameters<ParkedTask['take']>[0]): void { super.take(o); o.pushes = 0; o.depth = Math.min(o.depth, 1); } },
    })],
    ['first functions of tasks', 'scenario/world', () => ({ taskStarts: ({ start }: Scenario) => [start] })],
    ['the stack that a callback uses', 'abi/permissions', (m) => ({ gprsOf: (actor: string, ...more: string[]) => (m['gprsOf'] as (...all: string[]) => number[])(actor, ...more).slice(1) })],
    ['the permission table', 'abi/permissions', (m) => ({ PERMISSIONS: [...(m['PERMISSIONS'] as unknown[])].reverse() })],
  ];
  afterEach(() => { vi.resetModules(); });

  async function hashWith(path?: string, change?: (module: Module) => Module): Promise<string> {
    vi.resetModules();
    const file = `../../src/${path ?? ''}.ts`;
    if (change !== undefined) {
      vi.doMock(file, async (original) => {
        const module = await original<Module>();
        return { ...module, ...change(module) };
      });
    }
    const { modelHash } = await import('../../src/trial/model-hash.ts');
    const hash = modelHash();
    if (change !== undefined) vi.doUnmock(file);
    return hash;
  }

  test('is the same in another process', async () => { expect(await hashWith()).toBe(new Trials([]).modelHash); });
  test.each(changes)('sees a change of %s', async (_what, path, change) => { expect(await hashWith(path, change)).not.toBe(new Trials([]).modelHash); });
});
