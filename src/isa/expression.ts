/**
 * Expressions of the assembler: GNU as syntax and precedence (GAS manual, 6.2.3 "Infix Operators"), 64-bit
 * arithmetic, and the PowerPC suffixes @l @h @ha @high @higha @higher @highera @highest @highesta
 * (ELFv2 specification 3.5.3). An expression is parsed once and evaluated when all symbols are known.
 */

/** A refusal, with the place of the offending text. `message` is the one line `file:line:column: what; expected ...`. */
export class AssemblyError extends Error {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** What would have been right. */
  readonly expected: string;
  constructor(file: string, line: number, column: number, what: string, expected: string) {
    super(`${file}:${line}:${column}: ${what}; expected ${expected}`);
    this.name = 'AssemblyError';
    this.file = file;
    this.line = line;
    this.column = column;
    this.expected = expected;
  }
}

/**
 * A 64-bit value, signed. `address` values move with the code (labels, `.`): they may be added to and
 * subtracted from each other, nothing else; `plain` ones are numbers; `either` ones come from outside; a
 * `half` is 16 bits that an @suffix has picked, for a signed or an unsigned field.
 */
export interface Value {
  readonly value: bigint;
  readonly kind: 'plain' | 'address' | 'either' | 'half';
}

/** Looks a symbol up; undefined when there is none of that name. */
export type Resolve = (name: string) => Value | undefined;
export type Expression = (resolve: Resolve) => Value;

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const plain = (value: bigint): Value => ({ value: signed(value), kind: 'plain' });

/** Operators by precedence, higher binds tighter: as GAS has it, not as C has it. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '+': 1, '-': 1, '|': 2, '&': 2, '^': 2, '*': 3, '/': 3, '%': 3, '<<': 3, '>>': 3,
};

const SUFFIXES: Readonly<Record<string, (value: bigint) => bigint>> = {
  l: (v) => v,
  h: (v) => v >> 16n, high: (v) => v >> 16n,
  ha: (v) => (v + 0x8000n) >> 16n, higha: (v) => (v + 0x8000n) >> 16n,
  higher: (v) => v >> 32n, highera: (v) => (v + 0x8000n) >> 32n,
  highest: (v) => v >> 48n, highesta: (v) => (v + 0x8000n) >> 48n,
};

/** Reads one statement from left to right. */
export class Cursor {
  readonly text: string;
  readonly file: string;
  readonly line: number;
  /** Column of the first character of the text, from 1. */
  readonly firstColumn: number;
  position = 0;

  constructor(text: string, file: string, line: number, firstColumn: number) {
    this.text = text;
    this.file = file;
    this.line = line;
    this.firstColumn = firstColumn;
  }

  fail(what: string, expected: string, position = this.position): never {
    throw new AssemblyError(this.file, this.line, this.firstColumn + position, what, expected);
  }
  skipBlanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      // What stands in a source is mostly ASCII, of which the blanks are these.
      const blank = code < 0x80 ? code === 0x20 || (code >= 9 && code <= 13) : /\s/.test(this.text[this.position] ?? '');
      if (!blank) return;
      this.position++;
    }
  }
  atEnd(): boolean {
    this.skipBlanks();
    return this.position >= this.text.length;
  }
  /** Takes what matches here (a sticky pattern) after blanks. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    this.skipBlanks();
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.position += found[0].length;
    return found;
  }
  take(literal: string): boolean {
    this.skipBlanks();
    if (!this.text.startsWith(literal, this.position)) return false;
    this.position += literal.length;
    return true;
  }
  require(literal: string): void {
    if (!this.take(literal)) this.fail(this.here(), `'${literal}'`);
  }
  /** What stands here, for messages. */
  here(): string {
    this.skipBlanks();
    const word = /\S\w*/y;
    word.lastIndex = this.position;
    const found = word.exec(this.text);
    return found === null ? 'end of statement' : `found '${found[0]}'`;
  }
}

const SYMBOL = /[A-Za-z_.$][\w.$]*/y;

/** What the parser must know of the place where the expression stands. */
export interface Place {
  /** Address of the statement. */
  readonly here: bigint;
  /** The numeric label `number` before ('b') or after ('f') this place. */
  readonly numeric: (number: string, direction: 'b' | 'f') => () => bigint | undefined;
  /** Names with a fixed number (lt, gt, cr0 ...), only where a CR field or bit is written. */
  readonly names?: Readonly<Record<string, number>>;
}

/** Parses an expression with an optional @suffix; leaves the cursor behind it. */
export function parseExpression(cursor: Cursor, place: Place): Expression {
  let whole = parseBinary(cursor, place, 1);
  const start = cursor.position;
  if (cursor.take('@')) {
    const name = cursor.match(/[a-z]+/y)?.[0] ?? '';
    const part = SUFFIXES[name];
    if (part === undefined) cursor.fail(`unknown suffix '@${name}'`, Object.keys(SUFFIXES).map((s) => `@${s}`).join(' '), start);
    const sign = cursor.take('+') ? 1n : cursor.take('-') ? -1n : 0n;
    if (sign !== 0n) {
      // `sym@ha+4` is (sym+4)@ha.
      const base = whole, addend = parseBinary(cursor, place, 1);
      whole = (resolve) => combine(cursor, start, '+', base(resolve), { ...addend(resolve), value: sign * addend(resolve).value });
    }
    const all = whole;
    whole = (resolve) => {
      const { value, kind } = all(resolve);
      if (kind === 'address' && (name === 'h' || name === 'ha') && BigInt.asIntN(32, value + (name === 'ha' ? 0x8000n : 0n)) >> 16n !== part(value)) {
        cursor.fail(`address 0x${BigInt.asUintN(64, value).toString(16)} does not fit @${name}`, '@high or @higha, and @higher, @highest', start);
      }
      return { value: BigInt.asIntN(16, part(value)), kind: 'half' };
    };
  }
  return whole;
}

