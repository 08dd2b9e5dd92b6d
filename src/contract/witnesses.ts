import type { Feature } from '../scenario/features.ts';

/**
 * Witnesses: what some run of a campaign must have shown, counted. A campaign in which no interrupt fell inside a hook has
 * proved nothing about interrupts in hooks, and its counts say so. The order is the index in `Trials.witnesses`; new ones go to the end.
 * Counted are dynamic events of patched runs: the same call made twice counts twice, under two strategies twice as well.
 */
export const WITNESSES = [
  { name: 'calls-local', meaning: 'local calls' },
  { name: 'calls-global', meaning: 'global calls, through a module stub' },
  { name: 'calls-indirect', meaning: 'indirect calls' },
  { name: 'calls-sibling', meaning: 'sibling calls to a local entry point' },
  { name: 'calls-stub-sibling', meaning: 'sibling calls through a stub' },
  { name: 'patched-local', meaning: 'local calls of patched functions' },
  { name: 'patched-global', meaning: 'global calls of patched functions' },
  { name: 'patched-indirect', meaning: 'indirect calls of patched functions' },
  { name: 'patched-sibling', meaning: 'sibling calls of patched functions' },
  { name: 'patched-stub-sibling', meaning: 'stub sibling calls of patched functions' },
  { name: 'hooked-calls', meaning: 'calls that the livepatch callback sent to a replacement' },
  { name: 'hooked-under-live-slot', meaning: 'hooked calls while the TOC slot of the frame they stand on is live' },
  { name: 'nested-hooks', meaning: 'hooked calls made while another hooked call of the same context is pending' },
  { name: 'patched-recursion', meaning: 'hooked calls of a function whose replacement is already active' },
  { name: 'hooks-on-one-frame', meaning: 'hooked calls on a frame that already has a pending hooked return' },
  { name: 'patched-core-calls', meaning: 'hooked calls of functions in vmlinux' },
  { name: 'far-calls', meaning: 'calls into a module more than 2 GiB away' },
  { name: 'stack-argument-calls', meaning: 'calls with more than 8 argument doublewords' },
  { name: 'variadic-calls', meaning: 'calls of variadic functions' },
  { name: 'hooked-stack-arguments', meaning: 'hooked calls with more than 8 argument doublewords, or variadic' },
  { name: 'hoisted-slot-calls', meaning: 'local calls made while a hoisted TOC slot is live' },
  { name: 'single-entry-calls', meaning: 'calls of functions with st_other 0' },
  { name: 'caller-saved-toc-calls', meaning: 'calls of functions with st_other 1' },
  { name: 'callbacks', meaning: "calls out of a replacement into its original's module" },
  { name: 'self-calls', meaning: 'calls of a replacement by itself' },
  { name: 'traced-replacements', meaning: 'ftrace calls made by replacements' },
  { name: 'early-exits', meaning: 'replacements left by an early exit' },
  { name: 'zone-leaves', meaning: 'leaves run that keep data in the protected zone' },
  { name: 'zone-leaves-interrupted', meaning: 'interrupts inside such leaves' },
  { name: 'interrupts', meaning: 'interrupts delivered' },
  { name: 'interrupts-in-hook', meaning: "interrupts between two instructions of a strategy's code" },
  { name: 'interrupts-in-caller', meaning: 'interrupts delivered in region caller' },
  { name: 'interrupts-in-stub', meaning: 'interrupts delivered in region stub' },
  { name: 'interrupts-in-ftrace-entry', meaning: 'interrupts delivered in region ftrace-entry' },
  { name: 'interrupts-in-hook-entry', meaning: 'interrupts delivered in region hook-entry' },
  { name: 'interrupts-in-callee', meaning: 'interrupts delivered in region callee' },
  { name: 'interrupts-in-hook-return', meaning: 'interrupts delivered in region hook-return' },
  { name: 'interrupts-in-return-site', meaning: 'interrupts delivered in region return-site' },
  { name: 'interrupts-nested', meaning: 'interrupts delivered inside the handler of another' },
  { name: 'irq-stack-runs', meaning: 'handlers run on the interrupt stack' },
  { name: 'hooked-in-interrupt', meaning: 'hooked calls made by interrupt handlers' },
  { name: 'hooked-in-interrupted-hook', meaning: 'hooked calls made by a handler that interrupted a hook' },
  { name: 'events-not-delivered', meaning: 'interrupts whose anchor was never reached' },
  { name: 'differential-runs', meaning: 'patched runs compared with the unpatched run' },
  { name: 'unpatched-runs', meaning: 'unpatched runs judged' },
  { name: 'nonvolatile-users', meaning: 'returns of bodies that use nonvolatile registers' },
  { name: 'hook-depth-0', meaning: 'hooked calls with no other hooked call of their context pending' },
  { name: 'hook-depth-1', meaning: 'hooked calls with one other pending' },
  { name: 'hook-depth-2', meaning: 'hooked calls with two others pending' },
  { name: 'hook-depth-3', meaning: 'hooked calls with three others or more pending' },
  { name: 'original-unpatched-local', meaning: 'local calls of unpatched functions by originals' },
  { name: 'original-unpatched-global', meaning: 'global calls of unpatched functions by originals' },
  { name: 'original-unpatched-indirect', meaning: 'indirect calls of unpatched functions by originals' },
  { name: 'original-unpatched-sibling', meaning: 'sibling calls of unpatched functions by originals' },
  { name: 'original-patched-global', meaning: 'global calls of patched functions by originals' },
  { name: 'original-patched-indirect', meaning: 'indirect calls of patched functions by originals' },
  { name: 'replacement-unpatched-local', meaning: 'local calls by replacements' },
  { name: 'replacement-unpatched-global', meaning: 'global calls of unpatched functions by replacements' },
  { name: 'replacement-unpatched-indirect', meaning: 'indirect calls of unpatched functions by replacements' },
  { name: 'replacement-unpatched-sibling', meaning: 'sibling calls by replacements' },
  { name: 'replacement-unpatched-stub-sibling', meaning: 'stub sibling calls of unpatched functions by replacements' },
  { name: 'replacement-patched-global', meaning: 'global calls of patched functions by replacements' },
  { name: 'replacement-patched-indirect', meaning: 'indirect calls of patched functions by replacements' },
  { name: 'task-switches', meaning: 'times that another task goes on than the one that gave up its CPU' },
  { name: 'preempted', meaning: 'tasks preempted' },
  { name: 'preempted-in-hook', meaning: "tasks preempted between two instructions of a strategy's code" },
  { name: 'sleeps', meaning: 'tasks that went to sleep' },
  { name: 'sleeps-under-hook', meaning: 'tasks that went to sleep while a hooked call was pending' },
  { name: 'migrations', meaning: 'tasks that went on on another CPU' },
  { name: 'migrations-in-hook', meaning: "tasks preempted between two instructions of a strategy's code that went on on another CPU" },
  { name: 'migrations-under-hook', meaning: 'tasks that went on on another CPU while a hooked call was pending' },
  { name: 'interleaved-hooks', meaning: 'hooked calls made while another task has a hooked call pending' },
  { name: 'emergency-stack-runs', meaning: 'handlers run on the emergency stack' },
  { name: 'hooked-on-emergency-stack', meaning: 'hooked calls made on the emergency stack' },
  { name: 'walks', meaning: 'traces made of the stack of a sleeping task' },
  { name: 'walks-under-hook', meaning: 'traces made while a hooked call was pending' },
  { name: 'switches-not-delivered', meaning: 'switches whose anchor was never reached' },
  { name: 'hooked-out-of-line', meaning: 'hooked calls of functions whose profile sequence lies out of line' },
  { name: 'untraced-calls', meaning: 'calls of patched functions that ran the original, since tracing was off' },
  { name: 'tracing-switched', meaning: 'times that tracing was switched off on a CPU, or on again' },
  { name: 'tracing-switched-under-hook', meaning: 'times that it was while a hooked call was pending' },
  { name: 'tracing-not-switched', meaning: 'times that it was not, since the anchor was never reached' },
] as const satisfies readonly { name: string; meaning: string }[];
export type WitnessName = (typeof WITNESSES)[number]['name'];

