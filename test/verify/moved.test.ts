/** The model's side of whole scenarios: memory that is taken for each run, and the comparison with the judged run. Needs no emulator. */
import { expect, test } from 'vitest';
import { PAGE } from '../../src/image/pages.ts';
import { DIRTY_SHIFT, PAGE_WORDS } from '../../src/image/space.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Engine } from '../../src/trial/engine.ts';
import { compareAtHome } from '../../src/verify/at-home.ts';
import type { ModelRun, Recorder } from '../../src/verify/model-run.ts';
import { Twin } from '../../src/verify/moved.ts';

const engine = new Engine(BUILT_IN, {});
engine.load(parseScenario('A:M -> 1 local B; B:M patched'));
const begin = (name: string): void => engine.begin(BUILT_IN.findIndex((it) => it.name === name), true, false);

test('what a strategy has left beside a stack is not there for its next run, though another one without such memory ran in between', () => {
  const twin = new Twin(engine), word = PAGE.BESIDE * PAGE_WORDS + 4000;
  begin('shadow-stack-parallel');
  twin.take(true);
  twin.space.words[word] = 0x1234;
  twin.space.dirty[word >>> DIRTY_SHIFT - 2] = 1;
  begin('branch-only');
  twin.take(true);
  begin('shadow-stack-parallel');
  twin.take(true);
  expect([engine.space.words[word], twin.space.words[word]]).toEqual([0, 0]);
});

test('a run is followed as far as the log has room, and not beyond its end', () => {
  const recorder = { words: new Int32Array(8), log: new Int32Array(8) } as unknown as Recorder;
  const compared = (model: Pick<ModelRun, 'end' | 'events'>): string | undefined => {
    begin('livepatch-stack');
    return compareAtHome(engine, recorder, model as ModelRun).difference;
  };
  expect(compared({ end: 'full', events: 0 })).toBeUndefined();
  expect(compared({ end: 'done', events: 0 })).toBe('more events than where it was moved to');
  expect(compared({ end: 'done', events: 1 })).toBe('event 1 is another point than where it was moved to');
});
