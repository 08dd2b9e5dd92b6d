// Slips that one makes: in the three sound strategies and in the ftrace entry.
import type { Fault } from './fault.ts';
import { FRAME, MANUAL, STACK, asm, first } from './fault.ts';

const stack = (name: string, sees: Fault['sees'], about: string, ...edits: Fault['edits']): Fault => ({ name, about, base: 'livepatch-stack', edits,
  assuming: STACK, sees });
const frame = (name: string, sees: Fault['sees'], about: string, ...edits: Fault['edits']): Fault => ({ name, about, base: 'mini-frame', edits,
  assuming: FRAME, sees });
const manual = (name: string, sees: Fault['sees'], about: string, ...edits: Fault['edits']): Fault => ({ name, about, base: 'manual-restore', edits,
  assuming: MANUAL, sees });

const LAST = '        blr\n';
const RELEASE = '        std     r11, TI_livepatch_sp(r12)\n        blr\n';

/** In livepatch-stack. */
const IN_STACK: readonly Fault[] = [
  { name: 'stack-late-publish', about: 'the pointer is moved after the entry is filled', base: 'livepatch-stack-late-publish', edits: [],
    assuming: STACK, sees: 'return-address' },
  { name: 'stack-early-release', about: 'the pointer is moved back before the entry is read', base: 'livepatch-stack-early-release', edits: [],
    assuming: STACK, sees: 'return-address' },
  stack('stack-toc-last', 'toc', 'r2 is stored before the pointer is moved', ['livepatch_handler', '        std     r2, -24(r11)\n', ''],
    ['livepatch_handler', '        addi    r11, r11, 24\n', '        std     r2, 0(r11)\n        addi    r11, r11, 24\n']),
  stack('stack-lwz-link', 'progress', '32 bits of the return address are read',
    ['livepatch_return', 'ld      r12, -16(r11)', 'lwz     r12, -16(r11)']),
  stack('stack-lwz-toc', 'toc', '32 bits of r2 are read', ['livepatch_return', 'ld      r2, -24(r11)', 'lwz     r2, -24(r11)']),
  stack('stack-stw-link', 'progress', '32 bits of the return address are kept',
    ['livepatch_handler', 'std     r12, -16(r11)', 'stw     r12, -16(r11)']),
  stack('stack-stw-toc', 'toc', '32 bits of r2 are kept', ['livepatch_handler', 'std     r2, -24(r11)', 'stw     r2, -24(r11)']),
  stack('stack-no-r12', 'return-address', 'r12 is not the address of the replacement', ['livepatch_handler', '        mfctr   r12\n', '']),
  stack('stack-to-lep', 'return-address', 'the replacement is entered at its LEP', ['livepatch_handler', '        mfctr   r12\n',
    asm('mfctr r12; addi r12, r12, 8; mtctr r12; addi r12, r12, -8')]),
  stack('stack-no-toc', 'toc', 'r2 is not restored', ['livepatch_return', '        ld      r2, -24(r11)\n', '']),
  stack('stack-no-marker', 'progress', 'the marker is looked at but not written', ['livepatch_handler', '        std     r12, -8(r11)\n', '']),
  stack('stack-marker-trap', 'progress', 'the marker traps where it is right', ['livepatch_return', 'tdne', 'tdeq']),
  stack('stack-wrong-entry', 'progress', 'the return address is taken from the entry below',
    ['livepatch_return', 'ld      r12, -16(r11)', 'ld      r12, -40(r11)']),
  stack('stack-not-released', 'return-address', 'the entry is not released', ['livepatch_return', RELEASE, LAST]),
  stack('stack-released-twice', 'progress', 'two entries are released', ['livepatch_return', 'addi    r11, r11, -24', 'addi    r11, r11, -48']),
  stack('stack-small-entry', 'progress', 'entries lie 16 bytes apart', ['livepatch_handler', 'addi    r11, r11, 24', 'addi    r11, r11, 16'],
    ['livepatch_return', 'addi    r11, r11, -24', 'addi    r11, r11, -16']),
  stack('stack-loop', 'progress', 'the hook does not come to an end', first('livepatch_handler', '7:; b 7b')),
  stack('stack-bad-load', 'progress', 'the hook reads where nothing is', first('livepatch_handler', 'li r12, 0; ld r12, 0(r12)')),
  stack('stack-link-off', 'return-address', 'the return is one instruction late', ['livepatch_return', '        mtlr    r12\n',
    asm('addi r12, r12, 4; mtlr r12')]),
  stack('stack-r1-off', 'stack-pointer', 'r1 is 32 bytes too low at the end',
    ['livepatch_return', RELEASE, `${asm('std r11, TI_livepatch_sp(r12); addi r1, r1, -32')}${LAST}`]),
  stack('stack-r13', 'nonvolatile', 'r13 is lost', ['livepatch_return', RELEASE, `${asm('std r11, TI_livepatch_sp(r12); addi r13, r13, 8')}${LAST}`]),
  stack('stack-r31', 'nonvolatile', 'r31 is used', first('livepatch_return', 'mfctr r31')),
  stack('stack-r31-half', 'nonvolatile', '32 bits of r31 survive', first('livepatch_return', 'clrldi r31, r31, 32')),
  stack('stack-cr3', 'nonvolatile', 'CR3 is used', first('livepatch_return', 'cmpdi cr3, r1, 0')),
  stack('stack-interrupts-off', 'nonvolatile', 'MSR[EE] stays off', first('livepatch_handler', 'li r12, 2; mtmsrd r12, 1')),
  stack('stack-interrupts-left-off', 'nonvolatile', 'MSR[EE] is off at the end', first('livepatch_return', 'li r12, 2; mtmsrd r12, 1')),
  stack('stack-r5', 'arguments', 'r5 is used', first('livepatch_handler', 'mfctr r5')),
  stack('stack-r9-half', 'arguments', '32 bits of r9 survive', first('livepatch_handler', 'clrldi r9, r9, 32')),
  stack('stack-result', 'arguments', 'r3 is used on the way back', first('livepatch_return', 'li r3, 0')),
  stack('stack-result-half', 'arguments', '32 bits of the second result survive', first('livepatch_return', 'clrldi r4, r4, 32')),
  stack('stack-parked', 'arguments', 'r9 lies 296 bytes below r1 for a while',
    first('livepatch_handler', 'std r9, -296(r1); li r9, 0; nop; ld r9, -296(r1)')),
  { ...stack('stack-slot', 'toc-slot', "the caller's TOC doubleword is used", first('livepatch_handler', 'std r1, 24(r1)')),
    declares: { areas: [{ offset: 24, bytes: 8 }] } },
  { ...stack('stack-reserved', 'reserved-word', "12(r1) of the caller's frame is used", first('livepatch_handler', 'stw r1, 12(r1)')),
    declares: { areas: [{ offset: 12, bytes: 4 }] } },
  stack('stack-paca', 'frame-condition', 'a cell of the PACA is written', first('livepatch_handler', 'ld r12, PACATOC(r13); std r12, PACATOC(r13)')),
  { ...stack('stack-chain', 'back-chain', "the caller's back chain is used", first('livepatch_handler', 'std r2, 0(r1)')),
    declares: { areas: [{ offset: 0, bytes: 8 }] } },
  stack('stack-no-run', 'replacement-ran', 'the replacement is not run', first('livepatch_handler', 'blr')),
  {
    ...stack('stack-two-runs', 'arguments', 'the replacement is run twice', ['livepatch_handler', 'livepatch_push:\n        bctrl\n',
      `${asm('ld r11, PACACURRENT(r13); std r12, KEPT(r11)')}livepatch_push:\n${asm('bctrl; ld r11, PACACURRENT(r13); ld r12, KEPT(r11); mtctr r12; bctrl')}`]),
    declares: { state: [{ name: 'KEPT', owner: 'task', bytes: 8 }] },
  },
];

