/** The model's side of whole scenarios: memory that is taken for each run, and the comparison with the judged run. Needs no emulator. */
import { expect, test } from 'vitest';
import { PAGE } from '../../src/image/pages.ts';
import { DIRTY_SHIFT, PAGE_WORDS } from '../../src/image/space.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Engine } from '../../src/trial/engine.ts';
import { compareAtHome } from '../../src/verify/at-home.ts';
import type { ModelRun, Recorder } from '../../src/verify/model-run.ts';
import { Twin, movedHigh, movedSum } from '../../src/verify/moved.ts';
import { Workbench } from '../../src/verify/workbench.ts';
import type { Emulated } from '../../src/verify/emulated.ts';
import { decodeToken } from '../../src/case/token.ts';

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

test('a sum of an address and the distance of two others is known for what it is, with what is carried; nothing else is', () => {
  expect(movedHigh(0xc0080003 | 0)).not.toBe(0x2003);
  expect(movedSum(0xc0080003 | 0, 0x2003)).toBe(true);
  expect(movedSum(0xc0080000 - 8 | 0, 0x2000 - 4)).toBe(false);
  expect(movedSum(0xc0100000 | 0, 0x3000)).toBe(true);
  expect(movedSum(0xc0100000 | 0, 0x2000)).toBe(false);
});

// Of 100,000 scenarios of seed 20160309: return addresses that bad strategies reckon with another module's TOC pointer.
test.each(['toc1-7YyK7eDetTAekbE6G7dLZjPDkGtB6Vsb', 'toc1-faQqTZ29EkBNj8ioXPJJUhXj5AZh6cU6UL33UXf9ABk2fjfie', 'toc1-BTFikJLST8hryX55z4WsM2A7yfyvyeuuR2tie32'])('a return address that leads nowhere is such a sum: %s', (token) => {
  const { scenario, strategy } = decodeToken(token), bench = new Workbench(BUILT_IN, { done: 0n } as Emulated);
  bench.begin({ scenario, strategy: BUILT_IN.findIndex((it) => strategy.kind === 'built-in' && it.name === strategy.name), patched: true }, { write: () => {} }, true);
  const { engine, recorder } = bench, model = recorder.run();
  expect(model.end).toMatchObject({ kind: 'bad-fetch' });
  expect(compareAtHome(engine, recorder, model)).toMatchObject({ difference: undefined });
});
