/**
 * Scenarios on real kernels: built as modules, booted in qemu-system-ppc64, and every event compared with the model's run of the same scenario.
 *
 *  kernel-redirect    Debian's stock kernel; its ftrace entry is real, patched functions are redirected to a strategy's hook in the runner module: all strategies whose code can run so
 *  kernel-sleep       on that one, tasks that sleep in a function while a second patch is enabled: the kernel's reliable trace, and whether the transition takes the task for switched
 *  kernel-replace     the same while the second patch takes the first one's place
 *  kernel-unload      on that one too, the first patch is disabled and its module removed while a task sleeps (unload-layer.ts)
 *  kernel-core        functions of that kernel itself are patched (core-layer.ts)
 *  kernel-livepatch   a kernel built from Debian's source with live patching; ftrace entry, klp_enable_patch and livepatch_handler are real: `livepatch-stack`
 *
 * Kernels come from scripts/verify-kernel.sh. What these layers cannot show: docs/fidelity.md.
 */
import { join } from 'node:path';
import { scenarioArbitrary } from '../../arbitraries/scenario.ts';
import { scenarioAt } from '../../arbitraries/seeded.ts';
import { encodeToken, shortHash } from '../../case/token.ts';
import type { Strategy } from '../../contract/strategy.ts';
import type { Feature } from '../../scenario/features.ts';
import type { HookingStyle } from '../../kernel/core.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { hookedIn } from '../../scenario/world.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { Tally } from '../result.ts';
import type { VerifyResult } from '../result.ts';
import { GCC, findTools, runTool, withFolderAsync } from '../tools.ts';
import { compareSides } from './compare.ts';
import type { KernelDifference } from './compare.ts';
import { FAR_PLACES, byPlaces, checkPlaces, farWords, gapFiles, isFar, loadedAt } from './far.ts';
import type { Found } from './found.ts';
import type { Sites } from './function-text.ts';
import { GuestError, NotMade } from './guest-error.ts';
import { QEMU_SYSTEM, boot, buildModules, kernelsIn } from './guest-machine.ts';
import type { Booted, KernelFolder } from './guest-machine.ts';
import { notRunnable } from './hooks.ts';
import { LogError, kernelRun, known, recordsOf, runsOf, sleptOf } from './log.ts';
import type { HookRange, Record_ } from './log.ts';
import { ModelSide } from './model-side.ts';
import type { SideRun } from './model-side.ts';
import { callsOf, makefileOf, programOf } from './modules.ts';
import type { Program } from './modules.ts';
import { BUILT, NOT_BUILT, SPARE, livePlan, redirectPlan } from './plan.ts';
import type { ComparedRun, Plan } from './plan.ts';
import { runnerFiles } from './runner-text.ts';
import { SleepModel } from './sleep-model.ts';
import { sleepCase } from './sleep-plan.ts';
import type { SleepCase, SleeperKind } from './sleep-case.ts';
import { sleepRunnerFiles } from './sleep-runner.ts';
import { tellFound } from './tell-found.ts';

export interface KernelOptions {
  readonly strategies: readonly Strategy[];
  /** Default DEFAULT_KERNEL_SCENARIOS. */
  readonly scenarios?: number;
  /** 64-bit unsigned. */
  readonly seed: bigint;
  /** Where scripts/verify-kernel.sh has put kernels. */
  readonly folder: string;
  /** Told what is being done. */
  readonly progress?: (what: string) => void;
  /** These instead of drawn ones; at most PER_BOOT. */
  readonly given?: readonly Scenario[];
  /** Told what the guest wrote down, and what it was asked to run. */
  readonly keep?: (log: KeptLog) => void;
  /** Of kernel-unload: what sleeps in all scenarios. Default: this and that by turns. */
  readonly sleeper?: SleeperKind;
  /** For tests: breaks the model before each of its runs. */
  readonly fault?: ModelSide['fault'];
}

