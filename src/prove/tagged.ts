/** What is known at one instruction: registers and memory in words with names. The meanings of isa/table.ts run on it. */
import type { Truth } from '../isa/domain.ts';
import type { Flag, Special, State, Width } from '../isa/state.ts';
import type { CellText } from './certificate.ts';
import { constant, named, sameWord, symbolsOf, wordText } from './words.ts';
import type { Word } from './words.ts';

/** Memory at `of` + `at`, `width` bytes. */
export interface Cell {
  readonly of: string;
  readonly at: number;
  readonly width: Width;
  value: Word;
}

/** Why code cannot be followed, or must not go on. Thrown by what a meaning calls. */
export class Refused extends Error {
  readonly what: string;
  constructor(what: string) {
    super(what);
    this.what = what;
  }
}

/** What memory is asked besides the cells: the words of texts, and where a store may go. */
export interface Surroundings {
  /** The bytes of a text at an address, as an unsigned number; undefined: no text is there. */
  text(of: string, at: bigint, width: Width): bigint | undefined;
  /** @throws Refused for a load from where nothing is known to be mapped; texts are not asked about. */
  mayLoad(of: string, at: bigint, width: Width): void;
  /** @throws Refused for a store that the strategy has not declared, or that nobody may make. */
  mayStore(of: string, at: number, width: Width, state: Tagged): void;
}

/** A bit of CR that is as it was at entry is known to be that, but not which. */
type CrBit = Truth | 'kept';

export const cellText = (of: string, at: number, width: Width): CellText => `[${wordText(named(of, BigInt(at))) ?? ''}]${width === 8 ? '' : `/${width}`}`;

const GPR_TEXT: readonly CellText[] = Array.from({ length: 32 }, (_, n) => `r${n}`);
const namesPaca = (word: Word): boolean => word !== null && ofPaca(word.of);
/** The PACA's address is one of these symbols. */
export const ofPaca = (of: string): boolean => of === 'paca' || (of.length > 4 && symbolsOf(of).has('paca'));

