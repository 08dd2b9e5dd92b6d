/** Numbers, times and names of runs as a user writes them: `10_000`, `1e6`, `0x..`; `30s`, `5m`. */
import { isHash, parseSeed } from '../arbitraries/seeded.ts';
import { UsageError, quoted } from './errors.ts';

const DIGITS = /^[0-9]+(_[0-9]+)*$/;
const HEX = /^0[xX][0-9a-fA-F]+(_[0-9a-fA-F]+)*$/;
const EXPONENT = /^([0-9]+(?:_[0-9]+)*)(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})$/;

/** A whole number >= 0, exactly, or undefined where the text is not one. */
export function wholeNumber(text: string): bigint | undefined {
  if (DIGITS.test(text) || HEX.test(text)) return BigInt(text.replaceAll('_', ''));
  const match = EXPONENT.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? '';
  const shift = Number(match[3]) - fraction.length;
  return shift < 0 ? undefined : BigInt(match[1]!.replaceAll('_', '') + fraction) * 10n ** BigInt(shift);
}

/** An option's number. Throws UsageError when it is not a whole number within the bounds. */
export function parseCount(option: string, text: string, least = 1, most = 1e12): number {
  const value = wholeNumber(text);
  if (value === undefined || value < BigInt(least) || value > BigInt(most)) {
    throw new UsageError(`${option} ${quoted(text)}: expected a whole number from ${least} to ${most} such as 10_000 or 1e6`);
  }
  return Number(value);
}

/** A seed as a user gives it; where that is a commit hash, it is told together with the number that it stands for. */
export function readSeed(text: string): { readonly seed: bigint; readonly seedHash?: string } {
  return { seed: parseSeed(text), ...(isHash(text) ? { seedHash: text } : {}) };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** An option's time, in milliseconds. */
export function parseTime(option: string, text: string): number {
  const match = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)$/.exec(text);
  const time = match === null ? 0 : Math.round(Number(match[1]) * (UNITS[match[2]!] ?? 0));
  if (time < 1 || time > 30 * 24 * 3_600_000) throw new UsageError(`${option} ${quoted(text)}: expected a time such as 30s, 5m or 2h, at most 720h`);
  return time;
}

export interface RunName {
  readonly seed: bigint;
  readonly block: number;
  readonly run: number;
}

/** `SEED:BLOCK:RUN`, or undefined where the text has not that shape. */
export function parseRunName(text: string): RunName | undefined {
  const parts = text.split(':');
  if (parts.length !== 3 || !(/^[0-9][0-9a-fA-FxXeE_]*$/.test(parts[0]!) || isHash(parts[0]!)) || !parts.slice(1).every((part) => /^[0-9]/.test(part))) return undefined;
  return {
    seed: parseSeed(parts[0]!),
    block: parseCount('the block', parts[1]!, 0, 2 ** 32 - 1),
    run: parseCount('the run', parts[2]!, 0, 2 ** 32 - 1),
  };
}
