import { describe, expect, test } from 'vitest';
import { ScenarioError } from '../../src/scenario/error.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import type { Scenario, World } from '../../src/scenario/scenario.ts';
import { isValid, problemOf, validateScenario } from '../../src/scenario/validate.ts';
import { NO_WORLD } from '../../src/scenario/world.ts';
import { refusal } from '../refusal.ts';
import { TABLE } from './table.ts';

/** A copy that may be spoilt. */
type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };
const sound = (): { [key: string]: Json } => JSON.parse(JSON.stringify(parseScenario(`
  A:M hoisted -> indirect B, local C, global D
  B:M args 10 -> local C x2 patched -> local self x3
  C:M -> local B x1
  D:K patched -> stub-sibling E
  E:N single zone
  G:N -> global D
  irq 1 at 1 hook-entry+4 runs G own-stack
`))) as { [key: string]: Json };

/** The same with a world around. */
const soundWorld = (): { [key: string]: Json } => JSON.parse(JSON.stringify(parseScenario(`
  A:M hoisted -> indirect B, local C, global D
  B:M args 10 -> local C x2 patched -> local self x3
  C:M -> local B x1
  D:K patched -> stub-sibling E
  E:N single zone
  G:N -> global F
  F:K
  task 2 runs G on cpu 1
  task 3 runs A
  switch 1 at 1 hook-entry+4 to cpu 1
  switch 2 of task3 at 0 callee+1
  sleep B' to cpu 1
  irq 1 of task2 at 0 callee+4 runs F
`))) as { [key: string]: Json };

/** A sound scenario with one field, by path, set to another value; undefined: removed. */
function spoilt(path: string, value: Json, from = sound): unknown {
  const keys = path.split('.');
  let at: { [key: string]: Json } = from();
  const whole = at;
  for (const key of keys.slice(0, -1)) at = at[key] as { [key: string]: Json };
  if (value === undefined) delete at[keys.at(-1)!];
  else at[keys.at(-1)!] = value;
  return whole;
}

const refused = (value: unknown): string | undefined => refusal(ScenarioError, () => validateScenario(value));

