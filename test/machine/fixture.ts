/** A small machine with assembled text: two pages of text, a stack, data pages; and an observer that writes down what it is told. */
import { ACCESS, AddressSpace, PAGE_WORDS } from '../../src/image/space.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { Observer } from '../../src/machine/observer.ts';

export const TEXT = 0xc000000000010000n;
export const MORE_TEXT = TEXT + 0x4000n;
export const OTHER_TEXT = TEXT + 0x100000n;
export const STACK = 0xc000000003e20000n;
export const DATA = 0xc000000001000000n;
/** Flat pages. MORE_TEXT follows TEXT by address, not in flat memory; so does DATA + 0x4000 follow DATA. */
export const PAGE = { TEXT: 0, STACK: 1, DATA: 2, OTHER_TEXT: 3, MORE_TEXT: 4, MORE_DATA: 5 } as const;

export interface Fixture {
  readonly machine: Machine;
  readonly space: AddressSpace;
  /** Address of a label. */
  label(name: string): bigint;
  /** Flat word of a label. */
  word(name: string): number;
}

/** Assembles at TEXT (or `at`), r1 in the middle of the stack, pc at `start` or the first word. */
export function load(source: string, at: bigint = TEXT): Fixture {
  const space = new AddressSpace(6);
  space.map(PAGE.TEXT, TEXT, ACCESS.TEXT);
  space.map(PAGE.STACK, STACK, ACCESS.DATA);
  space.map(PAGE.DATA, DATA, ACCESS.DATA);
  space.map(PAGE.OTHER_TEXT, OTHER_TEXT, ACCESS.TEXT);
  space.map(PAGE.MORE_TEXT, MORE_TEXT, ACCESS.TEXT);
  space.map(PAGE.MORE_DATA, DATA + 0x4000n, ACCESS.DATA);
  const text = assemble(source, { base: at, symbols: { DATA, OTHER_TEXT, MORE_TEXT } });
  const machine = new Machine(space);
  const flatWord = (address: bigint): number => machine.fetch(Number(BigInt.asIntN(32, address >> 32n)), Number(BigInt.asIntN(32, address)));
  machine.synchronise();
  text.words.forEach((value, k) => { space.words[flatWord(at + BigInt(4 * k))] = value; });
  const label = (name: string): bigint => {
    const address = text.labels.get(name);
    if (address === undefined) throw new Error(`no label ${name}`);
    return address;
  };
  machine.setGpr(1, STACK + 0x2000n);
  machine.jump(text.labels.get('start') ?? at);
  return { machine, space, label, word: (name) => flatWord(label(name)) };
}

/** Writes down every call as text; `answer` decides what is returned. */
export class Notes implements Observer {
  readonly lines: string[] = [];
  answer: (line: string) => boolean = () => false;
  #note(line: string): boolean {
    this.lines.push(line);
    return this.answer(line);
  }
  point(kind: number, data: number, at: number): boolean {
    return this.#note(`point ${kind} ${data} at ${at}`);
  }
  markedStore(at: number, flat: number, bytes: number, hi: number, lo: number): boolean {
    return this.#note(`store of ${bytes} at ${at} to ${flat}: ${hi >>> 0} ${lo >>> 0}`);
  }
  wildLanding(from: number, to: number): boolean {
    return this.#note(`wild ${from} to ${to}`);
  }
}

export { ACCESS, PAGE_WORDS };
