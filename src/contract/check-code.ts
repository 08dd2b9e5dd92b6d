/**
 * Does a strategy's assembly assemble? With stand-ins for what only an image knows: the kernel's labels and `.TOC.`. The image assembles it
 * again, where it belongs.
 */
import { AssemblyError, assemble } from '../isa/assemble.ts';
import type { Assembly } from '../isa/assemble.ts';
import { CORE_LABELS } from '../kernel/core.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { ADDRESSES } from '../kernel/layout.ts';
import { DEFAULT_LIVEPATCH_HANDLER, DEFAULT_LIVEPATCH_HANDLER_OOL } from './default-handler.ts';
import { pieces } from './scan.ts';
import { strategySymbol } from './state.ts';
import { StrategyError } from './strategy-error.ts';
import { CODE_POINTS, GENERATED_CODE_POINTS } from './strategy.ts';
import type { CodePoint, Strategy } from './strategy.ts';

/** Bytes of code that a hook (ftrace entry, handler and return together) or another code point may have. */
export const MOST_CODE_BYTES = 4096;

/** Words that a code point in generated code may have: with so many, every scenario within BOUNDS still fits its text pages (image/lower.ts). */
export const PIECE_WORDS = 32;

/** Characters that a line of assembly may have. */
export const MOST_LINE = 1000;

/** How to name a place: in which code point's text, line and column from 1. */
export type PlaceOf = (point: CodePoint, line: number, column: number) => string;

/** The texts that go into the core page besides the ftrace entry: the handler, or branch-only's, and what lies behind it. */
export function hookText({ code }: Pick<Strategy, 'code'>, style: HookingStyle = 'in-line'): string {
  const handler = style === 'in-line' ? code.livepatch_handler ?? DEFAULT_LIVEPATCH_HANDLER : code.livepatch_handler_ool ?? DEFAULT_LIVEPATCH_HANDLER_OOL;
  return ended(handler) + ended(code.livepatch_return ?? '');
}

/** A text that another may follow. */
const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** What a strategy's code is assembled in: all that lies in its core page for one style of hooking together, each code point in generated code alone. */
export type PieceName = 'hook' | 'out of line' | CodePoint;

/**
 * Assembles all code of a strategy, and gives it back piece by piece. `changed`: only what one of these code points is part of, where all else is that of a strategy that was checked.
 * @throws StrategyError at the first thing that cannot be assembled, is too long, or lacks its label.
 */
export function checkCode(strategy: Strategy, placeOf: PlaceOf, changed: readonly CodePoint[] = CODE_POINTS): ReadonlyMap<PieceName, Assembly> {
  const { code } = strategy;
  const assembled = new Map<PieceName, Assembly>();
  const check = (name: PieceName, texts: readonly (readonly [CodePoint, string])[]): void => {
    if (texts.some(([point]) => changed.includes(point))) assembled.set(name, checkPieces(strategy, placeOf, texts));
  };
  const handler = code.livepatch_handler ?? DEFAULT_LIVEPATCH_HANDLER;
  check('hook', [['ftrace_entry', code.ftrace_entry ?? ''], ['livepatch_handler', handler], ['livepatch_return', code.livepatch_return ?? '']]);
  if (code.livepatch_handler_ool !== undefined || code.ftrace_entry_ool !== undefined) {
    check('out of line', [['ftrace_entry_ool', code.ftrace_entry_ool ?? ''], ['livepatch_handler_ool', code.livepatch_handler_ool ?? DEFAULT_LIVEPATCH_HANDLER_OOL], ['livepatch_return', code.livepatch_return ?? '']]);
  }
  for (const point of GENERATED_CODE_POINTS) {
    const text = code[point];
    if (text !== undefined) check(point, [[point, text]]);
  }
  return assembled;
}

/** Where a strategy's code is assembled to be looked at, and not to run. */
const BASE = ADDRESSES.KERNEL_CORE;
/** Stand-ins for the labels of the kernel's own text, and the TOC pointer. A label that the code defines itself goes before what is handed in. */
const OUTSIDE = new Map<string, bigint>([...CORE_LABELS.map((label) => [label, BASE + 0x2000n] as const), ['.TOC.', BASE + 0x108000n]]);

/** A piece of the strategy's code as words, as this file assembles it. @throws AssemblyError */
export function assemblePiece(strategy: Strategy, text: string): Assembly {
  const own = strategySymbol(strategy);
  return assemble(text, { base: BASE, symbols: (name) => OUTSIDE.get(name) ?? own(name) });
}

