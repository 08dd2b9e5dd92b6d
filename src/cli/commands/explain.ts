/** `tocsin explain`: the argument that a recorded run makes, in words or as a page. */
import { explain, explainDocument, explainLines } from '../../report/explain.ts';
import { documentText } from '../../report/machine-readable.ts';
import { explainPage } from '../../report/page.ts';
import { FEATURES } from '../../scenario/features.ts';
import { shortHash } from '../../case/token.ts';
import { EXIT, UsageError, quoted } from '../errors.ts';
import { writeWhole } from '../files.ts';
import { parseRunName } from '../numbers.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { SingleRun, worstOf } from '../run.ts';
import { objectRequest } from '../object-options.ts';
import { loadStrategy, namedObject } from '../strategies.ts';
import { matching, readSubject, sameContent } from '../subject.ts';

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const word = args[0] ?? '';
  if (parseRunName(word) !== undefined) throw new UsageError(`explain ${quoted(word)}: expected a token or a counterexample file; \`tocsin replay ${word} --minimise\` gives one`);
  const subject = readSubject(word, { features: FEATURES, generator: undefined });
  const { content, token, recorded } = subject;
  if (content === undefined || token === undefined || recorded === undefined) throw new UsageError(`explain ${quoted(word)}: expected a token or a counterexample file`);
  const given = text(options, 'strategy');
  const object = objectRequest(options);
  if (given !== undefined && object !== undefined) throw new UsageError('--strategy and --object: expected one of them');
  if (given === undefined && object === undefined && content.strategy.kind === 'user') throw new UsageError(`the token is of a user's strategy (content ${content.strategy.hash}); expected --strategy FILE or --object FILE`);
  const { strategy, word: named } = object === undefined ? await loadStrategy(given ?? (content.strategy.kind === 'built-in' ? content.strategy.name : '')) : await namedObject(object);
  const single = new SingleRun(strategy, subject.scenario);
  if (content.strategy.kind === 'user' && !sameContent(content, strategy.name, single.hash)) {
    console.warn(`the token is of a strategy with content ${content.strategy.hash}; ${quoted(named)} has ${shortHash(single.hash)}`);
  }
  const { violations } = single.verdict();
  const steps = single.record();
  const violation = matching(violations, recorded) ?? worstOf(violations);
  const explanation = explain({
    token, strategy: strategy.name, scenario: subject.scenario, steps,
    sentence: violation === undefined ? `${strategy.name} holds on this scenario.` : single.sentence(violation),
    ...(violation === undefined ? {} : { violation }),
    nameOf: (address) => single.nameOf(address),
    textOf: (address) => single.textOf(address),
  });
  const page = text(options, 'html');
  if (page !== undefined) writeWhole(page, explainPage(explanation), '--html');
  process.exitCode = EXIT.OK;
  if (json) console.answer(documentText(explainDocument(explanation)));
  else if (!(quiet && page !== undefined)) console.answer(`${explainLines(explanation).join('\n')}\n`);
  return EXIT.OK;
}
