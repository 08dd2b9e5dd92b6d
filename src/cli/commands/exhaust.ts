/** `tocsin exhaust`: every scenario up to a bound, and what each strategy's smallest counterexamples are. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Classified, assumptionsOf, namesOf } from '../../campaign/assumptions.ts';
import { CampaignError } from '../../campaign/error.ts';
import { EXHAUST_CHECKPOINT_BYTES, parseExhaustCheckpoint, printExhaustCheckpoint } from '../../campaign/exhaust-checkpoint.ts';
import { compared } from '../../campaign/exhaust-compare.ts';
import type { StoredCase } from '../../campaign/exhaust-compare.ts';
import { DEFAULT_BOUND, DEFAULT_INTERRUPT_SIZES, DEFAULT_PAIR_SIZES, DEFAULT_SWITCH_SIZES, planExhaust } from '../../campaign/exhaust-plan.ts';
import type { ExhaustOptions } from '../../campaign/exhaust-plan.ts';
import { DEFAULT_STACKS, STACKS, TURNS } from '../../campaign/exhaust-task.ts';
import { exhaust, freshState } from '../../campaign/exhaust.ts';
import type { ExhaustState } from '../../campaign/exhaust.ts';
import type { Strategy } from '../../contract/strategy.ts';
import { BoundError, DIMENSIONS, SIZES } from '../../enumerate/bound.ts';
import type { Bound, Dimension, Size } from '../../enumerate/bound.ts';
import { exhaustDocument, exhaustLines } from '../../report/exhaust.ts';
import { documentText } from '../../report/machine-readable.ts';
import { count, magnitude } from '../../report/text.ts';
import { readCase } from '../cases.ts';
import { UsageError, quoted } from '../errors.ts';
import { threadsFor } from '../executor.ts';
import { readText, writeWhole } from '../files.ts';
import { parseCount } from '../numbers.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { Interruption } from '../signals.ts';
import { objectRequest } from '../object-options.ts';
import { announce, loadStrategies } from '../strategies.ts';
import { openBench } from './exhaust-threads.ts';

const CASES = 'counterexamples';
/** Milliseconds between two writes of the checkpoint. */
const INTERVAL = 1000;

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const threads = threadsFor(text(options, 'workers'));
  const named = await loadStrategies(args, objectRequest(options));
  announce(console, named, json);
  const strategies = named.map((it) => it.strategy);
  const plan = planned(strategies, options);
  const cases = readCases(text(options, 'cases'), strategies);
  const resumePath = text(options, 'resume');
  const resumeText = resumePath === undefined ? undefined : readText(resumePath, 'checkpoint', EXHAUST_CHECKPOINT_BYTES);
  const checkpoint = text(options, 'checkpoint');

  const interruption = new Interruption();
  const bench = openBench(plan.setup, threads);
  try {
    const about = await bench.run({ kind: 'about' });
    let state = freshState(plan);
    if (resumePath !== undefined && resumeText !== undefined) {
      try {
        state = parseExhaustCheckpoint(resumeText, plan, about);
      } catch (error) {
        if (error instanceof CampaignError) throw new UsageError(`checkpoint ${quoted(resumePath)}: ${error.message}`);
        throw error;
      }
    }
    const save = (it: ExhaustState): void => {
      if (checkpoint !== undefined) writeWhole(checkpoint, printExhaustCheckpoint(plan, about, it), 'the checkpoint');
    };
    // Whether it can be written at all is said at once.
    save(state);
    let saved = performance.now();
    const started = performance.now();
    let before: number | undefined;
    const report = await exhaust(plan, bench, about, state, {
      stop: () => interruption.requested,
      state: (it) => {
        if (performance.now() - saved < INTERVAL) return;
        save(it);
        saved = performance.now();
      },
      progress: ({ part, scenarios, expected, trials }) => {
        before ??= trials;
        const rate = (trials - before) / Math.max(0.001, (performance.now() - started) / 1000);
        const what = { plain: 'without interrupts', interrupts: 'an interrupt at every boundary', switches: 'a switch at every boundary', pairs: 'two switches at every pair of boundaries' }[part];
        console.progress(() => `${what}: ${count(scenarios)} of ${count(expected)} scenarios, ${magnitude(rate)} runs/s`);
      },
    });
    save(state);
    const exit = interruption.exit ?? report.exit;
    process.exitCode = exit;
    const view = { report, interrupted: !report.complete, exit, comparisons: compared(cases, report.strategies) };
    console.answer(json ? documentText(exhaustDocument(view)) : `${exhaustLines(view, quiet).join('\n')}\n`);
    return exit;
  } finally {
    interruption.dispose();
    await bench.close();
  }
}

