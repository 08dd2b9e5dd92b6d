/** The texts that a fragment runs on: words by address, as code and as memory. */
import type { Width } from '../isa/state.ts';
import type { Text } from './certificate.ts';

interface Placed { readonly start: bigint; readonly words: Int32Array; readonly data: ReadonlySet<number> }

/** Texts that many fragments share are read once. */
const read = new WeakMap<Text, readonly [of: string, placed: Placed]>();

function placedOf(text: Text): readonly [of: string, placed: Placed] {
  const known = read.get(text);
  if (known !== undefined) return known;
  const { at, words, data } = text, [, of = '', offset = ''] = /^([A-Z]?)[+]?(-?[0-9]*)$/.exec(at) ?? [];
  const found: [string, Placed] = [of, { start: BigInt(offset), words: Int32Array.from(words.match(/.{8}/g) ?? [], (it) => Number.parseInt(it, 16)), data: new Set(data) }];
  read.set(text, found);
  return found;
}

export class Code {
  readonly #texts = new Map<string, Placed[]>();

  constructor(texts: readonly Text[]) {
    for (const text of texts) {
      const [of, placed] = placedOf(text);
      this.#texts.set(of, [...this.#texts.get(of) ?? [], placed]);
    }
  }

  /** The word at an address; `data`: it is not to be executed. */
  at(of: string, at: bigint): { readonly word: number; readonly data: boolean } | undefined {
    for (const { start, words, data } of this.#texts.get(of) ?? []) {
      const distance = Number(at - start), index = distance / 4;
      if (Number.isInteger(index) && index >= 0 && index < words.length) return { word: words[index]!, data: data.has(index) };
    }
    return undefined;
  }

  /** Four or eight bytes, as an unsigned number. */
  value(of: string, at: bigint, width: Width): bigint | undefined {
    const low = width < 4 ? undefined : this.at(of, at);
    if (low === undefined || width === 4) return low === undefined ? undefined : BigInt(low.word >>> 0);
    const high = this.at(of, at + 4n);
    return high === undefined ? undefined : BigInt(low.word >>> 0) | BigInt(high.word >>> 0) << 32n;
  }
}
