/** `tocsin replay`: the same run again. Exit codes fit for `git bisect run`. */
import { Classified, assumptionsOf } from '../../campaign/assumptions.ts';
import { CANDIDATES } from '../../campaign/minimise.ts';
import type { Finding } from '../../campaign/finding.ts';
import { openWorkshop } from '../../campaign/workshop.ts';
import { encodeToken, shortHash, tokenPlace } from '../../case/token.ts';
import { OBLIGATIONS } from '../../contract/obligations.ts';
import type { Verdict, Violation } from '../../contract/verdict.ts';
import { documentText } from '../../report/machine-readable.ts';
import { replayDocument, replayLines } from '../../report/replay.ts';
import type { ReplayView } from '../../report/replay.ts';
import type { Feature } from '../../scenario/features.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { EXIT, UntrustedError, UsageError, isInputError, oneLine, quoted } from '../errors.ts';
import { parseFeatures } from '../features.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { SingleRun, worstOf } from '../run.ts';
import { objectRequest } from '../object-options.ts';
import type { ObjectRequest } from '../object-options.ts';
import { announce, loadStrategy, namedObject } from '../strategies.ts';
import type { NamedStrategy } from '../strategies.ts';
import { matching, readSubject, sameContent } from '../subject.ts';
import type { Subject } from '../subject.ts';
import { suggestion } from '../suggest.ts';

export async function run(environment: Environment, args: readonly string[], options: Options): Promise<number> {
  const { console, json, quiet } = environment;
  const features = parseFeatures(text(options, 'features'));
  const subject = readSubject(args[0] ?? '', { features, generator: text(options, 'generator') });
  if (subject.name === undefined) {
    for (const name of ['features', 'minimise', 'obligation']) if (options[name] !== undefined) throw new UsageError(`--${name} goes with SEED:BLOCK:RUN only`);
  }
  const word = text(options, 'strategy');
  const object = objectRequest(options);
  if (word !== undefined && object !== undefined) throw new UsageError('--strategy and --object: expected one of them');
  const other = word !== undefined || object !== undefined;
  let named: NamedStrategy;
  let single: SingleRun;
  try {
    named = await strategyFor(subject, word, object);
    single = new SingleRun(named.strategy, subject.scenario);
  } catch (error) {
    if (!other || !isInputError(error)) throw error;
    // A strategy that cannot be used is not a bad one: `git bisect run` skips it.
    process.stderr.write(`tocsin: ${oneLine(error.message)}\n`);
    return EXIT.NOT_APPLICABLE;
  }
  announce(console, [named], json);
  if (!single.applicable) {
    process.stderr.write(`tocsin: ${named.strategy.name} cannot be run on this scenario\n`);
    return EXIT.NOT_APPLICABLE;
  }
  if (subject.content?.strategy.kind === 'user' && !sameContent(subject.content, named.strategy.name, single.hash)) {
    console.warn(`the token is of a strategy with content ${subject.content.strategy.hash}; ${quoted(named.word)} has ${shortHash(single.hash)}`);
  }
  const view = options['minimise'] === true
    ? minimised(subject, named, single, features, text(options, 'obligation'))
    : viewOf(subject, single, other, undefined);
  const full = options['trace'] === true ? { ...view.view, trace: view.single.record() } : view.view;
  process.exitCode = full.exit;
  console.answer(json ? documentText(replayDocument(full)) : `${replayLines(full, quiet).join('\n')}\n`);
  return full.exit;
}

async function strategyFor({ content }: Subject, word: string | undefined, object: ObjectRequest | undefined): Promise<NamedStrategy> {
  if (object !== undefined) return namedObject(object);
  if (word !== undefined) return loadStrategy(word);
  if (content === undefined) throw new UsageError('SEED:BLOCK:RUN needs --strategy or --object, and the --features it was found with');
  if (content.strategy.kind === 'user') throw new UsageError(`the token is of a user's strategy (content ${content.strategy.hash}); expected --strategy FILE or --object FILE`);
  return loadStrategy(content.strategy.name);
}

interface Viewed {
  readonly view: ReplayView;
  readonly single: SingleRun;
}

