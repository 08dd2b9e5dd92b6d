// Functions of vmlinux itself, patched: which ones are taken, what is put in their place, and what booted kernels once wrote down (recorded/kernel-core.json; made by `npx jiti scripts/core-runs.ts`) against the model of today.
// Nothing needs to be installed for it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { FRAME } from '../../src/abi/frame.ts';
import { TEXT } from '../../src/image/points.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { hookedIn } from '../../src/scenario/world.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { compareSides } from '../../src/verify/kernel/compare.ts';
import { thatFit } from '../../src/verify/kernel/core-layer.ts';
import { roomFor } from '../../src/verify/kernel/core-text.ts';
import type { Sites } from '../../src/verify/kernel/function-text.ts';
import { kernelRun, runsOf } from '../../src/verify/kernel/log.ts';
import { ModelSide } from '../../src/verify/kernel/model-side.ts';
import { programOf } from '../../src/verify/kernel/modules.ts';
import { BUILT } from '../../src/verify/kernel/plan.ts';
import { decodeRecords } from '../../src/verify/kernel/recording.ts';
import { runnerFiles } from '../../src/verify/kernel/runner-text.ts';
import { coreTextOf, exportsIn } from '../../src/verify/kernel/stand-ins.ts';
import type { CoreText } from '../../src/verify/kernel/stand-ins.ts';
import { versionsOf } from '../../src/verify/kernel/versions.ts';
import { RECORDED_CORE } from './recorded/kernel-runs.ts';
import { TEXT_ADDRESS as AT, elfFile } from '../object/elf-file.ts';

interface Log {
  readonly kernel: string;
  readonly sites: Sites;
  readonly hook: readonly [string, string];
  readonly core: readonly (readonly [scenario: number, version: number, address: string])[];
  readonly runs: readonly (readonly [scenario: number, name: string])[];
  readonly records: readonly string[];
}

const { logs } = JSON.parse(readFileSync(new URL('./recorded/kernel-core.json', import.meta.url), 'utf8')) as { readonly logs: readonly Log[] };
const MERGED = BUILT_IN.findIndex(({ name }) => name === 'livepatch-stack');
const asHooked = (text: string, { sites }: Log): Scenario => hookedIn(parseScenario(text), sites === 'out-of-line' ? 'out-of-line' : 'in-line');

/** Of each recorded run how many events it has, how often it is in a hooked function of vmlinux, and the first difference. */
function replay(log: Log, fault?: ModelSide['fault'], moved = 0n): { readonly name: string; readonly events: number; readonly hooked: number; readonly difference: string | undefined }[] {
  const model = new ModelSide(BUILT_IN), core = new Map(log.core.map(([scenario, version, at]) => [`${scenario}.${version}`, BigInt(`0x${at}`) + moved]));
  model.fault = fault;
  return runsOf(decodeRecords(log.records)).runs.map((logged) => {
    const [number, name] = log.runs[logged.number]!, scenario = asHooked(RECORDED_CORE[number]!, log), versions = versionsOf(scenario);
    const ours = model.run(scenario, MERGED, name !== 'unpatched', false);
    const found = compareSides(ours, kernelRun(logged, scenario, versions, 0, [BigInt(`0x${log.hook[0]}`), BigInt(`0x${log.hook[1]}`)], log.sites, (version) => core.get(`${number}.${version}`)));
    const hooked = ours.events.filter(({ mark, version }) => (mark === 'lep' || mark === 'single') && versions[version]!.module === 'K' && versions[version]!.replacedBy !== undefined && name !== 'unpatched').length;
    return { name, events: ours.events.length, hooked, difference: found === undefined ? undefined : `${name}: ${found.what}: ${found.ours} / ${found.theirs}` };
  });
}

