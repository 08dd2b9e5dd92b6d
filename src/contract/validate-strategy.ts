/** Checks a value that claims to be a strategy, such as the default export of a user's file. */
import { checkCode } from './check-code.ts';
import { ClaimError, isAssumption, isObligation, parseClaim } from './claim-text.ts';
import type { Claim } from './claim.ts';
import { KERNEL_SYMBOLS } from '../kernel/symbols.ts';
import { AssemblyError } from '../isa/assemble.ts';
import { CORE_LABELS } from '../kernel/core.ts';
import { labelsOf } from './scan.ts';
import { STATE_ROOM, placeState } from './state.ts';
import { StrategyError } from './strategy-error.ts';
import { CODE_POINTS, hooksOutOfLine } from './strategy.ts';
import type { CodePoint, Exemption, Recovers, Strategy, StrategyCode, StrategyState } from './strategy.ts';

/** Bounds of a strategy's data. */
export const STRATEGY_BOUNDS = { name: 64, line: 200, text: 65_536, list: 32, stateBytes: 8_192, areaEnd: 4096 } as const;

type Fields = Readonly<Record<string, unknown>>;

const FIELDS = ['name', 'summary', 'origin', 'claim', 'code', 'state', 'areas', 'pushes', 'pops', 'published', 'recovers', 'exempt'] as const;
const SYMBOL = /^[A-Za-z_][\w.$]*$/;
/** What `as -mregnames` would read as a register. */
const REGISTER_NAME = /^(?:r\d+|f\d+|v\d+|vs\d+|cr\d*|sp|rtoc|lr|ctr|xer|lt|gt|eq|so|un)$/i;

/**
 * Checks the value and returns a copy of it as a strategy; a claim may be given in words. `file` names it in messages.
 * @throws StrategyError at the first thing that is wrong.
 */
export function validateStrategy(value: unknown, file = 'strategy'): Strategy {
  const fail = (path: string, what: string, expected: string): never => {
    throw new StrategyError(path === '' ? file : `${file}: ${path}`, what, expected);
  };
  const { name, summary, origin, claim, code, state, areas, pushes, pops, published, recovers, exempt } = fields(value, '', FIELDS, fail);

  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name) || name.length > STRATEGY_BOUNDS.name) {
    fail('name', show(name), `lower case letters, digits and dashes, at most ${STRATEGY_BOUNDS.name}`);
  }
  const checked = {
    name: name as string,
    summary: line(summary, 'summary', fail),
    origin: origin === undefined ? '' : line(origin, 'origin', fail),
    claim: checkedClaim(claim, fail),
    code: checkedCode(code, fail),
  };
  const strategy: Strategy = {
    ...checked,
    ...(state === undefined ? {} : { state: checkedState(state, fail) }),
    ...(areas === undefined ? {} : { areas: checkedAreas(areas, fail) }),
    ...(pushes === undefined ? {} : { pushes: checkedNames(pushes, 'pushes', fail) }),
    ...(pops === undefined ? {} : { pops: checkedNames(pops, 'pops', fail) }),
    ...(published === undefined ? {} : { published: line(published, 'published', fail) }),
    ...(recovers === undefined ? {} : { recovers: checkedRecovers(recovers, fail) }),
    ...(exempt === undefined ? {} : { exempt: checkedExemptions(exempt, fail) }),
  };
  checkCode(strategy, (point, row, column) => `${file}: code.${point}:${row}:${column}`);
  checkReferences(strategy, (path, what, expected) => fail(path, what, expected));
  return strategy;
}

export type Fail = (path: string, what: string, expected: string) => never;

