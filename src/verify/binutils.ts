/**
 * The table's text and encoding against GNU binutils: `as -mpower8 -mregnames` and `objdump -d -Mpower8`.
 *
 * One source with a line per case is assembled at once; then everything is compared word by word.
 */
import { writeFileSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REWRITINGS, SPELLINGS } from '../isa/aliases.ts';
import { AssemblyError, assemble } from '../isa/assemble.ts';
import { decode } from '../isa/decode.ts';
import { disassemble } from '../isa/disassemble.ts';
import { encode } from '../isa/encode.ts';
import type { Operand } from '../isa/fields.ts';
import { INSTRUCTIONS, lookup } from '../isa/table.ts';
import { Random, randomOperand, randomWord } from './random.ts';
import { Tally } from './result.ts';
import type { VerifyResult } from './result.ts';
import { AS, LD, OBJCOPY, OBJDUMP, findTools, runTool, withFolder } from './tools.ts';

export interface BinutilsOptions {
  readonly seed: number;
  /** Random operand sets per table row and per extended mnemonic. Default 30. */
  readonly perInstruction?: number;
  /** Random words near and far from the table. Default 20,000. */
  readonly words?: number;
}

const hex = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`;

/** Compares the whole table, its extended mnemonics and random words. */
export function verifyBinutils(options: BinutilsOptions): VerifyResult {
  const tally = new Tally('binutils');
  const { versions, missing } = findTools([AS, OBJDUMP, OBJCOPY]);
  if (missing.length > 0) {
    tally.skip('all', `${missing.join(', ')} not found`);
    return tally.result(versions);
  }
  const random = new Random(options.seed);
  withFolder((folder) => {
    compareTexts(tally, folder, texts(tally, random, options.perInstruction ?? 30));
    compareWords(tally, folder, random, options.perInstruction ?? 30, options.words ?? 20_000);
  });
  return tally.result(versions);
}

/** A line of assembly, and the word that we say it is where we know it without the assembler. */
interface Case {
  readonly text: string;
  readonly word?: number;
  readonly name: string;
  /** Both may refuse it, for reasons that each words in its own way. */
  readonly refusable?: true;
}

/** Operands as plain numbers: the form that leaves nothing to a parser of names. */
function numericText(mnemonic: string, operands: readonly Operand[], values: readonly number[]): string {
  let text = '';
  operands.forEach((operand, i) => {
    const value = values[i] as number, previous = operands[i - 1];
    const part = operand.kind === 'relative' ? `. ${value < 0 ? '-' : '+'} ${Math.abs(value)}` : String(value);
    text += i === 0 ? part : previous?.kind === 'mem' ? `(${part})` : `,${part}`;
  });
  return `${mnemonic} ${text}`.trim();
}

function texts(tally: Tally, random: Random, perInstruction: number): Case[] {
  const cases: Case[] = [];
  let refused = 0;
  for (const entry of INSTRUCTIONS) {
    const times = entry.operands.length === 0 ? 1 : perInstruction;
    for (let i = 0; i < times; i++) {
      const { word, values } = randomWord(random, entry);
      const encoded = encode(entry.mnemonic, ...values);
      tally.compare('encode', () => `${entry.mnemonic} ${values.join(',')}`, hex(encoded), hex(word));
      cases.push({ name: entry.mnemonic, text: numericText(entry.mnemonic, entry.operands, values), word });
      cases.push({ name: entry.mnemonic, text: disassemble(word), word });
    }
  }
  for (const spelling of SPELLINGS) {
    const times = spelling.operands.length === 0 ? 1 : Math.ceil(perInstruction / 5);
    for (let i = 0; i < times; i++) {
      const values = spelling.operands.map((operand) => randomOperand(random, operand));
      const word = spelling.operands.reduce((bits, operand, k) => bits | operand.insert(values[k] as number), spelling.match) >>> 0;
      // bc+ with a BO that takes no hint.
      if (decode(word) === undefined) continue;
      cases.push({ name: spelling.mnemonic, text: numericText(spelling.mnemonic, spelling.operands, values), word });
    }
  }
  // Each operand just outside its bounds, and by 2^32: accepted by both, as the same word, or by neither.
  for (const entry of [...INSTRUCTIONS, ...SPELLINGS]) {
    entry.operands.forEach((operand, k) => {
      const { min, max, multiple } = operand;
      // GNU as knows more special purpose registers than the subset.
      if (operand.name === 'SPR') return;
      for (const value of [min - multiple, max + multiple, 65535, 65536, -32768, min + 1, max + 2 ** 32, min + 2 ** 32, max - 2 ** 32, min - 2 ** 32]) {
        // GNU as lets some distances of about 4 GiB wrap round to near ones; we refuse them all.
        if (operand.kind === 'relative' && Math.abs(value) > 2 ** 31) continue;
        const values = entry.operands.map((other) => randomOperand(random, other));
        values[k] = value;
        cases.push({ name: 'bounds', text: numericText(entry.mnemonic, entry.operands, values), refusable: true });
      }
    });
  }
  for (const rewriting of REWRITINGS) {
    for (let i = 0; i < perInstruction; i++) {
      const values = rewriting.operands.map((operand) => randomOperand(random, operand));
      const text = numericText(rewriting.mnemonic, rewriting.operands, values);
      // GNU as wraps masks that make no sense (extlwi with n = 0); we refuse them, so there is no word to compare.
      if (oursOf(text) instanceof AssemblyError) {
        refused++;
        continue;
      }
      cases.push({ name: rewriting.mnemonic, text });
    }
  }
  tally.skip('branch distances of about 4 GiB', 'GNU as wraps some of them round to near targets; refused by us');
  tally.skip(`${refused} operand sets of mnemonics such as extlwi`, 'bits that do not exist: refused by us, wrapped by GNU as');
  return cases;
}

/** Our assembler's word for one line, or its refusal. */
function oursOf(text: string): number | AssemblyError {
  try {
    return assemble(text, { base: 0n }).words[0] as number;
  } catch (error) {
    if (error instanceof AssemblyError) return error;
    throw error;
  }
}

/** GNU's words for lines of one instruction each; undefined where it refuses the line. */
function theirWords(folder: string, lines: readonly string[]): { words: (number | undefined)[]; messages: Map<number, string> } {
  const messages = new Map<number, string>();
  const source = join(folder, 'lines.s'), object = join(folder, 'lines.o'), binary = join(folder, 'lines.bin');
  for (let round = 0; round < 2; round++) {
    // A refused line leaves a no-op behind, so that the others keep their places.
    writeFileSync(source, lines.map((line, i) => (messages.has(i) ? 'nop' : line)).join('\n') + '\n');
    const run = spawnSync(AS, ['-mpower8', '-mregnames', '-o', object, source], { encoding: 'latin1', maxBuffer: 1 << 28 });
    if (run.status === 0) break;
    for (const line of run.stderr.split('\n')) {
      const found = /:(\d+): Error: (.*)$/.exec(line);
      if (found !== null) messages.set(Number(found[1]) - 1, found[2] as string);
    }
    if (messages.size === 0 || round === 1) throw new Error(`${AS} failed: ${run.stderr.slice(0, 500)}`);
  }
  runTool(OBJCOPY, ['-O', 'binary', '-j', '.text', object, binary]);
  const bytes = readFileSync(binary);
  return { words: lines.map((_, i) => (messages.has(i) ? undefined : bytes.readUInt32LE(4 * i))), messages };
}

function compareTexts(tally: Tally, folder: string, cases: readonly Case[]): void {
  const { words, messages } = theirWords(folder, cases.map((c) => c.text));
  cases.forEach(({ text, word, name, refusable }, i) => {
    const theirs = words[i] === undefined ? `refused: ${messages.get(i)}` : hex(words[i] as number);
    const assembled = oursOf(text);
    const ours = typeof assembled === 'number' ? hex(assembled) : `refused: ${assembled.message}`;
    if (refusable && words[i] === undefined && typeof assembled !== 'number') {
      tally.count('refused by both');
      return;
    }
    tally.compare(`as ${name}`, () => `assemble '${text}'`, ours, theirs);
    if (word !== undefined) tally.compare('encoding', () => `encode '${text}'`, hex(word), theirs);
  });
}

/**
 * objdump on words: ours of the table, the same with a random bit flipped, and random ones. Our text must
 * be objdump's, and our assembler must read objdump's text back to the word.
 */
function compareWords(tally: Tally, folder: string, random: Random, perInstruction: number, count: number): void {
  const words: number[] = [];
  for (const entry of INSTRUCTIONS) {
    for (let i = 0; i < perInstruction; i++) words.push(randomWord(random, entry).word);
  }
  const modelled = words.length;
  for (let i = 0; i < count; i++) {
    words.push(i % 2 === 0 ? random.next() : ((words[random.below(modelled)] as number) ^ 1 << random.below(32)) >>> 0);
  }
  const file = join(folder, 'words.bin');
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => bytes.writeUInt32LE(word, 4 * i));
  writeFileSync(file, bytes);
  const listing = runTool(OBJDUMP, ['-D', '-z', '-b', 'binary', '-m', 'powerpc:common64', '-EL', '-Mpower8', file]);
  const theirs = new Map<number, string>();
  for (const line of listing.split('\n')) {
    const found = /^\s*([0-9a-f]+):\t(?:[0-9a-f]{2} ){4}\s*\t?(.*)$/.exec(line);
    if (found !== null) theirs.set(parseInt(found[1] as string, 16) / 4, normal(found[2] as string));
  }
  let beyond = 0;
  words.forEach((word, i) => {
    const their = theirs.get(i) ?? 'no line';
    if (decode(word) === undefined) {
      // Not modelled, or an invalid form that objdump prints all the same.
      const mnemonic = (/^\S+/.exec(their) ?? [''])[0].replace(/[-+]$/, '');
      if (!their.startsWith('.long') && (lookup(mnemonic) !== undefined) && !isInvalidForm(mnemonic, word)) {
        tally.differ(`decode ${hex(word)}`, 'undecodable', their);
      }
      tally.count('undecodable');
      if (!their.startsWith('.long')) beyond++;
      return;
    }
    const address = BigInt(4 * i);
    tally.compare('objdump', () => `disassemble ${hex(word)}`, normal(disassemble(word, address)), their);
    const back = oursOf(distanceText(their, address));
    tally.compare('read back', () => `assemble objdump's '${their}'`, typeof back === 'number' ? hex(back) : back.message, hex(word));
  });
  tally.skip(`${beyond} random words that objdump knows`, 'not in the modelled subset, or invalid forms (Book I 1.8.2), which objdump prints');
}

