/** `tocsin gate`: stored cases, claims and baseline decide a change. For CI: reproducible, and in the formats that CI reads. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { FEATURES } from '../../scenario/features.ts';
import { printBaseline } from '../../campaign/baseline.ts';
import { parseBaseline } from '../../campaign/baseline-parse.ts';
import type { Baseline } from '../../campaign/baseline.ts';
import { gate } from '../../campaign/gate.ts';
import { planGate } from '../../campaign/gate-plan.ts';
import type { BaselineWitness, GateCheck, GateReport } from '../../campaign/gate-report.ts';
import { TokenError, decodeToken } from '../../case/token.ts';
import { checksView, evidenceWords, gateDocument, gateLines } from '../../report/gate.ts';
import type { GateView } from '../../report/gate.ts';
import { githubLines } from '../../report/github.ts';
import { junitText } from '../../report/junit.ts';
import { ktapText } from '../../report/ktap.ts';
import { documentText } from '../../report/machine-readable.ts';
import { sarifDocument } from '../../report/sarif.ts';
import { summaryText } from '../../report/summary.ts';
import { count, number } from '../../report/text.ts';
import { readCases } from '../cases.ts';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import type { Console } from '../console.ts';
import { EXIT, UsageError, isInputError, quoted, worstExit } from '../errors.ts';
import { openExecutor, threadsFor } from '../executor.ts';
import { parseFeatures } from '../features.ts';
import { readText, writeWhole } from '../files.ts';
import { commandsOf } from '../findings.ts';
import { planBound, runBound } from '../gate-bound.ts';
import { gateProver } from '../gate-prover.ts';
import { parseCount, readSeed } from '../numbers.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { Interruption } from '../signals.ts';
import { objectRequest } from '../object-options.ts';
import { announce, asOption, loadStrategies } from '../strategies.ts';
import type { NamedStrategy } from '../strategies.ts';
import { VERSION } from '../version.ts';

const DEFAULT_BASELINE = 'verdicts.json';
const DEFAULT_CASES = 'counterexamples';

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const update = options['update'] === true;
  if (update && options['force'] !== true && isOn(process.env['CI'])) {
    throw new UsageError('--update under CI=true would make the gate agree with whatever it finds; run it by hand and commit the file, or add --force');
  }
  const workers = text(options, 'workers');
  const threads = threadsFor(workers);
  const config = await loadConfig(text(options, 'config'));
  const object = objectRequest(options);
  const named = args.length > 0 || object !== undefined || config.strategies === undefined ? await loadStrategies(args, object) : config.strategies;
  announce(console, named, json || options['ktap'] === true);
  const baselinePath = text(options, 'baseline') ?? config.baseline ?? DEFAULT_BASELINE;
  const asked = text(options, 'baseline') !== undefined || config.baseline !== undefined;
  const known = existsSync(baselinePath) || (asked && !update) ? readBaseline(baselinePath) : undefined;
  const casesPath = text(options, 'cases') ?? config.cases;
  const cases = casesPath !== undefined || existsSync(DEFAULT_CASES) ? readCases(casesPath ?? DEFAULT_CASES) : [];
  const { seedHash, ...given } = settings(config, options);
  const features = given.features;
  const baseline = update && known !== undefined && known.features.join() !== (features ?? FEATURES).join() ? undefined : known;
  const plan = planGate({
    strategies: named.map((it) => it.strategy), cases, ...given,
    ...(baseline === undefined ? {} : { baseline, baselineWitnesses: witnessesOf(baseline, console) }),
  });
  const boundWord = text(options, 'bound') ?? config.bound;
  const bound = boundWord === undefined ? undefined : planBound(boundWord, text(options, 'bound') === undefined ? 'configuration: bound' : '--bound', named.map((it) => it.strategy), plan.features);
  if (baseline === undefined && !update) console.note(`no baseline (${baselinePath}): decided by stored cases and claims alone`);

  const interruption = new Interruption();
  const executor = openExecutor(plan.setup, plan.runs, workers);
  let report: GateReport;
  try {
    const result = await gate(plan, executor, {
      stop: () => (interruption.requested ? 'interrupt' : 'go'),
      progress: ({ runs, of, findings }) => { console.progress(() => `${count(runs)} of ${count(of)} scenarios, ${number(findings, 'finding')}`); },
      ...(bound === undefined ? {} : {
        bound: () => runBound(bound, threads, () => interruption.requested, (scenarios, expected) => { console.progress(() => `the bound: ${count(scenarios)} of ${count(expected)} scenarios`); }),
      }),
      prover: gateProver((name) => { console.progress(() => `proving ${name}`); }),
    });
    if (result.kind === 'interrupted') return interruption.exit ?? EXIT.INCONCLUSIVE;
    report = result.report;
  } finally {
    interruption.dispose();
    await executor.close();
  }

  const updated = update ? rewrite(report, known, baselinePath, new Set(named.map((it) => it.strategy.name))) : undefined;
  const exit = updated === undefined ? report.exit : updated.exit;
  process.exitCode = exit;
  const view: GateView = {
    report, exit, version: VERSION, ...(seedHash === undefined ? {} : { seedHash }), ...(updated === undefined ? {} : { updated: updated.text }),
    viewOf: (finding) => {
      const accused = named.find((it) => it.strategy.name === finding.strategy);
      return { finding, commands: commandsOf(finding, accused) };
    },
    replayOf: (token, strategy) => replayCommand(token, strategy, named),
    fileOf: (check) => fileOf(check, casesPath ?? DEFAULT_CASES, named.find((it) => it.strategy.name === check.strategy)?.file),
  };
  write(view, options);
  if (options['ktap'] === true) console.answer(ktapText(checksView(view)));
  else console.answer(json ? documentText(gateDocument(view)) : `${gateLines(view, quiet).join('\n')}\n`);
  return exit;
}

const isOn = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false'].includes(value.toLowerCase());

function settings(config: Config, options: Options): Pick<Config, 'runs' | 'seed' | 'features' | 'witnesses'> & { readonly seedHash?: string } {
  const runs = text(options, 'runs');
  const seed = text(options, 'seed');
  const features = text(options, 'features');
  return {
    ...(config.witnesses === undefined ? {} : { witnesses: config.witnesses }),
    ...(runs !== undefined ? { runs: parseCount('--runs', runs) } : config.runs === undefined ? {} : { runs: config.runs }),
    ...(seed !== undefined ? readSeed(seed) : config.seed === undefined ? {} : { seed: config.seed }),
    ...(features !== undefined ? { features: parseFeatures(features) } : config.features === undefined ? {} : { features: config.features }),
  };
}

function readBaseline(path: string): Baseline {
  const source = readText(path, 'baseline');
  try {
    return parseBaseline(source);
  } catch (error) {
    if (isInputError(error)) throw new UsageError(`baseline ${quoted(path)}: ${error.message}`);
    throw error;
  }
}

/** All `*.json` of the folder, by name. */
/** The baseline's own counterexamples. One that cannot be read is no reason to stop: it is looked for again. */
function witnessesOf(baseline: Baseline, console: Console): BaselineWitness[] {
  const tokens = new Set(baseline.facts.flatMap((fact) => fact.token ?? []));
  return [...tokens].flatMap((token) => {
    try {
      return [{ token, scenario: decodeToken(token).scenario }];
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      console.warn(`baseline: ${quoted(token)}: ${error.message}`);
      return [];
    }
  });
}

