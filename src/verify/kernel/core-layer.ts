/**
 * Functions of vmlinux itself, patched: K's functions of a scenario take the place of functions of the booted kernel (core-text.ts), with its symbols, its exports and its calls of ftrace, in its own text. M and N call them through the
 * module loader's stubs to exports of vmlinux; the live patch names them in an object without a name. Run unpatched and live patched, every event compared.
 */
import type { Scenario } from '../../scenario/scenario.ts';
import type { VerifyResult } from '../result.ts';
import { coreFiles, roomFor } from './core-text.ts';
import { GuestError } from './guest-error.ts';
import { boot, buildModules } from './guest-machine.ts';
import { MERGED, PATIENCE, layer, rangeOf } from './layer.ts';
import type { Bench, KernelOptions } from './layer.ts';
import { makefileOf, programOf } from './modules.ts';
import type { Program } from './modules.ts';
import { livePlan } from './plan.ts';
import type { Plan } from './plan.ts';
import { runnerCode } from './runner-code.ts';
import { runnerFiles } from './runner-text.ts';
import { coreTextOf } from './stand-ins.ts';
import type { CoreText } from './stand-ins.ts';

/** With so many scenarios some must call a function of vmlinux through its hook. */
export const MUST_REACH = 10;

/** What modules of ours call themselves, or may. */
const OURS = new Set(`${runnerCode({ name: 'run', strategies: [] })} klp_enable_patch vmap kvfree flush_icache_range`.match(/\w+/g));

export async function verifyCore(options: KernelOptions): Promise<VerifyResult> {
  return layer('kernel-core', options, 'live', async (bench, kernel) => {
    const number = options.strategies.findIndex((it) => it.name === MERGED);
    if (number < 0) {
      bench.tally.skip('all', `${MERGED} is not among the strategies`);
      return;
    }
    const all = coreTextOf(kernel.image, kernel.symvers!, kernel.sites), core: CoreText = { ...all, standIns: all.standIns.filter(({ name }) => !OURS.has(name)) };
    const hook = rangeOf(kernel, 'livepatch_handler');
    await bench.batches(async (drawn, folder) => {
      for (const [i, scenarios] of thatFit(drawn, core, kernel.sites).entries()) {
        const at = `${folder}-${i}`, program = programOf(scenarios, [undefined], true, kernel.sites, core);
        const before = livePlan(scenarios, number, bench.model, false), after = livePlan(scenarios, number, bench.model, true);
        bench.noteCalls(program);
        bench.say(`building modules of ${scenarios.length} scenarios`);
        const runner = (name: string, plan: Plan, replacements: boolean) => runnerFiles({ name, program, runs: plan.runs, strategies: [], replacements });
        const modules = program.modules.filter(({ name }) => name !== 'k');
        buildModules(kernel, at, [...coreFiles(program, at), ...modules.flatMap((it) => it.files), ...runner('run', before, false), ...runner('run2', after, true)], makefileOf([...program.modules.map((it) => it.name), 'run', 'run2']));
        bench.say(`booting, ${before.runs.length} runs unpatched and ${after.runs.length} live patched`);
        const booted = await boot(kernel, at, ['/tocsin_k.ko', '/tocsin_m.ko', '/tocsin_n.ko', '/tocsin_run.ko', '/tocsin_p0.ko', 'wait /sys/kernel/livepatch/tocsin_p0/transition', '/tocsin_run2.ko'], PATIENCE);
        const half = booted.chunks.length / 2;
        bench.compare(program, before, booted.chunks.slice(0, half), booted.console, hook, () => 'unpatched');
        bench.compare(program, after, booted.chunks.slice(half), booted.console, hook, () => `${MERGED}, live patched`);
        noteReached(bench, program, before, 'unpatched');
        noteReached(bench, program, after, 'patched');
        if (i > 0) bench.tally.note('boots');
      }
    });
    const { tally } = bench;
    if (options.given === undefined && tally.counted('scenarios') >= MUST_REACH && bench.found.length === 0 && (tally.counted('vmlinux called, patched') === 0 || tally.counted('vmlinux hooked, patched') === 0)) {
      throw new GuestError(`${tally.counted('scenarios')} scenarios, and no hook of a function of vmlinux was reached`);
    }
  });
}

/** Scenarios, boot by boot, as many as the kernel's text has room for. */
export function thatFit(scenarios: readonly Scenario[], core: CoreText, sites: Program['sites']): readonly (readonly Scenario[])[] {
  const groups: Scenario[][] = [], most = Number(core.room[1] - core.room[0]);
  let left = 0, standIns = 0;
  for (const scenario of scenarios) {
    const need = roomFor(programOf([scenario], [undefined], true, sites, core).core!.text), functions = scenario.functions.filter(({ module }) => module === 'K').length;
    if (need > most) throw new GuestError(`a scenario of ${need} bytes in the kernel's text, which has room for ${most}`);
    if (groups.length === 0 || need > left || functions > standIns) {
      groups.push([]);
      left = most;
      standIns = core.standIns.length;
    }
    groups.at(-1)!.push(scenario);
    left -= need;
    standIns -= functions;
  }
  return groups;
}

/** How often functions of vmlinux were entered by the runs of a plan, and of them hooked. */
function noteReached({ tally }: Bench, program: Program, plan: Plan, how: 'unpatched' | 'patched'): void {
  for (const { scenario, ours } of plan.runs) {
    const versions = program.versions(scenario);
    for (const { mark, version } of ours.events) {
      if ((mark !== 'lep' && mark !== 'single') || program.core!.standIn(scenario, version) === undefined) continue;
      tally.note(`vmlinux called, ${how}`);
      if (how === 'patched' && versions[version]!.replacedBy !== undefined) tally.note('vmlinux hooked, patched');
    }
  }
}