/** Forms that objdump prints although the ISA (or our subset, for mtcrf) calls them invalid. */
function isInvalidForm(mnemonic: string, word: number): boolean {
  const ra = word >>> 16 & 31, rt = word >>> 21 & 31;
  if (/^(l|st).*u(x?)$/.test(mnemonic)) return ra === 0 || (mnemonic.startsWith('l') && ra === rt);
  if (mnemonic === 'mtcrf') return true;
  // Reserved bits that objdump does not look at.
  if (/^cmpl?[wd]i?$/.test(mnemonic)) return (word & 0x400000) !== 0;
  if (mnemonic === 'isel') return (word & 1) !== 0;
  // bcctr that would decrement the register it branches to.
  if (/^bcctrl?$/.test(mnemonic)) return (rt & 4) === 0;
  // Special purpose registers outside the subset.
  return mnemonic === 'mtspr' || mnemonic === 'mfspr';
}

const normal = (text: string): string => text.trim().replace(/\s+/g, ' ');

/** objdump writes a branch's target as an address; for the assembler it becomes a distance. */
function distanceText(text: string, address: bigint): string {
  return text.replace(/^(b\S*) (.*?,)?(0x[0-9a-f]+)$/, (all, mnemonic: string, before: string | undefined, target: string) =>
    /^b(?:c|d\w+|[lgenstu][tqeosn])?l?a[-+]?$/.test(mnemonic) ? all
      : `${mnemonic} ${before ?? ''}. + (${BigInt.asIntN(64, BigInt(target) - address)})`);
}