/** Labels and cells that a strategy names must exist. The code has been assembled before. */
export function checkReferences(strategy: Strategy, fail: Fail): void {
  const { code, state = [] } = strategy;
  const hook = new Set(labelsIn(code, ['ftrace_entry', 'ftrace_entry_ool', 'livepatch_handler', 'livepatch_handler_ool', 'livepatch_return']));
  checkOutOfLine(code, fail);
  for (const list of ['pushes', 'pops'] as const) {
    strategy[list]?.forEach((label, i) => {
      if (!hook.has(label)) fail(`${list}[${i}]`, `no label '${label}' in the hook`, 'a label of livepatch_handler or livepatch_return');
    });
  }
  if ((strategy.pushes?.length ?? 0) === 0 !== ((strategy.pops?.length ?? 0) === 0)) {
    fail('pushes', 'only one of pushes and pops', 'both, or neither');
  }
  const all = new Set(labelsIn(code, CODE_POINTS));
  strategy.exempt?.forEach(({ label }, i) => {
    if (!all.has(label)) fail(`exempt[${i}]`, `no label '${label}' in the code`, "a label of the strategy's own");
  });
  const cells = ['TI_livepatch_sp', ...state.map(({ name }) => name)];
  if (strategy.published !== undefined && !cells.includes(strategy.published)) {
    fail('published', `no cell is called '${strategy.published}'`, `one of ${cells.join(', ')}`);
  }
  const { recovers } = strategy;
  if (recovers !== undefined) {
    if (!hook.has(recovers.label)) fail('recovers', `no label '${recovers.label}' in the hook`, 'a label of livepatch_handler or livepatch_return');
    const own = ['TI_livepatch_sp', ...state.filter(({ owner }) => owner === 'task' || owner === 'frame').map(({ name }) => name)];
    if (!own.includes(recovers.cell)) fail('recovers', `no cell of the task or of a frame is called '${recovers.cell}'`, `one of ${own.join(', ')}`);
  }
  for (const point of CODE_POINTS) {
    const own = code[point];
    if (own === undefined) continue;
    for (const label of labelsIn(code, [point])) {
      const kernels = (CORE_LABELS as readonly string[]).includes(label) && !(OWN_ENTRIES.includes(point) && label.startsWith('ftrace_') && label !== 'ftrace_entry');
      if (kernels && label !== point) fail(`code.${point}`, `'${label}' is a label of the kernel`, 'another name');
    }
  }
}

/** Code points in place of the kernel's ftrace entry: its labels are theirs. */
const OWN_ENTRIES: readonly CodePoint[] = ['ftrace_entry', 'ftrace_entry_ool'];

/** A second text stands beside the first one, and its labels can be told from the first one's. */
function checkOutOfLine(code: StrategyCode, fail: Fail): void {
  if (code.ftrace_entry_ool !== undefined) {
    const path = 'code.ftrace_entry_ool';
    if (!hooksOutOfLine({ code })) fail(path, 'it stands alone', 'livepatch_handler_ool as well, for the functions that it is the entry of');
    const inLine = new Set(labelsIn(code, ['ftrace_entry']));
    const twice = labelsIn(code, ['ftrace_entry_ool']).find((label) => inLine.has(label));
    if (twice !== undefined) fail(path, `'${twice}' is a label of ftrace_entry too`, 'another name');
  }
  if (code.livepatch_handler_ool === undefined) return;
  const path = 'code.livepatch_handler_ool';
  if (code.livepatch_handler === undefined) fail(path, 'it stands alone', 'livepatch_handler as well, for functions that are hooked in line');
  const inLine = new Set(labelsIn(code, ['livepatch_handler']));
  const twice = labelsIn(code, ['livepatch_handler_ool']).find((label) => inLine.has(label));
  if (twice !== undefined) fail(path, `'${twice}' is a label of livepatch_handler too`, 'another name');
}

function labelsIn(code: StrategyCode, points: readonly CodePoint[]): string[] {
  try {
    return points.flatMap((point) => labelsOf(code[point] ?? '', point));
  } catch (error) {
    if (error instanceof AssemblyError) return [];
    throw error;
  }
}

function checkedClaim(value: unknown, fail: Fail): Claim {
  if (value === undefined) return { kind: 'holds', assuming: [] };
  if (typeof value === 'string') {
    try {
      return parseClaim(value);
    } catch (error) {
      if (error instanceof ClaimError) fail('claim', error.what, error.expected);
      throw error;
    }
  }
  const { kind, assuming, obligations } = fields(value, 'claim', ['kind', 'assuming', 'obligations'], fail);
  if (kind === 'holds') {
    if (obligations !== undefined) fail('claim.obligations', 'obligations of a claim that holds', 'nothing');
    const names = checkedNames(assuming ?? [], 'claim.assuming', fail);
    return { kind, assuming: names.map((name, i) => (isAssumption(name) ? name : fail(`claim.assuming[${i}]`, `no assumption is called '${name}'`, 'no-FEATURE or a premise'))) };
  }
  if (kind !== 'breaks') fail('claim.kind', show(kind), "'holds' or 'breaks'");
  if (assuming !== undefined) fail('claim.assuming', 'assumptions of a claim to break something', 'nothing');
  const names = checkedNames(obligations, 'claim.obligations', fail);
  if (names.length === 0) fail('claim.obligations', 'an empty list', 'at least one obligation');
  return { kind: 'breaks', obligations: names.map((name, i) => (isObligation(name) ? name : fail(`claim.obligations[${i}]`, `no obligation is called '${name}'`, 'a name that `tocsin list` shows'))) };
}

