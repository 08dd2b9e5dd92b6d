/** Words and figures as every report writes them: at most 79 columns, plain ASCII, fit for a mail. */

/** Longest line of a report, in characters. */
export const COLUMNS = 79;

/** A 64-bit value as `0x...`, without leading zeros. */
export function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** A 64-bit value with all 16 digits, for columns of addresses. */
export function address(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16).padStart(16, '0')}`;
}

/** 1234567 -> "1,234,567". */
export function count(value: number | bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A seed, and the commit hash that it was given as: "seed 7 (of 0123..)". */
export function seedWords(seed: bigint, hash?: string): string {
  return `seed ${seed}${hash === undefined ? '' : ` (of ${hash})`}`;
}

/** "1 call", "2 calls"; `plural` for irregular words. */
export function number(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** "a", "a and b", "a, b and c". */
export function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "45.2 M", "1.3 G": three digits or so. */
export function magnitude(value: number): string {
  for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['k', 1e3]] as const) {
    if (value >= size) return `${(value / size).toFixed(value >= 100 * size ? 0 : 1)} ${unit}`;
  }
  return String(Math.round(value));
}

/**
 * Breaks text at spaces into lines of at most `columns` characters; the first begins with `first`, the others with `rest`.
 * A single longer word gets a line of its own. `continuation` ends every line but the last (a backslash for the shell).
 */
export function wrap(text: string, first = '', rest = first, columns = COLUMNS, continuation = ''): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length + continuation.length > columns) {
      lines.push(line + continuation);
      line = rest;
      empty = true;
    }
    line += (empty ? '' : ' ') + word;
    empty = false;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** A command for the shell, broken with backslashes where it is too long; never within quotes, where a backslash would be one. */
export function command(text: string, indent: string): string[] {
  const whole = text.replace(/\\.|'[^']*'/g, (quoted) => quoted.replaceAll(' ', KEPT));
  return wrap(whole, indent, `${indent}  `, COLUMNS, ' \\').map((line) => line.replaceAll(KEPT, ' '));
}

/** Stands for a blank at which a line must not be broken. */
const KEPT = '\u0001';

/** Columns padded to their widest cell, two spaces apart; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => { widths[index] = Math.max(widths[index] ?? 0, cell.length); });
  return rows.map((row) =>
    (indent + row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  ')).trimEnd());
}

/** Characters that could steer a terminal, replaced: whatever comes from a file goes through here. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}

/** A word for the shell: quoted when it needs to be. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
