/** Small ELF files of ppc64le as as and ld write them, for tests: written here, byte by byte, so that no kernel's binary need lie about. */
import { Buffer } from 'node:buffer';

export interface FileSymbol {
  readonly name: string;
  /** Index in `sections` of the file, from 1; 0: undefined. */
  readonly section: number;
  /** Offset in its section. */
  readonly value: number;
  /** Of a function, which then has a type: bytes. */
  readonly size?: number;
}

export interface FileRelocation {
  readonly offset: number;
  readonly type: number;
  /** Index in `symbols`. */
  readonly symbol: number;
}

export interface FileParts {
  readonly kind: 'relocatable' | 'linked';
  readonly text: Uint8Array;
  readonly symbols: readonly FileSymbol[];
  readonly relocations?: readonly FileRelocation[];
  readonly btf?: Uint8Array;
  readonly buildId?: string;
  /** More of them, behind all others. */
  readonly sections?: readonly FileSection[];
}

export interface FileSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of a linked file. */
  readonly address?: bigint;
}

/** Where a linked file's text lies. */
export const TEXT_ADDRESS = 0xc00000000006e000n;

/** Section 1 is .text, 2 its relocations, 3 the symbols, 4 and 5 names; then .BTF and .notes, where there are any. */
export function elfFile({ kind, text, symbols, relocations = [], btf, buildId, sections: more = [] }: FileParts): Uint8Array {
  const linked = kind === 'linked';
  const names = new Strings(), symbolNames = new Strings();
  const symtab = Buffer.alloc(24 * (symbols.length + 1));
  symbols.forEach(({ name, section, value, size }, i) => {
    const at = 24 * (i + 1);
    symtab.writeUInt32LE(symbolNames.add(name), at);
    symtab.writeUInt8(size === undefined ? 0x10 : 0x12, at + 4);
    symtab.writeBigUInt64LE(BigInt(size ?? 0), at + 16);
    symtab.writeUInt16LE(section, at + 6);
    symtab.writeBigUInt64LE(BigInt(value) + (linked && section === 1 ? TEXT_ADDRESS : 0n), at + 8);
  });
  const rela = Buffer.alloc(24 * relocations.length);
  relocations.forEach(({ offset, type, symbol }, i) => {
    rela.writeBigUInt64LE(BigInt(offset), 24 * i);
    rela.writeBigUInt64LE(BigInt(symbol + 1) << 32n | BigInt(type), 24 * i + 8);
  });
  const sections: { name: string; type: number; flags: number; bytes: Uint8Array; link: number; info: number; address?: bigint | undefined }[] = [
    { name: '', type: 0, flags: 0, bytes: Buffer.alloc(0), link: 0, info: 0 },
    { name: '.text', type: 1, flags: 6, bytes: text, link: 0, info: 0 },
    { name: '.rela.text', type: 4, flags: 0, bytes: rela, link: 3, info: 1 },
    { name: '.symtab', type: 2, flags: 0, bytes: symtab, link: 4, info: 1 },
    { name: '.strtab', type: 3, flags: 0, bytes: symbolNames.bytes(), link: 0, info: 0 },
    { name: '.shstrtab', type: 3, flags: 0, bytes: Buffer.alloc(0), link: 0, info: 0 },
    ...(btf === undefined ? [] : [{ name: '.BTF', type: 1, flags: 0, bytes: btf, link: 0, info: 0 }]),
    ...(buildId === undefined ? [] : [{ name: '.notes', type: 7, flags: 0, bytes: buildIdNote(buildId), link: 0, info: 0 }]),
    ...more.map(({ name, bytes, address }) => ({ name, type: 1, flags: 0, bytes, link: 0, info: 0, address })),
  ];
  const nameOffsets = sections.map(({ name }) => names.add(name));
  sections[5]!.bytes = names.bytes();
  let at = 64;
  const offsets = sections.map(({ bytes }) => {
    const offset = at;
    at += bytes.length + 7 & ~7;
    return offset;
  });
  const file = Buffer.alloc(at + 64 * sections.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(linked ? 2 : 1, 16);
  file.writeUInt16LE(21, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(at), 40);
  file.writeUInt32LE(linked ? 2 : 0, 48);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(sections.length, 60);
  file.writeUInt16LE(5, 62);
  sections.forEach(({ type, flags, bytes, link, info, address }, i) => {
    file.set(bytes, offsets[i]!);
    const header = at + 64 * i;
    file.writeUInt32LE(nameOffsets[i]!, header);
    file.writeUInt32LE(type, header + 4);
    file.writeBigUInt64LE(BigInt(flags), header + 8);
    file.writeBigUInt64LE(linked && i === 1 ? TEXT_ADDRESS : address ?? 0n, header + 16);
    file.writeBigUInt64LE(BigInt(offsets[i]!), header + 24);
    file.writeBigUInt64LE(BigInt(bytes.length), header + 32);
    file.writeUInt32LE(link, header + 40);
    file.writeUInt32LE(info, header + 44);
  });
  return new Uint8Array(file);
}

class Strings {
  #text = '\0';
  add(name: string): number {
    if (name === '') return 0;
    const offset = this.#text.length;
    this.#text += `${name}\0`;
    return offset;
  }
  bytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }
}

function buildIdNote(id: string): Buffer {
  const bytes = Buffer.from(id, 'hex'), note = Buffer.alloc(16 + (bytes.length + 3 & ~3));
  note.writeUInt32LE(4, 0);
  note.writeUInt32LE(bytes.length, 4);
  note.writeUInt32LE(3, 8);
  note.write('GNU\0', 12, 'latin1');
  note.set(bytes, 16);
  return note;
}

export interface Structure {
  readonly name: string;
  readonly members: readonly (readonly [name: string, offset: number])[];
}

/** A BTF section of an integer type and these structures. */
export function btfSection(structures: readonly Structure[]): Uint8Array {
  const names = new Strings();
  const types: number[] = [names.add('long'), 1 << 24, 8, 64];
  for (const { name, members } of structures) {
    types.push(names.add(name), 4 << 24 | members.length, 4096);
    for (const [member, offset] of members) types.push(names.add(member), 1, 8 * offset);
  }
  const text = names.bytes(), bytes = Buffer.alloc(24 + 4 * types.length + text.length);
  bytes.writeUInt16LE(0xeb9f, 0);
  bytes.writeUInt8(1, 2);
  [24, 0, 4 * types.length, 4 * types.length, text.length].forEach((value, i) => { bytes.writeUInt32LE(value, 4 + 4 * i); });
  types.forEach((value, i) => { bytes.writeUInt32LE(value >>> 0, 24 + 4 * i); });
  bytes.set(text, 24 + 4 * types.length);
  return new Uint8Array(bytes);
}