export interface KeptLog {
  readonly records: readonly Record_[];
  readonly runs: readonly { readonly scenario: number; readonly name: string; readonly set: number }[];
  /** The kernel's own. */
  readonly hook: HookRange | undefined;
  readonly sites: Sites;
  readonly release: string | undefined;
  /** Of what lies in the kernel's own text: scenario, version, the symbol's address. */
  readonly core?: readonly (readonly [scenario: number, version: number, address: bigint])[];
}

export const DEFAULT_KERNEL_SCENARIOS = 100;
/** Scenarios of one boot: the guest's memory for records, and the assembler, bound it. */
const PER_BOOT = 100;
/** Runs of a block of the generator. */
const BLOCK = 500;
const ARBITRARY = scenarioArbitrary({ features: BUILT });
const FAR_LAYERS: readonly string[] = ['kernel-redirect', 'kernel-livepatch'];
/** Seconds after which a guest is killed. It takes some ten. */
export const PATIENCE = 300;
export const MERGED = 'livepatch-stack';
/** What sleepCase and unloadCase put into scenarios. */
const PUT_IN: readonly Feature[] = ['sleep', 'unwind', 'transitions'];

const OWN_FUNCTIONS = 'module K stands for vmlinux; kernel-core has its own';

export const NEEDED = [QEMU_SYSTEM, GCC, 'make', 'cpio'] as const;

export async function verifyRedirect(options: KernelOptions): Promise<VerifyResult> {
  return layer('kernel-redirect', options, 'stock', async (bench, kernel) => {
    const { strategies } = bench.options;
    for (const strategy of strategies) {
      const why = notRunnable(strategy);
      if (why !== undefined) bench.tally.skip(`strategy ${strategy.name}`, why);
    }
    await bench.batches(async (scenarios, folder) => {
      const plan = redirectPlan(scenarios, strategies, bench.model), program = programOf(scenarios, plan.sets);
      bench.noteCalls(program);
      bench.say(`building modules of ${scenarios.length} scenarios`);
      const gap = gapFiles(rangeOf(kernel, '__get_vm_area_caller')[0]);
      buildModules(kernel, folder, [...program.modules.flatMap((it) => it.files), ...gap, ...runnerFiles({ name: 'run', program, runs: plan.runs, strategies: plan.strategies, replacements: true })], makefileOf([...program.modules.map((it) => it.name), 'gap', 'run']));
      bench.say(`booting, ${plan.runs.length} runs${farWords(scenarios)}`);
      const booted = await boot(kernel, folder, loadedAt(scenarios[0]!.places, [...program.modules.map((it) => `/tocsin_${it.name}.ko`), '/tocsin_run.ko']), PATIENCE);
      bench.compare(program, plan, booted.chunks, booted.console, undefined, ({ strategy }) => (strategy < 0 ? 'unpatched' : plan.strategies[strategy]!.name));
    });
  });
}

export async function verifyLivepatch(options: KernelOptions): Promise<VerifyResult> {
  return layer('kernel-livepatch', options, 'live', async (bench, kernel) => {
    const number = options.strategies.findIndex((it) => it.name === MERGED), hook = rangeOf(kernel, 'livepatch_handler');
    if (number < 0) {
      bench.tally.skip('all', `${MERGED} is not among the strategies`);
      return;
    }
    await bench.batches(async (scenarios, folder) => {
      const program = programOf(scenarios, [undefined], true, kernel.sites);
      const before = livePlan(scenarios, number, bench.model, false), after = livePlan(scenarios, number, bench.model, true);
      bench.noteCalls(program);
      bench.say(`building modules of ${scenarios.length} scenarios`);
      const runner = (name: string, plan: Plan, replacements: boolean) => runnerFiles({ name, program, runs: plan.runs, strategies: [], replacements });
      const gap = gapFiles(rangeOf(kernel, '__get_vm_area_caller')[0]);
      buildModules(kernel, folder, [...program.modules.flatMap((it) => it.files), ...gap, ...runner('run', before, false), ...runner('run2', after, true)], makefileOf([...program.modules.map((it) => it.name), 'gap', 'run', 'run2']));
      bench.say(`booting, ${before.runs.length} runs unpatched and ${after.runs.length} live patched${farWords(scenarios)}`);
      const booted = await boot(kernel, folder, loadedAt(scenarios[0]!.places, ['/tocsin_k.ko', '/tocsin_m.ko', '/tocsin_n.ko', '/tocsin_run.ko', '/tocsin_p0.ko', 'wait /sys/kernel/livepatch/tocsin_p0/transition', '/tocsin_run2.ko']), PATIENCE);
      const half = booted.chunks.length / 2;
      bench.compare(program, before, booted.chunks.slice(0, half), booted.console, hook, () => 'unpatched');
      bench.compare(program, after, booted.chunks.slice(half), booted.console, hook, () => `${MERGED}, live patched`);
    });
  });
}

