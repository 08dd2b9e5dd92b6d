/** A command line's exit code, and the one line that an error is said in. `tocsin list` does not wait for the parser of options. */
import { EXIT, isInputError, oneLine } from './errors.ts';
import { preparedAnswer } from './prepared.ts';

/** Runs a command line (without node and script) and returns the exit code. Throws nothing. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const answer = preparedAnswer(argv);
    if (answer !== undefined) {
      process.stdout.write(answer);
      return EXIT.OK;
    }
    return await (await import('./program.ts')).runCommandLine(argv);
  } catch (error) {
    if (isInputError(error)) return fail(error.message);
    return bug(error);
  }
}

function fail(message: string): number {
  process.stderr.write(`tocsin: ${oneLine(message)}\n`);
  return EXIT.USAGE;
}

/** A mistake of Tocsin's own: its answers cannot be trusted. */
function bug(error: unknown): number {
  const untrusted = error instanceof Error && error.name === 'UntrustedError';
  const text = error instanceof Error ? (untrusted ? error.message : `${error.name}: ${error.message}`) : String(error);
  const debug = (process.env['TOCSIN_DEBUG'] ?? '') !== '';
  process.stderr.write(untrusted ? `tocsin: ${oneLine(text)}\n`
    : `tocsin: a bug in Tocsin: ${oneLine(text)}${debug ? '' : ' (TOCSIN_DEBUG=1 shows where)'}\n`);
  if (debug && error instanceof Error && error.stack !== undefined) process.stderr.write(`${error.stack}\n`);
  return EXIT.UNTRUSTED;
}
