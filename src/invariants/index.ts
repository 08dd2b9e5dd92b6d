/** The open list of invariants: one line each. The order is that of OBLIGATIONS, in which handlers of one event are asked. */
import { argumentsSeen } from './arguments.ts';
import { backChain } from './back-chain.ts';
import { consistency } from './consistency.ts';
import { differential } from './differential.ts';
import { frameCondition } from './frame-condition.ts';
import { hookBalance } from './hook-balance.ts';
import { interruptTransparency } from './interrupt-transparency.ts';
import type { Invariant } from './invariant.ts';
import { nonvolatile } from './nonvolatile.ts';
import { progress } from './progress.ts';
import { protectedZone } from './protected-zone.ts';
import { replacementRan } from './replacement-ran.ts';
import { reservedWord } from './reserved-word.ts';
import { recoverable } from './recoverable.ts';
import { reliableTrace } from './reliable-trace.ts';
import { returnAddress } from './return-address.ts';
import { stackPointer } from './stack-pointer.ts';
import { tocSlot } from './toc-slot.ts';
import { toc } from './toc.ts';

export const INVARIANTS: readonly Invariant[] = [
  returnAddress,
  progress,
  toc,
  stackPointer,
  backChain,
  tocSlot,
  argumentsSeen,
  nonvolatile,
  protectedZone,
  interruptTransparency,
  hookBalance,
  replacementRan,
  differential,
  consistency,
  reservedWord,
  reliableTrace,
  recoverable,
  frameCondition,
];