/** One piece of assembly to be compared as a whole. */
export interface SourceCase {
  readonly name: string;
  readonly source: string;
  /** Numbers: `.set` for GNU as. */
  readonly symbols: Readonly<Record<string, bigint>>;
  /** Places outside: given to the linker. Branches reach 32 MiB. */
  readonly addresses?: Readonly<Record<string, bigint>>;
  /** Address of the first byte. Default 0xc000000000010000. */
  readonly base?: bigint;
}

/**
 * Assembles each source with GNU as and ld and compares the bytes with ours.
 */
export function verifySources(sources: readonly SourceCase[]): VerifyResult {
  const tally = new Tally('binutils');
  const { versions, missing } = findTools([AS, LD, OBJCOPY]);
  if (missing.length > 0) {
    tally.skip('all sources', `${missing.join(', ')} not found`);
    return tally.result(versions);
  }
  withFolder((folder) => {
    for (const one of sources) {
      const base = one.base ?? 0xc000000000010000n;
      const symbols = { ...one.symbols, ...one.addresses };
      let ours: Buffer, theirs: Buffer;
      try {
        ours = Buffer.from(assemble(one.source, { base, symbols, file: one.name }).bytes);
      } catch (error) {
        if (!(error instanceof AssemblyError)) throw error;
        tally.count('source');
        tally.differ(one.name, `refused: ${error.message}`, 'not tried');
        continue;
      }
      try {
        theirs = theirBytes(folder, one, base);
      } catch (error) {
        tally.count('source');
        tally.differ(one.name, `${ours.length} bytes`, `refused: ${String(error).slice(0, 500)}`);
        continue;
      }
      for (let i = 0; i < Math.max(ours.length, theirs.length); i += 4) {
        const word = (bytes: Buffer): string => bytes.subarray(i, i + 4).reverse().toString('hex');
        const our = word(Buffer.from(ours)), their = word(Buffer.from(theirs));
        tally.compare('source word', () => `${one.name} at offset 0x${i.toString(16)}`, our, their);
      }
    }
  });
  return tally.result(versions);
}

function theirBytes(folder: string, one: SourceCase, base: bigint): Buffer {
  const source = join(folder, 'source.s'), object = join(folder, 'source.o'), elf = join(folder, 'source.elf'), binary = join(folder, 'source.bin');
  const hexText = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;
  // The linker keeps .TOC. for itself.
  const plain = (text: string): string => text.replaceAll('.TOC.', 'toc_pointer');
  const definitions = Object.entries(one.symbols).map(([name, value]) => `.set ${name}, ${hexText(value)}`);
  const linked = Object.entries(one.addresses ?? {}).map(([name, value]) => `--defsym=${plain(name)}=${hexText(value)}`);
  writeFileSync(source, `${definitions.join('\n')}\n${plain(one.source)}\n`);
  runTool(AS, ['-mpower8', '-mregnames', '-o', object, source]);
  runTool(LD, ['-e', '0', `-Ttext=0x${base.toString(16)}`, '--no-toc-optimize', ...linked, '-o', elf, object]);
  runTool(OBJCOPY, ['-O', 'binary', '-j', '.text', elf, binary]);
  return readFileSync(binary);
}
