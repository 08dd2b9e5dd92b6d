import type { Strategy } from '../contract/strategy.ts';
import { livepatchStack } from './livepatch-stack.ts';

/**
 * `livepatch-stack` with an unwinder that knows of it: where it finds the return address behind the hook's `bctrl` it takes the real one from the task's
 * stack of entries, the newest that it has not read yet. Tried on real kernels as some ten lines of arch_stack_walk_reliable(); not merged anywhere.
 */
export const livepatchStackUnwound: Strategy = {
  ...livepatchStack,
  name: 'livepatch-stack-unwound',
  summary: "livepatch-stack, and an unwinder that reads the task's stack of entries",
  origin: 'Tocsin',
  claim: { kind: 'holds', assuming: ['no-stub-sibling', 'stack-room', 'no-reused-stacks'] },
  recovers: { label: 'livepatch_return', cell: 'TI_livepatch_sp', bytes: 24, offset: -16 },
};
