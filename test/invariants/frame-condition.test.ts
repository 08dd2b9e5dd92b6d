// The edges of what a hook may write, one store at a time: a strategy that is right but for that store, judged by frame-condition alone.
import { describe, expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { Trials } from '../../src/trial/trials.ts';

const LOCAL = 'A:M -> 1 local B; B:M patched';

/** What frame-condition says: the subject of its violation, or `ok`. The run must come to its end: the store itself does no harm. */
function judged(strategy: Strategy, scenario: string): string {
  const trials = new Trials([strategy], { obligations: ['frame-condition'] });
  trials.load(parseScenario(scenario));
  const verdict = trials.run(0);
  expect(['holds', 'violated']).toContain(verdict.outcome);
  return verdict.violations.map(({ subject }) => subject).join(' ') || 'ok';
}

/** Keeps r2 and LR in the task's state; `lines` come first, with r0, r11 and r12 free. What they spoil they put back. */
function keeper(declarations: string, lines: string): Strategy {
  return parseStrategyText(`# tocsin: claim holds
# tocsin: state KEPT_TOC task 8
# tocsin: state KEPT_LINK task 8
${declarations.split(';').map((it) => (it.trim() === '' ? '' : `# tocsin: ${it.trim()}\n`)).join('')}
livepatch_handler:
${lines.split(';').map((line) => `        ${line.trim()}\n`).join('')}
        ld      r12, PACACURRENT(r13)
        std     r2, KEPT_TOC(r12)
        mflr    r11
        std     r11, KEPT_LINK(r12)
        mfctr   r12
        bctrl
livepatch_return:
        ld      r12, PACACURRENT(r13)
        ld      r2, KEPT_TOC(r12)
        ld      r11, KEPT_LINK(r12)
        mtlr    r11
        blr
`, 'keeper.s');
}

type Case = readonly [what: string, declarations: string, lines: string, expected: string];
const TASK = 'ld r12, PACACURRENT(r13)';
const MOVE_POINTER = `${TASK}; ld r0, TI_livepatch_sp(r12); std r0, TI_livepatch_sp(r12)`;

/** Stores into the frame that the hooked call stands on. Each reads first what it writes back. */
const FRAME: readonly Case[] = [
  ['the CR save word', '', 'lwz r0, 8(r1); stw r0, 8(r1)', 'ok'],
  ['its last byte', '', 'lbz r0, 11(r1); stb r0, 11(r1)', 'ok'],
  ['the byte behind it', '', 'lbz r0, 12(r1); stb r0, 12(r1)', '12(r1)'],
  ['the byte before it', '', 'lbz r0, 7(r1); stb r0, 7(r1)', '7(r1)'],
  ['the CR save word as half of a doubleword', '', 'ld r0, 8(r1); std r0, 8(r1)', '8(r1)'],
  ['the LR save doubleword', '', 'ld r0, 16(r1); std r0, 16(r1)', 'ok'],
  ['one that begins in its second half', '', 'ld r0, 20(r1); std r0, 20(r1)', '20(r1)'],
  ['the back chain', '', 'ld r0, 0(r1); std r0, 0(r1)', '0(r1)'],
  ['the TOC slot, not declared', '', 'ld r0, 24(r1); std r0, 24(r1)', '24(r1)'],
  ['the TOC slot, declared', 'area caller 24 8', 'ld r0, 24(r1); std r0, 24(r1)', 'ok'],
  ['its last byte', 'area caller 24 8', 'lbz r0, 31(r1); stb r0, 31(r1)', 'ok'],
  ['one byte behind it', 'area caller 24 8', 'lbz r0, 32(r1); stb r0, 32(r1)', '32(r1)'],
  ['half in it, half behind', 'area caller 24 8', 'ld r0, 28(r1); std r0, 28(r1)', '28(r1)'],
  ['all of it and a word more', 'area caller 28 4', 'ld r0, 24(r1); std r0, 24(r1)', '24(r1)'],
  ['a byte too early', 'area caller 32 8', 'addi r11, r1, 31; ldx r0, 0, r11; stdx r0, 0, r11', '31(r1)'],
  // Declared in two pieces, or in part the callee's anyway: every byte may be written.
  ['from one area into the next', 'area caller 24 8; area caller 32 8', 'ld r0, 28(r1); std r0, 28(r1)', 'ok'],
  ['the CR save word and the reserved one, declared', 'area caller 12 4', 'ld r0, 8(r1); std r0, 8(r1)', 'ok'],
  ['the TOC slot, not declared, by one who publishes a pointer', 'published TI_livepatch_sp', 'ld r0, 24(r1); std r0, 24(r1)', '24(r1)'],
  ['by an update form', '', 'ld r0, 24(r1); mr r11, r1; stdu r0, 24(r11)', '24(r1)'],
  ['by an indexed form', '', 'ld r0, 24(r1); li r11, 24; stdx r0, r1, r11', '24(r1)'],
];

/** Stores below it. */
const BELOW: readonly Case[] = [
  ['the doubleword below r1', '', 'std r0, -8(r1)', 'ok'],
  ['half below r1, half of the back chain', '', 'ld r0, -4(r1); std r0, -4(r1)', '-4(r1)'],
  ['the last of the protected zone', '', 'std r0, -288(r1)', 'ok'],
  ['below the protected zone', '', 'std r0, -296(r1)', 'ok'],
  ['far below', '', 'std r0, -4096(r1)', 'ok'],
  ['a frame of its own', '', 'stdu r1, -32(r1); std r0, 24(r1); std r0, 16(r1); addi r1, r1, 32', 'ok'],
  ['its own frame’s last byte', '', 'stdu r1, -32(r1); stb r0, 31(r1); addi r1, r1, 32', 'ok'],
  ['over the end of its own frame', '', 'stdu r1, -32(r1); lbz r0, 32(r1); stb r0, 32(r1); addi r1, r1, 32', '0(r1)'],
  ['the caller’s LR save doubleword, with a frame of its own', '', 'stdu r1, -32(r1); std r0, 48(r1); addi r1, r1, 32', 'ok'],
  ['the caller’s TOC slot, with a frame of its own', '', 'stdu r1, -32(r1); ld r0, 56(r1); std r0, 56(r1); addi r1, r1, 32', '24(r1)'],
];

/** Stores to memory that is no stack. */
const STATE: readonly Case[] = [
  ['declared state', 'state MINE task 16', `${TASK}; std r0, MINE+8(r12)`, 'ok'],
  ['its last byte', 'state MINE task 16', `${TASK}; stb r0, MINE+15(r12)`, 'ok'],
  ['one byte behind it', 'state MINE task 16', `${TASK}; stb r0, MINE+16(r12)`, 'store'],
  ['half in it, half behind', 'state MINE task 16', `${TASK}; std r0, MINE+12(r12)`, 'store'],
  ['state is whole doublewords', 'state MINE task 4', `${TASK}; std r0, MINE(r12)`, 'ok'],
  ['one byte behind its last doubleword', 'state MINE task 4', `${TASK}; stb r0, MINE+8(r12)`, 'store'],
  ['from one state into the next', 'state MINE task 8; state OTHER task 8', `${TASK}; std r0, MINE+4(r12)`, 'ok'],
  ['the CPU’s', 'state MINE cpu 8', 'std r0, MINE(r13)', 'ok'],
  ['the task’s offset in the PACA', 'state MINE task 8', 'ld r0, MINE(r13); std r0, MINE(r13)', 'store'],
  ['PACA fields', '', 'ld r0, PACATOC(r13); std r0, PACATOC(r13)', 'store'],
  ['the livepatch stack’s pointer, not declared', '', MOVE_POINTER, 'store'],
  ['the livepatch stack’s pointer, published', 'published TI_livepatch_sp', MOVE_POINTER, 'ok'],
  ['thread_info beside it', 'published TI_livepatch_sp', `${TASK}; ld r0, TI_stack(r12); std r0, TI_stack(r12)`, 'store'],
  ['a cell of its own, published', 'state MINE task 8; published MINE', `${TASK}; std r0, MINE(r12)`, 'ok'],
  ['TI_livepatch_sp when another cell is published', 'state MINE task 8; published MINE', MOVE_POINTER, 'store'],
  // The next page in the machine's own numbering.
  ['the interrupt stack, with an area that would reach so far', 'area caller 32 1024',
    'ld r11, PACA_HARDIRQ_STACK(r13); std r0, -16376(r11)', 'store'],
  ['the module’s data', '', 'ld r0, -32768(r2); std r0, -32768(r2)', 'store'],
];

describe.each([['the caller’s frame', FRAME], ['below r1', BELOW], ['other memory', STATE]] as const)('%s', (_, cases) => {
  test.each(cases)('%s (%s)', (_what, declarations, lines, expected) => {
    expect(judged(keeper(declarations, lines), LOCAL)).toBe(expected);
  });
});

test('memory that is not there', () => {
  const trials = new Trials([keeper('', 'li r11, 0; std r0, 0(r11)')], { obligations: ['frame-condition', 'progress'] });
  trials.load(parseScenario(LOCAL));
  expect(trials.run(0).violations.map(({ obligation, subject }) => `${obligation} ${subject}`)).toEqual(['frame-condition store', 'progress store']);
});

describe('the livepatch stack of a task while a handler runs on the interrupt stack', () => {
  const IN_BODY = 'A:M -> 1 local X; X:M; H:N -> 2 local E; E:N patched; irq 1 at 1 callee+4 runs H own-stack';
  const IN_HOOK = 'A:M -> 1 local B; B:M patched; H:N -> 2 local E; E:N patched; irq 1 at 1 hook-entry+8 runs H own-stack';

  test('is the strategy’s when it publishes a pointer', () => {
    for (const scenario of [IN_BODY, IN_HOOK]) expect(judged(livepatchStack, scenario)).toBe('ok');
  });

  test('is not when it does not: pointer and entries', () => {
    const { published: _, ...silent } = livepatchStack;
    for (const scenario of [LOCAL, IN_BODY, IN_HOOK]) expect(judged(silent, scenario)).toBe('store');
    // The pointer declared as plain state would be the strategy's, the entries on another stack than the hook's are not.
    const own = (declare: string): Strategy => parseStrategyText(`# tocsin: claim holds
# tocsin: state MINE task 8
${declare}livepatch_handler:
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        std     r11, MINE(r12)
        std     r0, 0(r11)
        mfctr   r12
        bctr
`, 'own.s');
    expect(judged(own(''), LOCAL)).toBe('ok');
    expect(judged(own(''), IN_BODY)).toBe('store');
    expect(judged(own('# tocsin: published MINE\n'), IN_BODY)).toBe('ok');
  });

  /** A store so many bytes below the r1 that was interrupted, by the back chain: handler's frame, interrupt entry's, register frame, r1. */
  const below = (bytes: number, declare = 'published TI_livepatch_sp'): Strategy =>
    keeper(declare, `ld r11, 0(r1); ld r11, 0(r11); ld r11, 0(r11); addi r11, r11, -${bytes}; ld r0, 0(r11); std r0, 0(r11)`);

  const EDGE = [[784 + 8, 'ok'], [784 + 4, 'store'], [784, 'store'], [400, 'store'], [8, 'store']] as const;
  test.each(EDGE)('ends where the interrupt’s frame begins: %i below r1', (bytes, expected) => {
    expect(judged(below(bytes), IN_BODY)).toBe(expected);
    expect(judged(below(bytes, ''), IN_BODY)).toBe('store');
  });

  test('and with the handler on the same stack all that is below the hook’s own caller is free', () => {
    const same = (lines: string): string => judged(keeper('', lines), IN_BODY.replace(' own-stack', ''));
    expect(same('std r0, -8(r1)')).toBe('ok');
    // H's frame is 48 bytes, the one from which it is called 32: behind them lies the register frame.
    expect(same('ld r11, 0(r1); ld r0, 0(r11); std r0, 0(r11)')).toMatch(/^\d+\(r1\)$/);
  });
});
