/** Faults of branches and traps: the opposite condition, one that is not taken, one that always is, a link too many or too few. */
import { parseSource } from '../isa/parse.ts';
import type { SourceInstruction, SourceItem } from '../isa/parse.ts';
import type { Fault } from './mutant-fault.ts';
import { changes, renamed } from './mutant-operands.ts';
import { instead, instructionsOf, placeOf } from './mutant-order.ts';

/** Conditions of branches (Power ISA 2.07B, Book I, E.2.3) and their opposites. */
const BRANCH_OPPOSITE: Readonly<Record<string, string>> = {
  lt: 'ge', ge: 'lt', gt: 'le', le: 'gt', eq: 'ne', ne: 'eq', so: 'ns', ns: 'so', un: 'nu', nu: 'un', nl: 'lt', ng: 'gt', t: 'f', f: 't',
  dnz: 'dz', dz: 'dnz', dnzt: 'dnzf', dnzf: 'dnzt', dzt: 'dzf', dzf: 'dzt',
};
/** Conditions of traps (E.6); `u` has none. */
const TRAP_OPPOSITE: Readonly<Record<string, string>> = {
  eq: 'ne', ne: 'eq', lt: 'ge', ge: 'lt', gt: 'le', le: 'gt', nl: 'lt', ng: 'gt',
  llt: 'lge', lge: 'llt', lgt: 'lle', lle: 'lgt', lnl: 'llt', lng: 'lgt',
};

const CONDITIONAL = new RegExp(`^b(${Object.keys(BRANCH_OPPOSITE).sort((a, b) => b.length - a.length).join('|')})(l|a|la|lr|lrl|ctr|ctrl)?([-+])?$`);
const TRAP = /^(t[dw])([a-z]+?)(i?)$/;
/** `bc BO, BI, ..` and its like, with the condition in an operand. */
const GENERAL = /^bc(l|a|la|lr|lrl|ctr|ctrl)?([-+])?$/;
/** BO bit: the CR bit must be set. BO bit: no CR bit is looked at. */
const BO_SENSE = 8, BO_ANY = 16;

/** The same with the opposite condition; undefined where there is no condition. */
export function opposite(item: SourceInstruction): SourceInstruction | undefined {
  const branch = CONDITIONAL.exec(item.mnemonic);
  if (branch !== null) return renamed(item, `b${BRANCH_OPPOSITE[branch[1]!]}${branch[2] ?? ''}${branch[3] ?? ''}`);
  const trap = TRAP.exec(item.mnemonic);
  const other = trap === null ? undefined : TRAP_OPPOSITE[trap[2]!];
  if (trap !== null && other !== undefined) return renamed(item, `${trap[1]}${other}${trap[3]}`);
  const options = Number(item.operands[0]);
  if (!GENERAL.test(item.mnemonic) || !Number.isInteger(options) || (options & BO_ANY) !== 0) return undefined;
  return { ...item, operands: [String(options ^ BO_SENSE), ...item.operands.slice(1)] };
}

const isBranch = (mnemonic: string): boolean => mnemonic.startsWith('b');

/** The same taken whatever the condition; undefined where it is already. */
export function always(item: SourceInstruction): SourceInstruction | undefined {
  const named = CONDITIONAL.exec(item.mnemonic);
  const general = GENERAL.exec(item.mnemonic);
  if (named === null && general === null) return undefined;
  const target = item.forms.findIndex((it) => it.kind === 'relative' || it.kind === 'absolute');
  return {
    ...item, mnemonic: `b${named === null ? general?.[1] ?? '' : named[2] ?? ''}`,
    operands: target < 0 ? [] : [item.operands[target]!], forms: target < 0 ? [] : [item.forms[target]!],
  };
}

export const inversions = (items: readonly SourceItem[]): Generator<Fault> => changes('invert', items, (item) => [opposite(item)]);

/** A branch that is not taken: a no-op in its place (`delete` closes the gap). */
export function* drops(items: readonly SourceItem[]): Generator<Fault> {
  for (const { at, item, text } of instructionsOf(items)) {
    if (!isBranch(item.mnemonic)) continue;
    yield { kind: 'drop-branch', line: placeOf(item), detail: `${text} -> nop`, items: instead(items, at, [instructionFrom('nop', item)]) };
  }
}

const LINKS: Readonly<Record<string, string>> = { b: 'bl', bl: 'b', blr: 'blrl', blrl: 'blr', bctr: 'bctrl', bctrl: 'bctr' };

/** A conditional branch that is always taken; one that always is, with or without its link. */
export const unconditional = (items: readonly SourceItem[]): Generator<Fault> =>
  changes('always-branch', items, (item) => [always(item) ?? renamed(item, LINKS[item.mnemonic])]);

/** An instruction out of its text, for faults that put one in; it stands in the place of another. */
export function instructionFrom(text: string, { line, nth }: Pick<SourceInstruction, 'line' | 'nth'>): SourceInstruction {
  const [item] = parseSource(text, 'mutant');
  if (item?.kind !== 'instruction') throw new TypeError(`'${text}' is no instruction`);
  return { ...item, line, nth };
}
