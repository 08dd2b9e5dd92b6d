/**
 * Entropy coding for tokens: asymmetric numeral systems (Duda 2009) on one big integer, so that nothing is lost to rounding, and
 * the text form of that integer. The same code walks through a model for both directions: with an Encoder `pick` notes
 * the value it is given, with a Decoder it returns the one that was written.
 */

export interface Coder {
  /** True: values are read; what `pick` and `range` are given as a value is ignored. */
  readonly decoding: boolean;
  /** One of the indexes of `weights` (non-negative integers, the value's own positive). */
  pick(weights: readonly number[], value: number): number;
  /** 0 to size - 1, all alike. */
  range(size: number, value: number): number;
}

export class Encoder implements Coder {
  readonly decoding = false;
  private readonly steps: number[] = [];

  pick(weights: readonly number[], value: number): number {
    let below = 0;
    let sum = 0;
    for (let i = 0; i < weights.length; i += 1) {
      if (i < value) below += weights[i]!;
      sum += weights[i]!;
    }
    const own = weights[value] ?? 0;
    if (own <= 0) throw new RangeError(`value ${value} has no weight`);
    this.steps.push(below, own, sum);
    return value;
  }

  range(size: number, value: number): number {
    if (!(Number.isInteger(value) && value >= 0 && value < size)) throw new RangeError(`${value} is not below ${size}`);
    this.steps.push(value, 1, size);
    return value;
  }

  /** The integer that a Decoder reads the values from, first one first. */
  finish(): bigint {
    let x = 1n;
    for (let i = this.steps.length - 3; i >= 0; i -= 3) {
      const below = BigInt(this.steps[i]!);
      const own = BigInt(this.steps[i + 1]!);
      const sum = BigInt(this.steps[i + 2]!);
      x = (x / own) * sum + below + (x % own);
    }
    return x;
  }
}

export class Decoder implements Coder {
  readonly decoding = true;
  private x: bigint;

  constructor(x: bigint) {
    this.x = x;
  }

  pick(weights: readonly number[], _value: number): number {
    let sum = 0;
    for (const one of weights) sum += one;
    let slot = Number(this.x % BigInt(sum));
    for (let i = 0; i < weights.length; i += 1) {
      const own = weights[i]!;
      if (slot < own) {
        this.x = (this.x / BigInt(sum)) * BigInt(own) + BigInt(slot);
        return i;
      }
      slot -= own;
    }
    throw new RangeError('weights are not positive');
  }

  range(size: number, _value: number): number {
    const base = BigInt(size);
    const value = Number(this.x % base);
    this.x /= base;
    return value;
  }

  /** Whether everything that was written has been read. */
  get done(): boolean {
    return this.x === 1n;
  }
}

/** 58 letters and digits: without 0, O, I and l, which look like each other. Safe in mails, URLs, shells and file names. */
export const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE = BigInt(ALPHABET.length);

/** A positive integer in base 58, most significant first. */
export function toText(value: bigint): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= BASE) text = ALPHABET[Number(rest % BASE)]! + text;
  return text;
}

/** The integer; undefined for text with other characters, and for what `toText` does not make (nothing, a leading zero digit). */
export function fromText(text: string): bigint | undefined {
  if (text === '' || text.startsWith(ALPHABET[0]!)) return undefined;
  let value = 0n;
  for (const char of text) {
    const digit = ALPHABET.indexOf(char);
    if (digit < 0) return undefined;
    value = value * BASE + BigInt(digit);
  }
  return value;
}

/** A checksum of 20 bits of a non-negative integer: FNV-1a (32 bits) over its hexadecimal digits and a salt, stirred and folded. */
export function checksum(value: bigint, salt: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${salt}:${value.toString(16)}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return (hash ^ (hash >>> 20)) & 0xf_ffff;
}