function parseBinary(cursor: Cursor, place: Place, lowest: number): Expression {
  let left = parseUnary(cursor, place);
  for (;;) {
    cursor.skipBlanks();
    const position = cursor.position;
    const operator = cursor.match(/<<|>>|[-+*/%&|^]/y)?.[0];
    const precedence = operator === undefined ? 0 : PRECEDENCE[operator] ?? 0;
    if (operator === undefined || precedence < lowest) {
      cursor.position = position;
      return left;
    }
    const before = left, right = parseBinary(cursor, place, precedence + 1);
    left = (resolve) => combine(cursor, position, operator, before(resolve), right(resolve));
  }
}

function parseUnary(cursor: Cursor, place: Place): Expression {
  cursor.skipBlanks();
  const position = cursor.position;
  const operator = cursor.match(/[-~+]/y)?.[0];
  if (operator === undefined) return parsePrimary(cursor, place);
  const operand = parseUnary(cursor, place);
  if (operator === '+') return operand;
  return (resolve) => {
    const { value, kind } = operand(resolve);
    if (kind === 'address') cursor.fail(`'${operator}' of an address`, 'a number', position);
    return plain(operator === '-' ? -value : ~value);
  };
}

function parsePrimary(cursor: Cursor, place: Place): Expression {
  cursor.skipBlanks();
  const position = cursor.position;
  if (cursor.take('(')) {
    const inner = parseExpression(cursor, place);
    cursor.require(')');
    return inner;
  }
  const character = cursor.match(/'(\\.|[^\\'])'?/y);
  if (character !== undefined) {
    const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\t': '\t', '\\r': '\r', '\\0': '\0', '\\\\': '\\', "\\'": "'" };
    const text = character[1] as string;
    return () => plain(BigInt((escapes[text] ?? text).charCodeAt(0)));
  }
  const numeric = cursor.match(/(\d+)([bf])(?![\w.$])/y);
  // `0b101` is binary, `0b` alone is the label 0 before this place.
  if (numeric !== undefined) {
    const find = place.numeric(numeric[1] as string, numeric[2] as 'b' | 'f');
    return () => {
      const value = find();
      if (value === undefined) cursor.fail(`no label '${numeric[1]}:' ${numeric[2] === 'b' ? 'before' : 'after'} this place`, `'${numeric[1]}:'`, position);
      return { value: signed(value), kind: 'address' };
    };
  }
  const number = cursor.match(/0[xX][0-9a-fA-F]+|0[bB][01]+|\d+/y)?.[0];
  if (number !== undefined) {
    if (/[\w.$]/.test(cursor.text[cursor.position] ?? '')) cursor.fail(`bad number '${number}${cursor.text[cursor.position]}'`, 'decimal, 0x, 0b or octal digits', position);
    if (/^0\d/.test(number) && /[89]/.test(number)) cursor.fail(`bad octal number '${number}'`, 'digits 0 to 7', position);
    const value = BigInt(/^0\d/.test(number) ? `0o${number.slice(1)}` : number);
    if (value >= 1n << 64n) cursor.fail(`number ${number} is too large`, '64 bits', position);
    return () => plain(value);
  }
  const symbol = cursor.match(SYMBOL)?.[0];
  if (symbol === undefined) cursor.fail(cursor.here(), 'an expression');
  if (symbol === '.') return () => ({ value: signed(place.here), kind: 'address' });
  const fixed = place.names?.[symbol.toLowerCase()];
  if (fixed !== undefined) return () => plain(BigInt(fixed));
  return (resolve) => resolve(symbol) ?? cursor.fail(`undefined symbol '${symbol}'`, 'a label, a .set or a symbol of the caller', position);
}

function combine(cursor: Cursor, position: number, operator: string, a: Value, b: Value): Value {
  if (operator === '+' || operator === '-') {
    const value = signed(operator === '+' ? a.value + b.value : a.value - b.value);
    if (a.kind === 'address' && b.kind === 'address') {
      if (operator === '+') cursor.fail('sum of two addresses', 'an address and a number', position);
      return plain(value);
    }
    if (operator === '-' && (a.kind === 'plain' || a.kind === 'half') && b.kind === 'address') cursor.fail('a number minus an address', 'address - number or address - address', position);
    // An outside symbol minus an address is a distance; plus one, it is an offset.
    if (operator === '-' && (a.kind === 'address' || b.kind === 'address') && (a.kind === 'either' || b.kind === 'either')) return { value, kind: 'either' };
    if (a.kind === 'address' || b.kind === 'address') return { value, kind: 'address' };
    return { value, kind: a.kind === 'either' || b.kind === 'either' ? 'either' : 'plain' };
  }
  if (a.kind === 'address' || b.kind === 'address') cursor.fail(`'${operator}' of an address`, 'numbers', position);
  const ua = BigInt.asUintN(64, a.value), ub = BigInt.asUintN(64, b.value);
  switch (operator) {
    case '*': return plain(a.value * b.value);
    case '/': case '%':
      if (b.value === 0n) cursor.fail('division by zero', 'a divisor other than 0', position);
      return plain(operator === '/' ? a.value / b.value : a.value % b.value);
    case '&': return plain(a.value & b.value);
    case '|': return plain(a.value | b.value);
    case '^': return plain(a.value ^ b.value);
    case '<<': return plain(ub > 63n ? 0n : a.value << ub);
    case '>>': return plain(ub > 63n ? 0n : ua >> ub);
    default: return cursor.fail(`unknown operator '${operator}'`, '+ - * / % << >> & | ^', position);
  }
}
