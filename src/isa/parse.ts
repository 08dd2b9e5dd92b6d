/**
 * Assembly source as a list of what stands in it: labels, directives and instructions with their operands as pieces of text, and the text made of
 * such a list again. For whoever edits code and not bytes. What an operand is and where it ends, the assembler's own tables and parser say
 * (`operands.ts`, GAS manual 3.1 to 3.5); comments are not kept.
 */
import { Cursor } from './expression.ts';
import type { Operand } from './fields.ts';
import { countOperands, describe, formFor, formsOf, parseOperands } from './operands.ts';
import { apart, sourceStatements } from './source.ts';

export interface SourceLabel {
  readonly kind: 'label';
  /** Without the colon; digits for a numeric one. */
  readonly name: string;
  readonly line: number;
}

/** A directive or an assignment, as it was written. */
export interface SourceDirective {
  readonly kind: 'directive';
  readonly text: string;
  readonly line: number;
}

export interface SourceInstruction {
  readonly kind: 'instruction';
  /** As written: perhaps an extended one. */
  readonly mnemonic: string;
  /** What the mnemonic with so many operands takes, in the order of the text; those that were left out are not in it. */
  readonly forms: readonly Operand[];
  /** Their texts, blanks around them kept out. */
  readonly operands: readonly string[];
  /** From 1. */
  readonly line: number;
  /** Which instruction of its line, from 1. */
  readonly nth: number;
}

export type SourceItem = SourceLabel | SourceDirective | SourceInstruction;

/**
 * Reads a source. `file` names it in messages.
 * @throws AssemblyError at the first statement that the assembler could not take apart; values of operands are not looked at.
 */
export function parseSource(source: string, file: string): SourceItem[] {
  const items: SourceItem[] = [];
  let counted = { line: 0, nth: 0 };
  for (const { text, line, column } of sourceStatements(source, file)) {
    const cursor = new Cursor(text, file, line, column);
    for (;;) {
      const label = cursor.match(/([A-Za-z_.$][\w.$]*|\d+)\s*:/y)?.[1];
      if (label === undefined) break;
      items.push({ kind: 'label', name: label, line });
    }
    if (cursor.atEnd()) continue;
    const start = cursor.position;
    const rest = text.slice(start);
    if (/^\.|^[A-Za-z_.$][\w.$]*\s*=(?!=)/.test(rest)) {
      items.push({ kind: 'directive', text: rest, line });
      continue;
    }
    counted = { line, nth: counted.line === line ? counted.nth + 1 : 1 };
    items.push(instruction(cursor, start, counted.nth));
  }
  return items;
}

/** What instructions' texts are taken apart to, the same wherever they stand: who edits code line by line reads the same ones again and again. */
const known = new Map<string, Parts>();
/** Texts that are kept; beyond them it begins again. */
const MOST_KNOWN = 20_000;

type Parts = Pick<SourceInstruction, 'mnemonic' | 'forms' | 'operands'>;

function instruction(cursor: Cursor, start: number, nth: number): SourceInstruction {
  const text = start === 0 ? cursor.text : cursor.text.slice(start);
  let parts = known.get(text);
  if (parts === undefined) {
    parts = partsOf(cursor, start);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(apart(text), parts);
  }
  return { kind: 'instruction', ...parts, line: cursor.line, nth };
}

function partsOf(cursor: Cursor, start: number): Parts {
  const mnemonic = cursor.match(/[A-Za-z_.][\w.]*[-+]?/y)?.[0];
  if (mnemonic === undefined) cursor.fail(cursor.here(), 'a label, an instruction or a directive', start);
  const candidates = formsOf(mnemonic);
  if (candidates === undefined) cursor.fail(`unknown instruction '${mnemonic}'`, 'an instruction of the modelled subset', start);
  const given = countOperands(cursor);
  const form = formFor(candidates, given);
  if (form === undefined) cursor.fail(`${mnemonic} with ${given} operands`, candidates.map((it) => describe(it.operands)).join(' or '), start);
  // Where labels lie plays no part here.
  const parsed = parseOperands(cursor, form, given, (names) => ({ here: 0n, numeric: () => () => 0n, ...(names === undefined ? {} : { names }) }));
  if (!cursor.atEnd()) cursor.fail(cursor.here(), 'end of statement');
  const present = form.operands.flatMap((operand, i) => {
    const at = parsed[i];
    return at === undefined ? [] : [{ operand, position: at.position }];
  });
  const operands = present.map(({ position }, i) => {
    const next = present[i + 1];
    // The parser has seen the comma or parenthesis that ends it.
    if (next !== undefined) return withoutLast(cursor.text.slice(position, next.position));
    return present[i - 1]?.operand.kind === 'mem' ? withoutLast(cursor.text.slice(position)) : cursor.text.slice(position).trim();
  });
  return { mnemonic: apart(mnemonic), forms: present.map((it) => it.operand), operands: operands.map(apart) };
}

/** Without its last character that is no blank, and the blanks around it; of two such (`8)(`, `8),`) the parser has kept them apart. */
const withoutLast = (text: string): string => text.trimEnd().slice(0, -1).trim();

/** The instruction's text: mnemonic, a blank, operands with `, ` between them and the base of an address in parentheses. */
export function instructionText({ mnemonic, forms, operands }: Pick<SourceInstruction, 'mnemonic' | 'forms' | 'operands'>): string {
  let text = mnemonic;
  operands.forEach((operand, i) => {
    const inner = forms[i - 1]?.kind === 'mem';
    text += inner ? `(${operand})` : `${i === 0 ? ' ' : ', '}${operand}`;
  });
  return text;
}

/** A source again, one item on a line; assembles to the same bytes. */
export function sourceText(items: readonly SourceItem[]): string {
  return items.map((item) => {
    if (item.kind === 'label') return `${item.name}:\n`;
    return `        ${item.kind === 'directive' ? item.text : instructionText(item)}\n`;
  }).join('');
}
