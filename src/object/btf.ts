/**
 * Where members of C structures lie, from a kernel's BTF (section `.BTF`). Source: Documentation/bpf/btf.rst of Linux, "BTF Type and String Encoding".
 * Only what is asked for is understood; every other type is stepped over.
 */
import type { Bytes } from './bytes.ts';

const MAGIC = 0xeb9f;
const KIND_STRUCT = 4;
const TYPE_BYTES = 12, MEMBER_BYTES = 12;

/** Bytes behind the 12 of a type, by its kind and how many members it has. */
function extraBytes(kind: number, members: number): number | undefined {
  switch (kind) {
    case 1: case 14: case 17: return 4;
    case 2: case 7: case 8: case 9: case 10: case 11: case 12: case 16: case 18: return 0;
    case 3: return 12;
    case 4: case 5: case 15: case 19: return MEMBER_BYTES * members;
    case 6: case 13: return 8 * members;
    default: return undefined;
  }
}

/** Offsets in bytes by `structure.member`, of those that are asked for and that there are. */
export type Members = ReadonlyMap<string, number>;

/**
 * Looks for members of structures. Of two structures of one name the first that has the member counts.
 * @throws ObjectError when the section is not as it must be.
 */
export function btfMembers(section: Bytes, wanted: readonly (readonly [structure: string, member: string])[]): Members {
  if (section.u16(0) !== MAGIC) throw section.wrong(`it begins with 0x${section.u16(0).toString(16)}`, `0x${MAGIC.toString(16)}`);
  if (section.u8(2) !== 1) throw section.wrong(`version ${section.u8(2)}`, 'version 1');
  const behind = section.u32(4);
  const types = section.part(behind + section.u32(8), section.u32(12), section.what);
  const names = section.part(behind + section.u32(16), section.u32(20), section.what);
  const found = new Map<string, number>();
  for (let at = 0; at < types.length;) {
    const info = types.u32(at + 4), kind = info >>> 24 & 31, members = info & 0xffff;
    const extra = extraBytes(kind, members);
    if (extra === undefined) throw section.wrong(`a type of kind ${kind} at ${at}`, 'a kind from 1 to 19');
    if (kind === KIND_STRUCT && wanted.length > 0) {
      const structure = names.text(types.u32(at));
      const own = wanted.filter(([name]) => name === structure);
      for (let i = 0; own.length > 0 && i < members; i++) {
        const member = at + TYPE_BYTES + i * MEMBER_BYTES, name = names.text(types.u32(member));
        const key = `${structure}.${name}`;
        // With bit fields in the structure only 24 bits of it are the offset.
        const bits = info >>> 31 === 1 ? types.u32(member + 8) & 0xffffff : types.u32(member + 8);
        if (own.some(([, it]) => it === name) && !found.has(key) && bits % 8 === 0) found.set(key, bits / 8);
      }
    }
    at += TYPE_BYTES + extra;
  }
  return found;
}
