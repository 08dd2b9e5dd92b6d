/** Bounds and codes of the oracle's record, shared by its parts. */
import { crFieldsOf, gprsOf } from '../abi/permissions.ts';
import { BOUNDS } from '../scenario/scenario.ts';

/** Pending calls at most: frames of 32 bytes fill two stacks before. */
export const MAX_PENDING = 1100;
/** Interrupts inside each other at most. */
export const MAX_LEVELS = BOUNDS.interrupts + 1;
/** Words of argument values per pending call: halves of each doubleword. */
export const ARGUMENT_WORDS = BOUNDS.args * 2;
/** GPRs that a call must keep, r1 apart (it has an obligation of its own): r13..r31, in one piece, as the permission table says. */
const KEPT = gprsOf('callee', 'keep', 'cpu').filter((n) => n !== 1);
export const SAVED_FROM = KEPT[0]!;
/** Halves of them. */
export const SAVED_WORDS = 2 * KEPT.length;
/** And as bits: bit n is GPR n. */
export const SAVED_BITS = KEPT.reduce((bits, n) => bits | 1 << n, 0);
/** Mask of the CR fields that a call must keep, CR2-CR4, as the permission table says. */
export const CR_SAVED = crFieldsOf('callee', 'keep').reduce((mask, field) => mask | 0xf << (28 - 4 * field), 0);

/** How far a pending call has come. */
export const CALLED = 0;
export const TARGET_ENTERED = 1;
export const REPLACEMENT_ENTERED = 2;
/** Tracing is off: the original goes on in place of the replacement. */
export const UNTRACED = 3;

/** Kinds of marks on the doublewords of a pending call's frame header. */
export const MARK = { CHAIN: 1, CR_WORDS: 2, SLOT: 3 } as const;