describe('shape', () => {
  test('a sound scenario passes and comes back as it is', () => {
    const scenario = sound();
    expect(validateScenario(scenario)).toBe(scenario);
  });

  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['not an object', () => 7, '7; expected an object with places, functions, start, interrupts'],
    ['null', () => null, 'null; expected an object with places, functions, start, interrupts'],
    ['unknown field', () => spoilt('extra', 1), 'extra: unknown field; expected places, functions, start, interrupts, world'],
    ['missing field', () => spoilt('start', undefined), 'start: missing'],
    ['place', () => spoilt('places.M', 3), 'places.M: 3; expected one of 0, 1, 2'],
    ['no function', () => spoilt('functions', []), 'functions: empty; expected at least 1'],
    ['too many functions', () => spoilt('functions', new Array<Json>(33).fill(null)), 'functions: 33 entries; at most 32'],
    ['fraction', () => spoilt('functions.1.args', 1.5), 'functions[1].args: 1.5; expected an integer, 0 to 12'],
    ['text for a number', () => spoilt('functions.1.id', '1'), 'functions[1].id: "1"; expected an integer, 0 to 65535'],
    ['infinite', () => spoilt('functions.1.id', Infinity), 'functions[1].id: Infinity; expected an integer, 0 to 65535'],
    ['module', () => spoilt('functions.0.module', 'X'), 'functions[0].module: "X"; expected one of K, M, N, P'],
    ['kind', () => spoilt('functions.0.body.calls.0.kind', 'tail'), 'functions[0].body.calls[0].kind: "tail"; expected one of local, global, indirect, sibling, stub-sibling'],
    ['limit', () => spoilt('functions.1.body.calls.0.limit', 256), 'functions[1].body.calls[0].limit: 256; expected an integer, 1 to 255'],
    ['callee', () => spoilt('functions.0.body.calls.0.callee', null), "functions[0].body.calls[0].callee: null; expected a function's id, or 'self'"],
    ['unknown field deep', () => spoilt('functions.0.body.calls.0.x', 1), 'functions[0].body.calls[0].x: unknown field; expected id, kind, callee, limit'],
    ['step', () => spoilt('interrupts.0.at.step', 256), 'interrupts[0].at.step: 256; expected an integer, 0 to 255'],
    ['body text', () => spoilt('functions.1.replacement.body', 'other'), 'functions[1].replacement.body: "other"; expected one of same'],
    ['hole', () => spoilt('functions', new Array<Json>(2)), 'functions[0]: undefined; expected an object with id, module, entry, args, variadic, traced, body'],
  ];
  test.each(cases)('%s', (_, spoil, message) => {
    expect(refused(spoil())).toBe(message);
  });

  test('so does one with a world', () => {
    const scenario = soundWorld();
    expect(validateScenario(scenario)).toBe(scenario);
    expect(scenario['world']).toEqual({
      tasks: [{ id: 2, start: 5, cpu: 1 }, { id: 3, start: 0, cpu: 0 }],
      switches: [
        { id: 1, at: { context: 'task', call: 1, occurrence: 1, region: 'hook-entry', step: 4 }, cpu: 1 },
        { id: 2, at: { context: 'task3', call: 0, occurrence: 1, region: 'callee', step: 1 }, cpu: 0 },
      ],
      sleepers: [{ function: 1, replacement: true, cpu: 1 }],
    });
  });

  const task = { id: 2, start: 0, cpu: 0 }, sleeper = { function: 1, replacement: false, cpu: 0 };
  const one = { id: 1, at: { context: 'task', call: 1, occurrence: 1, region: 'callee', step: 0 }, cpu: 0 };
  const worlds: readonly (readonly [string, string, Json, string])[] = [
    ['no world but null', 'world', null, 'world: null; expected an object with tasks, switches, sleepers'],
    ['unknown field of a world', 'world.cpus', 2, 'world.cpus: unknown field; expected tasks, switches, sleepers'],
    ['missing list', 'world.sleepers', undefined, 'world.sleepers: missing'],
    ['too many tasks', 'world.tasks', [task, task, task], 'world.tasks: 3 entries; at most 2'],
    ['too many switches', 'world.switches', Array.from({ length: 9 }, () => one), 'world.switches: 9 entries; at most 8'],
    ['too many sleepers', 'world.sleepers', Array.from({ length: 9 }, () => sleeper), 'world.sleepers: 9 entries; at most 8'],
    ['the first task', 'world.tasks.0.id', 1, 'world.tasks[0].id: 1; expected one of 2, 3'],
    ['a fourth task', 'world.tasks.1.id', 4, 'world.tasks[1].id: 4; expected one of 2, 3'],
    ['start of a task', 'world.tasks.0.start', 'G', 'world.tasks[0].start: "G"; expected an integer, 0 to 65535'],
    ['a third CPU', 'world.tasks.0.cpu', 2, 'world.tasks[0].cpu: 2; expected one of 0, 1'],
    ['unknown field of a task', 'world.tasks.0.at', 1, 'world.tasks[0].at: unknown field; expected id, start, cpu'],
    ['id of a switch', 'world.switches.0.id', 0, 'world.switches[0].id: 0; expected an integer, 1 to 65535'],
    ['CPU of a switch', 'world.switches.0.cpu', -1, 'world.switches[0].cpu: -1; expected one of 0, 1'],
    ['context of a switch', 'world.switches.0.at.context', 'task4', 'world.switches[0].at.context: "task4"; expected one of task, task2, task3'],
    ['context of another type', 'world.switches.0.at.context', null, 'world.switches[0].at.context: null; expected task, task2, task3 or an interrupt\'s id'],
    ['region of a switch', 'world.switches.0.at.region', 'hook', 'world.switches[0].at.region: "hook"; expected one of '],
    ['step of a switch', 'world.switches.0.at.step', 256, 'world.switches[0].at.step: 256; expected an integer, 0 to 255'],
    ['occurrence of a switch', 'world.switches.0.at.occurrence', 0, 'world.switches[0].at.occurrence: 0; expected an integer, 1 to 64'],
    ['function of a sleeper', 'world.sleepers.0.function', -1, 'world.sleepers[0].function: -1; expected an integer, 0 to 65535'],
    ['version of a sleeper', 'world.sleepers.0.replacement', 'yes', 'world.sleepers[0].replacement: "yes"; expected true or false'],
    ['CPU of a sleeper', 'world.sleepers.0.cpu', 7, 'world.sleepers[0].cpu: 7; expected one of 0, 1'],
  ];
  test.each(worlds)('world: %s', (_, path, value, message) => {
    expect(refused(spoilt(path, value, soundWorld))).toContain(message);
  });

  test('hostile nesting is refused without a stack overflow', () => {
    let deep: unknown = {};
    for (let i = 0; i < 200_000; i += 1) deep = { functions: [deep], places: deep, start: 0, interrupts: [] };
    expect(refused(deep)).toBe('places.functions: unknown field; expected M, N, P');
    let nested: unknown[] = [];
    for (let i = 0; i < 200_000; i += 1) nested = [nested];
    expect(refused({ ...sound(), start: nested })).toBe('start: an array of 1; expected an integer, 0 to 65535');
  });
});

