import { expect, test } from 'vitest';
import { BUILT_IN_CODES } from '../../src/case/token.ts';
import { hookText } from '../../src/contract/check-code.ts';
import { claimText } from '../../src/contract/claim-text.ts';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { KERNEL_SYMBOLS } from '../../src/kernel/symbols.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

test('names, in the order of their codes, and claims', () => {
  expect(BUILT_IN.map(({ name }) => name)).toEqual(BUILT_IN_CODES);
  expect(BUILT_IN.map(({ name, claim }) => `${name}: ${claimText(claim)}`)).toEqual([
    'branch-only: breaks toc',
    'manual-restore: holds assuming no-replacement-siblings, no-traced-replacements',
    'manual-restore-missed-exit: breaks toc',
    'manual-restore-slot: breaks toc-slot',
    'mini-frame: holds assuming no-stub-sibling, no-stack-args, no-variadic, stack-room',
    'livepatch-stack: holds assuming no-stub-sibling, no-unwind, no-transitions, stack-room, no-reused-stacks',
    'livepatch-stack-late-publish: breaks return-address',
    'livepatch-stack-early-release: breaks return-address',
    'caller-slot: breaks return-address, toc-slot, reserved-word',
    'caller-distance: breaks toc-slot, reserved-word',
    'odd-toc: breaks toc-slot, reserved-word',
    'shadow-stack-per-cpu: holds assuming no-stub-sibling, no-tasks, no-migration, no-unwind, no-transitions, no-exit',
    'return-stack: holds assuming no-stub-sibling, no-unwind, no-transitions, bounded-hook-depth, no-reused-stacks',
    'livepatch-stack-unwound: holds assuming no-stub-sibling, stack-room, no-reused-stacks',
    'shadow-stack-r1-masked: holds assuming no-stub-sibling, no-unwind, no-transitions, no-emergency-stack, stack-room, no-reused-stacks',
    'shadow-stack-parallel: holds',
  ]);
});

test.each(BUILT_IN.map((strategy) => [strategy.name, strategy] as const))('%s is a valid strategy', (_, strategy) => {
  expect(validateStrategy(strategy)).toEqual(strategy);
});

const words = (name: string, part: 'livepatch_handler' | 'livepatch_return'): number[] => {
  const strategy = BUILT_IN.find((candidate) => candidate.name === name)!;
  const { words: all, labels } = assemble(hookText(strategy), { base: 0n, symbols: KERNEL_SYMBOLS });
  const split = Number(labels.get('livepatch_return')) / 4;
  return part === 'livepatch_handler' ? [...all.slice(0, split)] : [...all.slice(split)];
};

test('livepatch-stack is, word for word, what a kernel build has', () => {
  // Read off the livepatch_handler of a Linux 6.1 kernel, with its offsets of thread_info and livepatch_sp.
  const text = `
    ld r12,2312(r13); ld r11,16(r12); addi r11,r11,24; std r11,16(r12)
    std r2,-24(r11); mflr r12; std r12,-16(r11); lis r12,0x57ac; ori r12,r12,0x6e9d; std r12,-8(r11)
    mfctr r12; bctrl`;
  expect(words('livepatch-stack', 'livepatch_handler')).toEqual([...assemble(text, { base: 0n }).words]);
  const back = `
    ld r12,2312(r13); ld r11,16(r12); lis r2,0x57ac; ori r2,r2,0x6e9d; ld r12,-8(r11); tdne r12,r2
    ld r12,-16(r11); mtlr r12; ld r2,-24(r11); ld r12,2312(r13); addi r11,r11,-24; std r11,16(r12); blr`;
  expect(words('livepatch-stack', 'livepatch_return')).toEqual([...assemble(back, { base: 0n }).words]);
});

test('the wrong orders differ from it in one half each', () => {
  const right = { enter: words('livepatch-stack', 'livepatch_handler'), back: words('livepatch-stack', 'livepatch_return') };
  expect(words('livepatch-stack-late-publish', 'livepatch_return')).toEqual(right.back);
  expect(words('livepatch-stack-late-publish', 'livepatch_handler')).not.toEqual(right.enter);
  expect(words('livepatch-stack-early-release', 'livepatch_handler')).toEqual(right.enter);
  expect(words('livepatch-stack-early-release', 'livepatch_return')).not.toEqual(right.back);
});