function checkedCode(value: unknown, fail: Fail): StrategyCode {
  const given = fields(value, 'code', CODE_POINTS, fail);
  const code: Partial<Record<CodePoint, string>> = {};
  for (const point of CODE_POINTS) {
    const text = given[point];
    if (text === undefined) continue;
    if (typeof text !== 'string') fail(`code.${point}`, show(text), 'assembly as a string');
    if ((text as string).length > STRATEGY_BOUNDS.text) fail(`code.${point}`, `${(text as string).length} characters`, `at most ${STRATEGY_BOUNDS.text}`);
    code[point] = text as string;
  }
  if (Object.keys(code).length === 0) fail('code', 'no code point', `at least one of ${CODE_POINTS.join(', ')}`);
  return code;
}

function checkedState(value: unknown, fail: Fail): StrategyState[] {
  const names = new Set<string>();
  const state = list(value, 'state', fail).map((item, i): StrategyState => {
    const path = `state[${i}]`;
    const { name, owner, bytes, value: initial, inherited } = fields(item, path, ['name', 'owner', 'bytes', 'value', 'inherited'], fail);
    const problem = stateNameProblem(name, names);
    if (problem !== undefined) fail(`${path}.name`, problem.what, problem.expected);
    names.add(name as string);
    if (!isOwner(owner)) fail(`${path}.owner`, show(owner), OWNERS_IN_WORDS);
    if (!isInteger(bytes, 1, mostBytes(owner as StrategyState['owner']))) fail(`${path}.bytes`, show(bytes), `a whole number, 1 to ${mostBytes(owner as StrategyState['owner'])}`);
    if (initial !== undefined && (typeof initial !== 'bigint' || initial < 0n || initial >= 1n << 64n)) {
      fail(`${path}.value`, show(initial), 'a bigint, 0n to 2n ** 64n - 1n');
    }
    if (owner === 'frame' && initial !== undefined) fail(`${path}.value`, show(initial), FRAME_VALUE);
    if (inherited !== undefined && inherited !== true) fail(`${path}.inherited`, show(inherited), 'true, or no such field');
    if (inherited === true && owner !== 'task') fail(`${path}.inherited`, `that of a ${owner}`, INHERITED_OWNER);
    return {
      name: name as string, owner: owner as StrategyState['owner'], bytes: bytes as number,
      ...(initial === undefined ? {} : { value: initial as bigint }), ...(inherited === true ? { inherited } : {}),
    };
  });
  const problem = stateRoomProblem(state);
  if (problem !== undefined) fail('state', problem.what, problem.expected);
  return state;
}

export const STATE_OWNERS = ['task', 'cpu', 'stack', 'frame'] as const;
export const OWNERS_IN_WORDS = "'task', 'cpu', 'stack' or 'frame'";
/** What is expected in place of an initial value of what each frame has. */
export const FRAME_VALUE = 'none: what a frame has begins as zeros';
/** Whose state a forked task may inherit. */
export const INHERITED_OWNER = 'state of a task: nothing else is copied when it is forked';
export const isOwner = (owner: unknown): owner is StrategyState['owner'] => STATE_OWNERS.some((it) => it === owner);

/** Bytes that one cell of an owner may have. */
export const mostBytes = (owner: StrategyState['owner']): number => Math.min(STRATEGY_BOUNDS.stateBytes, STATE_ROOM[owner]);

