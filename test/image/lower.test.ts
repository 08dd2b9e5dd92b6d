// Whole programs: what every lowering must have, whatever the scenario.
import { describe, expect, test } from 'vitest';
import { ALL_FEATURES } from '../../src/scenario/features-of.ts';
import { Generator } from '../../src/arbitraries/generate.ts';
import { decode } from '../../src/isa/decode.ts';
import { disassemble } from '../../src/isa/disassemble.ts';
import { CALL_KIND_TABLE } from '../../src/scenario/call-kinds.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { CONTROL, StrategySet } from '../../src/image/core.ts';
import { POINT, TEXT } from '../../src/image/points.ts';
import { createSpace, textStart } from '../../src/image/pages.ts';
import { Lowering } from '../../src/image/lower.ts';
import { PIECE_WORDS } from '../../src/contract/check-code.ts';
import { CALL_KINDS, MODULES, STUB_TARGET } from '../../src/image/program.ts';
import type { ProgramImage } from '../../src/image/program.ts';
import { symbolAt, tocOf } from '../../src/image/symbols.ts';
import { OUT_OF_LINE_STUB_WORDS } from '../../src/kernel/ftrace-out-of-line.ts';
import { ADDRESSES, SCHEDULE_OFFSET } from '../../src/kernel/layout.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import { BOUNDS } from '../../src/scenario/scenario.ts';
import type { Scenario, ScenarioFunction } from '../../src/scenario/scenario.ts';
import { emptyBody } from '../../src/scenario/versions.ts';
import { taskStarts, worldOf } from '../../src/scenario/world.ts';
import { excerpt, indexOf, lowered, lowering, run, runInterrupted, set, space } from './built.ts';

/** Where a version that sleeps calls, under every strategy. */
const SCHEDULE = ADDRESSES.KERNEL_CORE + BigInt(SCHEDULE_OFFSET);

/** In each module somebody sleeps. */
const SLEEPERS = "A:M -> local B, global C, global D; B:M patched; C:N; D:K; sleep B; sleep B' to cpu 1; sleep C; sleep D; second B first; second C";

/** A small generator of our own (multiply and shift), so that this test does not depend on fast-check's. */
function diceFrom(seed: number): { nextInt(min: number, max: number): number } {
  let state = seed >>> 0;
  return {
    nextInt(min, max) {
      state = Math.imul(state, 0x9e3779b1) + 0x7f4a7c15 >>> 0;
      const mixed = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) >>> 0;
      return min + (mixed >>> 8) % (max - min + 1);
    },
  };
}

function scenarios(count: number, seed: number): Scenario[] {
  const generator = new Generator(), dice = diceFrom(seed);
  return Array.from({ length: count }, () => generator.generate(dice, ALL_FEATURES, 12));
}

/** The address that a GEP's two instructions leave in r2, for r12 = the GEP. */
function tocSetBy(program: ProgramImage, version: number): bigint {
  const at = program.versionGlobal[version]!, address = space.addressOf(4 * at);
  const first = space.words[at]! >>> 0, second = space.words[at + 1]! >>> 0;
  if (first === 0xe84cfff8) {
    expect(second).toBe(0x7c426214);
    return BigInt.asUintN(64, address + (BigInt(space.words[at - 1]!) << 32n) + BigInt(space.words[at - 2]! >>> 0));
  }
  expect(first >>> 16).toBe(0x3c4c);
  expect(second >>> 16).toBe(0x3842);
  return BigInt.asUintN(64, address + BigInt((first << 16 >> 16) * 65536 + (second << 16 >> 16)));
}

/** Version that a direct branch or a stub leads to, by address. */
function targetOf(word: number): number {
  return word + (space.words[word]! << 6 >> 8);
}

function checkProgram(program: ProgramImage): void {
  for (let version = 0; version < program.versions; version++) {
    const entry = Math.min(program.versionGlobal[version]!, program.versionLocal[version]!);
    expect(program.versionGlobal[version]! % 64 === 0 || program.variant !== 0).toBe(true);
    for (let word = entry; word < program.versionEnd[version]!; word++) {
      const text = disassemble(space.words[word]!);
      if (decode(space.words[word]!) === undefined) throw new Error(`${symbolAt(program, set, space.addressOf(4 * word))}: ${text}`);
      if (space.textTag[word] !== TEXT.BODY && space.textTag[word] !== TEXT.HOOK) throw new Error(`tag ${space.textTag[word]} at word ${word}`);
    }
    if (program.versionEntry[version] === 0 && program.variant === 0) {
      expect(tocSetBy(program, version)).toBe(tocOf(program, program.versionModule[version]!));
    }
    expect(space.pointKind[program.versionEnd[version]! - 1]).toBeOneOf([POINT.EXIT, POINT.SIBLING]);
  }
  checkCalls(program);
  checkStubs(program);
  checkPointsInside(program);
}

