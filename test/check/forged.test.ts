// One lie for each kind of claim in a certificate, and for each kind of omission: the checker refuses every one, and says why.
import { beforeAll, describe, expect, test } from 'vitest';
import { check, Refusal } from '../../src/check/check.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { FTRACE_ENTRY } from '../../src/kernel/ftrace.ts';
import type { Certificate, Run } from '../../src/prove/certificate.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import { Texts } from '../../src/prove/texts.ts';
import { certificateOf } from '../../src/prove/write.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';

/** Certificates are plain JSON: a forger writes what he likes. */
type Forged = { -readonly [K in keyof Certificate]: any };

const ALWAYS = ['no-reused-stacks', 'abi-conforming-code', 'entry-model'];

function certificate(name: string, features: readonly Feature[], premises: readonly string[]): Certificate {
  return certificateFor(BUILT_IN.find((it) => it.name === name)!, features, premises);
}

/** The code of livepatch-stack, with a branch by what it cannot know, to the next instruction: in the entry, before the callback, or in the hook, behind it. */
const BRANCH = 'cmpdi   r3, 0\n        beq     skipped\nskipped:\n        ', { code } = livepatchStack;
const branchingIn = (point: 'ftrace_entry' | 'livepatch_handler'): Strategy => ({
  ...livepatchStack, name: 'branches', code: { ...code, [point]: point === 'ftrace_entry' ? FTRACE_ENTRY.replace('li      r5, 0', `${BRANCH}li      r5, 0`) : code.livepatch_handler!.replace('mfctr   r12', `${BRANCH}mfctr   r12`) },
});

function certificateFor(strategy: Strategy, features: readonly Feature[], premises: readonly string[]): Certificate {
  const proof = proveStrategy(strategy, new Texts(strategy), { features, premises: new Set(premises) });
  expect(proof.flaws).toEqual([]);
  return certificateOf(proof, { model: 'm', assuming: [...premises, ...ALWAYS], obligations: ['toc'] });
}

