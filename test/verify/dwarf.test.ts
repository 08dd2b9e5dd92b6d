// Offsets out of objects that the compiler that is there writes now: those that the recorded ones have (test/object/dwarf.test.ts).
import { expect, it } from 'vitest';
import { inMemory } from '../../src/object/bytes.ts';
import { dwarfMembers } from '../../src/object/dwarf.ts';
import { Elf } from '../../src/object/elf.ts';
import { FIELDS, MEMBERS, fromMembers } from '../../src/object/offsets.ts';
import { GCC } from '../../src/verify/tools.ts';
import { folder } from '../cli/built.ts';
import { COMPILED_OFFSETS, UNREAD, compileStructures } from '../object/dwarf-compiled.ts';
import { missingTools } from './tools.ts';

it('gcc and ld of today write what is read', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  const objects = compileStructures(folder(), [GCC]);
  expect(objects).toHaveLength(13);
  for (const { name, bytes } of objects) {
    const { members, unread } = dwarfMembers(new Elf(inMemory(bytes), name), FIELDS.flatMap((field) => MEMBERS[field]));
    const why = UNREAD[name];
    expect({ name, offsets: fromMembers(members), unread }).toEqual({ name, offsets: why === undefined ? COMPILED_OFFSETS : {}, unread: why === undefined ? [] : [why] });
  }
});
