/** Layer `shapes`: each shape of the model's code against what the compiler and the linker that are there make of C. */
import { Tally } from './result.ts';
import type { VerifyResult } from './result.ts';
import { compileShapes } from './shapes-compiled.ts';
import type { CompiledFunction } from './shapes-compiled.ts';
import { ModelShapes } from './shapes-model.ts';
import { SHAPES, hasShape, lineOf } from './shapes.ts';
import type { Shape } from './shapes.ts';
import { GCC, LD, OBJDUMP, findTools } from './tools.ts';

/** Words of the model that no compiler that can be had here makes: what gcc up to 6 has in front of the call of _mcount, in module N. */
const NOT_MADE = { what: 'std r0,16(r1) in front of bl _mcount (module N)', why: 'gcc up to 6 makes it, and this one does not' } as const;

/** Compares all shapes; `skipped` says so where a tool is missing. @throws Error when a tool fails. */
export function verifyShapes(): VerifyResult {
  const tally = new Tally('shapes');
  const { versions, missing } = findTools([GCC, LD, OBJDUMP]);
  if (missing.length > 0) {
    tally.skip('all', `${missing.join(', ')} cannot be run; install gcc-powerpc64le-linux-gnu`);
    return tally.result(versions);
  }
  compareShapes(tally, compileShapes());
  tally.skip(NOT_MADE.what, NOT_MADE.why);
  return tally.result(versions);
}

/** Each shape is that of the model's function and of the compiled one, in each code model in which it has to be. */
export function compareShapes(tally: Tally, compiled: readonly CompiledFunction[], shapes: readonly Shape[] = SHAPES): void {
  const model = new ModelShapes();
  for (const shape of shapes) {
    const ours = model.lines(shape);
    tally.compare(shape.name, () => `shape '${shape.name}' in the model: ${shape.program}`, hasShape(shape, ours) ? 'has it' : ours.join('; '), 'has it');
    const theirs = compiled.filter(({ name, model: made }) => name === shape.compiled && (shape.model ?? made) === made);
    if (theirs.length === 0) tally.differ(`shape '${shape.name}'`, 'a function to compare with', `none called ${shape.compiled}`);
    for (const one of theirs) {
      const lines = linesOf(one);
      tally.compare(shape.name, () => `shape '${shape.name}' in ${one.name}, code model ${one.model}`, 'has it', hasShape(shape, lines) ? 'has it' : lines.join('; '));
      if (shape.entries !== undefined) tally.compare('st_other', () => `local entry of ${one.name}, code model ${one.model}`, entriesOf(shape.entries, model.localEntry(shape)), entriesOf(one.stOther === 0 ? 'single' : 'dual', localEntryOf(one)));
    }
  }
}

const entriesOf = (entries: string, bytes: number): string => `${entries}, the local entry ${bytes} bytes behind the global one`;

/** Bytes from the global entry to the local one (64-bit ELF V2 ABI, 3.4.1, the three most significant bits of st_other). */
function localEntryOf({ stOther }: CompiledFunction): number {
  const bits = stOther >> 5;
  return bits < 2 ? 0 : 2 ** bits;
}

export const linesOf = ({ words }: CompiledFunction): string[] => words.map((word, i) => lineOf(word, BigInt(4 * i)));