const IN_FRAME: readonly Fault[] = [
  frame('frame-no-chain', 'back-chain', 'the frame has no back chain', ['livepatch_handler', 'stdu    r1, -32(r1)', 'addi    r1, r1, -48'],
    ['livepatch_return', 'addi    r1, r1, 32', 'addi    r1, r1, 48']),
  frame('frame-other-size', 'stack-pointer', 'the frame is popped with another size',
    ['livepatch_return', 'addi    r1, r1, 32\n        ld      r0, 16(r1)', 'addi    r1, r1, 48\n        ld      r0, 0(r1)']),
  frame('frame-callers-slot', 'toc-slot', "r2 lies in the caller's TOC doubleword", ['livepatch_handler', 'std     r2, 24(r1)', 'std     r2, 56(r1)'],
    ['livepatch_return', 'ld      r2, 24(r1)', 'ld      r2, 56(r1)']),
  frame('frame-no-helper', 'hook-balance', 'the replacement returns past the helper',
    ['livepatch_handler', 'addi    r12, r12, livepatch_return-1b', 'addi    r12, r12, livepatch_return+4-1b']),
  { ...frame('frame-stack-args', 'arguments', 'stack arguments are 32 bytes off'), assuming: FRAME.filter((it) => it !== 'no-stack-args') },
];

