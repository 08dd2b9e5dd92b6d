/**
 * Mutants: every one-step fault of a strategy's own code, made on the parsed assembly of one code point at a time. A mutant's name says kind, code
 * point, line and detail, and nothing of the others. One that does not assemble is none and only counted; those with the same bytes are one.
 *
 * A code point belongs to the style of hooking that runs it: the handlers to one each, all else to both. A fault of what both share is judged in both.
 */
import { CodeVariant } from '../image/templates.ts';
import { shortHash } from '../case/token.ts';
import { assemblePiece, checkCode, hookText } from '../contract/check-code.ts';
import type { PieceName } from '../contract/check-code.ts';
import { strategySymbols } from '../contract/state.ts';
import { labelsOf } from '../contract/scan.ts';
import { StrategyError } from '../contract/strategy-error.ts';
import { CODE_POINTS, GENERATED_CODE_POINTS, hooksOutOfLine } from '../contract/strategy.ts';
import type { CodePoint, Strategy } from '../contract/strategy.ts';
import { checkReferences } from '../contract/validate-strategy.ts';
import { AssemblyError } from '../isa/assemble.ts';
import type { Assembly } from '../isa/assemble.ts';
import { parseSource, sourceText } from '../isa/parse.ts';
import type { SourceItem } from '../isa/parse.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { FAULT_KINDS } from './mutant-fault.ts';
import type { Fault, FaultKind } from './mutant-fault.ts';
import { drops, inversions, unconditional } from './mutant-branches.ts';
import { offsets, registers, registersOf, widths } from './mutant-operands.ts';
import { deletions, duplicates, moves, swaps } from './mutant-order.ts';
import { entries, markers, sizes } from './mutant-shapes.ts';

export interface Mutant {
  /** `KIND POINT:LINE DETAIL`; unique, and the same whatever other mutants there are. */
  readonly name: string;
  readonly kind: FaultKind;
  readonly point: CodePoint;
  /** Styles of hooking in which it is judged: those that run its code point and were asked for. Not empty. */
  readonly styles: readonly HookingStyle[];
  readonly strategy: Strategy;
  /** Names of further faults that come to the same bytes. */
  readonly also: readonly string[];
  /** Its code is the original's, byte for byte. */
  readonly same: boolean;
}

export interface Mutants {
  readonly mutants: readonly Mutant[];
  /** Faults made, those that do not assemble included. */
  readonly made: number;
  readonly unassembled: number;
  /** Faults by kind, before those with the same bytes are merged. */
  readonly byKind: Readonly<Record<FaultKind, number>>;
}

const IN_LINE_ALONE: readonly CodePoint[] = ['ftrace_entry', 'livepatch_handler'];
const OUT_OF_LINE_ALONE: readonly CodePoint[] = ['ftrace_entry_ool', 'livepatch_handler_ool'];

/** Styles in which a code point is run. */
const runIn = (point: CodePoint, style: HookingStyle): boolean => !(style === 'in-line' ? OUT_OF_LINE_ALONE : IN_LINE_ALONE).includes(point);

/** The styles of hooking that a strategy has code for. */
export const stylesOf = (strategy: Strategy): readonly HookingStyle[] => (hooksOutOfLine(strategy) ? ['in-line', 'out-of-line'] : ['in-line']);

/** The strategy without its texts for functions that are hooked out of line. */
export function inLineAlone(strategy: Strategy): Strategy {
  const { livepatch_handler_ool: second, ftrace_entry_ool: entry, ...code } = strategy.code;
  if (second === undefined && entry === undefined) return strategy;
  const { pushes, pops, exempt, ...rest } = strategy;
  const labels = new Set(Object.entries(code).flatMap(([point, text]) => labelsOf(text, point)));
  const left = (names: readonly string[]): string[] => names.filter((name) => labels.has(name));
  return {
    ...rest, code, ...(pushes === undefined ? {} : { pushes: left(pushes) }), ...(pops === undefined ? {} : { pops: left(pops) }),
    ...(exempt === undefined ? {} : { exempt: exempt.filter(({ label }) => labels.has(label)) }),
  };
}

/**
 * All mutants of a strategy that assembles. `kinds`: only these; `styles`: only of code points that one of them runs, of styles that it has code for.
 * Throws AssemblyError where it does not.
 */
