/** How a command ends badly, and the exit codes of `interface.md`. */

export const EXIT = { OK: 0, REFUTED: 1, USAGE: 2, INCONCLUSIVE: 3, UNTRUSTED: 4, NOT_APPLICABLE: 125, SIGINT: 130, SIGTERM: 143 } as const;

/** Earlier ones win where several apply. */
const PRECEDENCE: readonly number[] = [EXIT.SIGINT, EXIT.SIGTERM, EXIT.USAGE, EXIT.UNTRUSTED, EXIT.REFUTED, EXIT.INCONCLUSIVE, EXIT.OK];

/** The one exit code for several reasons. An unknown code counts as untrusted. */
export function worstExit(codes: readonly number[]): number {
  for (const code of PRECEDENCE) if (codes.includes(code)) return code;
  return codes.length === 0 ? EXIT.OK : EXIT.UNTRUSTED;
}

/** Wrong use or bad input: one line that says what, where, and what was expected. Exit 2, no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something that the harness needs is not as it must be: one line, exit 4. */
export class UntrustedError extends Error {
  override readonly name = 'UntrustedError';
}

/** Errors of lower floors that say that the input is bad, by the name they carry. */
const INPUT_ERRORS = new Set(['UsageError', 'ScenarioError', 'TokenError', 'CaseError', 'StrategyError', 'ObjectError', 'AssemblyError', 'ClaimError', 'SeedError', 'CampaignError']);

export function isInputError(error: unknown): error is Error {
  return error instanceof Error && INPUT_ERRORS.has(error.name);
}

/** Operating system errors in words, without errno jargon. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory', EACCES: 'permission denied', EPERM: 'operation not permitted', EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory', EROFS: 'the file system is read-only', ENOSPC: 'no space left on the device',
  EEXIST: 'a file of that name exists', ENAMETOOLONG: 'the name is too long', ELOOP: 'too many symbolic links', EMFILE: 'too many open files',
};

export function systemWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return SYSTEM_WORDS[code] ?? (code === '' ? String(error) : `error ${code}`);
}

/** Any text as one line for a terminal; what a terminal would obey, as \xNN. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (it) => `\\x${it.charCodeAt(0).toString(16).padStart(2, '0')}`).trim();
}

/** What JSON.parse has thrown, in words. The engine's message quotes the text; only the position is safe to show. */
export function notJson(error: unknown): string {
  const position = error instanceof Error ? /position \d+/.exec(error.message)?.[0] : undefined;
  return position === undefined ? 'not JSON' : `not JSON: ${position}`;
}

/** A value of the user's for a message: quoted, never long. */
export function quoted(text: string): string {
  const clean = oneLine(text);
  return clean.length > 60 ? `'${clean.slice(0, 57)}...'` : `'${clean}'`;
}