function viewOf(subject: Subject, single: SingleRun, other: boolean, note: string | undefined): Viewed {
  const verdict = single.verdict();
  const digest = single.digest();
  if (single.digest() !== digest) throw new UntrustedError('two runs of the same scenario differ: the harness cannot be trusted');
  const { recorded } = subject;
  const named = recorded === undefined ? undefined : matching(verdict.violations, recorded);
  const violation = named ?? worstOf(verdict.violations);
  const recurs = other || recorded === undefined ? null : recorded.signature === null ? verdict.outcome === 'holds' : named !== undefined;
  return {
    single,
    view: {
      token: subject.token ?? tokenOf(single, violation), strategy: single.strategy.name, outcome: verdict.outcome,
      obligation: violation?.obligation ?? null, obligations: verdict.violations.map((it) => it.obligation),
      sentence: violation === undefined ? '' : single.sentence(violation),
      steps: verdict.instructions, digest, scenario: single.scenario, recurs, notes: note === undefined ? [] : [note],
      exit: recurs === null ? exitOf(verdict) : recurs ? EXIT.OK : EXIT.REFUTED,
    },
  };
}

function exitOf({ outcome }: Verdict): number {
  switch (outcome) {
    case 'holds': return EXIT.OK;
    case 'violated': return EXIT.REFUTED;
    case 'out-of-budget': case 'undecided': return EXIT.INCONCLUSIVE;
  }
}

/** The token of what was just run. */
function tokenOf({ strategy, scenario, hash }: SingleRun, violation: Violation | undefined): string {
  return encodeToken({
    scenario, strategy: BUILT_IN.includes(strategy) ? { kind: 'built-in', name: strategy.name } : { kind: 'user', hash: shortHash(hash) },
    ...(violation === undefined ? {} : { signature: { obligation: violation.obligation, edge: violation.edge, place: tokenPlace(violation.place) } }),
  });
}

function minimised(subject: Subject, named: NamedStrategy, single: SingleRun, features: readonly Feature[], obligation: string | undefined): Viewed {
  if (obligation !== undefined && !OBLIGATIONS.some((it) => it.name === obligation)) {
    throw new UsageError(`--obligation: unknown obligation ${quoted(obligation)}${suggestion(obligation, OBLIGATIONS.map((it) => it.name))}`);
  }
  const { violations } = single.verdict();
  const violation = obligation === undefined ? worstOf(violations) : violations.find((it) => it.obligation === obligation);
  if (violation === undefined) {
    const what = obligation === undefined ? 'it breaks nothing' : `it does not break ${obligation}`;
    return viewOf(subject, single, true, `${what}: there is nothing to minimise`);
  }
  const finding = minimise(subject, named, violation, features);
  const small = new SingleRun(named.strategy, finding.scenario);
  const { obligation: broken, edge, place } = finding.signature;
  const what = finding.certificate.complete ? 'nothing more can go' : 'the budget of candidates ended first';
  return viewOf({ ...subject, scenario: finding.scenario, token: finding.token, recorded: { signature: { obligation: broken, edge, place: tokenPlace(place) } } }, small, true,
    `minimised: ${finding.certificate.tried} smaller scenarios were tried, ${what}`);
}

/** As the campaign does it, so that the same token comes out. */
function minimise({ scenario, name }: Subject, { strategy }: NamedStrategy, violation: Violation, features: readonly Feature[]): Finding {
  if (name === undefined) throw new UsageError('--minimise goes with SEED:BLOCK:RUN only');
  const { obligation, edge, place } = violation;
  const workshop = openWorkshop({ strategies: [strategy] });
  const { finding, fault } = workshop.execute({
    kind: 'minimise', strategy: 0, candidates: CANDIDATES, drawing: { seed: name.seed, features, premises: [] },
    tally: { obligation, edge, place, outside: new Classified(scenario).outside(assumptionsOf(strategy.claim)), count: 1, block: name.block, run: name.run, afterTrials: 1 },
  });
  if (finding === undefined) throw new UntrustedError(fault?.message ?? 'the violation did not recur');
  return finding;
}
