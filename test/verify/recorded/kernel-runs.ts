/** What kernel-runs.json is a recording of (scripts/kernel-runs.ts). */

/** Local calls, siblings, recursion, arguments on the stack; calls between modules, in both orders of loading, and back; entries of all shapes, what functions keep, and a stub that a sibling call goes through. */
export const RECORDED_SCENARIOS: readonly string[] = [
  `
   A:M -> local B, local C, local D, indirect B, local E
   B:M args 2 patched
   C:M args 1 patched -> local self x2
   D:M args 10 patched saves 2
   E:M args 1 -> sibling B`,
  `
   A:N saves 3 -> global B, indirect C
   B:M args 9 variadic patched -> global D, global C
   C:K args 1 -> local E
   D:N args 2 patched hoisted -> indirect C
   E:K single args 1 zone patched single`,
  `
   A:M -> local B, global C
   B:M args 3 patched -> stub-sibling D
   C:M clobber args 1 patched clobber
   D:N early-exit traced`,
];

/** Modules more than 2 GiB apart: M from K, N from both, P near M. Calls between all of them, through both kinds of stubs, by pointer, and local to a replacement far away. */
export const RECORDED_FAR: readonly string[] = [
  `
   places M=1 N=2 P=1
   A:M -> local B, global C, indirect D
   B:M args 2 patched -> global C
   C:K args 9 patched -> indirect D
   D:N patched saves 2 -> global E
   E:M`,
];

/** What restores nothing, what holds but for stub siblings, what moves arguments on the stack, and what lies in the replacement itself. */
export const RECORDED_STRATEGIES: readonly string[] = ['branch-only', 'livepatch-stack', 'mini-frame', 'manual-restore'];

/** A function sleeps below one that a second patch changes: called locally and by pointer, live patched and not, and below two hooks. src/verify/kernel/sleep-plan.ts puts sleeper and second patch into them. */
export const RECORDED_SLEEPERS: readonly string[] = [
  `
   A:M -> local B
   B:M -> local C, local D
   C:M patched saves 2 -> global E
   D:M -> local E
   E:M`,
  `
   A:M -> local B
   B:M -> indirect C, local D
   C:N patched
   D:M`,
  `
   A:M -> local B
   B:M -> local C, local D
   C:M -> local E
   D:M -> local E
   E:M`,
  `
   A:N -> local B, local D
   B:N patched -> global C
   C:M patched -> global E
   D:N -> global E
   E:M args 9`,
];

/**
 * The first patch's module is removed while a task sleeps; src/verify/kernel/unload-plan.ts puts the rest into them, by turns: behind a hook (the second patch's version of C sleeps), without one, and with no replacement live at all. Called locally, by
 * pointer, between modules, and below two hooks.
 */
export const RECORDED_REMOVALS: readonly string[] = [
  `
   A:M -> local B, local D
   B:M saves 2 -> local C
   C:M args 2
   D:M`,
  `
   A:M -> local B, local D
   B:M saves 2 -> local C
   C:M args 2
   D:M`,
  `
   A:M -> local B, local D
   B:M -> local C
   C:M
   D:M patched`,
  `
   A:M -> global B
   B:N args 9 patched -> indirect C, global D
   C:M
   D:M patched`,
];

/** Functions of vmlinux patched: called through stubs to its exports, by pointer and from its own text, of all shapes of entry, one by a sibling call, one that is traced only, and replacements that call the kernel again. */
export const RECORDED_CORE: readonly string[] = [
  `
   A:M -> global B, indirect D, global B
   B:K args 2 saves 2 -> local C, indirect E patched saves 1 -> global C, indirect E
   C:K args 9 patched
   D:K single args 1 zone patched single
   E:M patched`,
  `
   A:K -> local B, indirect C, indirect E
   B:K -> sibling D patched -> global D
   C:N args 3 patched -> global D, indirect F
   D:K args 1 traced -> indirect F
   E:K clobber patched clobber
   F:N patched -> global E`,
  `
   A:M -> local B, global C
   B:M args 3 -> global C patched -> stub-sibling C
   C:K args 1 patched`,
];
