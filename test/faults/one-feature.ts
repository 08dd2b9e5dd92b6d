// Faults that are seen only where scenarios have a certain feature. They show that the generator needs each of them.
import type { Feature } from '../../src/scenario/features.ts';
import type { Fault } from './fault.ts';
import { FRAME, MANUAL, SLOT, STACK, asm, builtIn, first, word } from './fault.ts';

/** A fault, and the feature that shows it. */
export interface FeatureFault extends Fault {
  readonly needs: Feature;
}

const fault = (needs: Feature, base: string, sees: Fault['sees'], about: string,
  assuming: Fault['assuming'], ...edits: Fault['edits']): FeatureFault =>
  ({ name: `with-${needs}`, needs, about, base, edits, assuming, sees });
const stack = (needs: Feature, sees: Fault['sees'], about: string, ...edits: Fault['edits']): FeatureFault => fault(needs, 'livepatch-stack', sees, about, STACK, ...edits);

/** odd-toc's: at livepatch_handler r12 is 1 where the GEP was used. */
const { ftrace_entry, traced_global_entry } = builtIn('odd-toc').code as Required<Pick<ReturnType<typeof builtIn>['code'], 'ftrace_entry' | 'traced_global_entry'>>;
const KNOWS_ENTRY = { ftrace_entry, traced_global_entry };
const handler = builtIn('livepatch-stack').code.livepatch_handler!;
const late = builtIn('livepatch-stack-late-publish').code.livepatch_handler!;
/** Without its label and what both have at the end. */
const inner = (text: string): string => text.slice('livepatch_handler:\n'.length, text.lastIndexOf('        mfctr'));

const BCTRL = word(0x4e800421);
/** Goes to 7 unless the return address lies in the module of the replacement. */
const FROM_P = 'mflr r12; mfctr r11; subf r12, r11, r12; sradi r12, r12, 17; addi r12, r12, 1; cmpldi r12, 1; bgt 7f';
const BELOW: Fault['edits'] = [['replacement_save', '-16(r1)', '-24(r1)'], ['replacement_exit', '-16(r1)', '-24(r1)']];
/** A version that sleeps calls through a stub. */
const NO_SLOT_USERS = ['no-global', 'no-indirect', 'no-sleep', 'no-stack-args', 'no-variadic'] as const;

