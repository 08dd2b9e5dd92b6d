/**
 * The return hook of the function graph tracer (arch/powerpc/kernel/trace/ftrace.c, kernel/trace/fgraph.c; written from what they are known to do). It has a
 * stack of entries for each task, {return address, function, r1 of the caller's frame}. Its callback, which is C code in the kernel and here the host's
 * (trial/host.ts), puts one there for a call that ftrace has announced, and makes the return address in pt_regs that of return_to_handler; what live
 * patching does to NIP in the same pt_regs does not concern it, nor the other way round. Where the stack is full the call is not hooked.
 *
 * return_to_handler is entered by a return: r1 is the caller's frame, r3 and r4 are results, r2 goes home as it is. It asks for the address that was kept. To
 * give it back is C code in the kernel (ftrace_return_to_handler) and instructions here: it reads the entry first and then releases it, so a handler that
 * is hooked in between finds room above.
 */

/** Entries of a task at most (FTRACE_RETFUNC_DEPTH). */
export const GRAPH_DEPTH = 50;
/** Bytes of an entry, and offsets in it. */
export const GRAPH_ENTRY = { BYTES: 24, RETURN: 0, FUNCTION: 8, FRAME: 16 } as const;

/** Labels: return_to_handler; graph_call (the question); graph_return (who answers it); graph_pop (the entry is about to be released); graph_empty (there is none). */
export const RETURN_TEXT = `return_to_handler:
        # results, the caller's TOC pointer, a register: below the caller's frame, where nobody has anything now
        std     r4, -32(r1)
        std     r3, -24(r1)
        std     r2, -16(r1)
        std     r31, -8(r1)
        mr      r31, r1
        stdu    r1, -RETURN_FRAME(r1)

        # the function that came back may be a module's
        ld      r2, PACATOC(r13)
graph_call:
        bl      graph_return
        mtlr    r3
        mr      r1, r31
        ld      r2, -16(r1)
        ld      r3, -24(r1)
        ld      r4, -32(r1)
        ld      r31, -8(r1)
        blr

graph_return:
        ld      r9, PACACURRENT(r13)
        ld      r10, TI_ret_top(r9)
        cmpdi   r10, 0
        ble     graph_empty
        add     r11, r9, r10
        ld      r3, TI_ret_stack-24(r11)
graph_pop:
        addi    r10, r10, -24
        std     r10, TI_ret_top(r9)

        # it is a C function: whatever one may change is changed
        li      r0, -1
        li      r4, -4
        li      r5, -5
        li      r6, -6
        li      r7, -7
        li      r8, -8
        li      r11, -11
        li      r12, -12
        mtctr   r12
        blr
graph_empty:
        # a return that was never hooked: the kernel stops the tracer and panics
        trap
`;
