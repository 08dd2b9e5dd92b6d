/** What a fault is: one change of one code point, and the kinds of such changes. */
import type { SourceItem } from '../isa/parse.ts';

/** Kinds of faults, in the order in which they are made; of mutants with the same bytes the first gives the name. */
export const FAULT_KINDS = [
  'delete', 'duplicate', 'swap', 'move', 'offset', 'register', 'invert', 'drop-branch', 'always-branch', 'width', 'entry', 'marker', 'size',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault of a code point. */
export interface Fault {
  readonly kind: FaultKind;
  /** Of the code point's text: `7`, or `7.2` for the second instruction there. */
  readonly line: string;
  readonly detail: string;
  /** The code point with the fault. */
  readonly items: readonly SourceItem[];
}