function planned(strategies: readonly Strategy[], options: Options): ReturnType<typeof planExhaust> {
  const size = (name: Size, fallback: number, prefix = ''): number => {
    const word = text(options, prefix === '' ? name : `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`);
    return word === undefined ? fallback : parseCount(`--${prefix === '' ? '' : `${prefix}-`}${name}`, word, ...SIZES[name]);
  };
  const bound = {
    functions: size('functions', DEFAULT_BOUND.functions), calls: size('calls', DEFAULT_BOUND.calls), special: size('special', DEFAULT_BOUND.special),
    recursion: size('recursion', DEFAULT_BOUND.recursion),
    ...Object.fromEntries((Object.keys(DIMENSIONS) as Dimension[]).map((name) => [name, values(name, text(options, name))])),
  } as Bound;
  const inner = (prefix: 'interrupt' | 'switch' | 'pair', sizes: typeof DEFAULT_INTERRUPT_SIZES): Bound => {
    const of = (name: keyof typeof sizes): number => size(name, Math.min(bound[name], sizes[name]), prefix);
    return { ...bound, functions: of('functions'), calls: of('calls'), special: of('special') };
  };
  const every = (name: 'interrupts' | 'switches' | 'pairs', fallback: string): boolean => {
    const at = text(options, name) ?? fallback;
    if (at !== 'every' && at !== 'none') throw new UsageError(`--${name} ${quoted(at)}: expected every or none`);
    return at === 'every';
  };
  const interrupts = every('interrupts', 'every');
  const stacks = choose('--irq-stack', STACKS, text(options, 'irqStack') ?? DEFAULT_STACKS.join(','));
  const turns = choose('--turns', TURNS, text(options, 'turns') ?? TURNS.join(','));
  const asked: ExhaustOptions = {
    strategies, bound,
    interrupts: interrupts ? { bound: inner('interrupt', DEFAULT_INTERRUPT_SIZES), stacks } : null,
    switches: every('switches', interrupts ? 'every' : 'none') ? { bound: inner('switch', DEFAULT_SWITCH_SIZES), turns } : null,
    pairs: every('pairs', 'none') ? { bound: inner('pair', DEFAULT_PAIR_SIZES) } : null,
  };
  try {
    return planExhaust(asked);
  } catch (error) {
    if (error instanceof BoundError) throw new UsageError(`--${error.message}`);
    throw error;
  }
}

function values(name: Dimension, word: string | undefined): readonly string[] {
  if (word === undefined) return DEFAULT_BOUND[name];
  // `--arguments none` is a value of its own.
  if (word === 'none' && !(DIMENSIONS[name] as readonly string[]).includes('none')) return [];
  return choose(`--${name}`, DIMENSIONS[name], word);
}

function choose<T extends string>(option: string, names: readonly T[], word: string): readonly T[] {
  const words = word.split(',').map((it) => it.trim());
  const unknown = words.find((it) => !(names as readonly string[]).includes(it));
  if (unknown !== undefined) throw new UsageError(`${option} ${quoted(unknown)}: expected some of ${names.join(', ')}, with commas between`);
  return names.filter((it) => words.includes(it));
}

/** Stored counterexamples of strategies on trial. A folder that was named must be there. */
function readCases(folder: string | undefined, strategies: readonly Strategy[]): StoredCase[] {
  if (folder === undefined && !existsSync(CASES)) return [];
  let names: string[];
  try {
    names = readdirSync(folder ?? CASES).filter((name) => name.endsWith('.json')).sort();
  } catch {
    throw new UsageError(`--cases ${quoted(folder ?? CASES)}: cannot be read; expected a folder with counterexample files`);
  }
  return names.flatMap((name) => {
    const { strategy, signature, scenario } = readCase(join(folder ?? CASES, name));
    const accused = strategies.find((it) => it.name === strategy);
    if (accused === undefined || signature === null) return [];
    const assumptions = assumptionsOf(accused.claim);
    return [{ name, strategy, signature, scenario, needs: namesOf(new Classified(scenario).outside(assumptions), assumptions) }];
  });
}
