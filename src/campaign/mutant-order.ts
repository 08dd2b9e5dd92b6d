/** Faults of order: an instruction goes, comes twice, or stands elsewhere. Labels stay where they are; directives are no instructions. */
import { instructionText } from '../isa/parse.ts';
import type { SourceInstruction, SourceItem } from '../isa/parse.ts';
import type { Fault } from './mutant-fault.ts';

/** An instruction of a code point with its place among the items. */
export interface Placed {
  readonly at: number;
  readonly item: SourceInstruction;
  readonly text: string;
}

export function instructionsOf(items: readonly SourceItem[]): Placed[] {
  return items.flatMap((item, at) => (item.kind === 'instruction' ? [{ at, item, text: instructionText(item) }] : []));
}

/** A line as names of mutants have it: `7`, or `7.2` for the second instruction of line 7. */
export const placeOf = (item: SourceItem): string => (item.kind === 'instruction' && item.nth > 1 ? `${item.line}.${item.nth}` : String(item.line));

/** The items with others in the place of one. */
export const instead = (items: readonly SourceItem[], at: number, others: readonly SourceItem[]): SourceItem[] =>
  [...items.slice(0, at), ...others, ...items.slice(at + 1)];

export function* deletions(items: readonly SourceItem[]): Generator<Fault> {
  for (const { at, item, text } of instructionsOf(items)) yield { kind: 'delete', line: placeOf(item), detail: text, items: instead(items, at, []) };
}

export function* duplicates(items: readonly SourceItem[]): Generator<Fault> {
  for (const { at, item, text } of instructionsOf(items)) {
    yield { kind: 'duplicate', line: placeOf(item), detail: text, items: instead(items, at, [item, item]) };
  }
}

/** Each with the next instruction, whatever labels stand between them. */
export function* swaps(items: readonly SourceItem[]): Generator<Fault> {
  const all = instructionsOf(items);
  for (const [i, first] of all.entries()) {
    const second = all[i + 1];
    if (second === undefined) return;
    const swapped = instead(instead(items, first.at, [second.item]), second.at, [first.item]);
    yield { kind: 'swap', line: placeOf(first.item), detail: `${first.text} <> ${second.text}`, items: swapped };
  }
}

/**
 * Each to every other place of its code point: in front of each other item (a label as well: in front of it and behind it are two places), and to
 * the end. In front of the code point's own first label is no place of it. A load or store that so comes to the other side of where its pointer is moved
 * goes there twice: as it is, and with the offset that makes it reach the same place.
 */
export function* moves(items: readonly SourceItem[], label: string): Generator<Fault> {
  const entry = items.findIndex((it) => it.kind === 'label' && it.name === label);
  for (const { at, item, text } of instructionsOf(items)) {
    const rest = instead(items, at, []);
    for (let to = entry + 1; to <= rest.length; to++) {
      if (to === at) continue;
      const next = rest[to];
      const where = next === undefined ? 'to the end' : `before ${placeOf(next)}${next.kind === 'label' ? ` ${next.name}:` : ''}`;
      const moved = (it: SourceInstruction, detail: string): Fault =>
        ({ kind: 'move', line: placeOf(item), detail: `${detail} ${where}`, items: [...rest.slice(0, to), it, ...rest.slice(to)] });
      yield moved(item, text);
      const fitted = to < at ? fit(item, rest.slice(to, at), 1) : fit(item, rest.slice(at, to), -1);
      if (fitted !== undefined) yield moved(fitted, `${text} as ${instructionText(fitted)}`);
    }
  }
}

/** The access with the constants by which `crossed` moves its pointer added to its offset (`sign` 1) or taken from it; undefined: they move it by none. */
function fit(item: SourceInstruction, crossed: readonly SourceItem[], sign: 1 | -1): SourceInstruction | undefined {
  const memory = item.forms.findIndex((it) => it.kind === 'mem');
  if (memory < 0) return undefined;
  const pointer = item.operands[memory + 1]?.toLowerCase();
  const steps = crossed.flatMap((it) => (it.kind === 'instruction' ? stepOf(it) ?? [] : [])).filter((it) => it.pointer === pointer);
  if (steps.length === 0) return undefined;
  const offset = steps.reduce((sum, it) => sumText(sum, it.bytes, sign), item.operands[memory]!);
  return { ...item, operands: item.operands.map((it, i) => (i === memory ? offset : it)) };
}

/** A register that is moved by a constant: by how many bytes, and which operand says so. */
export interface Step {
  readonly pointer: string;
  readonly bytes: string;
  readonly operand: number;
}

/** Of `addi r11, r11, 24` or `stdu r1, -32(r1)`; undefined: it moves none. */
export function stepOf({ mnemonic, operands, forms }: SourceInstruction): Step | undefined {
  const [first, second] = operands.map((it) => it.toLowerCase());
  if (mnemonic === 'addi' && first === second && first !== undefined) return { pointer: first, bytes: operands[2]!, operand: 2 };
  const base = operands[2]?.toLowerCase();
  if (mnemonic === 'stdu' && forms[1]?.kind === 'mem' && first === base && base !== undefined) return { pointer: base, bytes: operands[1]!, operand: 1 };
  return undefined;
}

const NUMBER = /^-?(?:0|[1-9]\d*)$/;

/** The sum or difference of two expressions, as text; of numbers a number. */
export function sumText(one: string, other: string, sign: 1 | -1): string {
  if (NUMBER.test(one) && NUMBER.test(other)) return String(Number(one) + sign * Number(other));
  const term = NUMBER.test(other) && Number(other) >= 0 ? other : `(${other})`;
  return `${one}${sign === 1 ? '+' : '-'}${term}`;
}
