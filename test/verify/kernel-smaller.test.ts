// A difference from a kernel, made smaller and named: the search over boots, with a kernel that is a function; the instruction, on a model that was broken. Nothing needs to be installed for it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { reductions } from '../../src/arbitraries/shrink.ts';
import { TEXT } from '../../src/image/points.ts';
import { featureMask, maskOf } from '../../src/scenario/features-of.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { isValid } from '../../src/scenario/validate.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { compareSides } from '../../src/verify/kernel/compare.ts';
import type { Found } from '../../src/verify/kernel/found.ts';
import { GuestError } from '../../src/verify/kernel/guest-error.ts';
import { kernelRun, runsOf } from '../../src/verify/kernel/log.ts';
import { ModelSide } from '../../src/verify/kernel/model-side.ts';
import { BUILT } from '../../src/verify/kernel/plan.ts';
import { decodeRecords } from '../../src/verify/kernel/recording.ts';
import { smaller } from '../../src/verify/kernel/smaller.ts';
import { tellFound } from '../../src/verify/kernel/tell-found.ts';
import { versionsOf } from '../../src/verify/kernel/versions.ts';
import { Tally } from '../../src/verify/result.ts';
import { RECORDED_SCENARIOS } from './recorded/kernel-runs.ts';

interface Log {
  readonly layer: string;
  readonly far?: true;
  readonly hook?: readonly [string, string];
  readonly runs: readonly (readonly [scenario: number, name: string, set: number])[];
  readonly records: readonly string[];
}

const allowed = maskOf(BUILT);
/** What a broken side would do otherwise: some function with a stack argument is called between modules. */
const differs = (scenario: Scenario): boolean => scenario.functions.some((fn) => fn.body.calls.some(({ kind, callee }) => kind === 'global' && scenario.functions.find(({ id }) => id === callee)!.args > 8));
const drawn = Array.from({ length: 400 }, (_, i) => scenarioAt(scenarioArbitrary({ features: BUILT }), 5n, 0, i)).filter(differs).slice(0, 6);

describe('smaller scenarios, a boot at a time', () => {
  test('end where nothing one step smaller differs, in few boots, of what can be built alone', async () => {
    expect(drawn.length).toBe(6);
    for (const scenario of drawn) {
      const asked: number[] = [];
      const small = await smaller({ scenario, found: true }, {
        allowed,
        run: async (all) => {
          asked.push(all.length);
          expect(all.filter((it) => !isValid(it) || (featureMask(it) & ~allowed) !== 0)).toEqual([]);
          return all.map((it) => differs(it) || undefined);
        },
      });
      expect(small.minimal).toBe(true);
      expect(differs(small.scenario)).toBe(true);
      expect([...reductions(small.scenario, allowed)].filter((it) => differs(it.scenario))).toEqual([]);
      expect(small.scenario.functions.length).toBe(2);
      expect(asked.length).toBe(small.boots);
      expect(small.boots).toBeLessThanOrEqual(12);
      expect(Math.max(...asked)).toBeLessThanOrEqual(100);
      expect(small.tried).toBe(asked.reduce((a, b) => a + b));
    }
  });

  test('say where they stopped before that, and are the same ones each time', async () => {
    const once = async (boots: number) => smaller({ scenario: drawn[0]!, found: true }, { allowed, boots, run: async (all) => all.map((it) => differs(it) || undefined) });
    expect(await once(1)).toMatchObject({ minimal: false, boots: 1 });
    expect(await once(12)).toEqual(await once(12));
  });

  test('stay what they are where nothing smaller differs', async () => {
    const small = await smaller({ scenario: drawn[0]!, found: 1 }, { allowed, run: async (all) => all.map(() => undefined) });
    expect(small).toMatchObject({ scenario: drawn[0], found: 1, minimal: true });
  });
});

