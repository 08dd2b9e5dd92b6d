/**
 * Where a task begins. On arrival r1 = one past the highest byte of the task's stack, r13 = PACA. Nothing is asked of r2 on return.
 */

/** Labels: thread_start, thread_call (the `bctrl`), thread_return (its return address), thread_done (the task is done; never left). */
export const THREAD_START = `thread_start:
        # the first frame ends the back chain
        li      r0, 0
        stdu    r0, -THREAD_FRAME(r1)
        ld      r2, PACATOC(r13)
        ld      r12, PACA_START(r13)
        mtctr   r12
thread_call:
        bctrl
thread_return:
        nop
thread_done:
        b       thread_done
`;
