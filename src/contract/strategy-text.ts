/**
 * A strategy as an assembly file. Comment lines carry what is not code; labels with the names of code points begin its parts; what
 * stands before the first of them (.set and other directives) belongs to every part. The file goes through GNU as unchanged.
 *
 *     # tocsin: name NAME                    default: the file's name
 *     # tocsin: summary TEXT
 *     # tocsin: origin TEXT
 *     # tocsin: claim holds assuming no-stub-sibling     default: holds
 *     # tocsin: state NAME task|cpu|stack|frame BYTES [= VALUE] [inherited]
 *     # tocsin: area caller OFFSET BYTES
 *     # tocsin: push LABEL
 *     # tocsin: pop LABEL
 *     # tocsin: published CELL
 *     # tocsin: recovers LABEL CELL BYTES OFFSET
 *     # tocsin: exempt LABEL REASON         code that a campaign need not have been at
 *
 * A part livepatch_handler_ool says that the strategy hooks out of line as well; without one such scenarios are not applicable. Directives that name labels
 * name those of both parts.
 */
import { AssemblyError } from '../isa/assemble.ts';
import { checkCode, whatOf } from './check-code.ts';
import { ClaimError, parseClaim } from './claim-text.ts';
import type { Claim } from './claim.ts';
import { pieces, positionOf } from './scan.ts';
import { StrategyError } from './strategy-error.ts';
import { CODE_POINTS } from './strategy.ts';
import type { CodePoint, Exemption, Strategy, StrategyState, Recovers } from './strategy.ts';
import { FRAME_VALUE, INHERITED_OWNER, OWNERS_IN_WORDS, STRATEGY_BOUNDS, checkReferences, isOwner, mostBytes, stateNameProblem, stateRoomProblem } from './validate-strategy.ts';

const DIRECTIVES = ['name', 'summary', 'origin', 'claim', 'state', 'area', 'push', 'pop', 'published', 'recovers', 'exempt'] as const;
type DirectiveName = (typeof DIRECTIVES)[number];

interface Directive {
  readonly name: DirectiveName;
  readonly rest: string;
  /** Offset of `rest` in the text. */
  readonly offset: number;
}

/**
 * Reads a strategy. `file` names it in messages, and gives its name when the text does not.
 * @throws StrategyError `file:line:column: what; expected ...` at the first thing that is wrong.
 */
export function parseStrategyText(text: string, file: string): Strategy {
  if (text.length > STRATEGY_BOUNDS.text) throw new StrategyError(`${file}:1:1`, `${text.length} characters`, `at most ${STRATEGY_BOUNDS.text}`);
  const failAt = (offset: number, what: string, expected: string): never => {
    throw new StrategyError(`${file}:${positionOf(text, offset)}`, what, expected);
  };
  const directives = readDirectives(text, failAt);
  const { code, starts } = splitCode(text, file, failAt);

  const single = (name: DirectiveName): Directive | undefined => {
    const [first, second] = directives.filter((directive) => directive.name === name);
    if (second !== undefined) failAt(second.offset, `a second '${name}'`, 'one');
    if (first !== undefined && first.rest === '') failAt(first.offset, `'${name}' without a value`, 'one behind it');
    if (first !== undefined && first.rest.length > STRATEGY_BOUNDS.line) failAt(first.offset, `${first.rest.length} characters`, `at most ${STRATEGY_BOUNDS.line}`);
    return first;
  };
  const published = single('published');
  const state = readState(directives, failAt);
  const areas = directives.filter(({ name }) => name === 'area').map((directive) => readArea(directive, failAt));
  const pushes = readLabels(directives, 'push', failAt);
  const pops = readLabels(directives, 'pop', failAt);
  const exempt = readExemptions(directives, failAt);
  const recovers = readRecovers(single('recovers'), failAt);
  const strategy: Strategy = {
    name: readName(single('name'), file, failAt),
    summary: single('summary')?.rest ?? `strategy in ${baseName(file)}`,
    origin: single('origin')?.rest ?? baseName(file),
    claim: readClaim(single('claim'), failAt),
    code,
    ...(state.length === 0 ? {} : { state }),
    ...(areas.length === 0 ? {} : { areas }),
    ...(pushes.length === 0 ? {} : { pushes }),
    ...(pops.length === 0 ? {} : { pops }),
    ...(published === undefined ? {} : { published: published.rest }),
    ...(recovers === undefined ? {} : { recovers }),
    ...(exempt.length === 0 ? {} : { exempt }),
  };

  // The parts keep their lines and columns, so places in them are places in the file.
  checkCode(strategy, (_, line, column) => `${file}:${line}:${column}`);
  checkReferences(strategy, (path, what, expected) => failAt(placeOfReference(path, directives, starts), what, expected));
  return strategy;
}

