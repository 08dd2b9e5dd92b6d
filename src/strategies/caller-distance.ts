import type { Strategy } from '../contract/strategy.ts';
import { CALLER_SLOT_AREAS, CALLER_SLOT_RETURN, CALLER_SLOT_SAVE, CALLER_SLOT_SAVE_OOL } from './caller-slot.ts';

/**
 * A guess from the distance of LR and r2: a return address further than 2 GiB from the TOC in force must lie in another module, so the call was a
 * global one, whose caller restores r2 itself. Modules, however, lie near each other.
 */
export const callerDistance: Strategy = {
  name: 'caller-distance',
  summary: 'caller-slot, but no hook where return address and r2 lie far apart',
  origin: 'Balbir Singh, live patching thread, v6, 2016-03-09',
  claim: { kind: 'breaks', obligations: ['toc-slot', 'reserved-word'] },
  code: {
    livepatch_handler: `livepatch_handler:
        # does the distance fit in 32 bits?
        mflr    r0
        subf    r0, r2, r0
        extsw   r12, r0
        cmpd    r12, r0
        beq     caller_distance_near
        mfctr   r12
        bctr
caller_distance_near:
${CALLER_SLOT_SAVE}`,
    livepatch_handler_ool: `livepatch_handler_ool:
        subf    r11, r2, r0
        extsw   r12, r11
        cmpd    r12, r11
        beq     caller_distance_near_ool
        mflr    r12
        mtctr   r12
        mtlr    r0
        bctr
caller_distance_near_ool:
${CALLER_SLOT_SAVE_OOL}`,
    livepatch_return: CALLER_SLOT_RETURN,
  },
  areas: CALLER_SLOT_AREAS,
};
