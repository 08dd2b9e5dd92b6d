/**
 * Where a task begins. On arrival r1 = the high end of the task's stack, or 32 bytes below it (initial-state.ts), r13 = PACA, thread_info is current. Nothing is asked of r2 on return.
 */

/** Labels: thread_start, thread_call (the `bctrl`), thread_return (its return address), thread_done (the task is done; never left). */
export const THREAD_START = `thread_start:
        # the first frame ends the back chain
        li      r0, 0
        stdu    r0, -THREAD_FRAME(r1)
        ld      r2, PACATOC(r13)
        ld      r12, PACACURRENT(r13)
        ld      r12, TI_start(r12)
        mtctr   r12
thread_call:
        bctrl
thread_return:
        nop
thread_done:
        b       thread_done
`;