describe('rules', () => {
  /** Each line: a text that breaks one rule, and the words of the message that show it. */
  const cases: readonly (readonly [string, string, string])[] = [
    ['K has no stubs', 'A:K -> global B; B:M', 'functions[0].body.calls[0].kind: K has no stubs'],
    ['local stays in its module', 'A:M -> local B; B:N', 'a local call stays in its module, M; function 1 is in N'],
    ['local of a replacement is in P', 'A:M -> local B; B:M patched -> local C; C:M', 'functions[1].replacement.body.calls[0].kind: a local call stays in its module, P'],
    ['local to clobber', 'A:M -> local B; B:M clobber', 'is called by global or indirect calls only'],
    ['global within a module', 'A:M -> global B; B:M', 'a global call leaves its module, M, unless'],
    ['sibling leaves', 'A:M -> sibling B; B:N', 'a sibling call stays in its module'],
    ['sibling not last', 'A:M -> sibling B, local B; B:M', 'a sibling call is the last of its body'],
    ['sibling to clobber', 'A:M -> sibling B; B:M clobber', 'is called by global or indirect calls only'],
    ['stub sibling of an ordinary function', 'A:M -> stub-sibling B; B:K', 'only a replacement makes stub sibling calls'],
    ['stub sibling into P', 'A:M -> local B; B:M patched -> stub-sibling C; C:P', 'a stub sibling call leaves P'],
    ['stub sibling to clobber', 'A:M -> local B; B:M patched -> stub-sibling C; C:K clobber', 'is called by global or indirect calls only'],
    ['stub sibling entered by its LEP', 'A:M -> local B; B:M patched -> local self x1, stub-sibling C; C:K', "functions[1].replacement.body.calls[1].kind: a stub sibling call is not for"],
    ['self of an original', 'A:M -> local self x1', "'self' is for replacements"],
    ['self not local', 'A:M -> local B; B:M patched -> indirect self x1', "a call of 'self' is local, not indirect"],
    ['self without a LEP', 'A:M -> local B; B:M patched single -> local self x1', 'a version with entry single is a leaf'],
    ['into P', 'A:M -> indirect B; B:P', 'function 1 is in P, which only code in P may call'],
    ['stack arguments of a sibling callee', 'A:M -> local B; B:M args 9 -> sibling C; C:M args 10', 'function 2 needs 10 doublewords of parameter save area; function 1 has 9'],
    ['variadic sibling callee', 'A:M -> local B; B:M args 8 -> sibling C; C:M args 1 variadic', 'needs 8 doublewords of parameter save area; function 1 has 0'],
    ['stack arguments of a stub sibling callee', 'A:M -> local B; B:M patched -> stub-sibling C; C:K args 9', 'functions[1].replacement.body.calls[0].callee: function 2 needs 9'],
    ['cycle without limit', 'A:M -> local B; B:M -> local A x1', 'functions[0].body.calls[0]: this call lies on a cycle of the call graph; expected a limit, 1 to 255'],
    ['cycle through a replacement', 'A:M -> local B; B:M patched -> global A x1', 'functions[0].body.calls[0]: this call lies on a cycle'],
    ['limit off a cycle', 'A:M -> local B x2; B:M', 'functions[0].body.calls[0].limit: this call lies on no cycle'],
    ['single calls', 'A:M -> local B; B:M single -> local C; C:M', 'a version with entry single is a leaf'],
    ['single with stack arguments', 'A:M -> local B; B:M single args 9', 'at most 8 arguments'],
    ['single replacement of a variadic', 'A:M -> local B; B:M args 1 variadic patched single', 'functions[1].replacement.entry: a version with entry single is not variadic'],
    ['same body with calls behind one entry', 'A:M -> local B; B:M -> local C patched clobber same; C:M', 'functions[1].replacement.entry: a version with entry clobber is a leaf'],
    ['traced single', 'A:M -> local B; B:M single traced', 'only a version with entry dual is traced'],
    ['traced clobber replacement', 'A:M -> local B; B:M patched clobber traced', 'functions[1].replacement.traced: only'],
    ['traced and patched', 'A:M -> local B; B:M traced patched', 'is active anyway'],
    ['variadic without argument', 'A:M -> local B; B:M variadic', 'at least one argument'],
    ['zone with calls', 'A:M zone -> local B; B:M', 'functions[0].body.zone: only a body without calls'],
    ['hoisted without indirect', 'A:M hoisted -> local B; B:M', 'functions[0].body.hoisted: a hoisted slot serves indirect calls'],
    ['early exit with sibling', 'A:M early-exit -> sibling B; B:M', 'an early exit does not go with a sibling call'],
    ['P patched', 'A:M -> local B; B:M patched -> local C; C:P patched', 'a function of P is not patched'],
    ['start with arguments', 'A:M args 1', 'start: the start function has no arguments; function 0 has 1'],
    ['start single', 'A:M single', 'start: the start function has entry dual; function 0 has single'],
    ['start in P', 'A:P', 'start: the start function is not in P'],
    ['handler variadic', 'A:M; G:M args 1 variadic; irq 1 at 0 callee+1 runs G', 'interrupts[0].handler: an interrupt handler has no arguments; function 1 has variable ones'],
    ['dangling anchor', 'A:M; irq 1 at 5 callee+1 runs A', 'interrupts[0].at.call: no call has id 5'],
    ['dangling context', 'A:M; irq 1 in 2 at 0 callee+1 runs A', 'interrupts[0].at.context: no interrupt has id 2'],
    ['interrupts in a cycle', 'A:M; irq 1 in 2 at 0 callee+1 runs A; irq 2 in 1 at 0 callee+1 runs A', 'interrupts land in each other in a cycle'],
    ['ids twice', 'A:M -> 3 local B, 3 local B; B:M', 'functions[0].body.calls[1].id: another call has id 3'],
    ['a task is not there', 'A:M; task 2 runs A; irq 1 of task3 at 0 callee+1 runs A', 'interrupts[0].at.context: there is no task3 in world.tasks'],
    ['no task is there', 'A:M; irq 1 of task2 at 0 callee+1 runs A', 'interrupts[0].at.context: there is no task2 in world.tasks'],
    ['a switch of a task that is not there', 'A:M; task 2 runs A; switch 1 of task3 at 0 callee+1', 'world.switches[0].at.context: there is no task3 in world.tasks'],
    ['tasks twice', 'A:M; task 2 runs A; task 2 runs A', 'world.tasks[1].id: another task has id 2'],
    ['tasks out of order', 'A:M; task 3 runs A; task 2 runs A', 'world.tasks[1].id: task 2 stands behind task 3; expected rising ids'],
    ['task with arguments', 'A:M; B:M args 1; task 2 runs B', "world.tasks[0].start: a task's first function has no arguments; function 1 has 1"],
    ['task single', 'A:M; B:M single; task 2 runs B', "world.tasks[0].start: a task's first function has entry dual; function 1 has single"],
    ['task in P', 'A:M -> local B; B:M patched -> local C; C:P; task 2 runs C', "world.tasks[0].start: a task's first function is not in P"],
    ['switches twice', 'A:M; switch 1 at 0 callee+1; switch 1 at 0 callee+2', 'world.switches[1].id: another switch has id 1'],
    ['dangling switch', 'A:M; switch 1 at 5 callee+1', "world.switches[0].at.call: no call has id 5; expected one, or 0 for the context's first call"],
    ['an original that is not patched sleeps in its replacement', "A:M; sleep A'", 'world.sleepers[0].replacement: function 0 is not patched'],
    ['a single version sleeps', 'A:M -> local B; B:M single; sleep B', 'world.sleepers[0].function: a version that sleeps has entry dual; this one of function 1 has single'],
    ['a clobber replacement sleeps', "A:M -> local B; B:M patched clobber; sleep B'", 'world.sleepers[0].function: a version that sleeps has entry dual; this one of function 1 has clobber'],
    ['a leaf with data below r1 sleeps', 'A:M -> local B; B:M zone; sleep B', 'world.sleepers[0].function: a version that sleeps has a frame; this one of function 1 keeps data in the protected zone'],
    ['a replacement with data below r1 sleeps', "A:M -> local B; B:M patched zone; sleep B'", 'this one of function 1 keeps data in the protected zone'],
    ['the same body with data below r1 sleeps', "A:M -> local B; B:M zone patched same; sleep B'", 'this one of function 1 keeps data in the protected zone'],
    ['a handler sleeps', 'A:M; H:K; sleep H; irq 1 at 0 callee+1 runs H', 'world.sleepers[0].function: the interrupt handler 1 leads to function 1, and a handler cannot sleep'],
    ['a handler leads to a sleeper', 'A:M -> local B; B:M patched -> global C; C:N; sleep C; irq 1 at 0 callee+1 runs A', 'the interrupt handler 0 leads to function 2, and a handler cannot sleep'],
    ['sleepers twice', 'A:M -> local B; B:M patched; sleep B; sleep B\'; sleep B to cpu 1', 'world.sleepers[2]: the same version twice'],
    ['too many calls of all tasks', `A:M -> ${'local B, '.repeat(7)}local B; B:M -> ${'local C, '.repeat(7)}local C; C:M -> ${'local D, '.repeat(7)}local D; D:M; task 2 runs A`, 'up to 1170 calls in one unpatched run; at most 1024'],
    ['too many calls in a run', `A:M -> ${'local B, '.repeat(10)}local B; B:M -> ${'local C, '.repeat(10)}local C; C:M -> ${'local D, '.repeat(10)}local D; D:M`, 'up to 1464 calls in one unpatched run; at most 1024'],
    ['too much stack', `A:M -> local B; B:M args 12 saves 18 -> ${'local B x8, '.repeat(8)}local B x8`, 'bytes of stack; at most 15872'],
  ];
  test.each(cases)('%s', (_, text, message) => {
    expect(refusal(ScenarioError, () => parseScenario(text))).toContain(message);
  });

  test('what is allowed', () => {
    for (const text of [
      'A:M -> global B; B:M clobber patched single',
      'A:M -> indirect B; B:K clobber patched',
      'A:K -> indirect B, local C, sibling C; B:M single patched; C:K single',
      'A:M -> local B; B:M args 10 -> sibling C; C:M args 2 variadic patched -> stub-sibling D; D:K args 8 variadic',
      'A:M patched -> local C, global B; B:M -> local A x1, local C; C:P traced -> sibling D; D:P',
      'A:M -> local B; B:M -> sibling C patched same; C:M',
    ].map((text) => text.replace('B:M -> local A x1, local C', 'B:M').replace('A:M patched', 'A:M -> local B patched'))) {
      expect(problemOf(parseScenario(text)), text).toBeUndefined();
    }
  });

  // What the notation cannot say.
  test('a world in which there is nothing, a sleeper that is no function, a switch in a handler', () => {
    const plain = parseScenario('A:M -> local B; B:M; H:K; irq 1 at 1 callee+1 runs H');
    const around = (world: Partial<World>): unknown => ({ ...plain, world: { ...NO_WORLD, ...world } });
    expect(refused(around({}))).toBe('world: nothing is in it; leave it out');
    expect(refused(around({ sleepers: [{ function: 9, replacement: false, cpu: 0 }] }))).toBe('world.sleepers[0].function: no function has id 9');
    const at = { context: 1, call: 0, occurrence: 1, region: 'callee', step: 1 } as const;
    expect(refused(around({ switches: [{ id: 1, at, cpu: 0 }] }))).toBe('world.switches[0].at.context: a switch lands in a task, not in the handler of interrupt 1');
  });

  test('what a world may have', () => {
    for (const text of [
      'A:M; task 2 runs A', 'A:M; task 3 runs A on cpu 1; switch 1 of task3 at 0 callee+1', 'A:K; sleep A to cpu 1', 'A:M; switch 1 at 0 caller+0 to cpu 1; switch 2 at 0 caller+0',
      // A call that another task makes, or nobody: the switch is never delivered.
      'A:M; B:M -> 1 local C; C:M; task 2 runs B; switch 1 at 1 callee+0',
      // An original that keeps data below r1, whose replacement sleeps, and the other way round.
      "A:M -> local B, local C; B:M zone patched; C:M patched zone; sleep B'; sleep C",
      'A:M patched; sleep A; sleep A\'; H:K; irq 1 at 0 callee+1 runs H',
    ]) expect(problemOf(parseScenario(text)), text).toBeUndefined();
  });

  test('a typed scenario is judged without its shape', () => {
    const scenario = sound() as unknown as Scenario;
    expect(isValid(scenario)).toBe(true);
    expect(isValid({ ...scenario, start: 99 })).toBe(false);
  });
});

