import type { Strategy } from '../contract/strategy.ts';

/** With the return address in r0 and the replacement in CTR. */
const KEEP = `        subf    r0, r2, r0
        stw     r0, 12(r1)

        # LR = the helper below
        bcl     20, 31, 1f
1:      mflr    r12
        addi    r12, r12, livepatch_return-1b
        mtlr    r12
        std     r12, 16(r1)

        mfctr   r12
        bctr
`;

/**
 * Keeps everything in the caller's frame header: r2 in the TOC doubleword 24(r1), the return address as its 32-bit distance from r2 in the
 * reserved word 12(r1).
 */
export const CALLER_SLOT_SAVE = `        std     r2, 24(r1)
        mflr    r0
${KEEP}`;

/** Out of line the return address is in r0 already. */
export const CALLER_SLOT_SAVE_OOL = `        mflr    r12
        mtctr   r12
        std     r2, 24(r1)
${KEEP}`;

export const CALLER_SLOT_RETURN = `livepatch_return:
        ld      r2, 24(r1)
        lwa     r12, 12(r1)
        add     r12, r12, r2
        mtlr    r12
        blr
`;

/** What the hook writes in the caller's frame besides 8 and 16. */
export const CALLER_SLOT_AREAS = [{ offset: 12, bytes: 4 }, { offset: 24, bytes: 8 }] as const;

/**
 * Behind a call stub the slot holds the caller's only copy of its TOC pointer, and r2 is another module's, perhaps too far from the return
 * address for 32 bits.
 */
export const callerSlot: Strategy = {
  name: 'caller-slot',
  summary: "r2 and the return address go into the caller's frame header",
  origin: 'Balbir Singh, live patching thread, v5, 2016-03-08',
  claim: { kind: 'breaks', obligations: ['return-address', 'toc-slot', 'reserved-word'] },
  code: {
    livepatch_handler: `livepatch_handler:
${CALLER_SLOT_SAVE}`,
    livepatch_handler_ool: `livepatch_handler_ool:
${CALLER_SLOT_SAVE_OOL}`,
    livepatch_return: CALLER_SLOT_RETURN,
  },
  areas: CALLER_SLOT_AREAS,
};