/** What is wrong with the name of a state cell, if anything. */
export function stateNameProblem(name: unknown, taken: ReadonlySet<string>): { what: string; expected: string } | undefined {
  if (typeof name !== 'string' || !SYMBOL.test(name) || name.length > STRATEGY_BOUNDS.name) {
    return { what: show(name), expected: 'a symbol: letters, digits, _ . $, not beginning with a digit' };
  }
  if (REGISTER_NAME.test(name)) return { what: `'${name}' is a register`, expected: 'another name' };
  if (taken.has(name) || Object.hasOwn(KERNEL_SYMBOLS, name)) return { what: `'${name}' is already defined`, expected: 'a new name' };
  return undefined;
}

/** Is there too much state? */
export function stateRoomProblem(state: readonly StrategyState[]): { what: string; expected: string } | undefined {
  for (const owner of STATE_OWNERS) {
    const bytes = placeState(state).reduce((sum, placed) => sum + (placed.owner === owner ? placed.bytes : 0), 0);
    if (bytes > STATE_ROOM[owner]) return { what: `${bytes} bytes of state per ${owner}`, expected: `at most ${STATE_ROOM[owner]}` };
  }
  return undefined;
}

function checkedAreas(value: unknown, fail: Fail): { offset: number; bytes: number }[] {
  return list(value, 'areas', fail).map((item, i) => {
    const { offset, bytes } = fields(item, `areas[${i}]`, ['offset', 'bytes'], fail);
    if (!isInteger(offset, 0, STRATEGY_BOUNDS.areaEnd)) fail(`areas[${i}].offset`, show(offset), `a whole number, 0 to ${STRATEGY_BOUNDS.areaEnd}`);
    if (!isInteger(bytes, 1, STRATEGY_BOUNDS.areaEnd)) fail(`areas[${i}].bytes`, show(bytes), `a whole number, 1 to ${STRATEGY_BOUNDS.areaEnd}`);
    return { offset: offset as number, bytes: bytes as number };
  });
}

function checkedRecovers(value: unknown, fail: Fail): Recovers {
  const { label, cell, bytes, offset } = fields(value, 'recovers', ['label', 'cell', 'bytes', 'offset'], fail);
  if (!isInteger(bytes, 8, 512)) fail('recovers.bytes', show(bytes), 'a whole number, 8 to 512');
  if (!isInteger(offset, -512, -8) || (offset as number) % 8 !== 0) fail('recovers.offset', show(offset), 'a multiple of 8, -512 to -8');
  return { label: line(label, 'recovers.label', fail), cell: line(cell, 'recovers.cell', fail), bytes: bytes as number, offset: offset as number };
}

function checkedExemptions(value: unknown, fail: Fail): Exemption[] {
  const labels = new Set<string>();
  return list(value, 'exempt', fail).map((item, i) => {
    const { label, reason } = fields(item, `exempt[${i}]`, ['label', 'reason'], fail);
    const checked = { label: line(label, `exempt[${i}].label`, fail), reason: line(reason, `exempt[${i}].reason`, fail) };
    if (labels.has(checked.label)) fail(`exempt[${i}].label`, `'${checked.label}' named twice`, 'each label once');
    labels.add(checked.label);
    return checked;
  });
}

function checkedNames(value: unknown, path: string, fail: Fail): string[] {
  const names = list(value, path, fail).map((item, i) => line(item, `${path}[${i}]`, fail));
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) fail(`${path}[${i}]`, `'${name}' named twice`, 'each name once');
  });
  return names;
}

function fields(value: unknown, path: string, known: readonly string[], fail: Fail): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, show(value), 'an object');
  for (const key of Object.keys(value as object)) {
    if (!known.includes(key)) fail(path === '' ? key : `${path}.${key}`, 'an unknown field', `one of ${known.join(', ')}`);
  }
  return value as Fields;
}

function list(value: unknown, path: string, fail: Fail): readonly unknown[] {
  if (!Array.isArray(value)) return fail(path, show(value), 'an array');
  if (value.length > STRATEGY_BOUNDS.list) fail(path, `${value.length} items`, `at most ${STRATEGY_BOUNDS.list}`);
  return value;
}

function line(value: unknown, path: string, fail: Fail): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > STRATEGY_BOUNDS.line || /[\x00-\x1f\x7f]/.test(value)) {
    return fail(path, show(value), `one line of text, at most ${STRATEGY_BOUNDS.line} characters`);
  }
  return value;
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** A value in a message: short, on one line. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value.length > 40 ? `a text of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
