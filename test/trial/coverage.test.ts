// What a run says it was at, against the trace of the same run.
import { describe, expect, test } from 'vitest';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { BLOCK_RUNS, scenarioAt } from '../../src/arbitraries/seeded.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { SITUATION, SITUATIONS } from '../../src/trial/coverage.ts';
import { Trials } from '../../src/trial/trials.ts';
import type { TraceStep } from '../../src/trial/record.ts';

const named = (name: string): Strategy => BUILT_IN.find((it) => it.name === name)!;

/** Counts up to 3 in CTR, jumps over code that is never run, and has a window with interrupts off. */
const branching: Strategy = {
  name: 'branching', summary: 'for this test', origin: 'here', claim: { kind: 'breaks', obligations: ['toc'] },
  code: {
    livepatch_handler: `livepatch_handler:
        mfctr   r12
        li      r11, 3
        mtctr   r11
again:
        bdnz    again
        cmpdi   r11, 3
        bne     bug
        li      r11, 0
        mtmsrd  r11, 1
masked:
        nop
        nop
        li      r11, -32768
        mtmsrd  r11, 1
unmasked:
        mtctr   r12
        bctr
bug:
        trap
`,
  },
  exempt: [{ label: 'bug', reason: '3 is 3' }, { label: 'masked', reason: 'EE is off' }],
};

const STRATEGIES = [...BUILT_IN, branching];
const trials = new Trials(STRATEGIES);
const arbitrary = scenarioArbitrary();
const nameOf = (strategy: number, site: number): string => {
  const { kind, place } = trials.coverage.sitesOf(strategy)[site]!;
  return `${kind} ${place}`;
};

const seenBy = (strategy: number): string[] => {
  const { sites, siteCount } = trials.coverage;
  return Array.from(sites.slice(0, siteCount), (site) => nameOf(strategy, site)).sort();
};

/** Both directions of conditional branches, and where interrupts landed, read off a trace. Of the latter those that came back. */
function read(strategy: number): { branches: string[]; landed: string[] } {
  const steps: TraceStep[] = [];
  trials.record(strategy, (step) => { steps.push({ ...step }); });
  const branches = new Set<string>();
  const landed = new Set<string>();
  const places = new Map(trials.coverage.sitesOf(strategy).map((it) => [it.place, it]));
  // The trace names code in pieces by its function: of those nothing is said here.
  const placeOf = (step: TraceStep): string | undefined => (places.has(step.symbol) ? step.symbol : undefined);
  steps.forEach((step, index) => {
    const next = steps[index + 1];
    const place = placeOf(step);
    if (place !== undefined && next !== undefined && next.notes.every((note) => !note.endsWith('delivered')) && places.get(place)!.conditional
      && trials.coverage.sitesOf(strategy).some((it) => it.place === place && it.kind === 'taken')) {
      branches.add(`${next.address === step.address + 4n ? 'not-taken' : 'taken'} ${place}`);
    }
    if (/^rfid/.test(step.text) && next !== undefined) {
      const at = placeOf(next);
      if (at !== undefined && !next.notes.some((note) => note.endsWith('delivered'))) landed.add(`interrupt ${at}`);
    }
  });
  return { branches: [...branches].sort(), landed: [...landed].sort() };
}

describe('sites of a run are those of its trace', () => {
  test.each(STRATEGIES.map((it, index) => [it.name, index] as const))('%s', (_name, strategy) => {
    let branches = 0;
    let interrupts = 0;
    // So many that the counts below are reached.
    const runs = STRATEGIES[strategy]!.name === 'livepatch-stack' ? 40 : 24;
    for (let run = 0; run < runs; run++) {
      trials.load(scenarioAt(arbitrary, 99n, 0, run));
      if (!trials.applicable(strategy)) continue;
      const { outcome } = trials.run(strategy);
      const seen = seenBy(strategy);
      const trace = read(strategy);
      // A run that is cut short may end before its last branch, or inside an interrupt.
      if (outcome === 'holds') expect(seen.filter((it) => !it.startsWith('interrupt'))).toEqual(trace.branches);
      for (const it of [...trace.branches, ...trace.landed]) expect(seen).toContain(it);
      branches += trace.branches.length;
      interrupts += trace.landed.length;
    }
    // Short hooks are hit seldom, and broken ones do not come back.
    if (STRATEGIES[strategy]!.name === 'livepatch-stack') expect(interrupts).toBeGreaterThan(3);
    if (trials.coverage.sitesOf(strategy).some((it) => it.kind === 'taken' && it.exempt === undefined)) expect(branches).toBeGreaterThan(20);
  });
});