describe('a difference in words', () => {
  const found = (scenario: Scenario, what = 'r2 at event 7'): Found => ({ drawn: scenario, name: 'mini-frame', token: `toc1-${scenario.functions.length}`, what, ours: 'TOC of M', theirs: 'TOC of N', where: () => 'x+0x4: ld r2,24(r1)' });

  test('is of the smallest, the others as they are', async () => {
    const tally = new Tally('kernel-redirect'), said: string[] = [];
    await tellFound({ found: [found(drawn[0]!), found(drawn[1]!, 'r14 at event 3')], tally, say: (what) => { said.push(what); } }, async (given) => given.filter(differs).flatMap((it) => [{ ...found(it), name: 'branch-only' }, found(it)]));
    const { differences, differed } = tally.result({});
    expect(differed).toBe(2);
    expect(differences[0]!.what).toMatch(/^mini-frame, toc1-2: r2 at event 7, in the model last written by x\+0x4: ld r2,24\(r1\); made smaller in \d+ boots of \d+ candidates, none of those one step smaller differs$/);
    expect(differences[1]!.what).toMatch(/^mini-frame, toc1-\d+: r14 at event 3, in the model last written by/);
    expect(said[0]).toMatch(/^it differs; boot 1 to make it smaller, \d+ candidates$/);
  });

  test('of another strategy does not count; a guest that fails is said', async () => {
    const tally = new Tally('kernel-redirect');
    await tellFound({ found: [found(drawn[0]!)], tally, say: () => {} }, async (given) => given.map((it) => ({ ...found(it), name: 'branch-only' })));
    await tellFound({ found: [found(drawn[0]!)], tally, say: () => {} }, async () => { throw new GuestError('no room'); });
    const [first, second] = tally.result({}).differences, size = drawn[0]!.functions.length;
    expect(first!.what).toContain(`toc1-${size}: `);
    expect(second!.what).toMatch(/; it could not be made smaller: no room$/);
  });

  test('names the instruction that has written the register last: of a return site, and of the hook', () => {
    const { logs } = JSON.parse(readFileSync(new URL('./recorded/kernel-runs.json', import.meta.url), 'utf8')) as { readonly logs: readonly Log[] };
    const [log, patched] = logs.filter((it) => it.layer === 'kernel-livepatch' && it.far !== true) as [Log, Log];
    const merged = BUILT_IN.findIndex(({ name }) => name === 'livepatch-stack');
    const first = ({ records, runs: names, hook }: Log, live: boolean, tag: number, word: number, by: number): string | undefined => {
      const model = new ModelSide(BUILT_IN);
      model.fault = ({ space }) => { for (let at = 0; at < space.words.length; at++) if (space.textTag[at] === tag && space.words[at] === (word | 0)) space.words[at] = word + by | 0; };
      for (const logged of runsOf(decodeRecords(records)).runs) {
        const [number, , set] = names[logged.number]!, scenario = parseScenario(RECORDED_SCENARIOS[number]!), again = () => model.run(scenario, merged, live, false);
        const difference = compareSides(again(), kernelRun(logged, scenario, versionsOf(scenario), set, [BigInt(`0x${hook![0]}`), BigInt(`0x${hook![1]}`)]));
        if (difference?.register !== undefined) return `${difference.register}: ${model.lastWrite(again, { register: difference.register, event: difference.event })}`;
      }
      return undefined;
    };
    // ld r2,24(r1) of a return site as ld r2,16(r1); ld r2,-24(r11) of livepatch_return as ld r2,-16(r11)
    expect(first(log, false, TEXT.BODY, 0xe8410018, -8)).toMatch(/^r2: f\d\+0x[0-9a-f]+.*: ld +r2,16\(r1\)$/);
    expect(first(patched, true, TEXT.HOOK, 0xe84bffe8, 8)).toMatch(/^r2: livepatch_\w+\+0x[0-9a-f]+: ld +r2,-16\(r11\)$/);
  });
});
