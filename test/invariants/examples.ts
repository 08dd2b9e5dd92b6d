// One example for each obligation: a strategy and a scenario that break exactly the obligations named, and with the first of them removed
// from the judge nothing that the example is about is seen. The strategies are bad on purpose, each in one way.
import type { ObligationName } from '../../src/contract/obligations.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { ftraceEntry } from '../../src/kernel/ftrace.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

export interface Example {
  readonly strategy: Strategy;
  readonly scenario: string;
  /** Exactly what it breaks; the first is the one it stands for. */
  readonly breaks: readonly ObligationName[];
  /** Subject of the first. */
  readonly subject: string;
}

const bad = (handler: string, more: Partial<Strategy> = {}): Strategy => ({
  name: 'example', summary: 'bad on purpose', origin: 'a test', claim: { kind: 'breaks', obligations: [] },
  code: { livepatch_handler: `livepatch_handler:\n${handler}` }, ...more,
});
const builtIn = (name: string): Strategy => BUILT_IN.find((strategy) => strategy.name === name)!;

/** Keeps r2 and LR in the task's state: right as long as hooked calls do not nest. `before` and `after` surround it. */
const keeper = (before: string, after: string, more: Partial<Strategy> = {}): Strategy => bad(`${before}
        ld      r12, PACACURRENT(r13)
        std     r2, KEPT_TOC(r12)
        mflr    r11
        std     r11, KEPT_LINK(r12)
        mfctr   r12
        bctrl
        ld      r12, PACACURRENT(r13)
        ld      r2, KEPT_TOC(r12)
        ld      r11, KEPT_LINK(r12)
${after}
        mtlr    r11
        blr
`, { ...more, state: [{ name: 'KEPT_TOC', owner: 'task', bytes: 8 }, { name: 'KEPT_LINK', owner: 'task', bytes: 8 }, { name: 'COUNT', owner: 'task', bytes: 8 }] });

/** livepatch-stack's code, with a label that is passed when a count of hook entries and returns stands at `when`. */
const counting = (point: 'livepatch_handler' | 'livepatch_return', when: number, label: string): string =>
  builtIn('livepatch-stack').code[point]!.replace(`${point}:`, `${point}:
        ld      r12, PACACURRENT(r13)
        ld      r11, COUNT(r12)
        cmpdi   r11, ${when}
        addi    r11, r11, 1
        std     r11, COUNT(r12)
        bne     9f
${label}:
        nop
9:`);

const LOCAL = 'A:M -> local B; B:M patched';
/** Bytes from r1 of a hook of call 2, made by handler H, up to the r1 of what was interrupted: H's frame, the handler's call frame, the interrupt frame. */
const UP_TO_INTERRUPTED = 48 + 32 + 784;

