/**
 * The hook of a strategy that has none: to the replacement and straight back to the caller. r12 = the replacement's GEP, as a global
 * entry needs it; LR already holds the return address. It is branch-only's code.
 */
export const DEFAULT_LIVEPATCH_HANDLER = `livepatch_handler:
        mfctr   r12
        bctr
`;

/** The same where the sequence lies out of line: LR holds the replacement's GEP, r0 the return address. */
export const DEFAULT_LIVEPATCH_HANDLER_OOL = `livepatch_handler_ool:
        mflr    r12
        mtctr   r12
        mtlr    r0
        bctr
`;
