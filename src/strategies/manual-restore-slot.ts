import type { Strategy } from '../contract/strategy.ts';
import { MANUAL_RESTORE_CODE } from './manual-restore.ts';

/**
 * The shortcut that the first way suggests: keep r2 where a TOC pointer has its place, in the caller's slot. Behind a call stub that is the
 * caller's own copy, and r2 is the original's by then.
 */
export const manualRestoreSlot: Strategy = {
  name: 'manual-restore-slot',
  summary: "manual-restore that keeps r2 in the caller's TOC slot",
  origin: 'Tocsin: a known-bad variant of manual-restore',
  claim: { kind: 'breaks', obligations: ['toc-slot'] },
  code: {
    ...MANUAL_RESTORE_CODE,
    replacement_save: `replacement_save:
        std     r11, 24(r1)
`,
    replacement_exit: `replacement_exit:
        ld      r2, 24(r1)
`,
  },
  areas: [{ offset: 24, bytes: 8 }],
};