describe('what booted kernels wrote down', () => {
  test('is of 6.1 and of both builds of 7.3, unpatched and live patched', () => {
    expect(logs.map(({ kernel, sites, runs }) => `${kernel}, ${sites}, ${runs[0]![1]}`)).toEqual([['6.1.192', 'far'], ['7.3.4', 'near'], ['7.3.4', 'out-of-line']].flatMap(([version, sites]) =>
      ['unpatched', 'livepatch-stack, live patched'].map((name) => `Linux version ${version}, ${sites}, ${name}`)));
  });

  test.each(logs.map((log) => [`${log.kernel}, ${log.sites}, ${log.runs[0]![1]}`, log] as const))('%s: every event is the model\'s, and functions of vmlinux are among them', (_, log) => {
    const runs = replay(log), symbols = log.core.map(([, , at]) => BigInt(`0x${at}`));
    expect(runs.flatMap(({ difference }) => difference ?? [])).toEqual([]);
    expect([runs.length, runsOf(decodeRecords(log.records)).whole]).toEqual([RECORDED_CORE.length, true]);
    expect(runs.reduce((sum, { events }) => sum + events, 0)).toBeGreaterThan(60);
    if (log.runs[0]![1] !== 'unpatched') expect(runs.map(({ hooked }) => hooked).every((it) => it > 0)).toBe(true);
    // All lie in one text, where the kernel is linked, each at a place of its own.
    expect(symbols.every((it) => it >> 25n === 0xc000000000000000n >> 25n)).toBe(true);
    expect(new Set(symbols).size).toBe(symbols.length);
  });

  test.each(logs.map((log) => [`${log.kernel}, ${log.sites}, ${log.runs[0]![1]}`, log] as const))('%s: an error in the model is caught: its stubs, its return sites, its hook; and so is another symbol', (_, log) => {
    const broken = (tag: number, word: number, by: number): readonly string[] => {
      let planted = 0;
      const found = replay(log, ({ space }) => {
        for (let at = 0; at < space.words.length; at++) if (space.textTag[at] === tag && space.words[at] === (word | 0)) {
          space.words[at] = word + by | 0;
          planted++;
        }
      }).flatMap(({ difference }) => difference ?? []);
      expect(planted).toBeGreaterThan(0);
      return found;
    };
    const live = log.runs[0]![1] !== 'unpatched';
    // ld r12,32(r11) of a stub; ld r2,24(r1) of a return site; ld r2,-24(r11) of livepatch_return: K's TOC pointer, where K's function has called one that is patched
    expect(broken(TEXT.STUB, 0xe98b0020, -8)).toContainEqual(expect.stringMatching(/behind event \d+: the run is over: bad-fetch \/ gep of version/));
    expect(broken(TEXT.BODY, 0xe8410000 + FRAME.TOC, -8)).toContainEqual(expect.stringMatching(/r2 at event \d+, resume of call \d+ of version \d+: other \/ TOC of [KMN]$/));
    if (live) expect(broken(TEXT.HOOK, 0xe84bffe8, 8)).toContainEqual(expect.stringMatching(/^livepatch-stack, live patched: r2 at event \d+, land of call \d+ of version \d+: .* \/ TOC of [KMNP]$/));
    expect(replay(log, undefined, 16n).flatMap(({ difference }) => difference ?? [])).toContainEqual(expect.stringMatching(/r12 at event \d+, gep of version \d+: here \/ elsewhere$/));
  });
});