function checkCalls(program: ProgramImage): void {
  for (let call = 2; call < program.calls; call++) {
    const row = CALL_KIND_TABLE[CALL_KINDS[program.callKind[call]!]!], site = program.callSite[call]!, callee = program.callCallee[call]!;
    const owner = program.callOwner[call]!;
    expect(site).toBeGreaterThan(program.versionLocal[owner]!);
    expect(site).toBeLessThan(program.versionEnd[owner]!);
    expect(space.pointKind[site]).toBe(row.returnsHere ? POINT.CALL : POINT.SIBLING);
    expect(space.pointData[site]).toBe(call);
    if (callee < 0) expect(program.versionSleeps[owner]).toBe(1);
    if (row.branch.endsWith('entry')) expect(4n * BigInt(targetOf(site) - site) + space.addressOf(4 * site)).toBe(callee < 0 ? SCHEDULE : space.addressOf(4 * program.versionLocal[callee]!));
    if (row.stub) {
      const stub = program.stubWord.subarray(0, program.stubs).indexOf(targetOf(site));
      expect(program.stubTarget[stub]).toBe(callee < 0 ? STUB_TARGET.SCHEDULE : callee);
      expect(program.stubModule[stub]).toBe(program.callModule[call]);
    }
    if (!row.returnsHere) {
      expect(program.callLand[call]).toBe(-1);
      continue;
    }
    expect(program.callLand[call]).toBe(site + 1);
    expect(program.callResume[call]).toBe(site + 1 + row.after.length);
    expect(space.pointKind[program.callResume[call]!]).toBe(row.after.length === 0 ? POINT.LAND_RESUME : POINT.RESUME);
    if (row.after.length > 0) expect(space.pointKind[program.callLand[call]!]).toBe(POINT.LAND);
  }
}

/** Follows a stub by hand: what it loads, from the module's own TOC, is its target's entry. */
function checkStubs(program: ProgramImage): void {
  for (let stub = 0; stub < program.stubs; stub++) {
    const at = program.stubWord[stub]!, target = program.stubTarget[stub]!, words = space.words;
    const displacement = (word: number): number => words[word]! << 16 >> 16;
    if (target === STUB_TARGET.FTRACE) {
      expect(ADDRESSES.KERNEL_CORE & ~0xffffffn).toBe(ADDRESSES.KERNEL_CORE - BigInt(displacement(at + 1) * 65536 + displacement(at + 2)));
      continue;
    }
    const data = tocOf(program, program.stubModule[stub]!) + BigInt(displacement(at) * 65536 + displacement(at + 1) + (displacement(at + 3) & ~3));
    const flat = space.flatByte(Number(BigInt.asIntN(32, data >> 32n)), Number(BigInt.asIntN(32, data)));
    const loaded = (BigInt(words[(flat >> 2) + 1]! >>> 0) << 32n) + BigInt(words[flat >> 2]! >>> 0);
    expect(loaded).toBe(target === STUB_TARGET.SCHEDULE ? SCHEDULE : space.addressOf(4 * program.versionGlobal[target]!));
  }
}

function checkPointsInside(program: ProgramImage): void {
  const inside = new Uint8Array(space.words.length);
  for (let version = 0; version < program.versions; version++) {
    inside.fill(1, Math.min(program.versionGlobal[version]!, program.versionLocal[version]!), program.versionEnd[version]!);
  }
  for (let stub = 0; stub < program.stubs; stub++) inside.fill(1, program.stubWord[stub]!, program.stubWord[stub]! + 6);
  for (let version = 0; version < program.versions; version++) {
    const stub = program.versionStub[version]!;
    if (stub >= 0) inside.fill(1, stub, stub + OUT_OF_LINE_STUB_WORDS);
  }
  for (let word = textStart(0); word < textStart(MODULES.length); word++) {
    if (space.pointKind[word] !== POINT.NONE && inside[word] === 0) throw new Error(`a point at ${word} outside of everything`);
    if (inside[word] === 0 && space.textTag[word] !== TEXT.NONE) throw new Error(`a tag at ${word} outside of everything`);
  }
}

