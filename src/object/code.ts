/** The code of an object file: which symbols are wanted, and the section that each lies in. */
import type { Elf, ElfSymbol, Relocation } from './elf.ts';
import { ObjectError } from './error.ts';
import { LIFTED_POINTS } from './lift.ts';
import type { LiftedPoint } from './lift.ts';
import { hex } from './walk.ts';
import type { CodeSection } from './walk.ts';

export interface FoundSymbol {
  readonly point: LiftedPoint;
  readonly name: string;
  /** Index of its section. */
  readonly section: number;
  /** As the words of that section are counted: an address, or in a relocatable file an offset. */
  readonly address: bigint;
}

/** What the kernel calls the code of each point (arch/powerpc/kernel/trace/ftrace_entry.S; until 6.3 ftrace_mprofile.S). */
const KERNEL_NAMES: Readonly<Record<LiftedPoint, readonly string[]>> = {
  ftrace_entry: ['ftrace_caller', 'ftrace_regs_caller', 'ftrace_entry'],
  livepatch_handler: ['livepatch_handler'],
};

/** STT_SECTION and STT_FILE name no code. */
const UNNAMED_TYPES = [3, 4];

/**
 * The symbols that are asked for: a name of the kernel's, or POINT=SYMBOL. None: ftrace_caller and livepatch_handler, those that there are.
 * @throws ObjectError where one is missing, is there twice, is no code, or two are of one point.
 */
export function findSymbols(elf: Elf, words: readonly string[]): readonly FoundSymbol[] {
  if (words.length === 0) {
    const present = LIFTED_POINTS.map((point) => KERNEL_NAMES[point][0]!).filter((name) => elf.symbols.some((it) => it.name === name && it.section !== undefined));
    if (present.length === 0) throw new ObjectError(elf.file, 'neither ftrace_caller nor livepatch_handler is in it', 'one of them, or the names of others (--symbols)');
    return findSymbols(elf, present);
  }
  const found = words.map((word) => {
    const [, given, name = ''] = /^(?:(\w+)=)?(.+)$/.exec(word) ?? [];
    const point = LIFTED_POINTS.find((it) => (given === undefined ? KERNEL_NAMES[it].includes(name) : it === given));
    if (point === undefined) {
      throw new ObjectError(elf.file, `symbol '${word.slice(0, 80)}' says for neither what it is`, `${LIFTED_POINTS.map((it) => `${it}=SYMBOL`).join(' or ')}, or ${Object.values(KERNEL_NAMES).flat().join(', ')}`);
    }
    return findSymbol(elf, point, name);
  });
  const twice = LIFTED_POINTS.find((point) => found.filter((it) => it.point === point).length > 1);
  if (twice !== undefined) throw new ObjectError(elf.file, `${found.filter((it) => it.point === twice).map((it) => it.name).join(' and ')}: both are ${twice}`, 'one of them');
  return LIFTED_POINTS.flatMap((point) => found.filter((it) => it.point === point));
}

function findSymbol(elf: Elf, point: LiftedPoint, name: string): FoundSymbol {
  const named = elf.symbols.filter((it) => it.name === name && it.section !== undefined);
  const [symbol] = named;
  if (symbol === undefined) throw new ObjectError(elf.file, `no symbol '${name.slice(0, 80)}'`, 'one that the file defines');
  if (named.some((it) => it.value !== symbol.value || it.section !== symbol.section)) throw new ObjectError(elf.file, `${named.length} symbols '${name}'`, 'one');
  const section = elf.sections[symbol.section!]!;
  if (!elf.isCode(section)) throw new ObjectError(elf.file, `symbol '${name}' lies in section ${section.name}`, 'a section of code');
  const base = elf.kind === 'linked' ? section.address : 0n;
  if (symbol.value < base || symbol.value - base >= BigInt(section.size) || (symbol.value - base) % 4n !== 0n) {
    throw new ObjectError(elf.file, `symbol '${name}' is at ${hex(symbol.value)}, and section ${section.name} has ${section.size} bytes at ${hex(base)}`, 'a word of it');
  }
  return { point, name, section: section.index, address: symbol.value };
}

/** A section of code and what its symbols are called. */
export function codeOf(elf: Elf, index: number): CodeSection {
  const section = elf.sections[index]!, bytes = elf.contents(section), base = elf.kind === 'linked' ? section.address : 0n;
  const names = new Map<bigint, string>();
  for (const symbol of elf.symbols) if (symbol.section === index && symbol.name !== '' && !UNNAMED_TYPES.includes(symbol.type) && !names.has(symbol.value)) names.set(symbol.value, symbol.name);
  const relocations = new Map<number, Relocation>();
  for (const relocation of elf.relocations(section)) relocations.set(relocation.offset - relocation.offset % 4, relocation);
  return {
    file: elf.file, base, words: Math.floor(bytes.length / 4), word: (word) => bytes.u32(4 * word), relocations,
    addressOf: ({ symbol, addend }) => (defines(symbol, index) ? BigInt.asUintN(64, symbol.value + addend) : undefined),
    nameAt: (address) => names.get(address),
  };
}

const defines = (symbol: ElfSymbol, section: number): boolean => symbol.section === section;