/** Tasks that sleep in a function while a second patch is enabled. */
export async function verifySleep(options: KernelOptions): Promise<VerifyResult> {
  return asleep('kernel-sleep', 'enable', options);
}

/** The same while it takes the first one's place (`klp_patch.replace`): what the first has changed changes back. */
export async function verifyReplace(options: KernelOptions): Promise<VerifyResult> {
  return asleep('kernel-replace', 'replace', options);
}

async function asleep(name: 'kernel-sleep' | 'kernel-replace', change: 'enable' | 'replace', options: KernelOptions): Promise<VerifyResult> {
  return layer(name, options, 'live', async (bench, kernel) => {
    const number = options.strategies.findIndex((it) => it.name === MERGED), model = new SleepModel(options.strategies), hook = rangeOf(kernel, 'livepatch_handler');
    await bench.batches(async (drawn, folder) => {
      const cases = drawn.flatMap((scenario) => sleepCase(scenario, number, model, change) ?? []);
      for (let i = cases.length; i < drawn.length; i++) bench.tally.note('not run: nobody can sleep in it');
      if (cases.length === 0) return;
      const program = programOf(cases.map(({ scenario }) => scenario), [undefined], true, kernel.sites), names = [...program.modules.map((it) => it.name), 'srun', 'fin'];
      bench.noteCalls(program);
      bench.say(`building modules of ${cases.length} scenarios`);
      buildModules(kernel, folder, [...program.modules.flatMap((it) => it.files), ...sleepRunnerFiles({ program, most: cases.map(({ ours }) => ours.events.length + SPARE), walker: rangeOf(kernel, 'stack_trace_save_tsk_reliable')[0] })], makefileOf(names));
      bench.say(`booting, ${cases.length} tasks asleep while the second patch is enabled`);
      const booted = await boot(kernel, folder, ['/tocsin_k.ko', '/tocsin_m.ko', '/tocsin_n.ko', '/tocsin_p0.ko', 'wait /sys/kernel/livepatch/tocsin_p0/transition', '/tocsin_srun.ko', '/tocsin_q.ko', 'pause 5000', '/tocsin_fin.ko', 'wait /sys/kernel/livepatch/tocsin_q/transition'], PATIENCE);
      bench.compareSleep(program, cases, booted, hook, model, number);
    });
  });
}

type LayerName = Extract<VerifyResult['layer'], `kernel-${string}`>;

