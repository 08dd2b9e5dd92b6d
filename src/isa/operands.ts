/**
 * The operands of an instruction's text: which forms a mnemonic has, how operands are parsed, range-checked
 * as GNU as does it (gas/config/tc-ppc.c, ppc_insert_operand), and put together to a word.
 */
import { REWRITINGS, SPELLINGS } from './aliases.ts';
import type { Rewriting } from './aliases.ts';
import { parseExpression } from './expression.ts';
import type { Cursor, Expression, Place, Resolve } from './expression.ts';
import type { Operand } from './fields.ts';
import { INSTRUCTIONS, lookup } from './table.ts';

/** One way to read a mnemonic. */
export interface Form {
  readonly operands: readonly Operand[];
  readonly match: number;
  readonly rewriting?: Rewriting;
}

const forms = new Map<string, Form[]>();
for (const rewriting of REWRITINGS) addForm(rewriting.mnemonic, { operands: rewriting.operands, match: 0, rewriting });
for (const entry of [...INSTRUCTIONS, ...SPELLINGS]) addForm(entry.mnemonic, entry);

function addForm(mnemonic: string, form: Form): void {
  const list = forms.get(mnemonic);
  if (list === undefined) forms.set(mnemonic, [form]);
  else list.push(form);
}

const CR_NAMES: Readonly<Record<string, number>> = {
  lt: 0, gt: 1, eq: 2, so: 3, un: 3, cr0: 0, cr1: 1, cr2: 2, cr3: 3, cr4: 4, cr5: 5, cr6: 6, cr7: 7,
};
const SPR_NAMES: Readonly<Record<string, number>> = {
  xer: 1, lr: 8, ctr: 9, srr0: 26, srr1: 27, sprg0: 272, sprg1: 273, sprg2: 274, sprg3: 275,
};

/** An operand as parsed: a register at once, anything else when all symbols are known. */
export interface Parsed {
  readonly position: number;
  readonly expression: Expression;
}

/** The forms of a mnemonic, or undefined when there is none. */
export const formsOf = (mnemonic: string): readonly Form[] | undefined => forms.get(mnemonic);

/** The form that takes this many operands. */
export const formFor = (candidates: readonly Form[], given: number): Form | undefined =>
  candidates.find((form) => given <= form.operands.length - inner(form) && given >= form.operands.length - inner(form) - optional(form));

/** The place of the statement, with names that hold only within an operand. */
export type PlaceWith = (names?: Readonly<Record<string, number>>) => Place;

/** Parses operands; those left out are undefined. */
export function parseOperands(cursor: Cursor, form: Form, given: number, place: PlaceWith): (Parsed | undefined)[] {
  let spare = given - (form.operands.length - inner(form) - optional(form));
  let closing = '';
  let first = true;
  return form.operands.map((operand) => {
    if (operand.fallback !== undefined && spare-- <= 0) return undefined;
    if (closing === '(') cursor.require('(');
    else if (!first) cursor.require(',');
    first = false;
    const parsed = parseOperand(cursor, operand, place);
    if (closing === '(') cursor.require(')');
    closing = operand.kind === 'mem' ? '(' : '';
    return parsed;
  });
}

function parseOperand(cursor: Cursor, operand: Operand, place: PlaceWith): Parsed {
  cursor.skipBlanks();
  const position = cursor.position;
  if (operand.kind === 'gpr' || operand.kind === 'gpr0') {
    const register = cursor.match(/%?(?:r(\d+)|(sp)|(rtoc))(?![\w.$])/iy);
    if (register !== undefined) {
      const value = BigInt(register[1] ?? (register[2] === undefined ? 2 : 1));
      return { position, expression: () => ({ value, kind: 'plain' }) };
    }
    if (/[A-Za-z%]/.test(cursor.text[position] ?? '')) {
      const looksLikeRegister = /%?(?:cr\d|f\d+|v\d+|vs\d+|lr|ctr|xer)(?![\w.$])/iy;
      looksLikeRegister.lastIndex = position;
      if (looksLikeRegister.test(cursor.text) || cursor.text[position] === '%') cursor.fail(cursor.here(), 'a general register r0 to r31');
    }
  } else {
    const register = /%?(?:r\d+|sp)(?![\w.$])/iy;
    register.lastIndex = position;
    if (register.test(cursor.text)) cursor.fail(cursor.here(), expectation(operand));
    cursor.take('%');
  }
  const names = operand.kind === 'crf' || operand.kind === 'crbit' ? CR_NAMES : operand.name === 'SPR' ? SPR_NAMES : undefined;
  return { position, expression: parseExpression(cursor, place(names)) };
}

