/** What counts as read, so that an interrupt must leave it as it was: at each store that a twin of the strategy (twins.ts) may do in another way, what was there before. */
import { expect, test } from 'vitest';
import { TEXT } from '../../src/image/points.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Engine } from '../../src/trial/engine.ts';
import { Liveness } from '../../src/trial/liveness.ts';

/** std r2,-24(r11): the TOC of a new entry, into memory that nobody has read. */
const STD = 0xf84bffe8 | 0;

/** The words that such a store writes, and which of them the run needs at its beginning. */
function neededOf(sites: boolean): { readonly stored: readonly number[]; readonly needed: readonly number[] } {
  const engine = new Engine([livepatchStack], {});
  const { machine, space } = engine;
  engine.load(parseScenario('A:M -> 1 local B; B:M patched'));
  engine.begin(0, true, false);
  const at = [...space.words.keys()].filter((word) => space.textTag[word] === TEXT.HOOK && space.words[word] === STD);
  if (sites) for (const word of at) machine.marksSite(word);
  const stored: number[] = [];
  machine.site = () => undefined;
  const before = space.words.slice();
  const liveness = new Liveness();
  liveness.record(engine);
  for (let word = 0; word < before.length; word++) if (space.words[word] !== before[word]) stored.push(word);
  liveness.at(0);
  const needed = new Set(liveness.words.slice(0, liveness.count));
  return { stored, needed: stored.filter((word) => needed.has(word)) };
}

test('at a site the memory that is stored to is needed up to there, elsewhere it is not', () => {
  const plain = neededOf(false), marked = neededOf(true);
  expect(marked.stored).toEqual(plain.stored);
  const more = marked.needed.filter((word) => !plain.needed.includes(word));
  // One doubleword: one hooked call.
  expect(more.length).toBe(2);
  expect(more[1]! - more[0]!).toBe(1);
});
