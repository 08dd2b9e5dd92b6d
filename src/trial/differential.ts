/**
 * Which scenarios the obligation `differential` speaks of: every patched function's replacement has its original's body, no such body ends in a
 * sibling call (in P it is a call that comes back: scenario/versions.ts), and no interrupt or world around (an anchor
 * may lie in code that the unpatched run has not), but for the style of hooking.
 */
import { isSibling } from '../scenario/call-kinds.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { isStyleAlone } from '../scenario/world.ts';

export function isComparable(scenario: Scenario): boolean {
  if (scenario.interrupts.length > 0) return false;
  if (scenario.world !== undefined && !isStyleAlone(scenario.world)) return false;
  let patched = false;
  for (const { replacement, body } of scenario.functions) {
    if (replacement === undefined) continue;
    if (replacement.body !== 'same') return false;
    const last = body.calls[body.calls.length - 1];
    if (last !== undefined && isSibling(last.kind)) return false;
    patched = true;
  }
  return patched;
}
