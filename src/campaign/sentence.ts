/** A violation in one sentence, with its values: what a mail about it would begin with. */
import type { Violation } from '../contract/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { writtenCalls } from './written.ts';

export interface Words {
  /** Where it was noticed, as in `f0+0x1c`. */
  readonly at: string;
  /** Where the damage was done, when earlier. */
  readonly cause?: string;
  readonly expected?: string;
  readonly found?: string;
}

const KINDS = { local: 'local', global: 'global', indirect: 'indirect', sibling: 'sibling', 'stub-sibling': 'stub sibling' } as const;

/** As in `In the local call 1 of f1 by f0, at f0+0x2c: r2 is 0x.. (TOC of P), expected 0x.. (TOC of M); done at f1'+0x8.` */
export function sentenceOf(violation: Violation, scenario: Scenario, words: Words): string {
  const done = words.cause === undefined ? '' : `; done at ${words.cause}`;
  return `${placeOf(violation, scenario)}, at ${words.at}: ${seen(violation, words)}${done}.`;
}

/** What was looked at, and both values; in words where it is not a place that holds one of two values. */
function seen({ obligation, subject, expected, found }: Violation, words: Words): string {
  const is = value(found, words.found);
  if (obligation === 'frame-condition') return `the hook writes to ${is}, which is not its own`;
  if (obligation === 'reliable-trace') return `a trace of the sleeping task that is called reliable does not list ${value(expected, words.expected)}, to which it is still to return`;
  if (obligation === 'recoverable') return `by what the strategy declares, the return address in ${subject} leads to ${is}, expected ${value(expected, words.expected)}, to which it is still to return`;
  switch (subject) {
    case 'trap': return 'it traps';
    case 'word': return `${is} is no instruction that is modelled`;
    case 'a live version': return `${is} is still to be returned to, and ${value(expected, words.expected)} takes that version's place`;
    case 'live in freed text': return `${is} is still to be returned to, and the text there is freed`;
    case 'fetch': return `it goes on at ${is}, where no code is`;
    case 'load': case 'store': return `a ${subject} at ${is}, which is not mapped`;
    case 'loop': return 'it loops for ever';
    case 'original': return 'the original runs instead of the replacement';
    case 'runs': return `the replacement ran ${found} times, expected ${expected}`;
    case 'return hooks': return `${found} return hooks of others are pending, expected ${expected}`;
    case 'return hook': return 'the return leads through a return hook that is not its own';
    case 'left over': return `entries of calls that never return are left over: the pointer is ${is}, expected ${value(expected, words.expected)}`;
    case 'depth': return `${found} entries are pending, expected ${expected}`;
    case 'trace': return 'patched with an identical body, it does not do what it does unpatched';
    default: return `${subject} is ${is}, expected ${value(expected, words.expected)}`;
  }
}

function placeOf({ edge, call }: Violation, scenario: Scenario): string {
  if (edge === 'none') return 'Outside of any call';
  if (edge === 'root') return 'In the first call of its context';
  const written = writtenCalls(scenario).find((it) => it.call.id === call);
  if (written === undefined) return `In ${KINDS[edge]} call ${call}`;
  const caller = `f${written.owner.id}${written.version === 'replacement' ? "'" : ''}`;
  return `In the ${KINDS[edge]} call ${call} of ${written.call.callee === 'self' ? 'itself' : `f${written.call.callee}`} by ${caller}`;
}

function value(bits: bigint, symbol: string | undefined): string {
  return `0x${bits.toString(16)}${symbol === undefined ? '' : ` (${symbol})`}`;
}