/** Assembles the texts in one piece. */
function checkPieces(strategy: Strategy, placeOf: PlaceOf, texts: readonly (readonly [CodePoint, string])[]): Assembly {
  const starts: { point: CodePoint; line: number }[] = [];
  let text = '';
  for (const [point, piece] of texts) {
    starts.push({ point, line: text.split('\n').length });
    text += ended(piece);
  }
  const place = (line: number, column: number): string => {
    const start = starts.findLast((candidate) => candidate.line <= line) ?? starts[0]!;
    return placeOf(start.point, line - start.line + 1, column);
  };
  const first = place(1, 1);
  text.split('\n').forEach((line, i) => {
    if (line.length > MOST_LINE) throw new StrategyError(place(i + 1, MOST_LINE + 1), `a line of ${line.length} characters`, `at most ${MOST_LINE}`);
  });
  try {
    const assembly = assemblePiece(strategy, text), { bytes, labels } = assembly;
    checkWords(texts, Math.ceil(bytes.length / 4), placeOf);
    if (bytes.length > MOST_CODE_BYTES) throw new StrategyError(first, `${bytes.length} bytes of code`, `at most ${MOST_CODE_BYTES}`);
    for (const [point, piece] of texts) {
      if (piece === '') continue;
      for (const label of point === 'replacement_entry' ? [point, 'replacement_local_entry'] : [point]) {
        if (!labels.has(label)) throw new StrategyError(placeOf(point, 1, 1), `no label '${label}' in the text of ${point}`, `a line '${label}:'`);
      }
    }
    checkEntries(texts[0]!, labels, placeOf);
    // vmlinux calls the first word of the core page.
    for (const entry of ['ftrace_entry', 'ftrace_entry_ool'] as const) {
      if (textOf(texts, entry) !== '' && labels.get(entry) !== BASE) throw new StrategyError(first, `code before the label '${entry}'`, `'${entry}:' in front of its first instruction`);
    }
    if (textOf(texts, 'traced_global_entry') !== '' && bytes.length !== 8) {
      // Its LEP lies 8 bytes on, as of any other function.
      throw new StrategyError(first, `traced_global_entry has ${bytes.length / 4} instructions`, '2');
    }
    return assembly;
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    throw new StrategyError(place(error.line, error.column), whatOf(error), error.expected);
  }
}

/** Bytes from GEP to LEP that st_other can say (ELFv2 ABI 3.4.1: values 2 to 6). */
const ENTRY_DISTANCES = [4, 8, 16, 32, 64];

/** A replacement's two entries are as far from each other as a symbol can say. */
function checkEntries([point, text]: readonly [CodePoint, string], labels: ReadonlyMap<string, bigint>, placeOf: PlaceOf): void {
  const from = labels.get('replacement_entry'), to = labels.get('replacement_local_entry');
  if (point !== 'replacement_entry' || from === undefined || to === undefined || ENTRY_DISTANCES.includes(Number(to - from))) return;
  throw new StrategyError(placeOf(point, ...labelIn(text, 'replacement_local_entry')),
    `replacement_local_entry lies ${to - from} bytes behind replacement_entry`, `${ENTRY_DISTANCES.join(', ')} (ELFv2, st_other)`);
}

/** A code point in generated code, which is assembled alone, has a bound of its own. */
function checkWords([only]: readonly (readonly [CodePoint, string])[], words: number, placeOf: PlaceOf): void {
  const [point, text] = only!;
  if (words <= PIECE_WORDS || !(GENERATED_CODE_POINTS as readonly CodePoint[]).includes(point)) return;
  throw new StrategyError(placeOf(point, ...labelIn(text, point)), `${point} has ${words} words of code`, `at most ${PIECE_WORDS} in generated code`);
}

/** Line and column of a label, from 1; of the text's beginning, where it is not there. */
function labelIn(text: string, label: string): [line: number, column: number] {
  for (const piece of pieces(text, label)) {
    if (!piece.isLabel || piece.text !== label) continue;
    const before = text.slice(0, piece.offset).split('\n');
    return [before.length, before.at(-1)!.length + 1];
  }
  return [1, 1];
}

const textOf = (texts: readonly (readonly [CodePoint, string])[], point: CodePoint): string => texts.find(([name]) => name === point)?.[1] ?? '';

/** The message of the error without place and expectation. */
export function whatOf(error: AssemblyError): string {
  const prefix = `${error.file}:${error.line}:${error.column}: `;
  return error.message.slice(prefix.length, error.message.length - `; expected ${error.expected}`.length);
}