const optional = (form: Form): number => form.operands.filter((o) => o.fallback !== undefined).length;
/** Operands that stand in parentheses behind another one and so have no comma of their own. */
const inner = (form: Form): number => form.operands.filter((o) => o.kind === 'mem').length;

/** Number of operands separated by commas outside parentheses. */
export function countOperands(cursor: Cursor): number {
  if (cursor.atEnd()) return 0;
  const { text } = cursor;
  let depth = 0, count = 1;
  for (let i = cursor.position; i < text.length; i++) {
    const character = text[i];
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth <= 0) count++;
  }
  return count;
}

export function describe(operands: readonly Operand[]): string {
  let text = '';
  operands.forEach((operand, i) => {
    const previous = operands[i - 1];
    const part = operand.fallback === undefined ? operand.name : `[${operand.name}]`;
    text += previous === undefined ? part : previous.kind === 'mem' ? `(${part})` : `,${part}`;
  });
  return text === '' ? 'no operand' : text;
}

function expectation(operand: Operand): string {
  const multiple = operand.multiple > 1 ? `, a multiple of ${operand.multiple}` : '';
  switch (operand.kind) {
    case 'gpr': case 'gpr0': return 'a general register r0 to r31';
    case 'crf': return 'a condition register field cr0 to cr7';
    case 'crbit': return 'a condition register bit 0 to 31 such as 4*cr1+eq';
    case 'relative': return `a target within ${operand.min}..${operand.max} bytes of the instruction${multiple}`;
    default: {
      const [min, max] = operand.textBounds ?? [operand.min, operand.max];
      return `${operand.name} within ${min}..${max}${multiple}`;
    }
  }
}

/** The number that is encoded; range-checked the way GNU as does it. */
export function operandValue(cursor: Cursor, operand: Operand, parsed: Parsed | undefined, resolve: Resolve, here: bigint): number {
  if (parsed === undefined) return operand.fallback ?? 0;
  const { value: raw, kind } = parsed.expression(resolve);
  // A plain number as a branch target is already the distance: so does GNU as.
  const isTarget = operand.kind === 'relative' && (kind === 'address' || kind === 'either');
  let value = isTarget ? BigInt.asIntN(64, raw - BigInt.asIntN(64, here)) : raw;
  const [min, max] = operand.textBounds ?? [operand.min, operand.max];
  if (kind === 'half' && operand.min === 0 && operand.max === 65535) value = BigInt.asUintN(16, value);
  const low = BigInt(min), high = BigInt(max), multiple = BigInt(operand.multiple);
  const fits = (v: bigint): boolean => v >= low && v <= high && v % multiple === 0n;
  // Numbers extended by hand to 32 bits only are taken as if they had been extended to 64; distances never.
  if (isTarget || fits(value)) {
    // As it is, or not at all.
  } else if (value > high && fits(value - 0x100000000n)) {
    value -= 0x100000000n;
  } else if (value < low && fits(value + 0x100000000n)) {
    value += 0x100000000n;
  }
  if (!fits(value)) {
    const shown = isTarget ? `target at distance ${value}` : `${operand.name} = ${value}`;
    cursor.fail(`${shown} does not fit`, expectation(operand), parsed.position);
  }
  return Number(value);
}

/** The word of a form with these operand values. */
export function encodeForm(cursor: Cursor, start: number, form: Form, values: readonly number[]): number {
  return form.rewriting === undefined ? combineWord(form, values) : rewritten(cursor, start, form.rewriting, values);
}

function combineWord(form: Form, values: readonly number[]): number {
  let word = form.match;
  form.operands.forEach((operand, i) => word |= operand.insert(values[i] as number));
  return word >>> 0;
}

function rewritten(cursor: Cursor, start: number, rewriting: Rewriting, given: readonly number[]): number {
  const to = typeof rewriting.to === 'string' ? rewriting.to : rewriting.to(given);
  const values = rewriting.values(given), entry = lookup(to);
  const fits = entry !== undefined && values?.every((value, i) => {
    const operand = entry.operands[i] as Operand;
    return value >= operand.min && value <= operand.max;
  });
  if (!fits || values === undefined) return cursor.fail(`${rewriting.mnemonic} with these operands has no encoding`, `bits that ${to} can select`, start);
  return combineWord(entry, values);
}

/** What a valid form of the instruction looks like. */
export function invalidFormHint(mnemonic: string): string {
  if (/^l.*u/.test(mnemonic)) return 'RA other than r0 and other than the target';
  if (/^st.*u/.test(mnemonic)) return 'RA other than r0';
  if (mnemonic.startsWith('b')) return 'a BO without reserved bits; bcctr may not decrement CTR';
  if (mnemonic.endsWith('ocrf')) return 'a mask of exactly one field';
  return 'a modelled special purpose register';
}

