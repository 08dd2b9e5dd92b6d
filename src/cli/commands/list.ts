/** `tocsin list`: what there is. Loads data only, so that it answers at once. */
import { OBLIGATIONS } from '../../contract/obligations.ts';
import { PREMISES } from '../../contract/claim.ts';
import { WITNESSES } from '../../contract/witnesses.ts';
import { KERNEL_SYMBOLS, setLines } from '../../kernel/symbols.ts';
import { listDocument } from '../../report/documents.ts';
import { listLines } from '../../report/list.ts';
import { documentText } from '../../report/machine-readable.ts';
import { FEATURES } from '../../scenario/features.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { EXIT } from '../errors.ts';
import type { Environment, Options } from '../options.ts';

export function run({ console, json, quiet }: Environment, _args: readonly string[], options: Options): number {
  process.exitCode = EXIT.OK;
  if (options['offsets'] === true) {
    console.answer(json ? documentText({ schema: 'tocsin/list@1', offsets: KERNEL_SYMBOLS }) : setLines());
    return EXIT.OK;
  }
  const view = { strategies: BUILT_IN, obligations: OBLIGATIONS, features: FEATURES, premises: PREMISES, witnesses: WITNESSES };
  console.answer(json ? documentText(listDocument(view)) : `${listLines(view, quiet).join('\n')}\n`);
  return EXIT.OK;
}