export async function layer(name: LayerName, options: KernelOptions, which: 'stock' | 'live', work: (bench: Bench, kernel: KernelFolder) => Promise<void>): Promise<VerifyResult> {
  const tally = new Tally(name), { versions, missing } = findTools(NEEDED), kernel = kernelsIn(options.folder)[which];
  const outOfLine = kernel?.sites === 'out-of-line', style: HookingStyle = outOfLine ? 'out-of-line' : 'in-line';
  const made: readonly Feature[] = [...(FAR_LAYERS.includes(name) ? ['far' as const] : PUT_IN), ...(outOfLine ? ['out-of-line' as const] : [])];
  for (const [feature, why] of NOT_BUILT) if (!made.includes(feature)) tally.skip(`scenarios with ${feature}`, why);
  if (name !== 'kernel-core') tally.skip('functions of vmlinux itself, patched', OWN_FUNCTIONS);
  if (missing.length > 0 || kernel === undefined) {
    tally.skip('all', missing.length > 0 ? `${missing.join(', ')} not found` : `no such kernel in ${options.folder}; make it with scripts/verify-kernel.sh ${options.folder}`);
    return tally.result(versions);
  }
  await withFolderAsync(async (folder) => {
    const bench: Bench = new Bench(name, options, tally, folder, style);
    try {
      await work(bench, kernel);
      await tellFound(bench, async (given, { name: run, sleeper }, boots) => {
        const strategies = name === 'kernel-redirect' ? options.strategies.filter((it, i) => it.name === run || (run === 'unpatched' && i === 0)) : options.strategies;
        const again = new Bench(name, { ...options, strategies, given, keep: () => {}, progress: () => {}, ...(sleeper === undefined ? {} : { sleeper }) }, new Tally(name), join(folder, `smaller${boots}`), style);
        await work(again, kernel);
        return again.found;
      });
    } catch (error) {
      if (!(error instanceof GuestError || error instanceof LogError)) throw error;
      if (error instanceof NotMade && tally.compared === 0 && tally.differed === 0) tally.skip('all', `it could not be made: ${error.message}`);
      else tally.differ(`the guest of ${name}`, 'runs to its end', error.message);
    }
    if (bench.release !== undefined) versions[`${name}, booted`] = `${bench.release}, hooked ${style === 'in-line' ? 'in line' : 'out of line'}`;
    // What has built the kernel, which need not be this machine's.
    if (bench.compiler !== undefined) versions[GCC] = bench.compiler;
  });
  return tally.result(versions);
}

/** Lines of `nm`, by address. */
function symbolsOf(image: string): string[] {
  try {
    return runTool('powerpc64le-linux-gnu-nm', ['-n', image]).split('\n');
  } catch (error) {
    throw new NotMade(`${image}: ${(error as Error).message.split('\n').slice(1, 2).join('')}`);
  }
}

/** Where a function of the kernel lies. @throws NotMade where the file is no kernel, or has no such function. */
export function rangeOf({ image }: KernelFolder, name: string): HookRange {
  const lines = symbolsOf(image), at = lines.findIndex((line) => line.endsWith(` ${name}`));
  const address = (line: string | undefined): bigint => BigInt(`0x${/^[0-9a-f]+/.exec(line ?? '')?.[0] ?? '0'}`);
  const end = lines.slice(at + 1).find((line) => address(line) > address(lines[at]));
  if (at < 0 || end === undefined) throw new NotMade(`${image} has no ${name}`);
  return [address(lines[at]), address(end)];
}

export class Bench {
  readonly tally: Tally;
  readonly model: ModelSide;
  readonly found: Found[] = [];
  /** What the kernel calls itself. */
  release: string | undefined;
  /** What it says that it was built by. */
  compiler: string | undefined;
  private readonly name: string;
  readonly options: KernelOptions;
  private readonly inCore: Scenario[] = [];
  private seen = 0;
  private readonly folder: string;
  private readonly style: HookingStyle;

  constructor(name: string, options: KernelOptions, tally: Tally, folder: string, style: HookingStyle) {
    this.name = name;
    this.options = options;
    this.tally = tally;
    this.folder = folder;
    this.style = style;
    this.model = new ModelSide(options.strategies);
    this.model.fault = options.fault;
  }

  say(what: string): void {
    this.options.progress?.(`${this.name}: ${what}`);
  }

