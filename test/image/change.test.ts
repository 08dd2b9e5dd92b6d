// A program that was changed to another code variant is the program that is lowered for it from the beginning.
import { expect, test } from 'vitest';
import { Generator } from '../../src/arbitraries/generate.ts';
import { StrategySet } from '../../src/image/core.ts';
import { Lowering } from '../../src/image/lower.ts';
import { PAGE, createSpace } from '../../src/image/pages.ts';
import type { ProgramImage } from '../../src/image/program.ts';
import { PAGE_WORDS } from '../../src/image/space.ts';
import type { AddressSpace } from '../../src/image/space.ts';
import { ALL_FEATURES } from '../../src/scenario/features-of.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

function lowering(): { readonly space: AddressSpace; readonly set: StrategySet; readonly lowering: Lowering } {
  const space = createSpace(BUILT_IN.length), set = new StrategySet(space, BUILT_IN);
  return { space, set, lowering: new Lowering(space, set) };
}

/** Generated text and modules' data, with points and tags; and the tables as far as they are filled. */
function contents(space: AddressSpace, program: ProgramImage): { readonly text: string; readonly tables: readonly string[]; readonly lengths: unknown } {
  const from = PAGE.DATA * PAGE_WORDS, to = PAGE.CORE * PAGE_WORDS;
  const text: string[] = [];
  for (let word = from; word < to; word++) {
    if (space.words[word] === 0 && space.pointKind[word] === 0) continue;
    text.push(`${word} ${space.words[word]} ${space.pointKind[word]} ${space.pointKind[word] === 0 ? '' : space.pointData[word]} ${space.textTag[word]}`);
  }
  const lengths: Readonly<Record<string, number>> = { call: program.calls, version: program.versions, stub: program.stubs, piece: program.pieces };
  const tables = Object.entries(program).flatMap(([name, table]) => {
    const length = lengths[/^[a-z]+/.exec(name)?.[0] ?? ''];
    return ArrayBuffer.isView(table) && length !== undefined ? [[name, ...Array.from(table as Int32Array).slice(0, length)].join(' ')] : [];
  });
  return { text: text.join('\n'), tables, lengths };
}

test('in any order of variants', () => {
  const one = lowering(), other = lowering(), generator = new Generator();
  let state = 7;
  const dice = { nextInt: (min: number, max: number): number => {
    state = Math.imul(state, 0x9e3779b1) + 0x7f4a7c15 >>> 0;
    return min + ((Math.imul(state ^ state >>> 15, 0x2c1b3c6d) >>> 0) >>> 8) % (max - min + 1);
  } };
  const variants = one.set.variants.map((_, variant) => variant);
  expect(variants.length).toBeGreaterThan(3);
  for (let n = 0; n < 20; n++) {
    const scenario = generator.generate(dice, ALL_FEATURES, 12);
    one.lowering.lower(scenario, n % variants.length);
    for (let k = 0; k < 6; k++) {
      const variant = dice.nextInt(0, variants.length - 1);
      const changed = one.lowering.change(variant), fresh = other.lowering.lower(scenario, variant);
      const expected = contents(other.space, fresh);
      expect([expected.text.length > 1_000, expected.tables.length > 20]).toEqual([true, true]);
      expect(contents(one.space, changed)).toEqual(expected);
    }
  }
});