export class Tagged implements State<Word> {
  readonly gprs: Word[] = new Array<Word>(32).fill(null);
  readonly specials = new Map<Special, Word>();
  readonly cr: CrBit[] = new Array<CrBit>(32).fill('unknown');
  /** By their CellText. */
  readonly memory = new Map<CellText, Cell>();
  pc: Word = null;
  /** Where the instruction at hand goes, if it does. */
  target: Word = null;
  taken: Truth = 'false';
  /** Which cells may differ from the assertion before. */
  readonly touched = new Set<CellText>();
  /** Something has changed since others' changes were last forgotten that decides what these may be: memory, r1, or a value that names the PACA. */
  unsettled = true;
  readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
  }

  copy(): Tagged {
    const other = new Tagged(this.around);
    this.gprs.forEach((value, i) => { other.gprs[i] = value; });
    this.cr.forEach((value, i) => { other.cr[i] = value; });
    for (const [name, value] of this.specials) other.specials.set(name, value);
    for (const [key, cell] of this.memory) other.memory.set(key, { ...cell });
    for (const key of this.touched) other.touched.add(key);
    other.pc = this.pc;
    other.target = this.target;
    other.taken = this.taken;
    other.unsettled = this.unsettled;
    return other;
  }

  gpr(index: number): Word {
    return this.gprs[index] ?? null;
  }

  setGpr(index: number, value: Word): void {
    if (sameWord(this.gprs[index] ?? null, value)) return;
    this.gprs[index] = value;
    if (index === 1 || namesPaca(value)) this.unsettled = true;
    this.touched.add(GPR_TEXT[index]!);
  }

  special(name: Special): Word {
    return this.specials.get(name) ?? null;
  }

  setSpecial(name: Special, value: Word): void {
    if (sameWord(this.special(name), value)) return;
    this.specials.set(name, value);
    if (namesPaca(value)) this.unsettled = true;
    // Assertions speak of these three alone.
    if (name === 'lr' || name === 'ctr' || name === 'msr') this.touched.add(name);
  }

  crBit(index: number): Truth {
    const bit = this.cr[index] ?? 'unknown';
    return bit === 'kept' ? 'unknown' : bit;
  }

  setCrBit(index: number, value: CrBit): void {
    if (this.cr[index] === value) return;
    this.cr[index] = value;
    this.touched.add(`cr${index}`);
  }

  /** XER is followed by nobody. */
  flag(): Truth {
    return 'unknown';
  }

  setFlag(_name: Flag, _value: Truth): void { /* see above */ }

  load(address: Word, bytes: Width): Word {
    if (address === null || address.low === true) throw new Refused('a load from an address that is not known');
    const text = this.around.text(address.of, address.offset, bytes);
    if (text !== undefined) return constant(text);
    this.around.mayLoad(address.of, address.offset, bytes);
    const cell = this.cell(address.of, Number(address.offset), bytes);
    if (cell === undefined || cell.value === null) return null;
    const { value } = cell;
    if (bytes === 8) return value;
    if (value.of === '') return constant(BigInt.asUintN(8 * bytes, value.offset));
    return bytes === 4 ? { of: value.of, offset: value.offset, low: true } : null;
  }

  store(address: Word, bytes: Width, value: Word): void {
    if (address === null || address.low === true) throw new Refused('a store to an address that is not known');
    if (address.offset > 0x7fffffffn || address.offset < -0x80000000n) throw new Refused(`a store to ${wordText(address) ?? ''}`);
    const { of } = address, at = Number(address.offset);
    this.around.mayStore(of, at, bytes, this);
    this.overwrite(of, at, bytes);
    this.setCell(of, at, bytes, value?.low !== true ? value : bytes === 4 ? named(value.of, value.offset) : null);
  }

  /** What is known of a cell with this address and width. */
  cell(of: string, at: number, width: Width): Cell | undefined {
    return this.memory.get(cellText(of, at, width));
  }

  value(of: string, at: number, width: Width = 8): Word {
    return this.cell(of, at, width)?.value ?? null;
  }

  setCell(of: string, at: number, width: Width, value: Word): void {
    const key = cellText(of, at, width);
    if (value === null) this.memory.delete(key);
    else this.memory.set(key, { of, at, width, value });
    this.unsettled = true;
    this.touched.add(key);
  }

  /** Nothing is known any more of what lies in [at, at + bytes) behind `of`. */
  overwrite(of: string, at: number, bytes: number): void {
    this.forget((cell) => cell.of === of && cell.at < at + bytes && cell.at + cell.width > at);
  }

  forget(which: (cell: Cell) => boolean): void {
    for (const [key, cell] of this.memory) {
      if (!which(cell)) continue;
      this.memory.delete(key);
      this.unsettled = true;
      this.touched.add(key);
    }
  }

  forgetGpr(...indexes: readonly number[]): void {
    for (const index of indexes) this.setGpr(index, null);
  }

  /** Forgets all values but r13's that name the PACA. */
  forgetPaca(): void {
    this.gprs.forEach((value, i) => { if (i !== 13 && namesPaca(value)) this.setGpr(i, null); });
    for (const [name, value] of this.specials) if (namesPaca(value)) this.setSpecial(name, null);
    this.forget(({ value }) => namesPaca(value));
  }

  cia(): Word {
    return this.pc;
  }

  branch(target: Word, condition: Truth): void {
    this.target = target;
    this.taken = condition;
  }

  trap(condition: Truth): void {
    if (condition === 'true') throw new Refused('a trap');
    if (condition === 'unknown') throw new Refused('a trap whose condition is not known');
  }

  /** As a certificate has it; undefined: nothing is known. */
  textOf(key: CellText): string | undefined {
    if (key.startsWith('[')) return wordText(this.memory.get(key)?.value ?? null);
    if (key.startsWith('cr')) {
      const bit = this.cr[Number(key.slice(2))] ?? 'unknown';
      return bit === 'true' ? '1' : bit === 'false' ? '0' : bit === 'kept' ? `c${key.slice(2)}` : undefined;
    }
    return wordText(key.startsWith('r') ? this.gpr(Number(key.slice(1))) : this.special(key as Special));
  }
}
