/**
 * The instruction table: every instruction that the model knows, each with text, encoding and meaning.
 * Source: Power ISA 2.07B; which section, each row says. A word outside the table is undecodable.
 */
import { ARITHMETIC } from './arithmetic.ts';
import { BRANCH } from './branch.ts';
import { COMPARE_TRAP } from './compare.ts';
import type { Instruction } from './instruction.ts';
import { LOAD_STORE } from './load-store.ts';
import { LOGICAL } from './logical.ts';
import { ROTATE_SHIFT } from './rotate-shift.ts';
import { SYSTEM } from './system.ts';

export type { Instruction, Meaning } from './instruction.ts';

/** All rows. At most one row matches a word. */
export const INSTRUCTIONS: readonly Instruction[] = [
  ...LOAD_STORE, ...ARITHMETIC, ...LOGICAL, ...ROTATE_SHIFT, ...COMPARE_TRAP, ...BRANCH, ...SYSTEM,
];

const byMnemonic: ReadonlyMap<string, Instruction> = new Map(INSTRUCTIONS.map((entry) => [entry.mnemonic, entry]));

/** The row with this mnemonic (exactly, suffixes included), or undefined. */
export function lookup(mnemonic: string): Instruction | undefined {
  return byMnemonic.get(mnemonic);
}
