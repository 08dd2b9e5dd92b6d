/** `tocsin list`: what there is. Loads data only, so that it answers at once. */
import { OBLIGATIONS } from '../../contract/obligations.ts';
import { PREMISES } from '../../contract/claim.ts';
import { strategySymbols } from '../../contract/state.ts';
import { WITNESSES } from '../../contract/witnesses.ts';
import { KERNEL_SYMBOLS, setLines } from '../../kernel/symbols.ts';
import { listDocument } from '../../report/documents.ts';
import { listLines } from '../../report/list.ts';
import { documentText } from '../../report/machine-readable.ts';
import { FEATURES } from '../../scenario/features.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { EXIT, UsageError, quoted } from '../errors.ts';
import type { Environment, Options } from '../options.ts';

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  process.exitCode = EXIT.OK;
  const [word] = args;
  if (options['offsets'] === true) {
    const symbols = word === undefined ? KERNEL_SYMBOLS : strategySymbols((await (await import('../strategies.ts')).loadStrategy(word)).strategy);
    console.answer(json ? documentText({ schema: 'tocsin/list@1', offsets: symbols }) : setLines(symbols));
    return EXIT.OK;
  }
  if (word !== undefined) throw new UsageError(`list ${quoted(word)}: a strategy is only taken with --offsets`);
  const view = { strategies: BUILT_IN, obligations: OBLIGATIONS, features: FEATURES, premises: PREMISES, witnesses: WITNESSES };
  console.answer(json ? documentText(listDocument(view)) : `${listLines(view, quiet).join('\n')}\n`);
  return EXIT.OK;
}