export const EXAMPLES: readonly Example[] = [
  { breaks: ['return-address'], subject: 'pc', scenario: LOCAL, strategy: keeper('', '        addi    r11, r11, 4') },
  { breaks: ['progress'], subject: 'trap', scenario: LOCAL, strategy: keeper('', '        tdi     31, r11, 0') },
  { breaks: ['progress'], subject: 'loop', scenario: LOCAL, strategy: keeper('1:      b       1b', '') },
  { breaks: ['progress'], subject: 'load', scenario: LOCAL, strategy: keeper('', '        li      r12, 0\n        ld      r12, 0(r12)') },
  { breaks: ['toc'], subject: 'r2', scenario: LOCAL, strategy: builtIn('branch-only') },
  // The livepatch callback is called with the module's TOC pointer.
  {
    breaks: ['toc'], subject: 'r2', scenario: LOCAL,
    strategy: { ...builtIn('livepatch-stack'), code: { ...builtIn('livepatch-stack').code, ftrace_entry: ftraceEntry().replace('ld      r2, PACATOC(r13)', 'nop') } },
  },
  // Thread start code has no use for r1 any more.
  { breaks: ['stack-pointer'], subject: 'r1', scenario: 'A:M patched', strategy: keeper('', '        addi    r1, r1, -32') },
  { breaks: ['back-chain'], subject: '0(r1)', scenario: LOCAL, strategy: keeper('        std     r1, 0(r1)', '', { areas: [{ offset: 0, bytes: 8 }] }) },
  // A frame of the hook's own, whose back chain is never written: seen when the replacement calls.
  {
    breaks: ['back-chain'], subject: '0(r1)', scenario: 'A:M -> local B; B:M patched -> global D; D:K',
    strategy: {
      ...builtIn('mini-frame'),
      code: {
        // At -32 ftrace entry has left a chain that would do.
        livepatch_handler: builtIn('mini-frame').code.livepatch_handler!.replace('stdu    r1, -32(r1)', 'addi    r1, r1, -48'),
        livepatch_return: builtIn('mini-frame').code.livepatch_return!.replace('r1, r1, 32', 'r1, r1, 48'),
      },
    },
  },
  // The second hooked call spoils a live hoisted slot; the indirect call that would reload it is used up by then.
  {
    breaks: ['toc-slot'], subject: '24(r1)', scenario: 'A:M hoisted -> local B, indirect A x1; B:M patched',
    strategy: keeper(`        ld      r12, PACACURRENT(r13)
        ld      r11, COUNT(r12)
        cmpdi   r11, 1
        addi    r11, r11, 1
        std     r11, COUNT(r12)
        bne     1f
        std     r11, 24(r1)
1:`, '', { areas: [{ offset: 24, bytes: 8 }] }),
  },
  { breaks: ['arguments'], subject: 'r5', scenario: 'A:M -> local B; B:M args 3 patched', strategy: keeper('        li      r5, 1', '') },
  // No argument, but how should the hook know?
  { breaks: ['arguments'], subject: 'r9', scenario: LOCAL, strategy: keeper('        li      r9, 1', '') },
  // An interrupt takes what lies below r1-288, whether or not its entry code writes every doubleword of it.
  ...[-296, -400, -784].map((offset): Example => ({
    breaks: ['arguments'], subject: 'r9', scenario: 'A:M -> 1 local B; B:M patched; H:K; irq 1 at 1 hook-entry+1 runs H',
    strategy: keeper(`        std     r9, ${offset}(r1)\n        nop\n        ld      r9, ${offset}(r1)`, ''),
  })),
  // The high half.
  { breaks: ['arguments'], subject: 'r5', scenario: 'A:M -> local B; B:M args 3 patched', strategy: keeper('        clrldi  r5, r5, 32', '') },
  { breaks: ['arguments'], subject: 'r4', scenario: LOCAL, strategy: keeper('', '        clrldi  r4, r4, 32') },
  { breaks: ['arguments'], subject: 'r3', scenario: LOCAL, strategy: keeper('', '        li      r3, 1') },
  {
    breaks: ['arguments'], subject: 'r3', scenario: LOCAL,
    strategy: { ...builtIn('manual-restore'), code: { ...builtIn('manual-restore').code, replacement_exit: 'replacement_exit:\n        ld      r2, -16(r1)\n        li      r3, 1\n' } },
  },
  { breaks: ['nonvolatile'], subject: 'r20', scenario: LOCAL, strategy: keeper('        li      r20, 1', '') },
  { breaks: ['nonvolatile'], subject: 'r20', scenario: 'A:M saves 18 -> local B; B:M patched', strategy: keeper('', '        clrldi  r20, r20, 32') },
  // Interrupts off for the replacement; and for the caller.
  { breaks: ['nonvolatile'], subject: 'msr', scenario: LOCAL, strategy: keeper('        li      r12, 2\n        mtmsrd  r12, 1', '') },
  { breaks: ['nonvolatile'], subject: 'msr', scenario: LOCAL, strategy: keeper('', '        li      r12, 2\n        mtmsrd  r12, 1') },
  { breaks: ['nonvolatile'], subject: 'cr', scenario: LOCAL, strategy: keeper('', '        cmpdi   cr3, r1, 0') },
  {
    breaks: ['protected-zone'], subject: '-208(r1)', scenario: 'Z:M -> 1 local L; L:M zone; H:N -> 2 local B; B:N patched; irq 1 at 1 callee+6 runs H',
    strategy: keeper(`        std     r11, ${UP_TO_INTERRUPTED - 208}(r1)`, '', { areas: [{ offset: UP_TO_INTERRUPTED - 208, bytes: 8 }] }),
  },
  {
    breaks: ['interrupt-transparency'], subject: '8(r1)', scenario: 'Z:M -> 1 local L; L:M -> 3 local E; E:M; H:N -> 2 local B; B:N patched; irq 1 at 3 callee+2 runs H',
    strategy: keeper(`        stw     r11, ${UP_TO_INTERRUPTED + 8}(r1)`, '', { areas: [{ offset: UP_TO_INTERRUPTED + 8, bytes: 4 }] }),
  },
  // What interrupt entry has saved of r5.
  {
    breaks: ['interrupt-transparency'], subject: 'r5', scenario: 'Z:M -> 1 local L; L:M -> 3 local E; E:M; H:N -> 2 local B; B:N patched; irq 1 at 3 callee+2 runs H',
    strategy: keeper('        std     r11, 48+32+GPR5(r1)', '', { areas: [{ offset: 48 + 32 + 112 + 5 * 8, bytes: 8 }] }),
  },
  { breaks: ['hook-balance'], subject: 'depth', scenario: LOCAL, strategy: { ...keeper('example_push:', ''), pushes: ['example_push'] } },
  { breaks: ['hook-balance'], subject: 'depth', scenario: LOCAL, strategy: { ...keeper('', 'example_pop:'), pops: ['example_pop'] } },
  // The first hooked call pushes, the second, inside it, pops.
  {
    breaks: ['hook-balance'], subject: 'key', scenario: 'A:M -> local B; B:M patched -> global D; D:K patched',
    strategy: {
      ...builtIn('livepatch-stack'), state: [{ name: 'COUNT', owner: 'task', bytes: 8 }], pushes: ['example_push'], pops: ['example_pop'],
      code: {
        livepatch_handler: counting('livepatch_handler', 0, 'example_push'),
        livepatch_return: counting('livepatch_return', 2, 'example_pop'),
      },
    },
  },
  { breaks: ['replacement-ran'], subject: 'runs', scenario: LOCAL, strategy: bad('        blr\n') },
  // ftrace entry uses up the counter of the replacement's call of itself.
  {
    breaks: ['differential'], subject: 'observable event 2', scenario: 'A:M -> local B; B:M -> indirect B x3 patched same',
    strategy: {
      ...builtIn('livepatch-stack'),
      code: {
        ...builtIn('livepatch-stack').code,
        ftrace_entry: ftraceEntry({ first: '        ld      r12, PACACURRENT(r13)\n        li      r11, 0\n        std     r11, TI_counters+8(r12)\n' }),
      },
    },
  },
  // A, whose second version is enabled, is on no trace while B's replacement is asleep; and its first one is removed.
  { breaks: ['consistency'], subject: 'a live version', scenario: `Z:M -> local A; ${LOCAL}; sleep B'; second A; off 2; transition 1 at 0 callee+2 enable 2`, strategy: keeper('', '') },
  {
    breaks: ['consistency', 'progress'], subject: 'a live version', strategy: keeper('', ''),
    scenario: 'Z:M -> local A; A:M patched -> global B; B:M; sleep B; second B; transition 1 at 2 callee+2 disable 1 unload',
  },
  { breaks: ['reserved-word'], subject: '12(r1)', scenario: LOCAL, strategy: builtIn('caller-slot') },
  { breaks: ['frame-condition'], subject: '24(r1)', scenario: LOCAL, strategy: keeper('        std     r2, 24(r1)', '') },
  // What an unwinder is told to take for the return address is r2.
  { breaks: ['recoverable'], subject: 'LR', scenario: LOCAL, strategy: { ...builtIn('livepatch-stack-unwound'), recovers: { ...builtIn('livepatch-stack-unwound').recovers!, offset: -24 } } },
  { breaks: ['reliable-trace'], subject: 'trace', scenario: `Z:M -> local A; ${LOCAL}; sleep B' walked`, strategy: keeper('', '') },
];