  /** Scenarios, boot by boot: those of a boot lie at the same places. */
  async batches(run: (scenarios: readonly Scenario[], folder: string) => Promise<void>): Promise<void> {
    const { options, tally } = this, most = options.given?.length ?? options.scenarios ?? DEFAULT_KERNEL_SCENARIOS;
    for (let from = 0; from < most && tally.differed + this.found.length === 0; from += PER_BOOT) {
      const scenarios = Array.from({ length: Math.min(PER_BOOT, most - from) }, (_, i) => hookedIn(options.given?.[from + i] ?? this.drawn(from + i), this.style));
      for (const some of byPlaces(scenarios)) {
        await run(some, join(this.folder, `boot${tally.counted('boots')}`));
        for (let i = 0; i < some.length; i++) {
          tally.note('scenarios');
          if (isFar(some[0]!.places)) tally.note('far scenarios');
        }
        tally.note('boots');
      }
    }
  }

  /** Scenario `at` of the run. Where modules can be put, every fourth has its modules far from each other. */
  private drawn(at: number): Scenario {
    if (this.name === 'kernel-core') return this.drawnInCore(at);
    const scenario = scenarioAt(ARBITRARY, this.options.seed, Math.floor(at / BLOCK), at % BLOCK);
    return FAR_LAYERS.includes(this.name) && at % 4 === 3 ? { ...scenario, places: FAR_PLACES[Math.floor(at / PER_BOOT) % FAR_PLACES.length]! } : scenario;
  }

  /** The same among those that have a patched function of K. */
  private drawnInCore(at: number): Scenario {
    for (; this.inCore.length <= at; this.seen++) {
      const scenario = scenarioAt(ARBITRARY, this.options.seed, Math.floor(this.seen / BLOCK), this.seen % BLOCK);
      if (scenario.functions.some(({ module, replacement }) => module === 'K' && replacement !== undefined)) this.inCore.push(scenario);
    }
    return this.inCore[at]!;
  }

  noteCalls(program: Program): void {
    for (const [kind, times] of callsOf(program)) for (let i = 0; i < times; i++) this.tally.note(`call ${kind}`);
  }

  /** The same of tasks that slept. */
  compareSleep(program: Program, cases: readonly SleepCase[], { chunks, console }: Booted, hook: HookRange, model: SleepModel, number: number): void {
    const { tally } = this, { runs, whole, records } = this.read(chunks, console);
    this.options.keep?.({ records, hook, sites: program.sites, release: this.release, runs: cases.map((_, scenario) => ({ scenario, set: 0, name: `${MERGED}, asleep` })) });
    for (const logged of runs) {
      const it = cases[logged.number]!, { scenario, ours } = it, name = `${MERGED}, asleep`, slept = sleptOf(logged, hook);
      const about = { drawn: it.drawn, name, token: tokenOf(scenario, name) };
      this.same('traces', about, 'the reliable trace', known(ours.trace).join(', '), slept?.trace.join(', ') ?? 'none');
      this.same('transitions', about, 'the transition of the second patch, while the task sleeps', ours.transition!, slept?.transition ?? 'none');
      if (ours.events.some(({ mark }) => mark === 'use' || mark === 'astray')) tally.note(`wrong r2 ${name}`);
      tally.note(`end: ${ours.end}`);
      tally.note(`${ours.transition!}${ours.trace.includes('the hook') ? ' behind the hook' : ''}`);
      const difference = compareSides(ours, kernelRun(logged, scenario, program.versions(logged.number), 0, hook, program.sites));
      tally.count('events', difference?.event ?? ours.events.length);
      if (difference !== undefined) this.differs(about, difference, model, () => model.sleepRun(scenario, number));
      else tally.count('ends');
    }
    if (!whole || runs.length !== cases.length) throw new GuestError(`${runs.length} of ${cases.length} runs; its last words: ${console.trim().split('\n').slice(-3).join(' | ')}`);
  }

  /** Two texts about a run. */
  same(counted: string, about: Omit<Found, 'what' | 'ours' | 'theirs' | 'where'>, what: string, ours: string, theirs: string): void {
    this.tally.count(counted);
    if (ours !== theirs) this.found.push({ ...about, what, ours, theirs });
  }

