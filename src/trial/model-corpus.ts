/**
 * A few programs that together use all that lowering can do: each call kind out of each kind of module, each entry shape and argument shape, all that
 * bodies do besides, modules near and far, patches in vmlinux, interrupts in each region, tasks that take turns on two CPUs, hooks out of line, tracing
 * switched off. `modelHash` looks at what
 * becomes of them, so a change here is a change of every hash. In the notation of scenario/notation.ts; test/trial/model-hash.test.ts counts what they reach.
 */
import { DEFAULT_LIVEPATCH_HANDLER, DEFAULT_LIVEPATCH_HANDLER_OOL } from '../contract/default-handler.ts';
import type { Strategy } from '../contract/strategy.ts';

export const MODEL_CORPUS: readonly string[] = [
  // A small one, of whose runs each step is looked at: its replacements do what their originals do.
  `
   places N=1
   A:M saves 2 hoisted -> local B, indirect C
   B:M args 10 -> global C patched same
   C:N -> local D patched same
   D:N args 2 variadic saves 4
   H:K
   irq 1 at 2 hook-entry+0 runs H own-stack`,
  // Each kind of call, out of K, M, N and P; a slot that lives over the calls in front of its last use.
  `
   A:K saves 1 -> local B, indirect C, sibling D
   B:K args 3 patched saves 2 early-exit -> global E, indirect F, local F
   C:M hoisted -> local G, global H, indirect E, indirect J, sibling I
   D:K traced
   E:N args 8 -> local J, indirect G, global D
   F:P -> local K0, global D, sibling L
   G:M args 1 patched hoisted -> local K0, indirect H, stub-sibling D
   H:N patched -> global K1, stub-sibling J
   I:M patched -> sibling K0
   J:N traced early-exit
   K0:P; L:P saves 3; K1:M clobber`,
  // Arguments: none, in registers, on the stack, variable; what a sibling callee finds in the area of its caller's caller.
  `
   places M=1 N=2 P=1
   A:M -> local B, local C, global D, indirect E, local F
   B:M args 12 saves 18 patched early-exit -> global G
   C:M args 9 variadic -> sibling G patched same
   D:N args 2 variadic patched saves 18 -> stub-sibling H
   E:K args 11 patched -> global B
   F:M args 10 -> sibling G
   G:M args 9
   H:K args 4 variadic`,
  // Entry shapes of originals and of replacements, before and behind the patch.
  `
   places P=2
   A:M -> local B, global C, indirect C, global D, local E, indirect F, global G, local H
   B:M single args 8 patched
   C:M clobber args 2 saves 1 patched single
   D:N single zone patched clobber zone saves 4
   E:M args 5 patched single saves 2
   F:N args 1 patched clobber
   G:N clobber zone
   H:M zone patched traced zone saves 9`,
  // Cycles: of a replacement with itself, of a function with its original, of two that are both patched.
  `
   places M=1 P=1
   A:M -> local B x2, global D
   B:M args 1 patched -> local self x2, global A x1
   D:N patched -> global E x2
   E:K args 2 patched early-exit -> indirect D x1`,
  // Chains of sibling calls of patched functions, which all return from one frame.
  `
   places N=1
   A:N -> global B, local D
   B:K patched -> stub-sibling C
   C:M patched traced saves 1 -> stub-sibling E
   D:N -> sibling F
   E:K patched
   F:N patched same`,
  // Interrupts in each region, in each other, on either stack; in a leaf that uses the protected zone.
  `
   A:M -> 1 local B, 2 global C, 3 local Z, 4 global C
   B:M args 9 patched -> 5 global D
   C:N patched same
   D:K patched zone
   Z:M zone saves 2
   H:N -> 6 local I
   I:N patched
   J:K -> 7 indirect B
   irq 1 at 1 caller+2 runs H
   irq 2 at 2 stub+1 runs J own-stack
   irq 3 at 1 ftrace-entry+9 runs H own-stack
   irq 4 at 1 hook-entry+1 runs J
   irq 5 at 3 callee+9 runs H
   irq 6 at 5 hook-return+0 runs H
   irq 7 at 4 return-site+1 runs J own-stack
   irq 8 in 2 at 7 callee+4 runs H own-stack`,
  `
   places M=2 P=1
   A:M -> 1 local B x2
   B:M patched -> 2 global A x2
   H:N -> 3 local I, 4 local I patched same
   I:N args 8 patched saves 1
   irq 1 at 1 hook-entry+0 #2 runs H
   irq 2 in 1 at 0 callee+5 runs H own-stack
   irq 3 in 1 at 3 hook-return+0 runs H
   irq 4 in 2 at 4 hook-entry+1 runs H own-stack`,
  // Three tasks on two CPUs: preempted in each part of a hooked call, asleep in versions of each module, hooks of one between those of another.
  `
   places N=1
   A:M -> 1 local B x3, 2 global C
   B:M args 9 patched hoisted -> 3 global D, 4 indirect A x2
   C:K patched traced saves 2
   D:N saves 1 patched
   E:N -> 5 local D, 6 global B, 7 local F
   F:N saves 3
   H:K -> 8 indirect I
   I:N patched
   task 2 runs E on cpu 1
   task 3 runs A
   switch 1 at 1 hook-entry+0 to cpu 1
   switch 2 at 1 callee+9 #2
   switch 3 of task2 at 5 hook-entry+0
   switch 4 of task2 at 6 hook-return+0 to cpu 1
   switch 5 of task3 at 3 ftrace-entry+9 to cpu 1
   switch 6 of task3 at 2 return-site+0
   switch 7 of task2 at 6 stub+0
   switch 8 of task3 at 2 caller+1 to cpu 1
   sleep B
   sleep C'
   sleep C to cpu 1
   sleep D' to cpu 1
   sleep F to cpu 1 walked
   irq 1 of task2 at 6 callee+2 runs H own-stack
   emergency 1`,
  `
   A:M -> local B
   B:M patched
   H:N -> local I
   I:N patched
   irq 1 at 1 ftrace-entry+4 runs H own-stack
   irq 2 in 1 at 2 ftrace-entry+2 runs H own-stack
   softirq 1`,
  // The second patch is enabled while the first task is in the first one's, and a task that has not begun is switched; that is turned round while both sleep.
  `
   places P=1
   A:M -> 1 local B, 2 local C
   B:M patched saves 1 -> 3 global D
   C:M -> 4 global D
   D:N
   task 2 runs A on cpu 1
   sleep B' to cpu 1
   sleep D
   second B first
   second D
   off 2
   transition 1 at 1 callee+2 enable 2
   transition 2 of task2 at 2 caller+0 disable 2`,
  // A patch is disabled, its module removed, and both come again, on top of the other one; which then replaces it.
  `
   places P=2
   A:M -> 1 local B, 2 local S, 3 local B, 4 local S, 5 local B, 6 local T
   B:M patched
   S:M
   T:M
   sleep S
   sleep T
   second S
   transition 1 at 1 callee+2 disable 1 unload
   transition 2 at 3 caller+0 enable 1
   transition 3 at 5 callee+2 disable 2
   transition 4 at 6 return-site+0 replace`,
  // Returns that the graph tracer hooks: below a strategy's hook, inside it, with neither, of one frame.
  `
   places M=1
   A:M -> 1 local B, 2 global C, 3 local F
   B:M args 9 patched traced saves 1 -> 4 global C
   C:N patched -> 5 global D
   D:K patched
   F:M args 9 traced saves 2 -> 6 sibling B
   H:K -> 7 local D
   irq 1 at 1 ftrace-entry+70 runs H
   switch 1 at 2 ftrace-entry+60
   sleep C'
   sleep F walked
   graph B
   graph B'
   graph C
   graph D
   graph F`,
  // Returns that kretprobes hook: beside the graph tracer in both orders, of one frame, missed, on a trace.
  `
   places M=1
   A:M -> 1 local B, 2 global C, 3 local F
   B:M args 9 patched traced saves 1 -> 4 global C x12
   C:N patched -> 5 global B x12
   F:M args 9 traced saves 2 -> 6 sibling B
   H:K -> 7 local D
   D:K patched
   irq 1 at 1 ftrace-entry+90 runs H
   switch 1 at 1 ftrace-entry+120 to cpu 1
   sleep C'
   sleep F walked
   graph B
   kretprobe-first B
   kretprobe B'
   graph C
   kretprobe C
   kretprobe D
   kretprobe F`,
  // Tasks that end inside hooked calls, and what begins on their stacks.
  `
   A:M -> 1 local B, 2 global C
   B:M patched -> 3 global C
   C:N patched saves 1 -> 4 global D
   D:N
   task 2 runs A on cpu 1
   switch 1 at 1 callee+20
   exit 1 at 2 callee+20 again new
   exit 2 of task2 at 3 callee+15
   exit 3 at 0 callee+6 #2 again same`,
  // Tasks that others fork, inside a hooked call and while patches change.
  `
   A:M -> 1 local B
   B:M patched -> 2 global C
   C:N
   task 2 runs A
   task 3 runs C on cpu 1
   fork 2 at 1 callee+6
   fork 3 of task2 at 1 callee+4
   sleep B'
   transition 1 at 1 callee+8 disable 1`,
  // Hooked out of line, of each module and each entry shape; tracing is switched off and on again.
  `
   places P=1
   A:M -> 1 local B, 2 global C, 3 indirect D, 4 local B, 5 local E
   B:M args 9 patched traced saves 1 -> 6 global C
   C:K patched
   D:N traced args 2 variadic
   E:M single patched clobber
   out-of-line
   tracing off at 2 ftrace-entry+2
   tracing on at 4 caller+0`,
];

