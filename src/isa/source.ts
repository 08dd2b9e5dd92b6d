/**
 * Cuts assembly source into statements: comments out, `;` and line ends separate, places kept.
 * Source: GAS manual 3.1 to 3.5 and 9.38 (PowerPC): `#` comments to the end of the line, `;` separates.
 */
import { AssemblyError } from './expression.ts';

/** One statement, blanks around it kept out. */
export interface Statement {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** Column of the first character, from 1. */
  readonly column: number;
}

/** A text of its own: a piece of another one may keep all of that one in memory. For what is kept for long. */
export const apart = (text: string): string => [...text].join('');

/** Text in which nothing ends and nothing begins. */
const ORDINARY = /[^\n;#/"']+/y;

/** The statements of a source, in order. Throws when a comment or a string is not closed. */
export function sourceStatements(source: string, file: string): Statement[] {
  const statements: Statement[] = [];
  let text = '', textLine = 1, textColumn = 1;
  let line = 1, lineStart = 0;
  const flush = (): void => {
    const trimmed = text.trimStart();
    if (trimmed !== '') statements.push({ text: trimmed.trimEnd(), line: textLine, column: textColumn + text.length - trimmed.length });
    text = '';
  };
  const add = (piece: string, at: number): void => {
    if (text === '') [textLine, textColumn] = [line, at - lineStart + 1];
    text += piece;
  };
  for (let i = 0; i < source.length; i++) {
    // Nearly all of a source is that; it is taken in one piece.
    ORDINARY.lastIndex = i;
    if (ORDINARY.test(source)) {
      add(source.slice(i, ORDINARY.lastIndex), i);
      i = ORDINARY.lastIndex - 1;
      continue;
    }
    const character = source[i] as string;
    const rest = source.slice(i, i + 2);
    if (character === '\n') {
      flush();
      line++;
      lineStart = i + 1;
    } else if (character === ';') {
      flush();
    } else if (character === '#' || rest === '//') {
      const end = source.indexOf('\n', i);
      i = (end < 0 ? source.length : end) - 1;
    } else if (rest === '/*') {
      const end = source.indexOf('*/', i + 2);
      if (end < 0) throw new AssemblyError(file, line, i - lineStart + 1, 'comment is not closed', "'*/'");
      // Blanks in its place keep the columns of what follows on the same line.
      const comment = source.slice(i, end + 2);
      const newlines = comment.split('\n').length - 1;
      if (newlines > 0) {
        line += newlines;
        lineStart = i + comment.lastIndexOf('\n') + 1;
        add(' ', i);
      } else {
        add(' '.repeat(comment.length), i);
      }
      i = end + 1;
    } else if (character === '"' || character === "'") {
      const literal = character === '"' ? /"(?:\\.|[^"\\\n])*"/y : /'(?:\\.|[^\\\n])'?/y;
      literal.lastIndex = i;
      const found = literal.exec(source);
      if (found === null) throw new AssemblyError(file, line, i - lineStart + 1, 'string is not closed', `'${character}'`);
      add(found[0], i);
      i += found[0].length - 1;
    } else {
      add(character, i);
    }
  }
  flush();
  return statements;
}
