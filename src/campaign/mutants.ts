/**
 * Mutants: every one-step fault of a strategy's own code, made on the parsed assembly of one code point at a time. A mutant's name says kind, code
 * point, line and detail, and nothing of the others. One that does not assemble is none and only counted; those with the same bytes are one.
 *
 * Faults are put into what hooks in line (`inLineAlone`): the proofs and the bound behind them know no other style, and the second text has a page
 * of its own.
 */
import { CodeVariant } from '../image/templates.ts';
import { shortHash } from '../case/token.ts';
import { checkCode, hookText } from '../contract/check-code.ts';
import { strategySymbols } from '../contract/state.ts';
import { labelsOf } from '../contract/scan.ts';
import { StrategyError } from '../contract/strategy-error.ts';
import { CODE_POINTS, GENERATED_CODE_POINTS } from '../contract/strategy.ts';
import type { CodePoint, Strategy } from '../contract/strategy.ts';
import { checkReferences } from '../contract/validate-strategy.ts';
import { AssemblyError, assemble } from '../isa/assemble.ts';
import { parseSource, sourceText } from '../isa/parse.ts';
import type { SourceItem } from '../isa/parse.ts';
import { CORE_LABELS } from '../kernel/core.ts';
import { ADDRESSES } from '../kernel/layout.ts';
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

/** The strategy without its text for functions that are hooked out of line. */
export function inLineAlone(strategy: Strategy): Strategy {
  const { livepatch_handler_ool: second, ...code } = strategy.code;
  if (second === undefined) return strategy;
  const { pushes, pops, ...rest } = strategy;
  const labels = new Set(Object.entries(code).flatMap(([point, text]) => labelsOf(text, point)));
  const left = (names: readonly string[]): string[] => names.filter((name) => labels.has(name));
  return { ...rest, code, ...(pushes === undefined ? {} : { pushes: left(pushes) }), ...(pops === undefined ? {} : { pops: left(pops) }) };
}

/** All mutants of a strategy that assembles. `kinds`: only these. Throws AssemblyError where it does not. */
export function mutantsOf(whole: Strategy, kinds: readonly FaultKind[] = FAULT_KINDS): Mutants {
  const strategy = inLineAlone(whole);
  const original = bytesOf(strategy);
  const parsed = CODE_POINTS.flatMap((point) => {
    const text = strategy.code[point];
    return text === undefined ? [] : [{ point, items: parseSource(text, point) }];
  });
  const candidates = registersOf(parsed.flatMap((it) => it.items));
  const found = new Map<string, { mutant: Mutant; also: string[] }>();
  const byKind = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  let made = 0;
  let unassembled = 0;
  for (const kind of FAULT_KINDS) {
    if (!kinds.includes(kind)) continue;
    for (const { point, items } of parsed) {
      for (const fault of faults(kind, items, point, candidates)) {
        made++;
        const name = `${kind} ${point}:${fault.line} ${fault.detail}`;
        const mutated = withCode(strategy, point, fault, name);
        const bytes = assembled(mutated);
        if (bytes === undefined) {
          unassembled++;
          continue;
        }
        byKind[kind]++;
        const known = found.get(bytes);
        if (known === undefined) {
          const also: string[] = [];
          found.set(bytes, { mutant: { name, kind, point, strategy: mutated, also, same: bytes === original }, also });
        } else known.also.push(name);
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

/** Its bytes where it is a strategy that can be put on trial. */
function assembled(strategy: Strategy): string | undefined {
  try {
    checkCode(strategy, (point, line, column) => `${point}:${line}:${column}`);
    checkReferences(strategy, (path, what, expected) => { throw new StrategyError(path, what, expected); });
    if (GENERATED_CODE_POINTS.some((point) => strategy.code[point] !== undefined)) new CodeVariant(strategy, strategySymbols(strategy));
    return bytesOf(strategy);
  } catch (error) {
    if (error instanceof StrategyError || error instanceof AssemblyError) return undefined;
    throw error;
  }
}

/**
 * The strategy's code as words: ftrace entry, handler and return in one piece, and each piece of generated code by itself with its labels, which are
 * its entries. Equal texts: the same code, wherever it is put.
 */
export function bytesOf(strategy: Strategy): string {
  const { code } = strategy;
  const symbols: Record<string, bigint> = { ...strategySymbols(strategy), '.TOC.': ADDRESSES.KERNEL_CORE + 0x108000n };
  const hook = `${code.ftrace_entry ?? ''}\n${hookText(strategy)}`;
  const own = assembleWith(hook, symbols);
  const pieces = [`hook ${own.words.join()} ${entriesOf(own.labels, ['ftrace_entry', 'livepatch_handler'])}`];
  for (const point of GENERATED_CODE_POINTS) {
    const text = code[point];
    if (text === undefined) continue;
    const { words, labels } = assembleWith(text, symbols);
    pieces.push(`${point} ${words.join()} ${entriesOf(labels, [point, 'replacement_local_entry'])}`);
  }
  return pieces.join('\n');
}

const entriesOf = (labels: ReadonlyMap<string, bigint>, names: readonly string[]): string => names.map((name) => labels.get(name) ?? '-').join();

/** With stand-ins for the kernel's labels that the text does not define itself. */
function assembleWith(text: string, symbols: Readonly<Record<string, bigint>>): ReturnType<typeof assemble> {
  const own = new Set(parseSource(text, 'mutant').flatMap((it) => (it.kind === 'label' ? [it.name] : [])));
  const outside: Record<string, bigint> = { ...symbols };
  for (const label of CORE_LABELS) if (!own.has(label)) outside[label] = ADDRESSES.KERNEL_CORE + 0x2000n;
  return assemble(text, { base: ADDRESSES.KERNEL_CORE, symbols: outside });
}
