/** `tocsin mutate`: every one-step fault of a strategy's own code, and what has become of it. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSeed } from '../../arbitraries/seeded.ts';
import { DEFAULT_MUTANT_BOUND, MUTANT_BOUNDS } from '../../campaign/mutant-bound.ts';
import type { MutantBound } from '../../campaign/mutant-bound.ts';
import { strategyFileText } from '../../contract/strategy-file.ts';
import { FAULT_KINDS } from '../../campaign/mutant-fault.ts';
import type { FaultKind } from '../../campaign/mutant-fault.ts';
import { Interrupted, MUTATE_RUNS, mutate } from '../../campaign/mutate.ts';
import { parseReasons } from '../../campaign/mutate-reasons.ts';
import type { MutateReport, Reviewed } from '../../campaign/mutate-report.ts';
import type { MutationHooks } from '../../campaign/mutate.ts';
import { ENUMERATED_STYLES } from '../../enumerate/bound.ts';
import type { HookingStyle } from '../../kernel/core.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { documentText } from '../../report/machine-readable.ts';
import { mutateDocument, mutateLines } from '../../report/mutate.ts';
import type { MutateView } from '../../report/mutate.ts';
import { count } from '../../report/text.ts';
import { readCase } from '../cases.ts';
import { EXIT, UsageError, isInputError, quoted, systemWords } from '../errors.ts';
import { threadsFor } from '../executor.ts';
import { parseFeatures } from '../features.ts';
import { makeFolder, readText, writeWhole } from '../files.ts';
import { parseCount } from '../numbers.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { Interruption } from '../signals.ts';
import { objectRequest } from '../object-options.ts';
import { announce, loadStrategies } from '../strategies.ts';
import { suggestion } from '../suggest.ts';
import { MutationThreads, onThisThread } from './mutate-threads.ts';

/** The verdict on a strategy's faults is reproducible unless a seed is asked for. */
const DEFAULT_SEED = 1n;
/** What comes with the package. */
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));
const REASONS = 'docs/mutants.json';
const CASES = 'counterexamples';

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const seedText = text(options, 'seed');
  const seed = seedText === undefined ? DEFAULT_SEED : parseSeed(seedText);
  const runsText = text(options, 'runs');
  const runs = runsText === undefined ? MUTATE_RUNS : parseCount('--runs', runsText, 1, 1e9);
  const features = parseFeatures(text(options, 'features'));
  const kinds = parseKinds(text(options, 'kinds'));
  const bound = parseBound(text(options, 'bound'));
  const hooked = parseStyles(text(options, 'hooked'));
  const width = threadsFor(text(options, 'workers'));
  const object = objectRequest(options);
  const named = (await loadStrategies(args, object)).filter((it) => args.length > 0 || object !== undefined || it.strategy.claim.kind === 'holds');
  announce(console, named, json);
  const cases = readCases(text(options, 'cases'));
  const reviewed = readReasons(text(options, 'reasons'));
  const out = text(options, 'out');
  if (out !== undefined) makeFolder(out, '--out');

  const interruption = new Interruption();
  const hooks: MutationHooks = {
    width, stop: () => interruption.requested,
    open: (setup, workers) => (width === 1 ? onThisThread(setup) : new MutationThreads(setup, workers)),
    progress: (strategy, mutants, alive, scenarios) => {
      console.progress(() => `${strategy}: ${count(alive)} of ${count(mutants)} mutants left after ${count(scenarios)} scenarios`);
    },
  };
  let report: MutateReport;
  try {
    report = await mutate({ strategies: named.map((it) => it.strategy), seed, features, kinds, runs, cases, reviewed, bound, ...(hooked === undefined ? {} : { hooked }) }, hooks);
  } catch (error) {
    if (error instanceof Interrupted) return interruption.exit ?? EXIT.INCONCLUSIVE;
    throw error;
  } finally {
    interruption.dispose();
  }
  if (cases.length === 0) console.warn('no stored counterexamples at hand: faults that these alone catch seem to survive; --cases says where they are');
  const view: MutateView = { report, fileOf: (row) => (out === undefined ? undefined : join(out, `${row.strategy.name}.s`)) };
  if (out !== undefined) {
    for (const { strategy } of report.strategies.flatMap((it) => it.rows)) {
      writeWhole(join(out, `${strategy.name}.s`), strategyFileText(strategy), 'the mutant');
    }
  }
  process.exitCode = report.exit;
  console.answer(json ? documentText(mutateDocument(view)) : `${mutateLines(view, quiet, options['all'] === true).join('\n')}\n`);
  return report.exit;
}

function parseBound(word: string | undefined): MutantBound {
  if (word === undefined) return DEFAULT_MUTANT_BOUND;
  const found = MUTANT_BOUNDS.find(({ name }) => name === word);
  if (found === undefined) throw new UsageError(`--bound ${quoted(word)}: expected ${MUTANT_BOUNDS.map(({ name }) => name).join(', ')}`);
  return found;
}

function parseStyles(list: string | undefined): readonly HookingStyle[] | undefined {
  if (list === undefined) return undefined;
  const words = list.split(',').map((it) => it.trim());
  const unknown = words.find((word) => !(ENUMERATED_STYLES as readonly string[]).includes(word));
  if (unknown !== undefined) throw new UsageError(`--hooked ${quoted(unknown)}: expected some of ${ENUMERATED_STYLES.join(', ')}, with commas between`);
  return ENUMERATED_STYLES.filter((it) => words.includes(it));
}

function parseKinds(list: string | undefined): readonly FaultKind[] {
  if (list === undefined) return FAULT_KINDS;
  const words = list.split(',').map((it) => it.trim()).filter((it) => it !== '');
  if (words.length === 0) throw new UsageError(`--kinds ${quoted(list)}: expected some of ${FAULT_KINDS.join(', ')}`);
  return words.map((word) => FAULT_KINDS.find((it) => it === word) ?? unknownKind(word));
}

function unknownKind(word: string): never {
  throw new UsageError(`--kinds: unknown kind ${quoted(word)}${suggestion(word, FAULT_KINDS)}`);
}

/** The folder asked for, or `counterexamples/` here, or the one that comes with the package. */
function readCases(asked: string | undefined): Scenario[] {
  const folder = asked ?? [CASES, join(PACKAGE, CASES)].find((it) => existsSync(it));
  if (folder === undefined) return [];
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  } catch (error) {
    throw new UsageError(`--cases ${quoted(folder)}: cannot be read: ${systemWords(error)}`);
  }
  return names.map((name) => readCase(join(folder, name)).scenario);
}

/** Reviewed reasons: the file asked for, or the package's own. */
function readReasons(asked: string | undefined): Reviewed {
  const path = asked ?? join(PACKAGE, REASONS);
  if (asked === undefined && !existsSync(path)) return {};
  const source = readText(path, '--reasons');
  try {
    return parseReasons(source);
  } catch (error) {
    if (isInputError(error)) throw new UsageError(`--reasons ${quoted(path)}: ${error.message}`);
    throw error;
  }
}