  /** Events of a run. `again`: the model makes it again. */
  differs(about: Omit<Found, 'what' | 'ours' | 'theirs' | 'where'>, { event, what, register, ours, theirs }: KernelDifference, model: ModelSide, again: () => SideRun): void {
    const where = register === undefined ? {} : { where: () => model.lastWrite(again, { register, event }) };
    this.found.push({ ...about, what: `behind ${event} equal events: ${what}`, ours, theirs, ...where });
  }

  read(chunks: readonly Uint8Array[], console: string): ReturnType<typeof runsOf> & { readonly records: readonly Record_[] } {
    this.release ??= /Linux version \S+/.exec(console)?.[0];
    this.compiler ??= /Linux version [^\n]*?(gcc[^,\n]*)/.exec(console)?.[1];
    if (chunks.length === 0) throw new GuestError(`it wrote nothing down; its last words: ${console.trim().split('\n').slice(-3).join(' | ')}`);
    const records = recordsOf(chunks);
    return { ...runsOf(records), records };
  }

  /** One log of a guest against its plan. `hook`: the kernel's own; absent where the runner brings them. */
  compare(program: Program, plan: Plan, chunks: readonly Uint8Array[], console: string, hook: HookRange | undefined, nameOf: (run: ComparedRun) => string): void {
    const { tally } = this;
    for (const [why, times] of plan.left) for (let i = 0; i < times; i++) tally.note(`not run: ${why}`);
    const { runs, whole, records } = this.read(chunks, console);
    if (program.core === undefined) checkPlaces(program.scenarios[0]!.places, records[0]!);
    this.options.keep?.({ records, hook, sites: program.sites, release: this.release, ...coreOf(program), runs: plan.runs.map((run) => ({ scenario: run.scenario, set: run.set, name: nameOf(run) })) });
    for (const logged of runs) {
      const run = plan.runs[logged.number];
      if (run === undefined) throw new LogError(`run ${logged.number} of ${plan.runs.length}`);
      const scenario = program.scenarios[run.scenario]!, theirs = kernelRun(logged, scenario, program.versions(run.scenario), run.set, hook, program.sites, (version) => program.core?.standIn(run.scenario, version)?.address);
      const difference = compareSides(run.ours, theirs), name = nameOf(run);
      tally.count('events', difference?.event ?? run.ours.events.length);
      if (difference === undefined) {
        tally.count('ends');
        tally.note(`end: ${run.ours.end}`);
        tally.note(`strategy ${name}`);
        if (wrong(run)) tally.note(`wrong r2 ${name}`);
      } else {
        this.differs({ drawn: scenario, name, token: tokenOf(scenario, name) }, difference, this.model, () => plan.again(run));
      }
    }
    if (!whole || runs.length !== plan.runs.length) throw new GuestError(`${runs.length} of ${plan.runs.length} runs; its last words: ${console.trim().split('\n').slice(-3).join(' | ')}`);
  }
}

const coreOf = ({ core, scenarios, versions }: Program): Pick<KeptLog, 'core'> => (core === undefined ? {} : {
  core: scenarios.flatMap((_, i) => versions(i).flatMap(({ number }) => { const at = core.standIn(i, number); return at === undefined ? [] : [[i, number, at.address] as const]; })),
});

/** Somebody used a TOC pointer that was another module's. */
const wrong = ({ ours }: ComparedRun): boolean => ours.events.some(({ mark }) => mark === 'use' || mark === 'astray');

export function tokenOf(scenario: Scenario, name: string): string {
  const known = BUILT_IN.find((it) => name === it.name || name.startsWith(`${it.name}, `))?.name ?? (name === 'unpatched' ? MERGED : undefined);
  return encodeToken({ scenario, strategy: known === undefined ? { kind: 'user', hash: shortHash(name) } : { kind: 'built-in', name: known } });
}
