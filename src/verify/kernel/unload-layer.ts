/**
 * Whether a module can be removed under a task that sleeps: each scenario has a live patch of its own (module P), all have a second one (Q), and one task of each sleeps. One after the other each first patch is turned off; somebody
 * waits for its transition for a second and a half and removes the module, or is refused; then that task is woken. What the kernel answers, and what the task does then, must be what the model's walker and transitions say. Where
 * they let go of text that is yet to be returned to, the task must fail to fetch at the address that the model names.
 */
import type { VerifyResult } from '../result.ts';
import { compareSides } from './compare.ts';
import { GuestError } from './guest-error.ts';
import { boot, buildModules } from './guest-machine.ts';
import type { Booted } from './guest-machine.ts';
import { MERGED, PATIENCE, layer, rangeOf, tokenOf } from './layer.ts';
import type { Bench, KernelOptions } from './layer.ts';
import { kernelRun, known, removalOf, traceOf } from './log.ts';
import type { HookRange } from './log.ts';
import { makefileOf, programOf } from './modules.ts';
import type { Program } from './modules.ts';
import { SPARE } from './plan.ts';
import { SleepModel } from './sleep-model.ts';
import { SLEEPER_KINDS } from './sleep-case.ts';
import type { SleepCase } from './sleep-case.ts';
import { unloadCase } from './unload-plan.ts';
import { unloadRunnerFiles } from './unload-runner.ts';

/** Seconds for each: a transition that is held is waited for twice. */
const SLOW = 10;

export async function verifyUnload(options: KernelOptions): Promise<VerifyResult> {
  return layer('kernel-unload', options, 'live', async (bench, kernel) => {
    const number = options.strategies.findIndex((it) => it.name === MERGED), model = new SleepModel(options.strategies), hook = rangeOf(kernel, 'livepatch_handler');
    if (number < 0) {
      bench.tally.skip('all', `${MERGED} is not among the strategies`);
      return;
    }
    await bench.batches(async (drawn, folder) => {
      const cases = drawn.flatMap((scenario, i) => unloadCase(scenario, number, model, bench.options.sleeper ?? SLEEPER_KINDS[i % SLEEPER_KINDS.length]!) ?? []);
      for (let i = cases.length; i < drawn.length; i++) bench.tally.note('not run: nobody can sleep in it');
      if (cases.length === 0) return;
      const program = programOf(cases.map(({ scenario }) => scenario), [undefined], 'each', kernel.sites), names = program.modules.map((it) => it.name), patches = names.filter((it) => /^[pq]/.test(it));
      bench.noteCalls(program);
      bench.say(`building modules of ${cases.length} scenarios, a patch for each`);
      buildModules(kernel, folder, [...program.modules.flatMap((it) => it.files), ...unloadRunnerFiles({ program, most: cases.map(({ ours }) => ours.events.length + SPARE), walker: rangeOf(kernel, 'stack_trace_save_tsk_reliable')[0] })], makefileOf([...names, 'srun', 'fin']));
      bench.say(`booting, ${cases.length} tasks asleep while modules are removed`);
      const booted = await boot(kernel, folder, [
        '/tocsin_k.ko', '/tocsin_m.ko', '/tocsin_n.ko', ...patches.flatMap((it) => [`/tocsin_${it}.ko`, `wait /sys/kernel/livepatch/tocsin_${it}/transition`]),
        '/tocsin_srun.ko', ...cases.map((_, i) => `unload ${i}`), '/tocsin_fin.ko',
      ], PATIENCE + SLOW * cases.length);
      compare(bench, program, cases, booted, hook, model, number);
    });
  });
}

function compare(bench: Bench, program: Program, cases: readonly SleepCase[], { chunks, console }: Booted, hook: HookRange, model: SleepModel, number: number): void {
  const { tally } = bench, { runs, whole, records } = bench.read(chunks, console), name = `${MERGED}, a module removed`;
  bench.options.keep?.({ records, hook, sites: program.sites, release: bench.release, runs: cases.map((_, scenario) => ({ scenario, set: 0, name })) });
  for (const logged of runs) {
    const { drawn, scenario, ours, sleeper } = cases[logged.number]!, trace = traceOf(logged, hook), removal = removalOf(logged);
    const about = { drawn, name, token: tokenOf(scenario, name), ...(sleeper === undefined ? {} : { sleeper }) };
    bench.same('traces', about, 'the reliable trace', known(ours.trace).join(', '), trace?.join(', ') ?? 'none');
    bench.same('transitions', about, 'the transition of the first patch, while the task sleeps', ours.transition!, removal?.transition ?? 'none');
    bench.same('removals', about, 'when the module can be removed', ours.removed!, removal?.removed ?? `never: ${removal?.answer ?? 'nobody tried'}`);
    tally.note(`end: ${ours.end}`);
    tally.note(`removed ${ours.removed!}${ours.end === 'bad-fetch' ? ', and returned to' : ''}`);
    const difference = compareSides(ours, kernelRun(logged, scenario, program.versions(logged.number), 0, hook, program.sites));
    tally.count('events', difference?.event ?? ours.events.length);
    if (difference !== undefined) bench.differs(about, difference, model, () => model.sleepRun(scenario, number));
    else tally.count('ends');
  }
  if (!whole || runs.length !== cases.length) throw new GuestError(`${runs.length} of ${cases.length} runs; its last words: ${console.trim().split('\n').slice(-3).join(' | ')}`);
}
