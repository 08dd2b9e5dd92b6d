// A strategy in TypeScript: way 2 of 2016, a stack frame of the hook's own between caller and replacement. Written here for any
// size of that frame, as TypeScript can: `tocsin fuzz ./mini.ts`. It moves the replacement's stack arguments, and its claim says so.
import type { Strategy } from 'tocsin';

/** Bytes of the frame: at least 32, a multiple of 16. The premise stack-room reckons with 32 for each pending hooked return. */
const FRAME = 32;

const mini: Strategy = {
  name: 'mini',
  summary: `a stack frame of ${FRAME} bytes keeps r2`,
  origin: 'an example of docs/strategies.md',
  claim: { kind: 'holds', assuming: ['no-stub-sibling', 'no-stack-args', 'no-variadic', 'stack-room'] },
  code: {
    livepatch_handler: `livepatch_handler:
        mflr    r0
        std     r0, FRAME_LR_SAVE(r1)
        stdu    r1, -${FRAME}(r1)
        std     r2, FRAME_TOC(r1)
        mfctr   r12
mini_push:
        bctrl
mini_pop:
        ld      r2, FRAME_TOC(r1)
        addi    r1, r1, ${FRAME}
        ld      r0, FRAME_LR_SAVE(r1)
        mtlr    r0
        blr
`,
    // Out of line the return address is in r0 and the replacement in LR. Labels are others: a file of assembly has both texts.
    livepatch_handler_ool: `livepatch_handler_ool:
        std     r0, FRAME_LR_SAVE(r1)
        stdu    r1, -${FRAME}(r1)
        std     r2, FRAME_TOC(r1)
        mflr    r12
        mtctr   r12
mini_push_ool:
        bctrl
mini_pop_ool:
        ld      r2, FRAME_TOC(r1)
        addi    r1, r1, ${FRAME}
        ld      r0, FRAME_LR_SAVE(r1)
        mtlr    r0
        blr
`,
  },
  pushes: ['mini_push', 'mini_push_ool'],
  pops: ['mini_pop', 'mini_pop_ool'],
};

export default mini;