export const ONE_FEATURE: readonly FeatureFault[] = [
  fault('local', 'branch-only', 'toc', 'r2 is not restored', ['no-stub-sibling']),
  { ...fault('global', 'livepatch-stack', 'toc-slot', 'the slot is used unless the call was indirect', [...STACK, 'no-hoisted-slot', 'no-graph-tracer', 'no-other-hooks'],
    first('livepatch_handler', `mflr r12; lwz r12, -4(r12); ${BCTRL}; cmplw r12, r0; beq 7f; std r1, 24(r1); 7:`)), declares: SLOT },
  { ...fault('indirect', 'livepatch-stack', 'toc-slot', 'the slot is used where the call was indirect', [...STACK, 'no-graph-tracer', 'no-other-hooks'],
    first('livepatch_handler', `mflr r12; lwz r12, -4(r12); ${BCTRL}; cmplw r12, r0; bne 7f; std r1, 24(r1); 7:`)), declares: SLOT },
  { ...fault('hoisted-slot', 'livepatch-stack', 'toc-slot', 'the slot is used where the return address does not reload it', [...STACK, 'no-graph-tracer', 'no-other-hooks'],
    first('livepatch_handler', `mflr r12; lwz r12, 0(r12); ${word(0xe8410018)}; cmplw r12, r0; beq 7f; std r1, 24(r1); 7:`)), declares: SLOT },
  { ...stack('sibling', 'toc-slot', 'r2 is kept in the slot as well where the LEP was used',
    first('livepatch_handler', 'cmpdi r12, 0; bne 7f; std r2, 24(r1); 7:')), code: KNOWS_ENTRY, declares: SLOT },
  fault('stub-sibling', 'livepatch-stack', 'toc-slot', 'nothing, but a stub of the replacement writes the slot', ['stack-room', 'no-unwind', 'no-transitions', 'no-reused-stacks']),
  { ...stack('nested', 'toc-slot', 'the slot is used where a replacement makes the call',
    first('livepatch_handler', `cmpdi r12, 0; beq 7f; ${FROM_P}; std r1, 24(r1); 7:`)), code: KNOWS_ENTRY, declares: SLOT },
  fault('recursive', 'livepatch-stack', 'hook-balance', 'nothing, but entries and frames meet', ['no-stub-sibling', 'no-unwind', 'no-transitions', 'no-reused-stacks']),
  { ...fault('callback', 'livepatch-stack', 'toc-slot', 'the slot is used where a replacement calls into the module from which it was called', [...STACK, 'no-single-entry', 'no-caller-saved-toc'],
    first('livepatch_handler', `cmpdi r12, 0; beq 7f; ${FROM_P}; ld r12, PACACURRENT(r13); ld r11, TI_livepatch_sp(r12); ld r11, -24(r11); cmpd r11, r2; bne 7f; std r1, 24(r1); 7:`)), code: KNOWS_ENTRY, declares: SLOT },
  fault('stack-args', 'mini-frame', 'arguments', 'stack arguments are 32 bytes off', FRAME.filter((it) => it !== 'no-stack-args')),
  fault('variadic', 'mini-frame', 'back-chain', 'the parameter save area is 32 bytes off', FRAME.filter((it) => it !== 'no-variadic')),
  stack('far', 'progress', '32 bits of the distance of return address and r2 are kept', ['livepatch_handler', '        std     r12, -16(r11)\n',
    asm('subf r12, r2, r12; stw r12, -16(r11)')],
    ['livepatch_return', '        ld      r12, -16(r11)\n        mtlr    r12\n        ld      r2, -24(r11)\n',
      asm('ld r2, -24(r11); lwa r12, -16(r11); add r12, r12, r2; mtlr r12')]),
  fault('single-entry', 'manual-restore', 'toc', 'a replacement with one entry does not catch r2', [...MANUAL, 'no-caller-saved-toc'],
    ['replacement_single_entry', 'mr      r11, r2', 'nop']),
  fault('caller-saved-toc', 'manual-restore', 'toc', 'a replacement with one entry is taken for one that leaves r2 alone', MANUAL,
    ['replacement_single_entry', 'mr      r11, r2', 'li      r11, 0'],
    ['replacement_exit', '        ld      r2, -16(r1)\n', asm('ld r11, -16(r1); cmpdi r11, 0; beq 7f; mr r2, r11; 7:')]),
  fault('leaf-zone', 'manual-restore', 'toc', 'r2 is kept a doubleword lower', [...MANUAL, 'no-nonvolatile', ...NO_SLOT_USERS], ...BELOW),
  fault('nonvolatile', 'manual-restore', 'toc', 'r2 is kept a doubleword lower', [...MANUAL, 'no-leaf-zone', ...NO_SLOT_USERS], ...BELOW),
  stack('patched-core', 'toc', 'no hook for functions of vmlinux, which modules call through stubs',
    first('livepatch_handler', 'ld r12, PACATOC(r13); cmpd r12, r2; bne 7f; mfctr r12; bctr; 7:')),
  fault('interrupt', 'livepatch-stack-late-publish', 'return-address', 'the pointer is moved after the entry is filled', STACK),
  { ...stack('interrupt-nested', 'return-address', 'in a handler, the pointer is moved after the entry is filled'),
    code: { livepatch_handler: `livepatch_handler:\n${asm('ld r12, PACA_IRQ_DEPTH(r13); cmpdi r12, 0; beq 7f')}${inner(late)}${asm('b 8f; 7:')}${inner(handler)}${asm('8:; mfctr r12; livepatch_push:; bctrl')}` } },
  stack('irq-stack', 'toc', 'no hook where the pointer and r1 are not on one stack', first('livepatch_handler',
    'ld r12, PACACURRENT(r13); ld r11, TI_livepatch_sp(r12); xor r11, r11, r1; srdi r11, r11, 14; cmpdi r11, 0; beq 7f; mfctr r12; bctr; 7:')),
  fault('tasks', 'shadow-stack-per-cpu', 'return-address', 'entries are those of the CPU', ['no-stub-sibling', 'no-unwind', 'no-transitions', 'no-migration', 'no-exit']),
  { ...fault('preempt', 'livepatch-stack', 'toc', 'r2 goes through a cell of the CPU on its way', [...STACK, 'no-interrupt'],
    ['livepatch_handler', '        std     r2, -24(r11)\n', asm('std r2, SCRATCH(r13); nop; nop; nop; nop; nop; nop; ld r12, SCRATCH(r13); std r12, -24(r11)')]),
    declares: { state: [{ name: 'SCRATCH', owner: 'cpu', bytes: 8 }] } },
  fault('sleep', 'shadow-stack-per-cpu', 'return-address', 'entries are those of the CPU', ['no-stub-sibling', 'no-unwind', 'no-transitions', 'no-migration', 'no-preempt', 'no-exit']),
  fault('migration', 'shadow-stack-per-cpu', 'progress', 'entries are those of the CPU', ['no-stub-sibling', 'no-unwind', 'no-transitions', 'no-tasks', 'no-exit']),
  fault('unwind', 'livepatch-stack', 'reliable-trace', 'the caller of a replacement that sleeps is on no trace', ['no-stub-sibling', 'no-transitions', 'stack-room', 'no-reused-stacks']),
  fault('emergency-stack', 'shadow-stack-r1-masked', 'progress', 'entries are where the stack has no room made for them', ['no-stub-sibling', 'no-unwind', 'no-transitions', 'stack-room', 'no-reused-stacks']),
  fault('transitions', 'livepatch-stack', 'consistency', 'a caller that is on no trace may be changed', ['no-stub-sibling', 'no-unwind', 'stack-room', 'no-reused-stacks']),
  stack('out-of-line', 'return-address', 'LR is taken for the return address, as it is in line', ['livepatch_handler_ool', '        std     r0, -16(r11)\n', asm('mflr r12; std r12, -16(r11)')]),
  stack('tracing-off', 'replacement-ran', 'the hook runs where tracing is off', ['ftrace_entry', '        beq     ftrace_no_trace\n', '        nop\n']),
  fault('graph-tracer', 'mini-frame', 'hook-balance', 'the return address is not stored again, which ftrace has stored', [...FRAME, 'no-other-hooks'],
    ['livepatch_handler', '        mflr    r0\n        std     r0, 16(r1)\n', '']),
  fault('exit', 'shadow-stack-per-cpu', 'hook-balance', 'entries of a task that ends stay with the CPU', ['no-stub-sibling', 'no-tasks', 'no-migration', 'no-unwind', 'no-transitions']),
  fault('other-hooks', 'mini-frame', 'hook-balance', 'the return address is not stored again, which ftrace has stored', [...FRAME, 'no-graph-tracer'],
    ['livepatch_handler', '        mflr    r0\n        std     r0, 16(r1)\n', '']),
];