function readRecovers(directive: Directive | undefined, failAt: FailAt): Recovers | undefined {
  if (directive === undefined) return undefined;
  const parts = /^(\S+)\s+(\S+)\s+(\d{1,3})\s+(-\d{1,3})$/.exec(directive.rest);
  const [label, cell, bytes, offset] = [parts?.[1] ?? '', parts?.[2] ?? '', Number(parts?.[3]), Number(parts?.[4])];
  if (!(bytes >= 8 && bytes <= 512 && offset <= -8 && offset >= -512 && offset % 8 === 0)) {
    failAt(directive.offset, `'recovers ${directive.rest}'`, "a label, a cell of the task, bytes of an entry (8 to 512) and an offset from its end (a multiple of 8, -512 to -8)");
  }
  return { label, cell, bytes, offset };
}

/** Where `checkReferences` found something: `pushes[1]`, `published`, `code.POINT`. */
function placeOfReference(path: string, directives: readonly Directive[], starts: ReadonlyMap<CodePoint, number>): number {
  const [, list, index, point] = /^(?:(pushes|pops|published|recovers|exempt)(?:\[(\d+)\])?|code\.(\w+))$/.exec(path) ?? [];
  if (list !== undefined) {
    const name = list === 'pushes' ? 'push' : list === 'pops' ? 'pop' : list === 'exempt' || list === 'recovers' ? list : 'published';
    return directives.filter((directive) => directive.name === name)[Number(index ?? 0)]?.offset ?? 0;
  }
  return starts.get(point as CodePoint) ?? 0;
}

type FailAt = (offset: number, what: string, expected: string) => never;

