// A verdict as one letter of the scenario table.
import type { ObligationName } from '../../src/contract/obligations.ts';
import type { Verdict } from '../../src/contract/verdict.ts';

/** The obligations that the table judges by: 1-5, 7, 8 and 14 of the design. */
export const TABLE_OBLIGATIONS: readonly ObligationName[] = [
  'return-address', 'progress', 'toc', 'stack-pointer', 'back-chain', 'toc-slot', 'arguments', 'nonvolatile',
];

/** ok all hold, T wrong TOC, J jump to garbage, L endless loop, S stack arguments wrong; else the obligation's name. */
export function letterOf(verdict: Verdict): string {
  if (verdict.outcome === 'holds') return 'ok';
  const last = verdict.violations[verdict.violations.length - 1];
  if (last === undefined) return verdict.outcome;
  switch (last.obligation) {
    case 'toc':
    case 'toc-slot': return 'T';
    case 'return-address': return 'J';
    case 'progress': return last.subject === 'loop' ? 'L' : 'J';
    case 'arguments': return 'S';
    default: return last.obligation;
  }
}
