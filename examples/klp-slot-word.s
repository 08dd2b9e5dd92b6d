# tocsin: name klp-slot-word
# tocsin: summary livepatch-stack with entries of 32 bytes that also keep the caller's TOC slot 24(r1)
# tocsin: origin an example of docs/strategies.md
# tocsin: claim holds assuming no-unwind, no-transitions, stack-room, no-reused-stacks
# tocsin: area caller 24 8
# tocsin: published TI_livepatch_sp
# tocsin: push slot_word_push
# tocsin: push slot_word_push_ool
# tocsin: pop slot_word_pop

# An entry, from its low end: r2, return address, the caller's slot, marker.
        .set    ENTRY, 32

livepatch_handler:
        # The entry is taken before anything is put into it: from here on an interrupt leaves it alone.
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        addi    r11, r11, ENTRY
        std     r11, TI_livepatch_sp(r12)

        std     r2, -32(r11)
        mflr    r12
        std     r12, -24(r11)
        # What the caller keeps here for its own reload, or rubbish: whichever it is, it comes back.
        ld      r12, FRAME_TOC(r1)
        std     r12, -16(r11)
        lis     r12, STACK_END_MAGIC@h
        ori     r12, r12, STACK_END_MAGIC@l
        std     r12, -8(r11)

        # The replacement's global entry wants its own address in r12.
        mfctr   r12
slot_word_push:
        bctrl

# The same where functions are hooked out of line: the return address is in r0, the replacement in LR.
livepatch_handler_ool:
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)
        addi    r11, r11, ENTRY
        std     r11, TI_livepatch_sp(r12)

        lis     r12, STACK_END_MAGIC@h
        ori     r12, r12, STACK_END_MAGIC@l
        std     r12, -8(r11)
        std     r2, -32(r11)
        std     r0, -24(r11)
        ld      r12, FRAME_TOC(r1)
        std     r12, -16(r11)
        mflr    r12
        mtctr   r12
slot_word_push_ool:
        bctrl

livepatch_return:
        ld      r12, PACACURRENT(r13)
        ld      r11, TI_livepatch_sp(r12)

        ld      r12, -8(r11)
        lis     r2, STACK_END_MAGIC@h
        ori     r2, r2, STACK_END_MAGIC@l
        tdne    r12, r2

        # All of the entry is read before it is given back.
        ld      r12, -16(r11)
        std     r12, FRAME_TOC(r1)
        ld      r12, -24(r11)
        mtlr    r12
        ld      r2, -32(r11)
        ld      r12, PACACURRENT(r13)
slot_word_pop:
        addi    r11, r11, -ENTRY
        std     r11, TI_livepatch_sp(r12)
        blr
