/** `tocsin verify`: the model against GNU binutils, gcc, and qemu-ppc64le, instruction by instruction and in whole scenarios; and, where it is asked for, against booted kernels. A difference: nothing that Tocsin says can be trusted. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { hookText } from '../../contract/check-code.ts';
import { hooksOutOfLine, ownFtraceEntry } from '../../contract/strategy.ts';
import type { Strategy } from '../../contract/strategy.ts';
import { strategySymbols } from '../../contract/state.ts';
import { coreParts } from '../../kernel/core.ts';
import type { HookingStyle } from '../../kernel/core.ts';
import { documentText } from '../../report/machine-readable.ts';
import { count } from '../../report/text.ts';
import { verifyDocument, verifyLines } from '../../report/verify.ts';
import type { VerifyLayer } from '../../report/verify.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { modelHash } from '../../trial/model-hash.ts';
import { verifyBinutils, verifySources } from '../../verify/binutils.ts';
import type { SourceCase } from '../../verify/binutils.ts';
import { DEFAULT_KERNEL_SCENARIOS, verifyLivepatch, verifyRedirect, verifyReplace, verifySleep } from '../../verify/kernel/layer.ts';
import { verifyCore } from '../../verify/kernel/core-layer.ts';
import { verifyUnload } from '../../verify/kernel/unload-layer.ts';
import { verifyLockstep } from '../../verify/lockstep.ts';
import { DEFAULT_SCENARIOS, verifyScenarios } from '../../verify/scenarios.ts';
import type { VerifyResult } from '../../verify/result.ts';
import { SWEEPS } from '../../verify/sweep.ts';
import type { SweepName } from '../../verify/sweep.ts';
import { verifyShapes } from '../../verify/shape-layer.ts';
import { EXIT, UsageError, quoted, worstExit } from '../errors.ts';
import { parseCount, wholeNumber } from '../numbers.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { Interruption } from '../signals.ts';
import { suggestion } from '../suggest.ts';

const LAYERS = ['binutils', 'shapes', 'qemu', 'scenarios'] as const;
/** Only where they are asked for: they need kernels (scripts/verify-kernel.sh), and minutes. */
const KERNEL_LAYERS = ['kernel-redirect', 'kernel-livepatch', 'kernel-core', 'kernel-sleep', 'kernel-replace', 'kernel-unload'] as const;
type Layer = (typeof LAYERS)[number] | (typeof KERNEL_LAYERS)[number];
/** What an argument asks for: `qemu` is all that is compared with it. */
const ASKED: Readonly<Record<Layer | 'kernel', readonly Layer[]>> = {
  binutils: ['binutils'], shapes: ['shapes'], qemu: ['qemu', 'scenarios'], scenarios: ['scenarios'],
  kernel: KERNEL_LAYERS, 'kernel-redirect': ['kernel-redirect'], 'kernel-livepatch': ['kernel-livepatch'], 'kernel-core': ['kernel-core'], 'kernel-sleep': ['kernel-sleep'], 'kernel-replace': ['kernel-replace'], 'kernel-unload': ['kernel-unload'],
};
const WORDS = Object.keys(ASKED) as (keyof typeof ASKED)[];

const ON_KERNELS = { 'kernel-redirect': verifyRedirect, 'kernel-livepatch': verifyLivepatch, 'kernel-core': verifyCore, 'kernel-sleep': verifySleep, 'kernel-replace': verifyReplace, 'kernel-unload': verifyUnload } as const;

const SWEEP_NAMES = Object.keys(SWEEPS) as SweepName[];

/** Fixed, so that two people who run it see the same. */
const SEED = 20160309n;

/** The kernel's own text with each strategy's hook in it, for each style that it has code for, and what the strategy puts into generated functions. */
export function strategySources(strategies: readonly Strategy[]): SourceCase[] {
  return strategies.flatMap((strategy) => {
    const { ftrace_entry: _entry, ftrace_entry_ool: _entryOutOfLine, livepatch_handler: _handler, livepatch_handler_ool: _second, livepatch_return: _return, ...generated } = strategy.code;
    const symbols = strategySymbols(strategy);
    const core = (style: HookingStyle): string => coreParts({ ftraceEntry: ownFtraceEntry(strategy, style), hook: hookText(strategy, style), style }).map((part) => part.text).join('');
    return [
      { name: `${strategy.name}/core`, source: core('in-line'), symbols },
      ...(hooksOutOfLine(strategy) ? [{ name: `${strategy.name}/core-out-of-line`, source: core('out-of-line'), symbols }] : []),
      ...Object.entries(generated).map(([point, source]): SourceCase => ({
        name: `${strategy.name}/${point}`, source, symbols, addresses: { '.TOC.': 0xc000000000398000n },
      })),
    ];
  });
}

