/** What each feature and each premise that fails means to the author of a patch. Complete by type: a new one does not compile without its words. */
import type { Premise } from '../contract/claim.ts';
import type { Feature } from '../scenario/features.ts';

/** `must`: what a replacement does, after "must not"; `called`: a way to call, after "where a function is called"; `where`: how the program is, after "where". */
export type Clause = { readonly must: string } | { readonly called: string } | { readonly where: string };

export const FEATURE_CLAUSES: Readonly<Record<Feature, Clause>> = {
  local: { called: 'from within its own module' },
  global: { called: 'from another module' },
  indirect: { called: 'through a pointer' },
  'hoisted-slot': { where: 'a caller stores its TOC pointer once, in the prologue, for all its calls through pointers' },
  sibling: { where: 'a function ends in a sibling call' },
  'stub-sibling': { must: 'end in a sibling call through a stub' },
  nested: { must: 'call a function that is patched as well' },
  recursive: { where: 'calls recur' },
  callback: { must: 'call back into the module of a patched function' },
  'stack-args': { where: 'a function takes more than eight argument doublewords' },
  variadic: { where: 'a function is variadic' },
  far: { where: 'modules lie more than 2 GiB apart' },
  'single-entry': { where: 'a function has no TOC pointer of its own (st_other 0)' },
  'caller-saved-toc': { where: 'a function leaves r2 to its caller (st_other 1)' },
  'leaf-zone': { where: 'a leaf keeps data in the protected zone below r1' },
  nonvolatile: { where: 'functions use non-volatile registers' },
  'patched-core': { must: 'stand in for a function of vmlinux' },
  interrupt: { where: 'an interrupt arrives' },
  'interrupt-nested': { where: 'an interrupt arrives in the handler of another one' },
  'irq-stack': { where: 'an interrupt is handled on a stack of its own' },
  tasks: { where: 'other tasks run in between' },
  preempt: { where: 'a task is preempted' },
  sleep: { where: 'a function sleeps' },
  migration: { where: 'a task goes on on another CPU' },
  'emergency-stack': { where: 'an interrupt is handled on the emergency stack' },
  transitions: { where: 'a patch is enabled, disabled or replaced while a task sleeps below a patched function' },
  exit: { where: 'a task ends inside a patched function' },
  'graph-tracer': { where: 'the function graph tracer hooks returns' },
  'other-hooks': { where: 'a kretprobe hooks returns' },
  'out-of-line': { where: "functions are hooked out of line, as since Linux 6.13" },
  'tracing-off': { where: 'tracing is switched off on a CPU' },
  unwind: { where: "a sleeping task's stack is walked for a reliable trace" },
};

export const UNMET_CLAUSES: Readonly<Record<Premise, Clause>> = {
  'stack-room': { where: 'calls nest so deep that what is kept on the stack may meet live frames' },
  'bounded-sibling-chains': { where: 'chains of sibling calls leave many returns pending at one stack pointer' },
  'no-traced-replacements': { must: 'be traced itself' },
  'no-replacement-siblings': { must: 'end in a sibling call' },
  'no-reused-stacks': { where: "an idle task's stack is used again after CPU hotplug" },
  'bounded-hook-depth': { where: 'more than 64 calls of patched functions are pending in one task' },
};