function refusal(text: string, forge: (it: Forged) => void, first?: string): string {
  const forged = JSON.parse(text) as Forged;
  forge(forged);
  // What was forged is looked at first.
  if (first !== undefined) forged.fragments.sort((a: any, b: any) => Number(b.kind === 'patched' && b.shape === first && b.args === 'registers') - Number(a.kind === 'patched' && a.shape === first && a.args === 'registers'));
  if (JSON.stringify(forged) === text) throw new Error('the forgery changes nothing');
  try {
    check(forged);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return 'accepted';
}

const FEATURES: readonly Feature[] = ['local', 'global', 'hoisted-slot', 'sibling', 'stack-args', 'far', 'single-entry', 'interrupt', 'tasks', 'preempt', 'migration'];
let good = '', masked = '', small = '', frame = '', manual = '', parallel = '';
beforeAll(() => {
  good = JSON.stringify(certificate('livepatch-stack', FEATURES, ['stack-room']));
  small = JSON.stringify(certificate('livepatch-stack', ['local', 'hoisted-slot', 'interrupt', 'tasks', 'migration'], ['stack-room']));
  masked = JSON.stringify(certificate('shadow-stack-r1-masked', ['local', 'interrupt'], ['stack-room']));
  frame = JSON.stringify(certificate('mini-frame', ['local', 'global', 'interrupt'], ['stack-room']));
  manual = JSON.stringify(certificate('manual-restore', ['local', 'global', 'sibling', 'variadic', 'interrupt'], ['no-replacement-siblings', 'no-traced-replacements']));
  parallel = JSON.stringify(certificate('shadow-stack-parallel', ['local', 'global', 'stub-sibling', 'interrupt'], []));
});

/** All runs of a fragment, in the order in which they are written. */
function runsOf(run: Run): Run[] {
  return [run, ...(run.split ?? []).flatMap(runsOf), ...(run.endings ?? []).flatMap((it) => runsOf(it.run))];
}
const patched = (it: Forged, shape = 'L', args = 'registers'): any => it.fragments.find((its: any) => its.kind === 'patched' && its.shape === shape && its.args === args);

describe('a certificate', () => {
  test('is accepted as the prover wrote it', () => {
    for (const text of [good, small, masked, frame, manual, parallel]) expect(check(JSON.parse(text)).steps).toBeGreaterThan(300);
    // Where nothing calls locally, functions of the livepatch module are entered by their GEP alone.
    expect(check(certificate('livepatch-stack', [], ['stack-room'])).fragments).toBe(6);
  });

  test('that claims more than there is', () => {
    expect(refusal(good, (it) => { it.claim.features.push('stub-sibling'); })).toMatch(/fragment patched \S+ M in-line registers: no contract of ordinary S=~/);
    expect(refusal(frame, (it) => { it.claim.features.push('stub-sibling'); })).toMatch(/fragment patched \S+ M in-line registers: no ending 'stub-sibling ordinary G'/);
    expect(refusal(good, (it) => { it.claim.features.push('caller-saved-toc'); })).toBe('no contract of ordinary V=');
    expect(refusal(good, (it) => { it.claim.features.push('variadic'); })).toMatch(/no fragment patched [GL] M in-line variadic/);
    expect(refusal(good, (it) => { it.claim.features.push('patched-core'); })).toMatch(/no fragment patched [GL] K in-line registers/);
    expect(refusal(good, (it) => { it.claim.features.push('out-of-line'); })).toMatch(/no fragment (traced|patched) [GL] M out-of-line registers/);
    expect(refusal(good, (it) => { it.claim.features.push('exit'); })).toBe('claim.features: no proof covers exit');
    for (const name of ALWAYS) expect(refusal(good, (it) => { it.claim.assuming = it.claim.assuming.filter((its: string) => its !== name); })).toBe(`claim.assuming: ${name} is not there, and nothing is proved without it`);
    expect(refusal(good, (it) => { it.claim.assuming = ALWAYS; })).toContain('stack-room or bounded-hook-depth');
    expect(refusal(good, (it) => { it.claim.obligations.push('reliable-trace'); })).toBe('claim.obligations: no proof covers reliable-trace');
    expect(refusal(manual, (it) => { it.claim.assuming = ['no-traced-replacements', ...ALWAYS]; })).toContain("no ending 'sibling own L'");
    expect(refusal(manual, (it) => { it.claim.assuming = ['no-replacement-siblings', ...ALWAYS]; })).toContain('not traced');
    expect(refusal(manual, (it) => { it.claim.features.push('single-entry'); })).toContain('no contract of ordinary S');
    expect(refusal(good, (it) => { it.claim.assuming.push('no-local'); })).toContain('no-local is no premise, or says what the features deny');
    expect(refusal(good, (it) => { it.claim.assuming.push('luck'); })).toContain('luck is no premise');
    expect(refusal(frame, (it) => { it.claim.features.push('stack-args'); })).toMatch(/no fragment patched [GL] M in-line stack/);
    expect(refusal(masked, (it) => { it.claim.features.push('emergency-stack'); })).toContain('emergency stacks have no memory');
    expect(refusal(good, (it) => { it.schema = 'tocsin/proof@2'; })).toBe('schema: expected tocsin/proof@1');
  });

  test('that leaves out any fragment, any contract, any ending, any way of a split', () => {
    const whole = JSON.parse(good) as Certificate;
    for (const [i, { kind, shape }] of whole.fragments.entries()) {
      expect(refusal(good, (it) => { it.fragments.splice(i, 1); })).toContain(`no fragment ${kind} ${shape}`);
    }
    for (const [i, { who, shape }] of whole.contracts.entries()) {
      expect(refusal(good, (it) => { it.contracts.splice(i, 1); }), `${who} ${shape}`).toMatch(new RegExp(`^(fragment patched .*: )?no contract of ${who} ${shape}$`));
    }
    expect(refusal(good, (it) => { (runsOf(patched(it).enter).find((run) => run.endings !== undefined) as any).endings = []; })).toContain("no ending 'returns'");
    expect(refusal(parallel, (it) => { (runsOf(patched(it).enter).find((run) => run.endings !== undefined) as any).endings.pop(); })).toContain("no ending 'stub-sibling patched G!'");
    expect(refusal(manual, (it) => { (runsOf(patched(it).enter).find((run) => run.endings !== undefined) as any).endings.pop(); })).toContain("no ending 'returns early'");
  });

  test('that leaves out who is handed on to, where nothing is promised to anybody', () => {
    // Nobody needs anything of a row that promises nothing; whoever it hands on to runs all the same.
    const whole = JSON.stringify(certificate('shadow-stack-parallel', ['local', 'global', 'sibling', 'stub-sibling'], []));
    expect(check(JSON.parse(whole)).contracts).toBe(8);
    const result = refusal(whole, (it) => {
      it.contracts = it.contracts.filter(({ shape }: any) => shape !== 'L!');
      it.fragments = it.fragments.filter(({ shape }: any) => shape !== 'L!');
      for (const row of it.contracts) if (row.shape === 'G!') row.keeps = [];
    });
    expect(result).toBe('no contract of ordinary L!');
  });

  test('of a set without local calls is accepted: nobody comes by the LEP', () => {
    const few = JSON.stringify(certificate('livepatch-stack', ['global', 'interrupt'], ['stack-room']));
    expect(check(JSON.parse(few)).contracts).toBe(2);
    expect(refusal(few, (it) => { it.claim.features.push('local'); })).toBe('no contract of ordinary L');
    expect(refusal(few, (it) => { it.claim.features.push('sibling'); })).toBe('no contract of ordinary L');
    expect(refusal(few, (it) => { it.fragments = it.fragments.filter(({ module }: any) => module !== 'P'); })).toBe('no fragment traced G P in-line registers');
  });

  test('with a promise that nobody keeps, or that somebody needs and is not made', () => {
    for (const who of ['ordinary', 'patched']) {
      const row = (it: Forged, shape: string): any => it.contracts.find((its: any) => its.who === who && its.shape === shape);
      for (const promise of ['r2', 'w12']) expect(refusal(good, (it) => { row(it, 'L').keeps = row(it, 'L').keeps.filter((name: string) => name !== promise); })).toContain(`L does not keep ${promise}, which its caller needs`);
      expect(refusal(good, (it) => { row(it, 'G').keeps = ['w12']; })).toContain('G does not keep slot, which its caller needs');
      expect(refusal(good, (it) => { row(it, 'G').keeps.push('r2'); })).toBe(`a contract of ${who} G that is none`);
      expect(refusal(good, (it) => { it.contracts.push(row(it, 'G')); })).toBe(`a contract of ${who} G that is none`);
    }
    // Nobody needs the slot of a local call whose slot is not live; but an ordinary function that is entered by its GEP hands on to one by its LEP.
    expect(refusal(good, (it) => { it.contracts.find((its: any) => its.who === 'patched' && its.shape === 'L').keeps = ['r2', 'w12']; })).toMatch(/^ordinary [GL] keeps slot, and patched L, to which it may hand on, does not$/);
  });

  test('with a promise of whoever a replacement hands on to that is not made', () => {
    for (const who of ['ordinary', 'patched']) {
      const result = refusal(parallel, (it) => { const row = it.contracts.find((its: any) => its.who === who && its.shape === 'G!'); row.keeps = row.keeps.filter((name: string) => name !== 'w12'); });
      expect(result, who).toContain('[F+12]/4 is ');
    }
  });

  test('with words in the parameter area that the replacement may have changed', () => {
    const result = refusal(good, (it) => {
      const entering = runsOf(patched(it, 'L', 'stack').enter).find((run) => run.endings !== undefined) as any;
      const [first] = entering.endings[0].run.steps;
      first.set = { ...first.set, '[F+96]': 'f96' };
      it.fragments = [...it.fragments.filter((its: any) => its.kind === 'patched' && its.shape === 'L' && its.args === 'stack'), ...it.fragments.filter((its: any) => !(its.kind === 'patched' && its.shape === 'L' && its.args === 'stack'))];
    });
    expect(result).toMatch(/^fragment patched L . in-line stack: step 0, at .*: \[F\+96\] is said to be f96, and is nothing$/);
  });

  test('whose tree of runs is not that of the code', () => {
    const entering = (fragment: any): any => runsOf(fragment.enter).find((run) => run.endings !== undefined);
    const first = (text: string, forge: (fragment: any) => void): string => refusal(text, (it) => { forge(patched(it)); }, 'L');
    const [branching, late] = (['ftrace_entry', 'livepatch_handler'] as const).map((point) => JSON.stringify(certificateFor(branchingIn(point), ['local', 'interrupt'], ['stack-room']))) as [string, string], splitting = (fragment: any): any => runsOf(fragment.enter).find((run) => run.split !== undefined);
    for (const text of [branching, late]) expect((check(JSON.parse(text)).steps)).toBeGreaterThan(300);
    expect(splitting(patched(JSON.parse(late) as Forged)).endings).toBe(undefined);
    expect(first(branching, (it) => { const run = splitting(it), [way] = run.split; Object.assign(run, { steps: [...run.steps, ...way.steps], split: way.split, endings: way.endings }); })).toMatch(/: step \d+, at .*: a branch that may go both ways$/);
    expect(first(branching, (it) => { const run = splitting(it); run.split.push(run.split[0]); })).toMatch(/: step \d+, at .*: a split where nothing is open, or that does not go two ways$/);
    for (const way of [0, 1]) expect(first(branching, (it) => { (runsOf(splitting(it).split[way]).find((run) => run.endings !== undefined) as any).endings = []; }), String(way)).toMatch(/: no ending 'returns'$/);
    expect(first(small, (it) => { const { steps, ...rest } = it.enter, way = { ...rest, steps: [{ ...steps[3], at: undefined }, ...steps.slice(4)] }; it.enter = { steps: steps.slice(0, 3), split: [way, way] }; })).toMatch(/: step 2, at .*: a split where nothing is open, or that does not go two ways$/);
    expect(first(small, (it) => { entering(it).endings.push(entering(it).endings[0]); })).toMatch(/: an ending is there twice$/);
    expect(first(small, (it) => { entering(it).endings.push({ ...entering(it).endings[0], by: 'sibling', who: 'own', shape: 'L' }); })).toMatch(/: an ending 'sibling own L' that is none$/);
    // A trap, or a word of this file in another spelling, in the place of what does nothing: `tw 31,0,0`.
    expect(refusal(small, (it) => { for (const text of it.texts) text.words = text.words.match(/.{8}/g).map((word: string) => (word === '60000000' ? '7fe00008' : word)).join(''); })).toMatch(/: a trap that is not known to be passed by$/);
    expect(first(small, (it) => { it.behind = it.behind.replace(/-0*/, '-0'); })).toMatch(/ is no word, or not in its one spelling$/);
    // Words that are data are not executed.
    expect(refusal(small, (it) => { for (const text of it.texts) text.data = (text.words.match(/.{8}/g) as string[]).map((_, i) => i); })).toMatch(/: no code at /);
  });

  test('about a replacement that is entered on a frame that is none, that is not the caller\'s, or of which it is not known who waits on it', () => {
    const entering = (fragment: any): any => runsOf(fragment.enter).find((run) => run.endings !== undefined), lost = (fragment: any, cell: string): void => { const step = entering(fragment).steps.at(-1); step.drop = [...(step.drop ?? []), cell]; delete step.set?.[cell]; };
    const quiet = JSON.stringify(certificate('mini-frame', ['local'], ['stack-room'])), r1 = runsOf(patched(JSON.parse(quiet) as Forged).enter).find((run) => run.endings !== undefined)!.steps.flatMap((step) => step.set?.['r1'] ?? []).at(-1);
    expect(r1).toMatch(/^F-\d+$/);
    expect(refusal(quiet, (it) => { lost(patched(it), `[${r1}]`); }, 'L')).toMatch(/: the replacement is not entered on a frame$/);
    expect(refusal(quiet, (it) => { it.claim.features.push('variadic'); it.fragments.unshift(...it.fragments.filter((one: any) => one.kind === 'patched').map((one: any) => ({ ...one, args: 'variadic' }))); })).toMatch(/ variadic: a variadic replacement is entered on another frame than its caller's$/);
    expect(refusal(parallel, (it) => { lost(patched(it), `[F+${it.kept.frame.marker}]`); }, 'L')).toMatch(/: whether a hook waits on F is not known at the replacement$/);
  });

  test('about code in a replacement that does not come to its body as a function of its entry', () => {
    const body = (cell: string, style = 'in-line'): string => refusal(manual, (it) => {
      const fragment = it.fragments.find((its: any) => its.kind === 'patched' && its.shape === 'L' && its.replacement === 'dual' && its.args === 'registers' && its.style === style);
      it.fragments = [fragment, ...it.fragments.filter((its: any) => its !== fragment)];
      const [ending] = (runsOf(fragment.enter).find((its) => its.endings !== undefined) as any).endings, step = ending.run.steps.find((its: any) => its.at === ending.body.from) ?? ending.run.steps[stepsTo(ending)];
      step.drop = [...(step.drop ?? []), cell];
      delete step.set?.[cell];
    });
    /** Which step of its run is at the body's first instruction: each is behind the one before, but for those that say where they are. */
    const stepsTo = (ending: any): number => {
      const [symbols, from] = placed(ending.body.from);
      let [of, at] = placed(ending.run.steps[0].at);
      return ending.run.steps.findIndex((step: any, i: number) => { if (i > 0) [of, at] = step.at === undefined ? [of, at + 4] : placed(step.at); return of === symbols && at === from; });
    };
    const placed = (spelt: string): [string, number] => { const [, of = '', at = '0'] = /^([A-Z]?)\+?(-?\d+)?$/.exec(spelt)!; return [of, Number(at)]; };
    for (const cell of ['r1', 'r2', 'lr']) expect(body(cell), cell).toMatch(/: (a replacement's body does not begin as it must|no chain of frames leads from nothing to F, where an interrupt may come)$/);
    expect(body('r2')).toMatch(/^fragment patched L . in-line registers dual: a replacement's body does not begin as it must$/);
  });

  test('about other code', () => {
    // The release before the return address is read: two words change places, and the outline fits one text.
    const whole = JSON.parse(small) as Certificate, core = whole.texts.findIndex(({ name }) => name.includes('hook'));
    const words = whole.texts[core]!.words.match(/.{8}/g)!;
    let refused = 0;
    const accepted: string[] = [];
    for (let i = 0; i < words.length; i++) {
      const result = refusal(small, (it) => { it.texts[core].words = words.map((word, j) => (i === j ? (word === '60000000' ? '7c0802a6' : '60000000') : word)).join(''); });
      if (result === 'accepted') accepted.push(words[i]!);
      else refused++;
    }
    expect({ refused, accepted }).toMatchInlineSnapshot(`
      {
        "accepted": [
          "41820090",
          "60000000",
          "7c6802a6",
          "7c6903a6",
          "7c0803a6",
          "e8610088",
          "38210210",
          "4e800420",
          "7f0c1088",
        ],
        "refused": 72,
      }
    `);
  });

  test('about code that reads what may not be there', () => {
    // In the place of an instruction that does nothing, one whose result nobody uses.
    const whole = JSON.parse(small) as Certificate, core = whole.texts.findIndex(({ name }) => name.includes('hook')), words = whole.texts[core]!.words.match(/.{8}/g)!;
    const reading = (word: string): string[] => words.flatMap((was, at) => (was === '60000000' ? [refusal(small, (it) => { it.texts[core].words = words.map((its, i) => (i === at ? word : its)).join(''); })] : []));
    // ld r0,24(r1); ld r0,24(r30); ld r0,24(0); ld r0,4096(r1); ld r0,24(r11); ld r0,24(r13)
    expect(['e8010018', 'e81e0018', 'e8000018', 'e8011000', 'e80b0018', 'e80d0018'].map(reading)).toMatchInlineSnapshot(`
      [
        [
          "accepted",
        ],
        [
          "fragment traced L M in-line registers: a load of 8 bytes from n30+24, where nothing is known to be",
        ],
        [
          "fragment traced L M in-line registers: a load of 8 bytes from 24, where nothing is known to be",
        ],
        [
          "fragment traced L M in-line registers: a load of 8 bytes from F+3568, where nothing is known to be",
        ],
        [
          "fragment traced L M in-line registers: an address that is not known",
        ],
        [
          "accepted",
        ],
      ]
    `);
  });

  test('about code that leaves no chain of frames where an interrupt may come', () => {
    // The entry's first stdu stores r6 in the place of r1, and the certificate says so: all else is as before, and the frame is gone when the function runs.
    const lie = (text: string): string => text.replaceAll('f821ffe1', 'f8c1ffe1').replaceAll('"[F-32]":"F"', '"[F-32]":"a6"');
    const told = (text: string): string => refusal(text, (it) => { Object.assign(it, JSON.parse(lie(text))); });
    expect(told(small)).toMatch(/^fragment .*: no chain of frames leads from F-32 to F, where an interrupt may come$/);
    const quiet = JSON.stringify(certificate('livepatch-stack', ['local'], ['stack-room']));
    expect(told(quiet)).toBe('accepted');
  });

  test('with a false value, of each kind of cell, or with one that is forgotten', () => {
    const seen = new Map<string, number>(), passed: string[] = [];
    const kinds = (cell: string): string => cell.replace(/\d+/g, 'N').replace(/^cr\w+/, 'crN');
    for (const [text, shape] of [[small, 'L='], [parallel, 'G'], [manual, 'L']] as const) {
      const fragment = patched(JSON.parse(text) as Forged, shape), count = runsOf(fragment.enter).map((run) => run.steps.length);
      for (const [r, steps] of count.entries()) {
        for (let s = 0; s < steps; s++) {
          const step = runsOf(fragment.enter)[r]!.steps[s]!;
          for (const cell of Object.keys(step.set ?? {})) {
            const result = refusal(text, (it) => { const its = runsOf(patched(it, shape).enter)[r]!.steps[s] as any; its.set[cell] = its.set[cell] === '7' ? '8' : '7'; }, shape);
            seen.set(kinds(cell), (seen.get(kinds(cell)) ?? 0) + 1);
            if (!result.includes(`${cell} is said to be`)) passed.push(`${cell} ${result}`);
          }
          for (const cell of step.drop ?? []) {
            const result = refusal(text, (it) => { const its = runsOf(patched(it, shape).enter)[r]!.steps[s] as any; its.drop = its.drop.filter((name: string) => name !== cell); }, shape);
            seen.set(`drop ${kinds(cell)}`, (seen.get(`drop ${kinds(cell)}`) ?? 0) + 1);
            if (!result.includes(`${cell} is said to be`)) passed.push(`drop ${cell} ${result}`);
          }
        }
      }
    }
    expect(passed).toEqual([]);
    expect(Object.fromEntries([...seen].sort())).toMatchInlineSnapshot(`
      {
        "[F+N]": 11,
        "[F-N]": 59,
        "[task+N]": 2,
        "[x+N]": 2,
        "[x]": 1,
        "crN": 15,
        "ctr": 6,
        "drop [F+N]": 2,
        "drop [F-N]": 47,
        "drop [x+N]": 2,
        "drop [x]": 1,
        "drop crN": 11,
        "drop ctr": 5,
        "drop lr": 3,
        "drop rN": 51,
        "lr": 15,
        "rN": 128,
      }
    `);
  });

  test('about another kernel, or about other memory of the strategy', () => {
    const changed = (part: 'layout' | 'kept', path: readonly string[], value: (was: any) => unknown, text = small): string => refusal(text, (it) => {
      const [last, before] = [path.at(-1)!, path.slice(0, -1).reduce((at, name) => at[name], it[part])];
      before[last] = value(before[last]);
    });
    const more = (was: number): number => was + 8;
    expect(changed('layout', ['zone'], more)).toContain('layout: ');
    expect(changed('layout', ['stackBytes'], more)).toContain('layout: ');
    expect(changed('layout', ['vmlinux'], () => 'B')).toContain('r2 is said to be');
    for (const name of ['current', 'kernelToc', 'enabled', 'nip']) expect(changed('layout', [name], more), name).toMatch(/is said to be|callback|not known/);
    expect(changed('layout', ['callbacks'], () => ['0', '0'])).toContain('no code at');
    expect(changed('layout', ['callbacks'], () => [])).toContain('undefined is no word');
    expect(changed('kept', ['published', 'origin'], (was) => was + 8)).toContain('which nobody allows');
    expect(changed('kept', ['published', 'origin'], (was) => was - 8)).toContain('is said to be');
    expect(changed('kept', ['published', 'at'], more)).toMatch(/nobody allows|is said to be/);
    expect(changed('kept', ['published', 'owner'], () => 'cpu')).toMatch(/is said to be|nobody allows/);
    expect(changed('kept', ['published', 'entry'], more)).toContain('the published cell has moved by something else than an entry');
    expect(changed('kept', ['published'], () => null)).toMatch(/is said to be|not known/);
    expect(changed('kept', ['memory'], () => [{ owner: 'cpu', from: 2304, bytes: 16 }])).toContain('nobody\'s');
    expect(changed('kept', ['areas'], () => [{ offset: 32, bytes: 8 }])).toContain('header of F');
    expect(changed('kept', ['frame', 'from'], () => 64, parallel)).toContain('memory of two frames');
    expect(changed('kept', ['frame', 'bytes'], () => 64, parallel)).toContain('memory of two frames');
    expect(changed('kept', ['frame', 'marker'], more, parallel)).toMatch(/is said to be|waits on F/);
    expect(changed('kept', ['frame'], () => null, parallel)).toMatch(/nobody allows|is said to be|nothing is known to be/);
  });

  test('whose fragments begin or end elsewhere', () => {
    const moved = (name: string, value: string, text = small, shape = 'L'): string => refusal(text, (it) => { patched(it, shape)[name] = value; });
    const [{ from, behind }] = [patched(JSON.parse(small) as Forged)];
    expect(moved('from', 'R')).toContain('step 0 is said to be at');
    expect(moved('behind', from)).toContain('the callback is not called as it must be');
    expect(moved('replaces', behind)).toContain("a replacement whose code is not at P, or no fragment's, lies at C");
    expect(refusal(small, (it) => { patched(it).module = 'K'; })).toContain('no fragment patched L M');
    expect(refusal(small, (it) => { it.texts.push({ ...it.texts[0] }); patched(it).texts.push(it.texts.length - 1); })).toMatch(/two texts at one place/);
    expect(refusal(small, (it) => { patched(it).texts = []; })).toContain('no code at');
    expect(refusal(small, (it) => { const run = patched(it).enter; run.steps = run.steps.slice(0, 5); })).toMatch(/endings: expected a list|comes to/);
    expect(refusal(small, (it) => { it.fragments.find((its: any) => its.kind === 'traced').enter.steps.pop(); })).toContain('does not go on behind its site');
    expect(refusal(small, (it) => { const run = runsOf(patched(it).enter).find((its) => its.endings !== undefined) as any; run.endings[0].run.steps.pop(); })).toContain('and not at R');
    expect(refusal(manual, (it) => { const run = runsOf(patched(it).enter).find((its) => its.endings !== undefined) as any; run.endings[0].body.from = 'P'; })).toMatch(/no code at|is said to be/);
    expect(refusal(manual, (it) => { const run = runsOf(patched(it).enter).find((its) => its.endings !== undefined) as any; run.endings[0].body.to = 'R'; })).toMatch(/is said to be at/);
  });

  test('that is no certificate at all is refused, not stumbled over', () => {
    const whole = JSON.parse(small) as Certificate, one = { ...whole, fragments: whole.fragments.slice(0, 2), texts: whole.texts };
    let tried = 0;
    const visit = (node: unknown, put: (value: unknown) => void): void => {
      for (const value of [null, 7, 'x', [], {}]) {
        put(value);
        try {
          check(one);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
        tried++;
      }
      put(node);
      if (typeof node === 'object' && node !== null) {
        for (const key of Object.keys(node).slice(0, 12)) visit((node as any)[key], (value) => { (node as any)[key] = value; });
      }
    };
    for (const key of Object.keys(one)) visit((one as any)[key], (value) => { (one as any)[key] = value; });
    for (const value of [null, 7, 'x', [], {}]) expect(() => check(value)).toThrow(Refusal);
    expect(tried).toBeGreaterThan(1000);
  });

  // An assertion that leaves things out is never wrong: what must be known at the callback, at the replacement and at the end has to be asked for there.
  test('whose words for a thing are those for another one, put together otherwise', () => {
    // The checker goes by names of its own: whatever the parts of one are, what has the name is followed as what it is the name of.
    const shapes = ['G', 'G~', 'S=', 'S=~'], whole = JSON.parse(good) as Certificate;
    const siblings = (named: (who: string, shape: string) => object) => (it: Forged): void => {
      it.claim.features.push('stub-sibling');
      for (const who of ['ordinary', 'patched']) for (const shape of shapes) if (!whole.contracts.some((its) => its.who === who && its.shape === shape)) it.contracts.push({ who, shape, keeps: ['slot', 'w12'] });
      for (const one of [...it.fragments]) if (one.shape === 'S=' && !whole.fragments.some((its) => its.shape === 'S=~')) it.fragments.push({ ...one, shape: 'S=~' });
      for (const { kind, enter } of it.fragments) {
        if (kind !== 'patched') continue;
        for (const run of runsOf(enter) as any[]) {
          const returns = run.endings?.[0];
          if (returns !== undefined) run.endings.push(...['ordinary', 'patched'].flatMap((who) => shapes.map((shape) => ({ ...returns, ...named(who, shape) }))));
        }
      }
    };
    expect(refusal(good, siblings((who, shape) => ({ by: `stub-sibling ${who}`, shape })))).toMatch(/^fragment patched .*: \[F\+24\] is P, and not f24 as at the beginning$/);
    expect(refusal(good, siblings((who, shape) => ({ by: ['stub-sibling'], who, shape })))).toMatch(/^fragment patched .*: \[F\+24\] is P, and not f24 as at the beginning$/);
    expect(refusal(good, siblings((who, shape) => ({ by: 'stub-sibling', who, shape })))).toMatch(/^fragment patched .*: \[F\+24\] is P, and not f24 as at the beginning$/);
    // Fragments in line that are said to be those out of line; of vmlinux, those of M; and of another name.
    const twice = (change: (one: any) => object) => (it: Forged): void => { it.fragments.push(...it.fragments.map((one: any) => ({ ...one, ...change(one) }))); };
    const outOfLine = (change: (one: any) => object) => (it: Forged): void => { it.claim.features.push('out-of-line'); twice(change)(it); };
    expect(refusal(good, outOfLine(() => ({ style: ['out-of-line'] })))).toMatch(/^fragment \S+ \S+ . out-of-line registers: /);
    expect(refusal(good, outOfLine(({ shape, module }) => ({ shape: `${shape} ${module} out-of-line`, module: undefined, style: undefined })))).toMatch(/^no fragment \S+ \S+ . out-of-line registers$/);
    expect(refusal(good, (it) => { it.claim.features.push('patched-core'); it.fragments.push(...it.fragments.filter((one: any) => one.kind === 'patched' && one.module === 'M').map((one: any) => ({ ...one, module: ['K'] }))); })).toMatch(/^fragment patched \S+ K in-line registers: step \d+, at -\d+: .* is said to be B, and is -\d+$/);
    expect(refusal(good, twice(() => ({ module: 'X' })))).toMatch(/^a fragment that is there twice, or that nobody needs: .* X in-line /);
    expect(refusal(good, twice(() => ({ style: 'by-hand' })))).toMatch(/^a fragment that is there twice, or that nobody needs: .* by-hand /);
    expect(refusal(good, twice(({ shape }) => ({ shape: `${shape}#` })))).toMatch(/^a fragment that is there twice, or that nobody needs: .*# /);
    // A replacement that is where the function goes on, or returns to: a hook that never comes to it would be one that does.
    for (const place of ['behind', 'R', 'B']) expect(refusal(good, (it) => { const one = patched(it); one.replaces = place === 'behind' ? one.behind : place; })).toMatch(/^fragment patched .*: a replacement whose code is not at P, or no fragment's, lies at C$/);
    expect(refusal(manual, (it) => { const one = patched(it); one.replaces = one.behind; })).toMatch(/^fragment patched .*: a replacement whose code is not at P, or no fragment's, lies at C$/);
    // Whoever prints a list cuts it where it is long: what is assumed must be seen.
    expect(refusal(good, (it) => { it.claim.assuming = [...Array.from({ length: 100 }, () => 'stack-room'), ...it.claim.assuming, 'no-replacement-siblings']; })).toBe('claim.assuming: stack-room twice');
    expect(refusal(good, (it) => { it.claim.features.push('local'); })).toBe('claim.features: local twice');
  });

  test('with objects in the place of words, or with more than can be gone through', () => {
    // As text, an object with a field of that name is an error of JavaScript's.
    const odd = { toString: 1, valueOf: 1 };
    const places: readonly ((it: Forged) => void)[] = [
      (it) => { it.contracts[0].shape = odd; }, (it) => { it.contracts[0].who = odd; }, (it) => { it.contracts[0].keeps = [odd]; }, (it) => { it.claim.features = [odd]; }, (it) => { it.claim.assuming = [odd]; },
      (it) => { it.texts[0].words = odd; }, (it) => { it.texts[0].at = odd; }, (it) => { it.texts[0].data = [odd]; it.texts[0].words = ''; }, (it) => { it.fragments[0].texts = [odd]; },
      ...['kind', 'shape', 'module', 'style', 'args', 'replacement', 'from', 'behind'].map((name) => (it: Forged) => { it.fragments[0][name] = odd; }),
      (it) => { it.fragments[0].enter.steps[1].drop = [odd]; }, (it) => { it.fragments[0].enter.steps[1].set = { r1: odd }; }, (it) => { it.fragments[0].enter.steps[1].at = odd; },
      ...['by', 'who', 'shape', 'exit'].map((name) => (it: Forged) => { (runsOf(patched(it).enter).find((run) => run.endings !== undefined) as any).endings[0][name] = odd; }),
    ];
    for (const place of places) expect(refusal(good, place)).not.toBe('accepted');
    const far = (i: number): string => String(2 ** 50 + 4 * i);
    expect(refusal(good, (it) => { const own = it.fragments[0].texts; for (let i = 0; i < 65; i++) own.push(it.texts.push({ name: '', at: far(i), words: '60000000' }) - 1); })).toBe('texts: expected a list of at most 64');
    expect(refusal(good, (it) => { it.kept.memory = Array.from({ length: 2049 }, (_, i) => ({ owner: 'task', from: 8 * i, bytes: 8 })); })).toBe('kept.memory: expected a list of at most 2048');
    expect(refusal(good, (it) => { it.kept.areas = Array.from({ length: 2049 }, () => ({ offset: 16, bytes: 8 })); })).toBe('kept.areas: expected a list of at most 2048');
  });

  test('that says too little where something must be so', () => {
    const KEPT = ['r1', '[F]', 'r13', 'r14', 'r31', 'cr8', 'cr19', 'msr'], ARGUMENTS = ['r3', 'r10'];
    const lost = (text: string, shape: string, cells: readonly string[], stepOf: (fragment: any) => any, args = 'registers'): void => {
      for (const cell of cells) {
        const result = refusal(text, (it) => { const step = stepOf(patched(it, shape, args)); step.drop = [...(step.drop ?? []), cell]; delete step.set?.[cell]; }, args === 'registers' ? shape : undefined);
        expect(result, `${shape}: ${cell}`).not.toBe('accepted');
        expect(result, `${shape}: ${cell}`).not.toContain('is said to be');
      }
    };
    const entering = (fragment: any): any => runsOf(fragment.enter).find((run) => run.endings !== undefined);
    const last = (fragment: any): any => (runsOf(entering(fragment).endings[0].run).at(-1) as any).steps.at(-1);
    lost(small, 'L', [...KEPT, 'r3', 'r4', 'r2', '[F+12]/4'], last);
    lost(small, 'L=', ['r2', '[F+24]', '[F+12]/4'], last);
    lost(good, 'G', ['[F+24]', '[F+12]/4'], last);
    const cell = JSON.parse(small).kept.published.at as number;
    lost(small, 'L', [`[task+${cell}]`], last);
    lost(parallel, 'G', [`[F+${(JSON.parse(parallel) as Certificate).kept.frame!.marker}]`], last);
    lost(small, 'L', [...KEPT, ...ARGUMENTS, 'r12', 'lr', `[task+${cell}]`], (fragment) => entering(fragment).steps.at(-1));
    lost(good, 'L', ['[F+96]', '[F+120]'], (fragment) => entering(fragment).steps.at(-1), 'stack');
    const { layout } = JSON.parse(small) as Certificate, callback = (fragment: any): any => {
      const steps = runsOf(fragment.enter).flatMap((run) => run.steps as any[]);
      return steps.find((step) => step.at === layout.callbacks[0]);
    };
    const saved = (fragment: any): string => {
      const said = runsOf(fragment.enter).flatMap((run) => run.steps as any[]), r6 = said.slice(0, said.findIndex((step) => step.at === layout.callbacks[0]) + 1).filter((step) => step.set?.r6 !== undefined).at(-1).set.r6 as string;
      return `[F${Number(r6.slice(1)) + layout.nip}]`;
    };
    lost(small, 'L', ['r1', 'r2', 'r3', 'r6', 'lr', saved(patched(JSON.parse(small) as Forged))], callback);
    const traced = (cells: readonly string[], shape: string): void => {
      for (const name of cells) {
        const result = refusal(small, (it) => { const step = it.fragments.find((its: any) => its.kind === 'traced' && its.shape === shape).enter; const end = (runsOf(step).find((run) => run.split === undefined) as any).steps.at(-1); end.drop = [...(end.drop ?? []), name]; delete end.set?.[name]; });
        expect(result, `traced ${shape}: ${name}`).toMatch(/^fragment traced .*(as at the beginning|behind the site)/);
      }
    };
    for (const shape of ['L', 'G']) traced([...KEPT, ...ARGUMENTS, 'r2', 'lr', '[F+24]', '[F+12]/4', `[task+${cell}]`], shape);
  });

  test('that claims tasks and CPUs which its proof did not look at, or code that changes r13', () => {
    const perCpu = JSON.stringify(certificate('shadow-stack-per-cpu', ['local', 'interrupt', 'preempt'], ['stack-room']));
    expect(check(JSON.parse(perCpu)).fragments).toBeGreaterThan(3);
    // What another task may write behind the PACA is not known at the first instruction already.
    expect(refusal(perCpu, (it) => { it.claim.features.push('tasks'); })).toContain('is nothing, and not nothing as at the beginning');
    expect(refusal(perCpu, (it) => { it.claim.features.push('migration'); })).toContain('is nothing, and not nothing as at the beginning');
    // li r13,0 in place of a nop, with r13 left out from there on.
    const core = (JSON.parse(small) as Certificate).texts.findIndex(({ name }) => name.includes('hook'));
    expect(refusal(small, (it) => {
      it.texts[core].words = (it.texts[core].words as string).match(/.{8}/g)!.map((word) => (word === '60000000' ? '39a00000' : word)).join('');
      for (const { enter } of it.fragments) for (const run of runsOf(enter)) for (const step of run.steps as any[]) step.drop = [...(step.drop ?? []), 'r13'];
    })).toMatch(/r13 is changed|r13 is nothing/);
  });
});
