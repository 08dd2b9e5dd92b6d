/**
 * The kernel's own text of the model, which is the same on every core page: assembled once in a process, linked into each. Only its branches depend on where
 * the strategy's code and the other parts lie.
 */
import { readSource } from '../isa/assemble.ts';
import type { Reference } from '../isa/assemble.ts';
import { CORE_LABELS, HANDLER_LABEL } from '../kernel/core.ts';
import { ADDRESSES } from '../kernel/layout.ts';
import { KERNEL_SYMBOLS } from '../kernel/symbols.ts';

/** Text that is read: where it will lie is known, where the labels of others lie is not. Addresses are 64-bit unsigned. */
export interface Placed {
  readonly labels: ReadonlyMap<string, bigint>;
  /** Bytes. */
  readonly length: number;
  /** The words, once `symbols` has all labels of the page. */
  readonly words: (symbols: ReadonlyMap<string, bigint>) => Uint32Array;
}

interface KernelText {
  readonly words: Uint32Array;
  /** Byte offsets. */
  readonly labels: readonly (readonly [name: string, offset: bigint])[];
  readonly branches: readonly Reference[];
}

/** By text. */
const known = new Map<string, KernelText>();

/**
 * Kernel text at address `base`. It may name labels of other parts in relative branches alone, and none of its own words may depend on where it lies.
 * @throws AssemblyError when it does not assemble; RangeError when it names a label elsewhere than in a branch.
 */
export function placeKernelText(text: string, base: bigint, file: string): Placed {
  const found = known.get(text) ?? read(text, file);
  known.set(text, found);
  return {
    labels: new Map(found.labels.map(([name, offset]) => [name, base + offset])),
    length: 4 * found.words.length,
    words: (symbols) => {
      const words = found.words.slice();
      for (const { word, symbol } of found.branches) {
        const target = symbols.get(symbol);
        if (target === undefined) throw new RangeError(`kernel text branches to ${symbol}, which no part of the page defines`);
        words[word] = link(words[word]!, Number(target - base) - 4 * word);
      }
      return words;
    },
  };
}

/** Assembled at the page's beginning, as if all labels of others lay there. */
function read(text: string, file: string): KernelText {
  const base = ADDRESSES.KERNEL_CORE;
  const symbols = new Map([...Object.entries(KERNEL_SYMBOLS), ...[...CORE_LABELS, ...Object.values(HANDLER_LABEL)].map((label) => [label, base] as const)]);
  const { words, labels, references } = readSource(text, { base, symbols, file }).resolve();
  const branches = references.filter(({ symbol }) => !Object.hasOwn(KERNEL_SYMBOLS, symbol));
  const other = branches.find(({ word }) => displacement(words[word]!) === 0);
  if (other !== undefined) throw new RangeError(`${file}: word ${other.word} names ${other.symbol} and is no relative branch`);
  return { words, labels: [...labels].map(([name, address]) => [name, address - base]), branches };
}

/** The bits of a relative branch that hold its displacement (I-form LI, B-form BD; Power ISA 2.07B Book I 2.4); 0: it is none. */
function displacement(word: number): number {
  if ((word & 2) !== 0) return 0;
  return word >>> 26 === 18 ? 0x03fffffc : word >>> 26 === 16 ? 0xfffc : 0;
}

/** `distance` in bytes lies within a page, so within both forms. */
function link(word: number, distance: number): number {
  const bits = displacement(word);
  return (word & ~bits | distance & bits) >>> 0;
}
