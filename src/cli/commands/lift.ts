/** `tocsin lift`: what becomes of an object file's code, and all that was changed in it. */
import { strategyFileText } from '../../contract/strategy-file.ts';
import { documentText } from '../../report/machine-readable.ts';
import { liftDocument, liftedText } from '../../report/object.ts';
import { EXIT } from '../errors.ts';
import { objectRequest } from '../object-options.ts';
import { loadObject } from '../objects.ts';
import type { Environment, Options } from '../options.ts';

export function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): number {
  const { strategy, facts } = loadObject(objectRequest({ ...options, object: args[0] })!);
  const own = strategyFileText(strategy);
  console.answer(json ? documentText(liftDocument(facts, strategy, own)) : quiet ? own : liftedText(facts, own));
  process.exitCode = EXIT.OK;
  return EXIT.OK;
}