export async function run(environment: Environment, args: readonly string[], options: Options): Promise<number> {
  const { console, json, quiet } = environment;
  const [word] = args;
  const known = WORDS.find((it) => it === word);
  if (word !== undefined && known === undefined) throw new UsageError(`unknown layer ${quoted(word)}${suggestion(word, WORDS)}`);
  const seedText = text(options, 'seed');
  const seed = seedText === undefined ? SEED : wholeNumber(seedText);
  if (seed === undefined || seed >= 1n << 53n) throw new UsageError(`--seed ${quoted(seedText ?? '')}: expected a whole number below 2^53`);
  const instructionsText = text(options, 'instructions');
  const instructions = instructionsText === undefined ? 200_000 : parseCount('--instructions', instructionsText, 1, 1e9);

  const scenariosText = text(options, 'scenarios');
  const onKernels = known?.startsWith('kernel') === true;
  const scenarios = scenariosText === undefined ? (onKernels ? DEFAULT_KERNEL_SCENARIOS : DEFAULT_SCENARIOS) : parseCount('--scenarios', scenariosText, 1, 1e9);
  const folder = resolve(text(options, 'kernels') ?? join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tocsin', 'kernels'));

  const sweepText = text(options, 'sweep');
  const sweep = sweepText === undefined ? 'hooks' : SWEEP_NAMES.find((it) => it === sweepText);
  if (sweep === undefined) throw new UsageError(`--sweep ${quoted(sweepText ?? '')}: expected ${SWEEP_NAMES.join(', ')}${suggestion(sweepText ?? '', SWEEP_NAMES)}`);

  const layers: VerifyLayer[] = [];
  let interrupted: number | undefined;
  for (const layer of known === undefined ? LAYERS : ASKED[known]) {
    console.note(`${layer}: comparing ...`);
    // The others last seconds, and a signal ends them at once.
    const interruption = layer === 'scenarios' ? new Interruption() : undefined;
    try {
      layers.push(merged(layer, await runLayer(layer, environment, { seed, instructions, scenarios, sweep, folder, stop: () => interruption?.requested === true })));
    } finally {
      interruption?.dispose();
    }
    if (interruption?.exit !== undefined) interrupted = interruption.exit;
  }
  console.clear();
  const unrun = (it: VerifyLayer): boolean => it.compared === 0 || it.skipped.some((one) => one.what === 'all sources');
  const exit = interrupted ?? worstExit(layers.map((it) => (it.differed > 0 ? EXIT.UNTRUSTED : unrun(it) ? EXIT.INCONCLUSIVE : EXIT.OK)));
  process.exitCode = exit;
  for (const it of layers) {
    if (it.compared === 0) console.warn(`${it.name} was NOT RUN: ${it.skipped.find((one) => one.what === 'all')?.why ?? 'nothing was compared'}`);
    else if (unrun(it)) console.warn(`${it.name}: the strategies' assembly was NOT COMPARED: ${it.skipped.find((one) => one.what === 'all sources')?.why ?? ''}`);
  }
  const view = { layer: known ?? 'all', layers, modelHash: modelHash(), seed, exit };
  console.answer(json ? documentText(verifyDocument(view)) : `${verifyLines(view, quiet).join('\n')}\n`);
  return exit;
}

interface Sizes {
  readonly seed: bigint;
  readonly instructions: number;
  readonly scenarios: number;
  readonly sweep: SweepName;
  /** Of the kernels. */
  readonly folder: string;
  readonly stop: () => boolean;
}

async function runLayer(layer: Layer, { console }: Environment, { seed, instructions, scenarios, sweep, folder, stop }: Sizes): Promise<readonly VerifyResult[]> {
  switch (layer) {
    case 'binutils': return [verifyBinutils({ seed: Number(seed) }), verifySources(strategySources(BUILT_IN))];
    case 'shapes': return [verifyShapes()];
    case 'qemu': return [verifyLockstep({ seed: Number(seed), instructions })];
    case 'scenarios': return [await verifyScenarios({
      strategies: BUILT_IN, seed, scenarios, sweep, stop,
      progress: (done, what) => { console.progress(() => (what === 'scenarios' ? `scenarios: ${count(done)} of ${count(scenarios)}` : `an interrupt at every instruction: ${count(done)} runs`)); },
    })];
    case 'kernel-redirect': case 'kernel-livepatch': case 'kernel-core': case 'kernel-sleep': case 'kernel-replace': case 'kernel-unload':
      return [await ON_KERNELS[layer]({ strategies: BUILT_IN, seed, scenarios, folder, progress: (what) => { console.note(what); } })];
  }
}

function merged(name: string, results: readonly VerifyResult[]): VerifyLayer {
  const skipped = new Map(results.flatMap((it) => it.skipped).map((it) => [`${it.what}\n${it.why}`, it]));
  return {
    name, compared: results.reduce((sum, it) => sum + it.compared, 0), differed: results.reduce((sum, it) => sum + it.differed, 0),
    differences: results.flatMap((it) => it.differences), skipped: [...skipped.values()], versions: Object.assign({}, ...results.map((it) => it.versions)) as Record<string, string>,
    ...(name === 'scenarios' || name.startsWith('kernel') ? { reached: results[0]!.counts } : {}),
  };
}
