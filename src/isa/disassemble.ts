/**
 * From word to text, as `objdump -d -Mpower8` (GNU binutils 2.40) prints it, extended mnemonics included.
 */
import { SPELLINGS } from './aliases.ts';
import type { Spelling } from './aliases.ts';
import { decode } from './decode.ts';
import type { Operand } from './fields.ts';

/** Printed spellings by primary opcode, in order of preference. */
const printed: readonly (readonly Spelling[])[] = Array.from({ length: 64 }, (_, opcode) =>
  SPELLINGS.filter((s) => s.printed && s.match >>> 26 === opcode));

const CR_BIT_NAMES = ['lt', 'gt', 'eq', 'so'] as const;
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/**
 * Text of one word, without a trailing blank.
 *
 * `address` is where the word stands; with it branch targets are absolute addresses, without it they are
 * written relative to the instruction (`.+0x8`), which the assembler reads back. `symbolAt` may name a
 * target (`sym+0x8`); then the target is written as objdump does in a file with symbols. A word that is
 * not modelled or is an invalid form gives `.long 0x...`.
 */
export function disassemble(
  word: number, address?: bigint, symbolAt?: (address: bigint) => string | undefined,
): string {
  const unsigned = word >>> 0;
  const entry = decode(unsigned);
  if (entry === undefined) return `.long 0x${unsigned.toString(16)}`;
  const chosen = (printed[unsigned >>> 26] as readonly Spelling[]).find((s) =>
    (unsigned & s.mask) >>> 0 === s.match && (s.when === undefined || s.when(unsigned))) ?? entry;
  const text = operandText(chosen.operands, unsigned, address, symbolAt);
  return text === '' ? chosen.mnemonic : `${chosen.mnemonic.padEnd(7)} ${text}`;
}

function operandText(
  operands: readonly Operand[], word: number, address: bigint | undefined,
  symbolAt: ((address: bigint) => string | undefined) | undefined,
): string {
  // Leading optional operands are printed as soon as a later optional one has to be.
  let lastOptional = -1;
  operands.forEach((operand, i) => {
    if (operand.fallback !== undefined && operand.extract(word) !== operand.fallback) lastOptional = i;
  });
  let text = '';
  let closing = '';
  operands.forEach((operand, i) => {
    if (operand.fallback !== undefined && i > lastOptional) return;
    const separator = text === '' ? '' : closing === '(' ? '(' : ',';
    text += separator + valueText(operand, operand.extract(word), address, symbolAt) + (closing === '(' ? ')' : '');
    closing = operand.kind === 'mem' ? '(' : '';
  });
  return text;
}

function valueText(
  operand: Operand, value: number, address: bigint | undefined,
  symbolAt: ((address: bigint) => string | undefined) | undefined,
): string {
  switch (operand.kind) {
    case 'gpr': return `r${value}`;
    case 'gpr0': return value === 0 ? '0' : `r${value}`;
    case 'crf': return `cr${value}`;
    case 'crbit': return (value < 4 ? '' : `4*cr${value >> 2}+`) + CR_BIT_NAMES[(value & 3) as 0 | 1 | 2 | 3];
    case 'int': case 'mem': return String(value);
    case 'absolute': return target(BigInt(value >>> 0), symbolAt);
    case 'relative':
      if (address === undefined) return value < 0 ? `.-0x${(-value).toString(16)}` : `.+0x${value.toString(16)}`;
      return target(BigInt.asUintN(64, address + BigInt(value)), symbolAt);
  }
}

function target(address: bigint, symbolAt: ((address: bigint) => string | undefined) | undefined): string {
  const symbol = symbolAt?.(address);
  return symbol === undefined ? hex(address) : `${address.toString(16)} <${symbol}>`;
}
