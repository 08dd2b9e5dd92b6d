/** A look at assembly text without assembling it: where its labels and other statements are. */
import { sourceStatements } from '../isa/source.ts';

export interface Piece {
  /** What stands there: a label without its colon, or a statement. */
  readonly text: string;
  readonly isLabel: boolean;
  /** Offset of its first character in the source. */
  readonly offset: number;
}

const LABEL = /^([A-Za-z_.$][\w.$]*|\d+)\s*:\s*/;

/**
 * Labels and statements in the order of the source.
 * @throws AssemblyError (with `file`) when a comment or a string is not closed.
 */
export function pieces(source: string, file: string): Piece[] {
  const lineOffsets = [0];
  for (let end = source.indexOf('\n'); end >= 0; end = source.indexOf('\n', end + 1)) lineOffsets.push(end + 1);
  const found: Piece[] = [];
  for (const { text, line, column } of sourceStatements(source, file)) {
    let rest = text;
    let offset = lineOffsets[line - 1]! + column - 1;
    for (let label = LABEL.exec(rest); label !== null; label = LABEL.exec(rest)) {
      found.push({ text: label[1]!, isLabel: true, offset });
      offset += label[0].length;
      rest = rest.slice(label[0].length);
    }
    if (rest !== '') found.push({ text: rest, isLabel: false, offset });
  }
  return found;
}

/** Labels of texts that were asked for, the newest last: the same few texts are asked for again and again. */
const known = new Map<string, readonly string[]>();
const MOST_KNOWN = 50;

/** Names of the labels that a text defines, numeric ones excepted. */
export function labelsOf(source: string, file: string): readonly string[] {
  const before = known.get(source);
  if (before !== undefined) return before;
  const labels = pieces(source, file).flatMap(({ text, isLabel }) => (isLabel && !/^\d/.test(text) ? [text] : []));
  if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!);
  known.set(source, labels);
  return labels;
}

/** `line:column` of an offset, both from 1. */
export function positionOf(source: string, offset: number): string {
  const before = source.slice(0, offset);
  return `${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`;
}