export function mutantsOf(whole: Strategy, kinds: readonly FaultKind[] = FAULT_KINDS, styles: readonly HookingStyle[] = stylesOf(whole)): Mutants {
  const strategy = styles.includes('out-of-line') ? whole : inLineAlone(whole);
  const known = new Map<string, string>();
  const original = bytesOf(strategy, known);
  const parsed = CODE_POINTS.flatMap((point) => {
    const text = strategy.code[point], judged = styles.filter((style) => runIn(point, style));
    return text === undefined || judged.length === 0 ? [] : [{ point, styles: judged, items: parseSource(text, point) }];
  });
  // Registers that the code names which runs together with the point: a fault of one handler is the same whatever the other one names.
  const candidatesOf = (judged: readonly HookingStyle[]): readonly number[] =>
    registersOf(parsed.filter((it) => it.styles.some((style) => judged.includes(style))).flatMap((it) => it.items));
  const found = new Map<string, { mutant: Mutant; also: string[] }>();
  const byKind = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  let made = 0;
  let unassembled = 0;
  for (const kind of FAULT_KINDS) {
    if (!kinds.includes(kind)) continue;
    for (const { point, items, styles: judged } of parsed) {
      for (const fault of faults(kind, items, point, candidatesOf(judged))) {
        made++;
        const name = `${kind} ${point}:${fault.line} ${fault.detail}`;
        const mutated = withCode(strategy, point, fault, name);
        const bytes = assembled(mutated, point, known);
        if (bytes === undefined) {
          unassembled++;
          continue;
        }
        byKind[kind]++;
        const first = found.get(bytes);
        if (first === undefined) {
          const also: string[] = [];
          found.set(bytes, { mutant: { name, kind, point, styles: judged, strategy: mutated, also, same: bytes === original }, also });
        } else first.also.push(name);
      }
    }
  }
  return { mutants: [...found.values()].map((it) => it.mutant), made, unassembled, byKind };
}

function faults(kind: FaultKind, items: readonly SourceItem[], point: CodePoint, candidates: readonly number[]): Iterable<Fault> {
  switch (kind) {
    case 'delete': return deletions(items);
    case 'duplicate': return duplicates(items);
    case 'swap': return swaps(items);
    case 'move': return moves(items, point);
    case 'offset': return offsets(items);
    case 'register': return registers(items, candidates);
    case 'invert': return inversions(items);
    case 'drop-branch': return drops(items);
    case 'always-branch': return unconditional(items);
    case 'width': return widths(items);
    case 'entry': return entries(items, point);
    case 'marker': return markers(items);
    case 'size': return sizes(items);
  }
}

/** Characters of the strategy's name that a mutant's name begins with. */
const NAME = 40;

function withCode(strategy: Strategy, point: CodePoint, fault: Fault, name: string): Strategy {
  return {
    ...strategy,
    name: `${strategy.name.slice(0, NAME).replace(/-+$/, '')}-${fault.kind}-${shortHash(name)}`,
    summary: `${strategy.name} with a fault: ${name}`.slice(0, 200),
    code: { ...strategy.code, [point]: sourceText(fault.items) },
  };
}

/** Its bytes where it is a strategy that can be put on trial. It differs from one that is in one code point; `known` as in bytesOf. */
function assembled(strategy: Strategy, changed: CodePoint, known: Map<string, string>): string | undefined {
  try {
    const checked = checkCode(strategy, (point, line, column) => `${point}:${line}:${column}`, [changed]);
    checkReferences(strategy, (path, what, expected) => { throw new StrategyError(path, what, expected); });
    if (GENERATED_CODE_POINTS.some((point) => strategy.code[point] !== undefined)) new CodeVariant(strategy, strategySymbols(strategy));
    return bytesOf(strategy, known, checked);
  } catch (error) {
    if (error instanceof StrategyError || error instanceof AssemblyError) return undefined;
    throw error;
  }
}

/**
 * The strategy's code as words: ftrace entry, handler and return in one piece, the other style's handler and return in another one, and each piece of
 * generated code by itself with its labels, which are its entries. Equal texts: the same code, wherever it is put.
 * @param known pieces of strategies with the same state that have been assembled, by their names and texts; this one's are put to them
 * @param checked pieces of this one that have been assembled
 */
export function bytesOf(strategy: Strategy, known = new Map<string, string>(), checked: ReadonlyMap<PieceName, Assembly> = new Map()): string {
  const { code } = strategy;
  const piece = (name: PieceName, text: string, entries: readonly string[]): string => {
    const key = `${name}\n${text}`;
    let bytes = known.get(key);
    if (bytes === undefined) {
      const { words, labels } = checked.get(name) ?? assemblePiece(strategy, text);
      bytes = `${name} ${words.join()} ${entriesOf(labels, entries)}`;
      known.set(key, bytes);
    }
    return bytes;
  };
  const pieces = [piece('hook', `${code.ftrace_entry ?? ''}\n${hookText(strategy)}`, ['ftrace_entry', 'livepatch_handler'])];
  if (code.livepatch_handler_ool !== undefined || code.ftrace_entry_ool !== undefined) {
    pieces.push(piece('out of line', `${code.ftrace_entry_ool ?? ''}\n${hookText(strategy, 'out-of-line')}`, ['ftrace_entry_ool', 'livepatch_handler_ool']));
  }
  for (const point of GENERATED_CODE_POINTS) {
    const text = code[point];
    if (text !== undefined) pieces.push(piece(point, text, [point, 'replacement_local_entry']));
  }
  return pieces.join('\n');
}

const entriesOf = (labels: ReadonlyMap<string, bigint>, names: readonly string[]): string => names.map((name) => labels.get(name) ?? '-').join();