describe('functions of a kernel that others can stand in for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-stand-ins-'));
  const textOf = (vmlinux: Uint8Array, symvers: string, sites: Sites): CoreText => {
    try {
      writeFileSync(join(folder, 'vmlinux'), vmlinux);
      writeFileSync(join(folder, 'Module.symvers'), symvers);
      return coreTextOf(join(folder, 'vmlinux'), join(folder, 'Module.symvers'), sites);
    } finally {
      rmSync(join(folder, 'vmlinux'), { force: true });
    }
  };
  const TOC = AT + 0x123458n, LISTS = AT + 0x100000n, IN_LINE = [0x7c0802a6, 0x48000001], OUT = [0x60000000, 0x7c0802a6];
  const entry = (i: number, ...behind: readonly number[]): readonly number[] => {
    const far = Number(TOC - AT) - 32 * i;
    return [0x3c4c0000 | far + 0x8000 >> 16, 0x38420000 | far & 0xffff, ...behind, ...Array<number>(6 - behind.length).fill(0x60000000)];
  };
  const doublewords = (values: readonly bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer);
  /** `data`, `listed`: functions that a pointer leads to, in the kernel's data and in its list of exports. */
  const vmlinux = (functions: readonly { readonly name: string; readonly words: readonly number[]; readonly size?: number }[], data: readonly bigint[] = [], listed: readonly bigint[] = []): Uint8Array => elfFile({
    kind: 'linked', text: new Uint8Array(Uint32Array.from(functions.flatMap(({ words }) => words)).buffer),
    symbols: [...functions.map(({ name, size }, i) => ({ name, section: 1, value: 32 * i, size: size ?? 32 })), { name: '_etext', section: 1, value: 0x2000 }],
    sections: [
      { name: '__ksymtab_gpl', bytes: new Uint8Array(64), address: LISTS },
      { name: '.rela.dyn', bytes: doublewords([...data.flatMap((it, i) => [LISTS + 0x1000n + 8n * BigInt(i), 22n, it]), ...listed.flatMap((it, i) => [LISTS + 8n * BigInt(i), 22n, it])]) },
    ],
  });
  const all = (names: readonly string[]): string => names.map((name) => `0x00000000\t${name}\tvmlinux\tEXPORT_SYMBOL_GPL\t\n`).join('');

  test('are exported, have two entries and a call of ftrace, and nobody in the kernel knows them', () => {
    const branch = (from: number, to: number): number => (0x48000001 | to - from & 0x3fffffc) >>> 0;
    const functions = [
      { name: 'good', words: entry(0, ...IN_LINE) },
      { name: 'hidden', words: entry(1, ...IN_LINE) },
      { name: 'quiet', words: entry(2, 0x60000000, 0x60000000) },
      { name: 'single', words: [...IN_LINE, ...Array<number>(6).fill(0x60000000)] },
      { name: 'called', words: entry(4, ...IN_LINE) },
      { name: 'called_locally', words: entry(5, ...IN_LINE) },
      { name: 'known', words: entry(6, ...IN_LINE) },
      { name: 'twice', words: entry(7, ...IN_LINE) },
      { name: 'twice', words: entry(8, ...IN_LINE) },
      { name: 'short', words: entry(9, ...IN_LINE), size: 16 },
      { name: 'another', words: [0x3c4c0011, ...entry(10, ...IN_LINE).slice(1)] },
      { name: 'caller', words: [branch(32 * 11, 32 * 4), branch(32 * 11 + 4, 32 * 5 + 8), ...Array<number>(6).fill(0x60000000)] },
      { name: 'better', words: entry(12, ...IN_LINE) },
    ];
    const exported = all([...new Set(functions.map(({ name }) => name))].filter((it) => it !== 'hidden'));
    // A pointer in data is one too many; one in a list of exports is how it is exported.
    const { standIns, site, toc, room } = textOf(vmlinux(functions, [AT + 6n * 32n], [AT]), exported, 'far');
    expect(standIns).toEqual([{ name: 'better', address: AT + 12n * 32n }, { name: 'good', address: AT }]);
    expect([site, toc, room]).toEqual([12, TOC, [AT + 13n * 32n, AT + 0x2000n]]);
  });

  test('out of line the call is a no-op at the local entry', () => {
    const functions = [{ name: 'good', words: entry(0, ...OUT) }, { name: 'bad', words: entry(1, ...IN_LINE) }];
    expect(textOf(vmlinux(functions), all(['good', 'bad']), 'out-of-line')).toMatchObject({ site: 8, standIns: [{ name: 'good' }] });
  });

  test('none, or no kernel, is said', () => {
    expect(() => textOf(vmlinux([{ name: 'good', words: entry(0, ...IN_LINE) }]), all(['other']), 'far')).toThrow(/has no function that is exported, traced, and called by nobody/);
    expect(() => textOf(new Uint8Array(100), '', 'far')).toThrow(/no ELF file/);
    expect([...exportsIn('0x0\ta\tvmlinux\tEXPORT_SYMBOL\t\n0x0\tb\tvmlinux\tEXPORT_SYMBOL\tNS\n0x0\tc\tdrivers/d\tEXPORT_SYMBOL\t\n\n')]).toEqual(['a']);
  });
});