function fileOf(check: GateCheck, folder: string, strategyFile: string | undefined): string | undefined {
  // As other tools want it: `mine.s`, not `./mine.s`.
  const path = check.file === undefined ? strategyFile : join(folder, check.file);
  return path === undefined || isAbsolute(path) ? path : normalize(path);
}

/** A token speaks of one built-in strategy; a user's, or another one, is asked for by name. */
function replayCommand(token: string, strategy: string, named: readonly NamedStrategy[]): string {
  try {
    const own = decodeToken(token).strategy;
    if (own.kind === 'built-in' && own.name === strategy) return `tocsin replay ${token}`;
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
  }
  return `tocsin replay ${token} ${asOption(named.find((it) => it.strategy.name === strategy) ?? { word: strategy })}`;
}

/** Rewrites the baseline where the harness can be trusted; what is decided by claims and cases stays decided. */
function rewrite(report: GateReport, known: Baseline | undefined, path: string, onTrial: ReadonlySet<string>): { readonly exit: number; readonly text: string } {
  const states = report.checks.filter((it) => it.group !== 'baseline' && it.group !== 'proofs').map((it) => it.state);
  const exit = worstExit(states.map((it) => ({ pass: EXIT.OK, skip: EXIT.OK, fail: EXIT.REFUTED, inconclusive: EXIT.INCONCLUSIVE, untrusted: EXIT.UNTRUSTED })[it]));
  if (exit === EXIT.UNTRUSTED || exit === EXIT.INCONCLUSIVE) return { exit, text: `${path} was not written: ${report.reasons[0] ?? report.outcome}` };
  const { features } = report.baseline;
  const others = <T extends { readonly strategy: string }>(of: (baseline: Baseline) => readonly T[]): T[] => (known === undefined || known.features.join() !== features.join() ? [] : of(known).filter((it) => !onTrial.has(it.strategy)));
  const kept = others((it) => it.facts);
  writeWhole(path, printBaseline({ ...report.baseline, proofs: [...others((it) => it.proofs), ...report.baseline.proofs], facts: [...kept, ...report.baseline.facts] }), '--baseline');
  const changed = report.differences.filter((it) => it.by === 'baseline' || it.by === 'proof').length;
  const more = kept.length === 0 ? '' : `, ${number(kept.length, 'fact')} of strategies that were not on trial kept`;
  return { exit, text: `${path} written: ${number(report.baseline.facts.length, 'fact')}, ${known === undefined ? 'there was none before' : `${number(changed, 'difference')} to what was there`}${more}; ${evidenceWords(report.baseline.facts)}` };
}

function write(view: GateView, options: Options): void {
  const checks = checksView(view);
  const junit = text(options, 'junit');
  const sarif = text(options, 'sarif');
  const summary = text(options, 'summary');
  if (junit !== undefined) writeWhole(junit, junitText(checks), '--junit');
  if (sarif !== undefined) writeWhole(sarif, documentText(sarifDocument(checks)), '--sarif');
  if (summary !== undefined) writeWhole(summary, summaryText(checks), '--summary');
  if (options['github'] === true || isOn(process.env['GITHUB_ACTIONS'])) {
    for (const line of githubLines(checks)) process.stderr.write(`${line}\n`);
  }
}
