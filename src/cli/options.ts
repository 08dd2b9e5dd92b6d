/** What a command is given: where it writes, and its options as commander collects them. */
import type { Console } from './console.ts';

/** What every command gets besides its own options. */
export interface Environment {
  readonly console: Console;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** A command's own options, as commander collects them: text, or true for a switch. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;
export type Run = (environment: Environment, args: readonly string[], options: Options) => number | Promise<number>;

/** An option's text, or undefined where it was not given. */
export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