function readDirectives(text: string, failAt: FailAt): Directive[] {
  const found: Directive[] = [];
  // Comments as the assembler sees them; only one that has its line to itself can be a directive.
  for (const { 0: comment, index } of text.matchAll(/\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|#[^\n]*/g)) {
    const match = /^#\s*tocsin\b(\s*:)?\s*(\S*)\s*/.exec(comment);
    if (match === null || text.slice(text.lastIndexOf('\n', index) + 1, index).trim() !== '') continue;
    const [whole, colon, word] = match as unknown as [string, string | undefined, string];
    if (colon === undefined) failAt(index, "'tocsin' without a colon", "'# tocsin: ...'");
    const name = DIRECTIVES.find((candidate) => candidate === word);
    if (name === undefined) {
      return failAt(index + whole.trimEnd().length - word.length, word === '' ? 'nothing to declare' : `'${word}'`, `one of ${DIRECTIVES.join(', ')}`);
    }
    found.push({ name, rest: comment.slice(whole.length).trimEnd(), offset: index + whole.length });
  }
  return found;
}

/** Cuts the text at the labels of code points. Each part has blanks in place of the others. */
function splitCode(text: string, file: string, failAt: FailAt): { code: Partial<Record<CodePoint, string>>; starts: Map<CodePoint, number> } {
  const starts = new Map<CodePoint, number>();
  try {
    for (const { text: word, isLabel, offset } of pieces(text, file)) {
      const point = isLabel ? CODE_POINTS.find((candidate) => candidate === word) : undefined;
      if (point !== undefined) {
        if (starts.has(point)) failAt(offset, `a second label '${point}'`, 'one');
        starts.set(point, offset);
      } else if (starts.size === 0 && (isLabel || !/^\.|^[\w.$]+\s*=/.test(word))) {
        failAt(offset, `${isLabel ? 'a label' : 'an instruction'} before the first code point`, `one of the labels ${CODE_POINTS.join(', ')}`);
      }
    }
  } catch (error) {
    if (error instanceof AssemblyError) throw new StrategyError(`${file}:${error.line}:${error.column}`, whatOf(error), error.expected);
    throw error;
  }
  if (starts.size === 0) failAt(0, 'no code point', `at least one of the labels ${CODE_POINTS.join(', ')}`);

  const order = [...starts.entries()];
  const code: Partial<Record<CodePoint, string>> = {};
  order.forEach(([point, start], i) => {
    const end = order[i + 1]?.[1] ?? text.length;
    const prefix = text.slice(0, order[0]![1]);
    code[point] = `${prefix}${blank(text.slice(prefix.length, start))}${text.slice(start, end)}`;
  });
  return { code, starts };
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

const baseName = (file: string): string => file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);

function readName(given: Directive | undefined, file: string, failAt: FailAt): string {
  if (given === undefined) {
    const stem = baseName(file).replace(/\.[^.]*$/, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
    return stem.slice(0, STRATEGY_BOUNDS.name) || 'strategy';
  }
  if (!/^[a-z0-9][a-z0-9-]*$/.test(given.rest) || given.rest.length > STRATEGY_BOUNDS.name) {
    failAt(given.offset, `'${given.rest}'`, `a name: lower case letters, digits and dashes, at most ${STRATEGY_BOUNDS.name}`);
  }
  return given.rest;
}

function readClaim(given: Directive | undefined, failAt: FailAt): Claim {
  if (given === undefined) return { kind: 'holds', assuming: [] };
  try {
    return parseClaim(given.rest);
  } catch (error) {
    if (error instanceof ClaimError) failAt(given.offset + error.offset, error.what, error.expected);
    throw error;
  }
}

const NUMBER = '0[xX][0-9a-fA-F]+|\\d+';

function readState(directives: readonly Directive[], failAt: FailAt): StrategyState[] {
  const names = new Set<string>();
  const state: StrategyState[] = [];
  for (const { name, rest, offset } of directives) {
    if (name !== 'state') continue;
    const match = new RegExp(`^(\\S+)\\s+(\\S+)\\s+(${NUMBER})(?:\\s*=\\s*(${NUMBER}))?(?:\\s+(inherited))?$`, 'd').exec(rest);
    if (match === null) return failAt(offset, `'${rest}'`, 'NAME task|cpu|stack|frame BYTES [= VALUE] [inherited]');
    const [, cell, owner, bytesText, valueText, inherits] = match as unknown as [string, string, string, string, string | undefined, string | undefined];
    const at = (group: number): number => offset + (match.indices?.[group]?.[0] ?? 0);
    const problem = stateNameProblem(cell, names);
    if (problem !== undefined) failAt(at(1), problem.what, problem.expected);
    names.add(cell);
    if (!isOwner(owner)) return failAt(at(2), `'${owner}'`, OWNERS_IN_WORDS);
    const bytes = Number(bytesText);
    if (bytes < 1 || bytes > mostBytes(owner)) failAt(at(3), `${bytesText} bytes`, `1 to ${mostBytes(owner)}`);
    if (inherits !== undefined && owner !== 'task') failAt(at(5), `'inherited' of a ${owner}`, INHERITED_OWNER);
    const inherited = inherits === undefined ? {} : { inherited: true as const };
    if (valueText === undefined) {
      state.push({ name: cell, owner, bytes, ...inherited });
      continue;
    }
    if (owner === 'frame') failAt(at(4), `the value ${valueText}`, FRAME_VALUE);
    const value = BigInt(valueText);
    if (value >= 1n << 64n) failAt(at(4), `the value ${valueText}`, 'at most 64 bits');
    state.push({ name: cell, owner, bytes, value, ...inherited });
  }
  const problem = stateRoomProblem(state);
  if (problem !== undefined) failAt(directives.find(({ name }) => name === 'state')?.offset ?? 0, problem.what, problem.expected);
  return state;
}

function readArea({ rest, offset }: Directive, failAt: FailAt): { offset: number; bytes: number } {
  const match = new RegExp(`^caller\\s+(${NUMBER})\\s+(${NUMBER})$`).exec(rest);
  const area = { offset: Number(match?.[1]), bytes: Number(match?.[2]) };
  if (match === null || area.bytes < 1 || area.offset > STRATEGY_BOUNDS.areaEnd || area.bytes > STRATEGY_BOUNDS.areaEnd) {
    return failAt(offset, `'${rest}'`, `caller OFFSET BYTES, 0 to ${STRATEGY_BOUNDS.areaEnd} and 1 to ${STRATEGY_BOUNDS.areaEnd}`);
  }
  return area;
}

function readLabels(directives: readonly Directive[], name: 'push' | 'pop', failAt: FailAt): string[] {
  const labels: string[] = [];
  for (const directive of directives) {
    if (directive.name !== name) continue;
    if (!/^[A-Za-z_.$][\w.$]*$/.test(directive.rest)) failAt(directive.offset, directive.rest === '' ? 'no label' : `'${directive.rest}'`, 'the name of one label');
    if (labels.includes(directive.rest)) failAt(directive.offset, `'${directive.rest}' named twice`, 'each label once');
    labels.push(directive.rest);
  }
  return labels;
}

function readExemptions(directives: readonly Directive[], failAt: FailAt): Exemption[] {
  const exempt: Exemption[] = [];
  for (const { name, rest, offset } of directives) {
    if (name !== 'exempt') continue;
    const [, label = '', reason = ''] = /^([A-Za-z_.$][\w.$]*)\s+(\S.*)$/.exec(rest) ?? [];
    if (label === '') failAt(offset, rest === '' ? 'no label' : `'${rest.slice(0, STRATEGY_BOUNDS.line)}'`, 'LABEL REASON');
    if (reason.length > STRATEGY_BOUNDS.line) failAt(offset, `${reason.length} characters`, `at most ${STRATEGY_BOUNDS.line}`);
    if (exempt.some((it) => it.label === label)) failAt(offset, `'${label}' named twice`, 'each label once');
    exempt.push({ label, reason });
  }
  return exempt;
}
