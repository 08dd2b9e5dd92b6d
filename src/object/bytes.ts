/** Bytes of a file that nobody has looked at yet: every access is checked, numbers are little-endian. */
import { ObjectError } from './error.ts';

/** A file, wherever it is kept. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Bytes [offset, offset + length), which lie within the file. */
  readonly read: (offset: number, length: number) => Uint8Array;
}

/** A file that is in memory. */
export const inMemory = (bytes: Uint8Array): ByteSource => ({ size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) });

/** Most bytes that are held of one section: the symbols of a kernel with all its debug information take a tenth of it. */
const MOST_BYTES = 512 * 1024 * 1024;

/** Bytes of a name. */
const MOST_NAME = 4096;

/** A piece of a file. `what` names it in messages. */
export class Bytes {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly what: string;
  readonly file: string;

  private constructor(bytes: Uint8Array, file: string, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
    this.what = what;
  }

  /** Reads a piece. @throws ObjectError when it does not lie within the file. */
  static of(source: ByteSource, offset: number, length: number, file: string, what: string): Bytes {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > source.size) {
      throw new ObjectError(file, `${what} takes ${length} bytes at ${offset}, and the file has ${source.size}`, 'a whole file');
    }
    if (length > MOST_BYTES) throw new ObjectError(file, `${what} has ${length} bytes`, `at most ${MOST_BYTES}`);
    return new Bytes(source.read(offset, length), file, what);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** A piece of this piece. */
  part(offset: number, length: number, what: string): Bytes {
    this.#check(offset, length);
    return new Bytes(this.#bytes.subarray(offset, offset + length), this.file, what);
  }

  u8(offset: number): number {
    this.#check(offset, 1);
    return this.#bytes[offset]!;
  }

  u16(offset: number): number {
    this.#check(offset, 2);
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    this.#check(offset, 4);
    return this.#view.getUint32(offset, true);
  }

  /** 64-bit unsigned. */
  u64(offset: number): bigint {
    this.#check(offset, 8);
    return this.#view.getBigUint64(offset, true);
  }

  /** A 64-bit number that counts bytes or things of this file. */
  count(offset: number): number {
    const value = this.u64(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.wrong(`0x${value.toString(16)} at ${offset}`, 'a number of bytes that a file can have');
    return Number(value);
  }

  /** The text up to the next zero, in which bytes are characters. */
  text(offset: number): string {
    this.#check(offset, 1);
    const piece = this.#bytes.subarray(offset, offset + MOST_NAME + 1), end = piece.indexOf(0);
    if (end < 0) throw this.wrong(`the name at ${offset} does not end`, `a zero within ${MOST_NAME} bytes`);
    return String.fromCharCode(...piece.subarray(0, end));
  }

  /** Where what follows the next zero begins. */
  behindText(offset: number): number {
    this.#check(offset, 1);
    const end = this.#bytes.indexOf(0, offset);
    if (end < 0) throw this.wrong(`the text at ${offset} does not end`, 'a zero');
    return end + 1;
  }

  /** Whether the text up to the next zero is this one. */
  isText(offset: number, text: string): boolean {
    this.#check(offset, 1);
    for (let i = 0; i < text.length; i++) if (this.#bytes[offset + i] !== text.charCodeAt(i)) return false;
    return this.#bytes[offset + text.length] === 0;
  }

  wrong(what: string, expected: string): ObjectError {
    return new ObjectError(this.file, `${this.what}: ${what}`, expected);
  }

  #check(offset: number, length: number): void {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > this.#bytes.length) {
      throw this.wrong(`${length} bytes at ${offset}, and it has ${this.#bytes.length}`, 'a whole file');
    }
  }
}
