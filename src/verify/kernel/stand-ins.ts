/**
 * Functions of a built kernel whose place generated ones can take, found in the file `vmlinux` and its list of exports: so that what is patched has a symbol, an export, a call of ftrace and an entry in the kernel's tables that its own
 * build has made. A stand-in is exported to all modules, has two entries and a call of ftrace behind them, and is nobody's in the kernel: no branch of the kernel's text leads to it, and no pointer of its data. What generated functions do
 * besides does not fit there; it goes where the linker has filled up the pages of the kernel's text, which are its text too (core_kernel_text, kernel/extable.c).
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { ObjectError } from '../../object/error.ts';
import { Elf } from '../../object/elf.ts';
import type { Bytes } from '../../object/bytes.ts';
import type { Sites } from './function-text.ts';
import { NotMade } from './guest-error.ts';

export interface StandIn {
  readonly name: string;
  /** Of its symbol, the global entry. 64-bit unsigned. */
  readonly address: bigint;
}

export interface CoreText {
  readonly standIns: readonly StandIn[];
  /** Bytes from a stand-in's symbol to its call of ftrace. */
  readonly site: number;
  /** The kernel's TOC pointer. */
  readonly toc: bigint;
  /** Where there is room in the kernel's text: [from, to). */
  readonly room: readonly [from: bigint, to: bigint];
}

/** `addis r2,r12,..` and `addi r2,r2,..` without what they add; `mflr r0`; a no-op. */
const ADDIS_R2_R12 = 0x3c4c, ADDI_R2_R2 = 0x3842, MFLR_R0 = 0x7c0802a6, NOP = 0x60000000;
const STT_FUNC = 2, RELATIVE = 22, RELA_BYTES = 24, BRANCH = 18;
/** Bytes of a stand-in at least: both entries, the call of ftrace, and a branch behind it. */
const BYTES = 20;

/** @throws NotMade where the kernel's file or its list of exports is not what a build leaves. */
export function coreTextOf(image: string, symvers: string, sites: Sites): CoreText {
  const file = openSync(image, 'r');
  try {
    return found(new Elf({ size: statSync(image).size, read: (offset, length) => { const bytes = new Uint8Array(length); readSync(file, bytes, 0, length, offset); return bytes; } }, image), exportsIn(readFileSync(symvers, 'utf8')), sites);
  } catch (error) {
    throw error instanceof ObjectError ? new NotMade(error.message) : error;
  } finally {
    closeSync(file);
  }
}

/** Names that vmlinux exports without a namespace, which a module would have to ask for. */
export function exportsIn(symvers: string): ReadonlySet<string> {
  return new Set(symvers.split('\n').map((line) => line.split('\t')).filter(([, , owner, , namespace]) => owner === 'vmlinux' && (namespace ?? '') === '').map(([, name]) => name!));
}

function found(elf: Elf, exported: ReadonlySet<string>, sites: Sites): CoreText {
  const section = elf.section('.text'), end = elf.symbols.find(({ name }) => name === '_etext')?.value;
  if (section === undefined || end === undefined) throw new NotMade(`${elf.file} has no .text, or no _etext; expected a vmlinux as it was built`);
  const text = elf.contents(section), from = section.address, to = from + BigInt(section.size), site = sites === 'out-of-line' ? 8 : 12;
  const called = new Set(branchedTo(text)), known = new Set(pointedTo(elf, from, to)), names = new Map<string, number>();
  for (const { name } of elf.symbols) names.set(name, (names.get(name) ?? 0) + 1);
  let toc: bigint | undefined;
  const standIns = elf.symbols.filter(({ name, type, value, size }) => {
    if (type !== STT_FUNC || !exported.has(name) || names.get(name) !== 1 || name.startsWith('_') || value < from || value + size > to || size < BYTES) return false;
    const at = Number(value - from);
    if (called.has(at) || called.has(at + 8) || known.has(at) || text.u32(at) >>> 16 !== ADDIS_R2_R12 || text.u32(at + 4) >>> 16 !== ADDI_R2_R2 || !callsFtrace(text, at, site)) return false;
    const its = value + BigInt((text.u32(at) << 16) + (text.u32(at + 4) << 16 >> 16));
    toc ??= its;
    return its === toc;
  }).map(({ name, value }): StandIn => ({ name, address: value })).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (standIns.length === 0 || toc === undefined) throw new NotMade(`${elf.file} has no function that is exported, traced, and called by nobody; expected one built with CONFIG_FUNCTION_TRACER`);
  return { standIns, site, toc, room: [(to + 15n) & ~15n, end] };
}

/** The call of ftrace as it was linked: `bl _mcount` behind `mflr r0`, or a no-op. */
function callsFtrace(text: Bytes, at: number, site: number): boolean {
  const word = text.u32(at + site);
  return site === 8 ? word === NOP : text.u32(at + 8) === MFLR_R0 && (word >>> 26 === BRANCH && (word & 1) === 1);
}

/** Offsets that branches of a text lead to. */
function* branchedTo(text: Bytes): Iterable<number> {
  for (let at = 0; at + 4 <= text.length; at += 4) {
    const word = text.u32(at);
    if (word >>> 26 === BRANCH && (word & 2) === 0) yield at + ((word & 0x3fffffc) << 6 >> 6);
  }
}

/** The same of pointers in data, lists of exports aside: a kernel that can be moved has a relocation for each. */
function* pointedTo(elf: Elf, from: bigint, to: bigint): Iterable<number> {
  const section = elf.section('.rela.dyn');
  if (section === undefined) return;
  const table = elf.contents(section), lists = elf.sections.filter(({ name }) => name.startsWith('__ksymtab'));
  for (let at = 0; at + RELA_BYTES <= table.length; at += RELA_BYTES) {
    const where = table.u64(at), addend = table.u64(at + 16), isListed = lists.some(({ address, size }) => where >= address && where < address + BigInt(size));
    if (table.u32(at + 8) === RELATIVE && addend >= from && addend < to && !isListed) yield Number(addend - from);
  }
}