/**
 * What shows that a feature was really there, and the features besides it without which it cannot be seen. A larger campaign that holds
 * a strategy to be good must have seen the witness of each feature that is on together with those.
 */
export const FEATURE_WITNESS: Readonly<Record<Feature, readonly [WitnessName, ...Feature[]]>> = {
  local: ['patched-local'],
  global: ['patched-global'],
  indirect: ['patched-indirect'],
  'hoisted-slot': ['hoisted-slot-calls', 'local', 'indirect'],
  sibling: ['calls-sibling', 'local'],
  'stub-sibling': ['calls-stub-sibling', 'local'],
  nested: ['nested-hooks', 'local', 'global', 'indirect'],
  recursive: ['patched-recursion', 'local', 'global', 'indirect', 'nested', 'callback'],
  callback: ['callbacks', 'local', 'global', 'indirect'],
  'stack-args': ['hooked-stack-arguments', 'local'],
  variadic: ['variadic-calls', 'local'],
  far: ['far-calls', 'global', 'indirect'],
  'single-entry': ['single-entry-calls', 'local'],
  'caller-saved-toc': ['caller-saved-toc-calls', 'global', 'indirect'],
  'leaf-zone': ['zone-leaves'],
  nonvolatile: ['nonvolatile-users'],
  'patched-core': ['patched-core-calls', 'local', 'global', 'indirect'],
  interrupt: ['interrupts-in-hook'],
  'interrupt-nested': ['interrupts-nested', 'interrupt'],
  'irq-stack': ['irq-stack-runs', 'interrupt'],
  tasks: ['task-switches', 'local'],
  preempt: ['preempted-in-hook', 'local'],
  sleep: ['sleeps-under-hook', 'local'],
  migration: ['migrations-in-hook', 'local', 'preempt'],
  unwind: ['walks-under-hook', 'local', 'sleep'],
  'emergency-stack': ['hooked-on-emergency-stack', 'interrupt', 'irq-stack'],
  'out-of-line': ['hooked-out-of-line', 'local'],
  'tracing-off': ['untraced-calls', 'local'],
};

/** Index of a witness in WITNESSES. */
export const witnessIndex = (name: WitnessName): number => WITNESSES.findIndex((witness) => witness.name === name);

/** From so many scenarios on shares are looked at, and what the features do must have been seen. */
export const SHARES_FROM = 1_000;

/** A site of a strategy's own code (image/sites.ts) in words. */
export function siteText({ kind, place }: { readonly kind: 'interrupt' | 'taken' | 'not-taken'; readonly place: string }): string {
  return kind === 'interrupt' ? `an interrupt at ${place}` : `the branch at ${place} ${kind === 'taken' ? 'taken' : 'not taken'}`;
}