describe('any scenario', () => {
  test('decodes, has its points inside, and all that it branches to and loads is where it should be', () => {
    let calls = 0, stubs = 0;
    const sleeps = MODULES.map(() => 0);
    for (const scenario of [...scenarios(60, 1), parseScenario(SLEEPERS)]) {
      for (let variant = 0; variant < set.variants.length; variant++) {
        const program = lowering.lower(scenario, variant);
        checkProgram(program);
        calls += program.calls - 2;
        stubs += program.stubs;
        for (let call = 2; call < program.calls; call++) if (program.callCallee[call]! < 0) sleeps[program.callModule[call]]!++;
        expect([...program.taskStart.subarray(0, taskStarts(scenario).length)].map((version) => scenario.functions[version]!.id)).toEqual(taskStarts(scenario));
      }
    }
    expect([set.variants.length > 3, calls > 1_000, stubs > 500]).toEqual([true, true, true]);
    // Out of each module somebody sleeps: vmlinux calls `schedule` itself, the others call a stub.
    expect(sleeps.map((count) => count > 0)).toEqual(MODULES.map(() => true));
  });

  test('leaves nothing behind: lowering another one and then it again gives the same memory', () => {
    const [first, ...others] = scenarios(12, 2);
    const memory = (): string => {
      const from = 4 * textStart(0), to = 4 * textStart(MODULES.length);
      return [space.bytes.slice(from, to), space.pointKind.slice(from >> 2, to >> 2), space.textTag.slice(from >> 2, to >> 2)]
        .map((part) => Buffer.from(part).toString('base64')).join();
    };
    lowering.lower(first!, 0);
    const before = memory();
    for (const other of others) lowering.lower(other, 1);
    expect(memory() === before).toBe(false);
    lowering.lower(first!, 0);
    expect(memory() === before).toBe(true);
  });

  test('says which words are stale', () => {
    const [first, second] = scenarios(2, 3);
    lowering.lower(first!, 0);
    const before = space.words.slice();
    const program = lowering.lower(second!, 0);
    const stale = new Uint8Array(space.words.length);
    for (let i = 0; i < program.writtenRanges; i++) stale.fill(1, program.written[2 * i], program.written[2 * i + 1]);
    let changed = 0;
    for (let word = textStart(0); word < textStart(MODULES.length); word++) {
      if (before[word] === space.words[word]) continue;
      changed++;
      if (stale[word] === 0) throw new Error(`word ${word} has changed and is not named`);
    }
    expect(changed).toBeGreaterThan(200);
  });

  test('runs from thread_start to thread_done unpatched, in every code variant, and patched under the control hook', () => {
    let instructions = 0, tasks = 0, changes = 0;
    for (const scenario of scenarios(420, 4)) {
      for (let variant = 0; variant < set.variants.length; variant++) {
        if (set.variants[variant]?.hasTracedEntry === true && scenario.world?.outOfLine === true) continue; // nobody runs it then
        const program = lowering.lower(scenario, variant);
        // odd-toc's global entries leave r2 odd, which only its own ftrace entry understands.
        const unpatched = run(program, set.variants[variant]?.hasTracedEntry === true ? indexOf('odd-toc') : CONTROL, false);
        expect(unpatched.stop, printScenario(scenario)).toEqual({ kind: 'yield' });
        expect(unpatched.done).toBe(true);
        instructions += unpatched.machine.instructions;
        tasks += worldOf(scenario).tasks.length;
        changes += unpatched.changes;
        if (variant === 0) expect(run(program, CONTROL, true).done).toBe(true);
      }
    }
    // Tasks take turns also where they sleep, not only where one ends.
    expect([tasks > 100, changes > tasks + 100]).toEqual([true, true]);
    expect(instructions).toBeGreaterThan(400_000);
    expect(lowering.damaged).toBe(false);
  });
});

test('an interrupt at any instruction, on either stack, leaves a run that comes to its end', () => {
  const program = lowered('places P=1\nA:M hoisted -> local B, indirect C\nB:M args 9 patched same\nC:M zone saves 2\nF:N -> local D\nD:N patched', 'livepatch-stack');
  let delivered = 0;
  for (let step = 2; step < 1000; step++) {
    const result = runInterrupted(program, indexOf('livepatch-stack'), step, 3, step % 2 === 0);
    expect(result.done, `step ${step}: ${JSON.stringify(result.stop, (_, value: unknown) => (typeof value === 'bigint' ? value.toString(16) : value))}`).toBe(true);
    if (!result.delivered) break;
    delivered++;
  }
  expect(delivered).toBeGreaterThan(200);
  set.select(CONTROL);
});

