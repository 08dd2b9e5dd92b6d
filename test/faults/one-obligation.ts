// Faults that one obligation alone sees: nothing else that is judged suffers from them. They show that none of the obligations is idle.
import type { Fault } from './fault.ts';
import { IN_HANDLER, SLOT, STACK, asm, first, word } from './fault.ts';

const stack = (sees: Fault['sees'], about: string, ...edits: Fault['edits']): Fault => ({ name: `only-${sees}`, about, base: 'livepatch-stack', edits,
  assuming: STACK, sees });

const RELEASE = '        std     r11, TI_livepatch_sp(r12)\n        blr\n';
/** r12 = the register frame of what the oldest handler on the interrupt stack has interrupted; at the start of the ftrace entry. */
const REGISTER_FRAME = 'ld r12, PACA_HARDIRQ_STACK(r13); ld r12, -INTERRUPT_CALL_FRAME(r12)';
const INTERRUPTED = `${IN_HANDLER}; ${REGISTER_FRAME}`;

export const ONE_OBLIGATION: readonly Fault[] = [
  {
    // A handler's hooked call goes home past the function that made it, whose rest is left out: r1, r2 and LR are in order.
    ...stack('return-address', "in a handler, the hook returns to its caller's caller",
      ['livepatch_return', RELEASE,
        asm(`std r11, TI_livepatch_sp(r12); ${IN_HANDLER}; ld r12, 0(r1); xor r11, r12, r1; srdi r11, r11, 14; cmpdi r11, 0; bne 7f; mr r1, r12; ld r12, 16(r12); mtlr r12; 7:; blr`)]),
    assuming: [...STACK, 'no-nonvolatile', 'no-nested', 'no-sibling', 'no-interrupt-nested', 'no-graph-tracer', 'no-other-hooks'],
  },
  stack('progress', 'the marker is looked at but not written', ['livepatch_handler', '        std     r12, -8(r11)\n', '']),
  stack('toc', 'the livepatch callback is called with the TOC pointer of the traced function', ['ftrace_entry', 'ld      r2, PACATOC(r13)', 'nop']),
  {
    // Thread start code has no use for r1 any more, an interrupt there would have.
    ...stack('stack-pointer', "the return of a task's first call leaves r1 32 bytes low", ['livepatch_return', RELEASE,
      asm('std r11, TI_livepatch_sp(r12); ld r12, 0(r1); cmpdi r12, 0; bne 7f; addi r1, r1, -32; 7:; blr')]),
    assuming: [...STACK, 'no-interrupt'],
  },
  {
    ...stack('back-chain', "the caller's back chain is put aside while the replacement runs",
      ['livepatch_handler', 'addi    r11, r11, 24', 'addi    r11, r11, 32'],
      ['livepatch_handler', '        std     r2, -24(r11)\n', asm('ld r12, 0(r1); std r12, -32(r11); std r2, 0(r1); std r2, -24(r11)')],
      ['livepatch_return', '        ld      r2, -24(r11)\n', asm('ld r12, -32(r11); std r12, 0(r1); ld r2, -24(r11)')],
      ['livepatch_return', 'addi    r11, r11, -24', 'addi    r11, r11, -32']),
    declares: { areas: [{ offset: 0, bytes: 8 }] },
  },
  {
    // Reads ahead in the caller: no reload at the return address (mr r9,r3), the next call is one with a limit (ld r11,PACACURRENT(r13)) that is used up,
    // and behind it the function ends. What would reload the hoisted slot is not made any more.
    ...stack('toc-slot', "the caller's TOC doubleword is used where the call that would reload it is used up",
      first('livepatch_handler', `mflr r12; lwz r11, 0(r12); ${word(0x7c691b78)}; cmplw r11, r0; bne 7f;
      lwz r11, 12(r12); ${word(0xe96d0908)}; cmplw r11, r0; bne 7f; lwz r11, 16(r12); clrldi r11, r11, 48; ld r0, PACACURRENT(r13); ldx r11, r11, r0; cmpdi r11, 0; bne 7f;
      lwz r11, 24(r12); clrldi r11, r11, 48; add r12, r12, r11; lwz r11, 32(r12); srwi r11, r11, 16; cmplwi r11, 0x386d; bne 7f; std r1, 24(r1); 7:`)),
    declares: SLOT,
  },
  stack('arguments', 'in a handler, r10 is used', first('livepatch_handler', `${IN_HANDLER}; li r10, 0; 7:`)),
  stack('nonvolatile', 'r20 is used', first('livepatch_return', 'mfctr r20')),
  // Only where the next instruction is `std r11` or `ld r10` of -280(r1) or -288(r1), with which such a leaf fills the zone and reads it back.
  {
    ...stack('protected-zone', 'the ftrace entry of a handler zeroes what an interrupted leaf keeps below its r1',
      first('ftrace_entry', `${INTERRUPTED}; ld r11, _NIP(r12); lwz r11, 0(r11); xoris r11, r11, 0xe941; xori r11, r11, 0xfee0;
        lis r12, 0xefdf; ori r12, r12, 0xfff7; and r11, r11, r12; cmpwi r11, 0; bne 7f; ${REGISTER_FRAME}; ld r12, GPR1(r12); li r11, 0; std r11, -24(r12); 7:`)),
    assuming: [...STACK, 'no-nonvolatile'],
  },
  stack('interrupt-transparency', 'the ftrace entry of a handler changes the XER that the interrupted code gets back',
    first('ftrace_entry', `${INTERRUPTED}; li r11, -1; std r11, _XER(r12); 7:`)),
  stack('hook-balance', "the entry of a task's first call is not released", ['livepatch_return', '        ld      r2, -24(r11)\n',
    asm('ld r2, -24(r11); ld r12, 0(r1); cmpdi r12, 0; beq 7f')],
    ['livepatch_return', RELEASE, asm('std r11, TI_livepatch_sp(r12); 7:; blr')]),
  stack('replacement-ran', 'in a handler, the replacement is not run', first('livepatch_handler', `${IN_HANDLER}; blr; 7:`)),
  // What the bodies do is in order, it is only not what they do unpatched.
  stack('differential', 'the ftrace entry uses up the repetitions of a recursive call',
    first('ftrace_entry', 'ld r12, PACACURRENT(r13); li r11, 0; std r11, TI_counters(r12)')),
  // Where no module is removed: else a return into its text is `progress`.
  {
    ...stack('consistency', 'a caller that is on no trace may be changed'), assuming: ['no-stub-sibling', 'no-unwind', 'stack-room', 'no-reused-stacks'],
    skips: ({ world }) => world?.transitions?.some(({ unload }) => unload === true) === true,
  },
  { ...stack('reserved-word', "12(r1) of the caller's frame is written", first('livepatch_handler', 'stw r1, 12(r1)')),
    declares: { areas: [{ offset: 12, bytes: 4 }] } },
  { ...stack('reliable-trace', 'the caller of a replacement that sleeps is on no trace'), assuming: ['no-stub-sibling', 'no-transitions', 'stack-room', 'no-reused-stacks'] },
  // Each trace is an unreliable one for it, and transitions wait.
  {
    ...stack('recoverable', 'the unwinder is told to take r2 for the return address'), base: 'livepatch-stack-unwound', assuming: ['no-stub-sibling', 'stack-room', 'no-reused-stacks'],
    declares: { recovers: { label: 'livepatch_return', cell: 'TI_livepatch_sp', bytes: 24, offset: -24 } },
  },
  stack('frame-condition', 'a cell that is not declared is written',
    first('livepatch_handler', 'ld r12, PACACURRENT(r13); std r2, TI_strategy(r12)')),
];
