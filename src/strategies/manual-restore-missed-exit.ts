import type { Strategy } from '../contract/strategy.ts';
import { MANUAL_RESTORE_CODE } from './manual-restore.ts';

/** The slip that the first way invites: of a replacement's exits, the early one was forgotten. */
export const manualRestoreMissedExit: Strategy = {
  name: 'manual-restore-missed-exit',
  summary: 'manual-restore whose early exit forgets to restore r2',
  origin: 'Tocsin: a known-bad variant of manual-restore',
  claim: { kind: 'breaks', obligations: ['toc'] },
  code: { ...MANUAL_RESTORE_CODE, replacement_early_exit: '' },
};