describe('the writer', () => {
  const standIns = Array.from({ length: 40 }, (_, i) => ({ name: `kernel_function_${i}`, address: 0xc000000000100000n + 64n * BigInt(i) }));
  const core = (bytes: bigint): CoreText => ({ standIns, site: 12, toc: 0xc0000000004b8000n, room: [0xc0000000003b40a0n, 0xc0000000003b40a0n + bytes] });
  const scenarios = RECORDED_CORE.map(parseScenario);

  test('names what is patched in vmlinux in an object without a name, and has K\'s text in one piece, with all its events', () => {
    const program = programOf(scenarios, [undefined], true, 'far', core(0x8000n)), of = (name: string, i: number): string => program.modules.find((it) => it.name === name)!.files[i]!.text;
    expect(of('p0', 1)).toMatch(/\{ \.funcs = funcs_k \}/);
    const patched = scenarios.reduce((sum, { functions }) => sum + functions.filter(({ module, replacement }) => module === 'K' && replacement !== undefined).length, 0);
    expect(of('p0', 1).match(/\.old_name = "kernel_function_\d+", \.new_func = p0_s\d_v\d /g)!.length).toBe(patched);
    expect(of('m', 0)).toMatch(/\.Lstub_0_1:\n\t\.long.*\n\tb kernel_function_0\n/);
    expect(program.core!.text).toMatch(/kernel_function_0_lep:\n.*\n\tmflr r0\n\tb kernel_function_0\+12\n\t\.globl\tkernel_function_0_on\n/);
    expect(program.core!.text).toMatch(/\tbl kernel_function_\d+_lep\n/);
    const runner = runnerFiles({ name: 'run', program, runs: [{ scenario: 1, strategy: -1, set: 0, most: 9 }], strategies: [], replacements: true })[0]!.text;
    expect(runner).toContain('extern char tocsin_in_kernel_function_0[] asm("kernel_function_0");');
    expect(runner).toMatch(/\{ \(u64 \*\)0xc0000000003b40a0UL \+ 0, \{ \(u64\)\w+ \} \}/);
    expect(runner).toContain('{ (u64)tocsin_in_kernel_function_0 + 12, ');
  });

  test('makes as many boots as the kernel\'s text, and its functions, ask for', () => {
    const bytes = scenarios.map((it) => roomFor(programOf([it], [undefined], true, 'far', core(0x8000n)).core!.text));
    expect(Math.min(...bytes)).toBeGreaterThan(100);
    expect(thatFit(scenarios, core(0x8000n), 'far').map((it) => it.length)).toEqual([3]);
    expect(thatFit(scenarios, core(BigInt(bytes[0]! + bytes[1]!)), 'far').map((it) => it.length)).toEqual([2, 1]);
    expect(thatFit(scenarios, { ...core(0x8000n), standIns: standIns.slice(0, 5) }, 'far').map((it) => it.length)).toEqual([1, 2]);
    expect(() => thatFit(scenarios, core(64n), 'far')).toThrow(/a scenario of \d+ bytes in the kernel's text, which has room for 64/);
    expect(() => programOf(scenarios, [undefined], true, 'far', { ...core(0x8000n), standIns: standIns.slice(0, 2) })).toThrow(/the kernel has 2 functions that others can stand in for; expected more/);
  });

  test('has a function of the generator\'s for each of K, with two events or one at its entries', () => {
    const drawn = Array.from({ length: 60 }, (_, i) => scenarioAt(scenarioArbitrary({ features: BUILT }), 11n, 0, i)).filter(({ functions }) => functions.some(({ module }) => module === 'K'));
    expect(drawn.length).toBeGreaterThan(20);
    for (const scenario of drawn) {
      const text = programOf([scenario], [undefined], true, 'out-of-line', core(0x8000n)).core!.text, own = scenario.functions.filter(({ module }) => module === 'K');
      expect(text.match(/# gep$/gm)?.length ?? 0).toBe(own.filter(({ entry }) => entry === 'dual').length);
      expect(text.match(/_on:$/gm)!.length).toBe(own.length);
      expect(text).not.toContain('_mcount');
    }
  });
});