describe('notation', () => {
  test('every row of the table is read, and printed text reads back', () => {
    for (const { name, text } of TABLE) {
      const scenario = parseScenario(text);
      expect(parseScenario(printScenario(scenario)), name).toEqual(scenario);
    }
  });

  test('worlds too, each field of them', () => {
    const texts = [
      'A:M\ntask 3 runs A on cpu 1\n', "A:M patched\nsleep A\nsleep A' to cpu 1\n", 'A:M -> 1 local B x3\nB:M -> 2 local A x1\nswitch 7 at 2 hook-return+255 #64 to cpu 1\n',
      'A:M\nB:N\nirq 1 of task2 at 0 callee+1 runs A own-stack\nirq 2 in 1 at 0 caller+0 runs B\ntask 2 runs B\ntask 3 runs A\nswitch 1 of task3 at 0 return-site+2\n',
    ];
    for (const text of texts) {
      const scenario = parseScenario(text);
      expect(printScenario(scenario)).toBe(text);
      expect(parseScenario(printScenario(scenario))).toEqual(scenario);
    }
    expect(parseScenario(printScenario(soundWorld() as unknown as Scenario))).toEqual(soundWorld());
  });

  test('the look of it', () => {
    expect(printScenario(sound() as unknown as Scenario)).toMatchInlineSnapshot(`
      "A:M hoisted -> 1 indirect B, 2 local C, 3 global D
      B:M args 10 -> 4 local C x2 patched -> 5 local self x3
      C:M -> 6 local B x1
      D:K patched -> 7 stub-sibling E
      E:N single zone
      F:N -> 8 global D
      irq 1 at 1 hook-entry+4 runs F own-stack
      "
    `);
  });

  test('messages name the line', () => {
    expect(() => parseScenario('A:M\nB:M -> tail A')).toThrow("line 2: 'tail'; expected one of local, global");
    expect(() => parseScenario('A:M -> local B\nB:M patched same -> local A')).toThrow("line 2: a body behind 'same'; expected the original's body");
    expect(() => parseScenario('A:M patched same zone')).toThrow("a body behind 'same'");
    expect(() => parseScenario('A:M -> local X')).toThrow("no function 'X'");
    expect(() => parseScenario('A:M; irq 1 at 0 hook+1 runs A')).toThrow("line 1: 'hook+1'; expected a region");
    expect(() => parseScenario('A:M; A:N')).toThrow('defined twice');
    expect(() => parseScenario('')).toThrow('no function');
    expect(() => parseScenario('A:M\ntask 2 on cpu 1')).toThrow("line 2: 'on'; expected 'runs'");
    expect(() => parseScenario('A:M\ntask two runs A')).toThrow("line 2: 'two'; expected a task's id, 2 or 3");
    expect(() => parseScenario('A:M\ntask 2 runs X')).toThrow("line 2: no function 'X'");
    expect(() => parseScenario('A:M\ntask 2 runs A on 1')).toThrow("line 2: '1'; expected 'cpu'");
    expect(() => parseScenario('A:M\ntask 2 runs A to cpu 1')).toThrow("line 2: 'to' left over");
    expect(() => parseScenario('A:M\nswitch 1 of task4 at 0 callee+0')).toThrow("line 2: 'task4'; expected one of task, task2, task3");
    expect(() => parseScenario('A:M\nswitch 1 of task2')).toThrow("expected 'at'");
    expect(() => parseScenario('A:M\nsleep X')).toThrow("line 2: no function 'X'");
    expect(() => parseScenario('A:M\nsleep A to cpu 2')).toThrow('world.sleepers[0].cpu: 2; expected one of 0, 1');
  });
});
