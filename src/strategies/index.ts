/**
 * The strategies on trial, an open list: one file and one line each. Their order is their code in tokens: add at the end, never reorder.
 */
import type { Strategy } from '../contract/strategy.ts';
import { branchOnly } from './branch-only.ts';
import { callerDistance } from './caller-distance.ts';
import { callerSlot } from './caller-slot.ts';
import { livepatchStack } from './livepatch-stack.ts';
import { livepatchStackEarlyRelease } from './livepatch-stack-early-release.ts';
import { livepatchStackLatePublish } from './livepatch-stack-late-publish.ts';
import { livepatchStackUnwound } from './livepatch-stack-unwound.ts';
import { manualRestore } from './manual-restore.ts';
import { manualRestoreMissedExit } from './manual-restore-missed-exit.ts';
import { manualRestoreSlot } from './manual-restore-slot.ts';
import { miniFrame } from './mini-frame.ts';
import { oddToc } from './odd-toc.ts';
import { returnStack } from './return-stack.ts';
import { shadowStackR1Masked } from './shadow-stack-r1-masked.ts';
import { shadowStackParallel } from './shadow-stack-parallel.ts';
import { shadowStackPerCpu } from './shadow-stack-per-cpu.ts';

export const BUILT_IN: readonly Strategy[] = [
  branchOnly,
  manualRestore,
  manualRestoreMissedExit,
  manualRestoreSlot,
  miniFrame,
  livepatchStack,
  livepatchStackLatePublish,
  livepatchStackEarlyRelease,
  callerSlot,
  callerDistance,
  oddToc,
  shadowStackPerCpu,
  returnStack,
  livepatchStackUnwound,
  shadowStackR1Masked,
  shadowStackParallel,
];