test('both directions of every branch, by name', () => {
  const of = (name: string): string[] => trials.coverage.sitesOf(STRATEGIES.findIndex((it) => it.name === name))
    .filter((it) => it.kind !== 'interrupt').map((it) => `${it.kind} ${it.place}${it.exempt === undefined ? '' : ' exempt'}`);
  expect(of('livepatch-stack')).toEqual([]);
  expect(of('caller-distance')).toEqual([
    'taken livepatch_handler+0x10', 'not-taken livepatch_handler+0x10', 'taken livepatch_handler_ool+0xc', 'not-taken livepatch_handler_ool+0xc',
  ]);
  expect(of('odd-toc')).toEqual([
    'taken ftrace_entry+0x40', 'not-taken ftrace_entry+0x40', 'taken ftrace_exit', 'not-taken ftrace_exit', 'taken livepatch_handler+0x4', 'not-taken livepatch_handler+0x4',
  ]);
  expect(of('branching')).toEqual(['taken again', 'not-taken again', 'taken again+0x8 exempt', 'not-taken again+0x8']);
});

const isSelf = ({ functions }: Scenario, call: number): boolean => functions.some(({ replacement }) => replacement !== undefined && replacement.body !== 'same'
  && replacement.body.calls.some((it) => it.id === call && it.callee === 'self'));

describe('exemptions', () => {
  const RUNS = 1_500;
  const exempt = STRATEGIES.flatMap((it, strategy) => (it.exempt === undefined ? [] : [[it.name, strategy] as const]));

  test('are of those', () => {
    expect(exempt.map(([name]) => name)).toEqual(['branching']);
  });

  test.each(exempt)('%s: what is exempt is never seen, all else that is not rare is', (_name, strategy) => {
    const sites = trials.coverage.sitesOf(strategy);
    const counts = new Float64Array(sites.length);
    for (let run = 0; run < RUNS; run++) {
      trials.load(scenarioAt(arbitrary, 7n, 0, run));
      if (!trials.applicable(strategy)) continue;
      trials.run(strategy);
      const { sites: seen, siteCount } = trials.coverage;
      for (let i = 0; i < siteCount; i++) counts[seen[i]!]!++;
    }
    expect(sites.filter((it, index) => it.exempt !== undefined && counts[index]! > 0)).toEqual([]);
    expect(sites.filter((it, index) => it.exempt === undefined && !it.conditional && counts[index] === 0).map((it) => it.place)).toEqual([]);
  });

  test('code that no run executes is the bug of the test; what runs where tracing is off is none', () => {
    for (const [name, label, is] of [['odd-toc', 'ftrace_no_trace', true], ['branching', 'bug', false]] as const) {
      const strategy = STRATEGIES.findIndex((it) => it.name === name);
      const executed = new Set<string>();
      for (let run = 0; run < 200; run++) {
        trials.load(scenarioAt(arbitrary, 8n, 0, run));
        if (!trials.applicable(strategy)) continue;
        trials.record(strategy, ({ symbol }) => { executed.add(symbol.replace(/\+0x.*/, '')); });
      }
      expect(executed.has('livepatch_handler')).toBe(true);
      expect(executed.has(label)).toBe(is);
    }
  });

  test('code that is executed with interrupts off', () => {
    const strategy = STRATEGIES.indexOf(branching);
    const run = (step: number): string[] => {
      trials.load(parseScenario(`A:M -> local B; B:M patched; G:M; irq 1 at 1 hook-entry+${step} runs G`));
      trials.run(strategy);
      return seenBy(strategy).filter((it) => it.startsWith('interrupt'));
    };
    // mfctr, li, mtctr, bdnz three times, cmpdi, bne, li, mtmsrd: step 10 is the first that is masked; it is delivered when they are on again.
    expect(run(9)).toEqual(['interrupt again+0x10']);
    for (const step of [10, 11, 12, 13, 14]) expect(run(step)).toEqual(['interrupt unmasked']);
  });

  test("a replacement's local entry is interrupted, by a hand-made scenario and by the generator's", () => {
    const strategy = STRATEGIES.indexOf(named('manual-restore'));
    trials.load(parseScenario('A:M -> local B; B:M patched -> 5 local self x1; G:M; irq 1 at 5 hook-entry+0 runs G'));
    expect(trials.run(strategy).outcome).toBe('holds');
    expect(seenBy(strategy)).toEqual(['interrupt replacement_local_entry']);
    expect(trials.coverage.sitesOf(strategy).find((it) => it.place === 'replacement_local_entry')).toMatchObject({ step: 0, conditional: true });
    let anchored = 0;
    let landed = 0;
    for (let run = 0; run < 20_000; run++) {
      const scenario = scenarioAt(arbitrary, 3n, Math.floor(run / BLOCK_RUNS), run % BLOCK_RUNS);
      if (!scenario.interrupts.some(({ at }) => at.region === 'hook-entry' && isSelf(scenario, at.call))) continue;
      anchored++;
      trials.load(scenario);
      trials.run(strategy);
      if (seenBy(strategy).includes('interrupt replacement_local_entry')) landed++;
    }
    // One scenario in 850 has such an anchor; a quarter of them say the entry's one instruction, and come there.
    expect(anchored).toBeGreaterThanOrEqual(15);
    expect(landed).toBeGreaterThanOrEqual(3);
  });
});

