// Where control may land, and how a replacement may be entered: the cases of return-address, replacement-ran and hook-balance that
// examples.ts has no room for.
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Trials } from '../../src/trial/trials.ts';

const builtIn = (name: string): Strategy => BUILT_IN.find((strategy) => strategy.name === name)!;
const LOCAL = 'A:M -> local B; B:M patched';

function seen(handler: string, scenario = LOCAL): string[] {
  const strategy: Strategy = {
    name: 'example', summary: 'bad on purpose', origin: 'a test', claim: { kind: 'breaks', obligations: [] },
    code: { livepatch_handler: `livepatch_handler:\n${handler}` },
  };
  const trials = new Trials([strategy]);
  trials.load(parseScenario(scenario));
  return trials.run(0).violations.map(({ obligation, subject, region, expected, found }) =>
    `${obligation} ${subject} ${region}: ${trials.symbolOf(found)}, not ${trials.symbolOf(expected)}`);
}

describe('return-address', () => {
  test('a GEP needs its own address in r12', () => {
    expect(seen('        li      r12, 0\n        bctr\n')).toEqual(["return-address r12 callee: 0x0, not f1' [P]"]);
  });

  test('a LEP needs the TOC of its module', () => {
    expect(seen('        mfctr   r12\n        addi    r12, r12, 8\n        mtctr   r12\n        bctr\n')).toEqual(['return-address r2 callee: .TOC. [M], not .TOC. [P]']);
  });

  test('a replacement may be entered by its LEP with its TOC', () => {
    // The doubleword in front of the GEP is its distance to the TOC pointer; A is left without its own, which is toc.
    expect(seen('        mfctr   r12\n        ld      r2, -8(r12)\n        add     r2, r2, r12\n        addi    r12, r12, 8\n        mtctr   r12\n        bctr\n'))
      .toEqual(['toc r2 return-site: .TOC. [P], not .TOC. [M]']);
  });

  test('the middle of a function is no place to land', () => {
    expect(seen('        mfctr   r12\n        addi    r0, r12, 16\n        mtctr   r0\n        bctr\n')).toEqual(["return-address pc hook-entry: f1'+0x10 [P], not f1' [P]"]);
  });

  test('nor is the end of the original’s mcount call, when the replacement has run', () => {
    expect(seen('        mfctr   r12\n        bctrl\n        mfctr   r0\n        b       ftrace_entry\n')).not.toEqual([]);
    const back = '        ld      r0, -16(r1)\n        std     r0, PACA_STRATEGY(r13)\n        mfctr   r12\n        bctrl\n        ld      r12, PACA_STRATEGY(r13)\n        mtctr   r12\n        bctr\n';
    expect(seen(back).at(-1)).toBe('return-address pc callee: f1+0x10 [M], not f0+0x2c [M]');
  });

  test('another call of the same kind is another place', () => {
    // The second hooked call returns to where the first one did.
    const first = '        ld      r11, PACA_STRATEGY(r13)\n        cmpdi   r11, 0\n        bne     1f\n        mflr    r11\n        std     r11, PACA_STRATEGY(r13)\n1:      mtlr    r11\n        mfctr   r12\n        bctr\n';
    expect(seen(first, 'A:M -> global B, global B; B:N patched').at(-1)).toBe('return-address pc return-site: f0+0x2c [M], not f0+0x44 [M]');
  });
});

describe('replacement-ran', () => {
  test('the original must not go on', () => {
    expect(seen('        ld      r12, -16(r1)\n        mtctr   r12\n        bctr\n')).toEqual(['replacement-ran original callee: 0x1, not 0x0']);
  });

  test('nor the replacement run twice', () => {
    const twice = '        mflr    r0\n        std     r0, PACA_STRATEGY(r13)\n        mfctr   r12\n        std     r12, PACA_STRATEGY+8(r13)\n        bctrl\n        ld      r12, PACA_STRATEGY+8(r13)\n        mtctr   r12\n        bctrl\n        ld      r0, PACA_STRATEGY(r13)\n        mtlr    r0\n        blr\n';
    expect(seen(twice, 'A:M -> global B; B:N patched').at(-1)).toBe('replacement-ran runs callee: 0x2, not 0x1');
  });
});

test('hook-balance: entries and frames meet where there is no stack room, and the unpatched program is well', () => {
  // Entries of 128 bytes, so that a small program shows it.
  const stack = builtIn('livepatch-stack');
  const wide: Strategy = {
    ...stack,
    code: {
      livepatch_handler: stack.code.livepatch_handler!.replace('r11, r11, 24', 'r11, r11, 128'),
      livepatch_return: stack.code.livepatch_return!.replace('r11, r11, -24', 'r11, r11, -128'),
    },
  };
  const calls = Array.from({ length: 5 }, () => 'indirect B x8').join(', ');
  const scenario = parseScenario(`A:M -> local B; B:M args 12 saves 18 -> ${calls} patched same`);
  const trials = new Trials([wide, stack]);
  trials.load(scenario);
  expect(trials.runUnpatched().outcome).toBe('holds');
  expect(trials.run(0).violations.map(({ obligation, subject }) => `${obligation} ${subject}`)).toEqual(['hook-balance room']);
  expect(trials.run(1).outcome).toBe('holds');
});

describe('hook-balance: room is looked at where a stack is deepest', () => {
  const stack = builtIn('livepatch-stack');
  const where = (scenario: string): string => {
    const trials = new Trials([stack]);
    trials.load(parseScenario(scenario));
    expect([trials.runUnpatched().outcome, trials.runControl().outcome]).toEqual(['holds', 'holds']);
    const { outcome, violations } = trials.run(0);
    return violations.map(({ obligation, subject, address }) => `${obligation} ${subject} at ${trials.symbolOf(address)}`).join(', ') || outcome;
  };
  const recursion = (limit: number, leaf = ''): string => `A:M patched saves 18 -> global A x${limit}${leaf}`;

  test('in the ftrace call, not only in its caller and its callee', () => {
    // Below the frames of the last ftrace call 264 bytes are free.
    expect([where(recursion(71)), where(recursion(72))]).toEqual(['holds', 'hook-balance room at klp_callback']);
  });

  test('whether the call is sent on or not', () => {
    // The deepest activation calls B, which is not patched.
    expect(where(`${recursion(71, ', global B')}\nB:M`)).toBe('holds');
    expect(where(`${recursion(71, ', global B')}\nB:M traced`)).toBe('hook-balance room at klp_callback');
  });

  test('where an interrupt has its frame, although its handler runs on another stack', () => {
    const interrupted = (limit: number, own: string): string => `${recursion(limit, ', global B')}\nB:M traced\nH:N\nirq 1 at 2 ftrace-entry+20 runs H${own}`;
    expect(where(interrupted(68, ' own-stack'))).toBe('holds');
    expect(where(interrupted(69, ' own-stack'))).toBe('hook-balance room at interrupt_entry');
  });
});
