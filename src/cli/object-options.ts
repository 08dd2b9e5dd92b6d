/** `--object FILE` and what goes with it, as a command line has them. What is made of the file: objects.ts, which is loaded where there is one. */
import { shellWord } from '../report/text.ts';
import { UsageError } from './errors.ts';
import { text } from './options.ts';
import type { Options } from './options.ts';

export interface ObjectRequest {
  readonly file: string;
  /** As they were typed. */
  readonly symbols?: string;
  readonly offset?: string;
  readonly handler?: string;
  readonly claim?: string;
}

const DETAILS = ['symbols', 'offset', 'handler', 'claim'] as const;

/** What the options ask for; undefined: no object. Throws UsageError where there are details of none. */
export function objectRequest(options: Options): ObjectRequest | undefined {
  const file = text(options, 'object');
  const details = Object.fromEntries(DETAILS.flatMap((name) => (text(options, name) === undefined ? [] : [[name, text(options, name)!]])));
  if (file !== undefined) return { file, ...details };
  const [stray] = Object.keys(details);
  if (stray !== undefined) throw new UsageError(`--${stray} goes with --object FILE only`);
  return undefined;
}

/** The words on a command line that ask for the same. */
export function requestWords(request: ObjectRequest): string {
  return [`--object ${shellWord(request.file)}`, ...DETAILS.flatMap((name) => (request[name] === undefined ? [] : [`--${name} ${shellWord(request[name])}`]))].join(' ');
}