test('what no anchor can say is exempt by itself', () => {
  const long: Strategy = { ...branching, name: 'long', exempt: [], code: { livepatch_handler: `livepatch_handler:\n${'        nop\n'.repeat(300)}        mfctr   r12\n        bctr\n` } };
  const sites = new Trials([long]).coverage.sitesOf(0);
  expect(sites.filter((it) => it.exempt !== undefined).map((it) => it.step)).toEqual(Array.from({ length: 46 }, (_, index) => 256 + index));
});

describe('situations of hooked calls', () => {
  const strategy = STRATEGIES.indexOf(named('livepatch-stack'));
  const run = (text: string): number[] => {
    trials.load(parseScenario(text));
    trials.run(strategy);
    const { situations, situationCount } = trials.coverage;
    return [...situations.slice(0, situationCount)].sort((a, b) => a - b);
  };
  const [LOCAL, GLOBAL, INDIRECT] = [1, 2, 3];
  const bit = (name: keyof typeof SITUATION, value = 1): number => value << SITUATION[name];

  test('of hand-made scenarios', () => {
    expect(run('A:M -> local B; B:M patched')).toEqual([LOCAL]);
    expect(run('A:M -> local B, local B; B:M patched')).toEqual([LOCAL]);
    expect(run('A:M -> global B; B:K patched')).toEqual([GLOBAL | bit('core') | bit('slot')]);
    expect(run('A:M -> local B; B:M args 9 patched')).toEqual([LOCAL | bit('stack')]);
    expect(run('A:M -> local B; B:M patched -> indirect C; C:N patched')).toEqual([LOCAL, INDIRECT | bit('slot') | bit('depth')]);
    expect(run('A:M -> local B; B:M; G:M -> local B2; B2:M patched; irq 1 at 1 callee+0 runs G')).toEqual([LOCAL | bit('level')]);
  });

  test('every number is in range', () => {
    for (let i = 0; i < 300; i++) {
      trials.load(scenarioAt(arbitrary, 12n, 0, i));
      trials.run(strategy);
      const { situations, situationCount } = trials.coverage;
      const seen = [...situations.slice(0, situationCount)];
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.every((it) => it >= 0 && it < SITUATIONS && (it & 7) < 6)).toBe(true);
    }
  });
});
