/**
 * Feature names: what a scenario may contain. `--features`, the envelope, assumptions and the baseline use these names.
 * `featuresOf` (in `features-of.ts`) tells which of them a scenario uses.
 */
export const FEATURES = [
  'local', 'global', 'indirect', 'hoisted-slot',
  'sibling', 'stub-sibling',
  'nested', 'recursive', 'callback',
  'stack-args', 'variadic',
  'far',
  'single-entry', 'caller-saved-toc',
  'leaf-zone', 'nonvolatile',
  'patched-core',
  'interrupt', 'interrupt-nested', 'irq-stack',
  'tasks', 'preempt', 'sleep', 'migration', 'unwind', 'emergency-stack',
  'transitions', 'out-of-line', 'tracing-off', 'graph-tracer', 'exit', 'other-hooks',
] as const;
export type Feature = (typeof FEATURES)[number];
