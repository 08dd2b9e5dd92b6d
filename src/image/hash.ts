/** What a strategy is, in 64 bits: two FNV-1a hashes of 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/) with different bases. */
import type { Strategy } from '../contract/strategy.ts';
import { CODE_POINTS } from '../contract/strategy.ts';
import type { CorePage } from './core-page.ts';
import { PAGE_WORDS } from './space.ts';
import type { CodeVariant } from './templates.ts';

const PRIME = 0x01000193;

class Fnv {
  #a = 0x811c9dc5;
  #b = 0x2f3c6a71;

  byte(value: number): void {
    this.#a = Math.imul(this.#a ^ value, PRIME);
    this.#b = Math.imul(this.#b ^ value ^ 0x5a, PRIME);
  }

  word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte(value >>> shift & 255);
  }

  text(value: string): void {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
  }

  words(values: ArrayLike<number>): void {
    this.word(values.length);
    for (let i = 0; i < values.length; i++) this.word(values[i]!);
  }

  hex(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/**
 * Hash of a strategy's code as assembled and of what it declares; name, summary, origin, claim and comments take no part. 16 hexadecimal
 * digits. The kernel's own text of the core page is part of it.
 */
export function strategyHash(strategy: Strategy, page: CorePage, outOfLine: CorePage | undefined, variant: CodeVariant | null): string {
  const hash = new Fnv();
  hash.words(page.pristine);
  if (outOfLine !== undefined) hash.words(outOfLine.pristine);
  for (const piece of variant === null ? [] : variant.samples()) {
    hash.text(CODE_POINTS[piece.point]!);
    hash.words(piece.words);
  }
  const areas = (strategy.areas ?? []).map(({ offset, bytes }) => [offset, bytes]);
  const state = (strategy.state ?? []).map(({ name, owner, bytes, value = 0n, inherited }) => [name, owner, bytes, value.toString(), ...(inherited === true ? ['inherited'] : [])]);
  const label = (name: string): [string, number] => {
    const at = page.labels.has(name) ? page : outOfLine ?? page, word = at.labels.get(name);
    return [name, word === undefined ? -1 : word - at.page * PAGE_WORDS];
  };
  hash.text(JSON.stringify([areas, state, (strategy.pushes ?? []).map(label), (strategy.pops ?? []).map(label), strategy.published ?? '',
    ...(strategy.recovers === undefined ? [] : [[label(strategy.recovers.label), strategy.recovers.cell, strategy.recovers.bytes, strategy.recovers.offset]])]));
  return hash.hex();
}
