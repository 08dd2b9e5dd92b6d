/** Puts a strategy's piece of generated code into the text, with its points. */
import type { LoweringContext } from './context.ts';
import { hookPointOf } from './templates.ts';
import type { Piece } from './templates.ts';

export function emitPiece(ctx: LoweringContext, piece: Piece): void {
  const { out, program } = ctx, { words, hookData } = piece;
  if (words.length === 0) return;
  const index = program.pieces++;
  program.pieceWord[index] = out.at;
  program.pieceWords[index] = words.length;
  program.piecePoint[index] = piece.point;
  for (let i = 0; i < words.length; i++) {
    const data = hookData[i]!;
    if (data !== 0) out.mark(hookPointOf(data), data);
    out.put(words[i]!);
  }
}

/** The pieces' words are hook code: tags them when the versions are written. */
export function tagPieces(ctx: LoweringContext, tag: number): void {
  const { out, program } = ctx;
  for (let i = 0; i < program.pieces; i++) {
    const from = program.pieceWord[i]!;
    out.textTag.fill(tag, from, from + program.pieceWords[i]!);
  }
}