/**
 * A strategy with code at each place in generated code, so that what becomes of such code is seen as well. It is written out here: what the
 * accused do is not the model's business. Its way is that of `manual-restore`.
 */
export const MODEL_PROBE: Strategy = {
  name: 'model-probe',
  summary: 'code at each place in generated code',
  origin: 'trial/model-corpus.ts',
  claim: { kind: 'holds', assuming: ['no-replacement-siblings', 'no-traced-replacements'] },
  code: {
    livepatch_handler: DEFAULT_LIVEPATCH_HANDLER,
    livepatch_handler_ool: DEFAULT_LIVEPATCH_HANDLER_OOL,
    replacement_entry: `replacement_entry:
        mr      r11, r2
        addis   r2, r12, (.TOC.-replacement_entry)@ha
        addi    r2, r2, (.TOC.-replacement_entry)@l
        b       1f
replacement_local_entry:
        mr      r11, r2
1:
`,
    replacement_single_entry: `replacement_single_entry:
        mr      r11, r2
`,
    replacement_save: `replacement_save:
        std     r11, -16(r1)
`,
    replacement_exit: `replacement_exit:
        ld      r2, -16(r1)
`,
    replacement_early_exit: `replacement_early_exit:
        ld      r11, -16(r1)
        mr      r2, r11
`,
    traced_global_entry: `traced_global_entry:
        addis   r2, r12, (.TOC.-traced_global_entry)@ha
        addi    r2, r2, (.TOC.-traced_global_entry)@l
`,
  },
};
