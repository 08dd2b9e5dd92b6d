// Programs as text, in the style of objdump, what the image knows of each word behind `#`.
import type { StrategySet } from '../../src/image/core.ts';
import { pointText } from '../../src/image/listing.ts';
import type { ProgramImage } from '../../src/image/program.ts';
import { PAGE_WORDS } from '../../src/image/space.ts';
import { nameOf } from '../../src/image/symbols.ts';
import { disassemble } from '../../src/isa/disassemble.ts';

/** One word: address, encoding, text, point. */
function lineAt(program: ProgramImage, set: StrategySet, word: number): string {
  const { space } = program;
  const address = space.addressOf(4 * word), value = space.words[word]! >>> 0;
  const text = disassemble(value, address, (target) => nameOf(program, set, target));
  const point = pointText(program, word);
  const line = `${address.toString(16)}:  ${value.toString(16).padStart(8, '0')}  ${text}`;
  return point === '' ? line : `${line.padEnd(64)} # ${point}`;
}

/** Disassembly of flat words [from, to). */
export function disassembly(program: ProgramImage, set: StrategySet, from: number, to: number): string {
  const lines: string[] = [];
  for (let word = from; word < to; word++) lines.push(lineAt(program, set, word));
  return lines.join('\n');
}

/** The core page that is mapped: the kernel's text with the hook of the selected strategy. */
export function coreListing(program: ProgramImage, set: StrategySet): string {
  const page = set.current, from = page.page * PAGE_WORDS, to = from + page.pristine.length;
  const lines: string[] = [];
  for (let word = from; word < to; word++) {
    for (const [label, at] of page.sorted) if (at === word) lines.push(`${label}:`);
    lines.push(lineAt(program, set, word));
  }
  return lines.join('\n');
}