describe('addresses', () => {
  const text = (places: string): string => `${places}\nA:M -> global B, global C\nB:N\nC:K`;

  test('modules of one place lie within 2 GiB of each other, of different places further apart', () => {
    const distance = (program: ProgramImage, a: number, b: number): number => Math.abs(Number(tocOf(program, a) - tocOf(program, b)));
    const near = lowered(text(''));
    expect(distance(near, 0, 1)).toBeLessThan(2 ** 31);
    expect(distance(near, 1, 2)).toBeLessThan(2 ** 31);
    const far = lowered(text('places M=1 N=2 P=1'));
    expect(distance(far, 0, 1)).toBeGreaterThan(2 ** 32);
    expect(distance(far, 1, 2)).toBeGreaterThan(2 ** 32);
    expect(distance(far, 1, 3)).toBeLessThan(2 ** 31);
    expect(symbolAt(far, set, tocOf(far, 1))).toBe('.TOC. [M]');
    checkProgram(far);
    checkProgram(lowered(text('places N=1 P=2')));
  });

  test('entry sequences: K and N reach their TOC by addis and addi, M and P by the large code model; N has the older mcount site', () => {
    const program = lowered('A:M -> local B, global C, global D\nB:M patched traced\nC:N traced\nD:K traced');
    expect(excerpt(program, 'f1', 0, 4)).toMatchInlineSnapshot(`
      "c000000010000200:  e84cfff8  ld      r2,-8(r12)                  # entry global f1
      c000000010000204:  7c426214  add     r2,r2,r12
      c000000010000208:  7c0802a6  mflr    r0                          # entry local f1
      c00000001000020c:  480000d5  bl      c0000000100002e0 <stub.ftrace [M]>"
    `);
    expect(excerpt(program, "f1'", 0, 4)).toMatchInlineSnapshot(`
      "c000000010400100:  e84cfff8  ld      r2,-8(r12)                  # entry global f1'
      c000000010400104:  7c426214  add     r2,r2,r12
      c000000010400108:  7c0802a6  mflr    r0                          # entry local f1'
      c00000001040010c:  48000095  bl      c0000000104001a0 <stub.ftrace [P]>"
    `);
    expect(excerpt(program, 'f2', 0, 6)).toMatchInlineSnapshot(`
      "c000000010200100:  3c4c0010  addis   r2,r12,16                   # entry global f2
      c000000010200104:  38427f00  addi    r2,r2,32512
      c000000010200108:  7c0802a6  mflr    r0                          # entry local f2
      c00000001020010c:  f8010010  std     r0,16(r1)
      c000000010200110:  48000091  bl      c0000000102001a0 <stub.ftrace [N]>
      c000000010200114:  7c0802a6  mflr    r0                          # mcount return f2"
    `);
    expect(excerpt(program, 'f3', 0, 5)).toMatchInlineSnapshot(`
      "c000000000020100:  3c4c00fe  addis   r2,r12,254                  # entry global f3
      c000000000020104:  38427f00  addi    r2,r2,32512
      c000000000020108:  7c0802a6  mflr    r0                          # entry local f3
      c00000000002010c:  4bfefef5  bl      c000000000010000 <ftrace_entry>
      c000000000020110:  7c0802a6  mflr    r0                          # mcount return f3"
    `);
  });
});

test('odd-toc: the global entries of traced and patched functions leave r2 odd, others do not', () => {
  const program = lowered('A:N -> local B\nB:N patched', 'odd-toc');
  expect(tocSetBy(program, 0)).toBe(tocOf(program, 2));
  expect(tocSetBy(program, 1)).toBe(tocOf(program, 2) + 1n);
});

test('the largest scenario within the bounds fits, with pieces', () => {
  const body = { ...emptyBody, nonvolatile: 18, earlyExit: true };
  const functions: ScenarioFunction[] = Array.from({ length: BOUNDS.functions }, (_, id) => ({
    id, module: 'M', entry: 'dual', args: BOUNDS.args, variadic: true, traced: false, body,
    replacement: {
      entry: 'dual', traced: true,
      body: { ...body, calls: [1, 2].map((k) => ({ id: 2 * id + k, kind: 'indirect', callee: (id + k) % BOUNDS.functions, limit: 1 })) },
    },
  }));
  const scenario: Scenario = { places: { M: 0, N: 0, P: 0 }, start: 0, interrupts: [], functions };
  for (let variant = 0; variant < set.variants.length; variant++) checkProgram(lowering.lower(scenario, variant));
  // And with the largest pieces that a strategy may have.
  const nops = (labels: string): string => `${labels}\n${'nop\n'.repeat(PIECE_WORDS)}`;
  const largest: Strategy = {
    name: 'largest', summary: '', origin: '', claim: { kind: 'holds', assuming: [] },
    code: {
      replacement_entry: nops('replacement_entry: replacement_local_entry:'), replacement_save: nops('replacement_save:'),
      replacement_exit: nops('replacement_exit:'),
    },
  };
  const room = createSpace(1), alone = new StrategySet(room, [largest]);
  expect(() => new Lowering(room, alone).lower(scenario, 1)).not.toThrow();
});