const IN_MANUAL: readonly Fault[] = [
  { name: 'manual-missed-exit', about: 'the early exit does not restore r2', base: 'manual-restore-missed-exit', edits: [],
    assuming: MANUAL, sees: 'toc' },
  { name: 'manual-slot', about: "r2 is kept in the caller's TOC doubleword", base: 'manual-restore-slot', edits: [],
    assuming: MANUAL, sees: 'toc-slot' },
  manual('manual-late-catch', 'toc', 'r2 is caught when it is another already',
    ['replacement_entry', '        mr      r11, r2\n        addis', '        addis'], ['replacement_entry', '        b       1f\n',
      asm('mr r11, r2; b 1f')]),
  manual('manual-other-place', 'toc', 'r2 is read from beside where it was stored', ['replacement_exit', '-16(r1)', '-8(r1)']),
  { ...manual('manual-traced', 'toc', 'an active mcount site of a replacement clobbers r11'), assuming: ['no-replacement-siblings'] },
  { ...manual('manual-siblings', 'toc', 'a replacement ends in a sibling call'), assuming: ['no-traced-replacements'] },
];

/** In the kernel's own text: the ftrace entry, beneath livepatch-stack. */
const IN_FTRACE: readonly Fault[] = [
  stack('ftrace-toc', 'toc', 'the callback is called with the TOC pointer of the traced function',
    ['ftrace_entry', 'ld      r2, PACATOC(r13)', 'nop']),
  stack('ftrace-toc-lost', 'toc', 'r2 stays the kernel\'s', ['ftrace_entry', '        ld      r2, FRAME_TOC(r1)\n', '']),
  stack('ftrace-r14', 'nonvolatile', 'r14 is not restored', ['ftrace_entry', '        ld      r14, GPR14(r1)\n', '']),
  stack('ftrace-r7', 'arguments', 'r7 is not restored', ['ftrace_entry', '        ld      r7, GPR7(r1)\n', '']),
  stack('ftrace-link', 'arguments', 'LR is the address behind the mcount call',
    ['ftrace_entry', '        ld      r0, _LINK(r1)\n', '        ld      r0, REGS_FRAME+FRAME_LR_SAVE(r1)\n']),
  stack('ftrace-frames', 'back-chain', 'one of the two frames stays',
    ['ftrace_entry', 'addi    r1, r1, FTRACE_FRAMES\nftrace_exit:', 'addi    r1, r1, REGS_FRAME\nftrace_exit:']),
  stack('ftrace-chain', 'back-chain', 'the register frame has no back chain',
    ['ftrace_entry', 'stdu    r1, -REGS_FRAME(r1)', 'addi    r1, r1, -REGS_FRAME']),
  stack('ftrace-nip', 'replacement-ran', 'the NIP that the callback left is not looked at',
    ['ftrace_entry', 'ld      r3, _NIP(r1)', 'mr      r3, r14']),
];

export const COMMON: readonly Fault[] = [...IN_STACK, ...IN_FRAME, ...IN_MANUAL, ...IN_FTRACE];
