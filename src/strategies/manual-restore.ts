import { DEFAULT_LIVEPATCH_HANDLER, DEFAULT_LIVEPATCH_HANDLER_OOL } from '../contract/default-handler.ts';
import type { Strategy, StrategyCode } from '../contract/strategy.ts';

/**
 * The replacement catches the incoming r2 in r11 before its own entry code computes another, at either entry; keeps it in its own frame
 * to be, the doubleword -16(r1) of the caller's r1; and loads it back before it returns. With two entries 16 bytes apart, st_other is v = 4.
 */
export const MANUAL_RESTORE_CODE = {
  livepatch_handler: DEFAULT_LIVEPATCH_HANDLER,
  livepatch_handler_ool: DEFAULT_LIVEPATCH_HANDLER_OOL,
  replacement_entry: `replacement_entry:
        mr      r11, r2
        addis   r2, r12, (.TOC.-replacement_entry)@ha
        addi    r2, r2, (.TOC.-replacement_entry)@l
        b       1f
replacement_local_entry:
        mr      r11, r2
1:
`,
  replacement_single_entry: `replacement_single_entry:
        mr      r11, r2
`,
  replacement_save: `replacement_save:
        std     r11, -16(r1)
`,
  replacement_exit: `replacement_exit:
        ld      r2, -16(r1)
`,
} as const satisfies StrategyCode;

/**
 * Sibling calls undo it: what a replacement hands on to returns in its place, with another TOC, or runs with the caller's. An active mcount site
 * of the replacement lies between catching and keeping, and clobbers r11.
 */
export const manualRestore: Strategy = {
  name: 'manual-restore',
  summary: 'each replacement saves the r2 that it finds and restores it before it returns',
  origin: 'Torsten Duwe, live patching thread, 2016-03-09: the first of three ways',
  claim: { kind: 'holds', assuming: ['no-replacement-siblings', 'no-traced-replacements'] },
  code: MANUAL_RESTORE_CODE,
};
