/** Faults within one instruction: a wrong offset, register or width. */
import { formsOf } from '../isa/operands.ts';
import { instructionText } from '../isa/parse.ts';
import type { SourceInstruction, SourceItem } from '../isa/parse.ts';
import type { Fault, FaultKind } from './mutant-fault.ts';
import { instead, instructionsOf, placeOf, sumText } from './mutant-order.ts';

/** Bytes by which an offset is wrong. */
export const OFFSETS = [-16, -8, 8, 16] as const;
/** Registers that a hook may use freely; besides those that the code names they are what a register may be mistaken for. */
export const FREE_REGISTERS = [0, 11, 12] as const;

type Changed = SourceInstruction | undefined;

/** Each instruction with what else it might be. */
export function* changes(kind: FaultKind, items: readonly SourceItem[], of: (item: SourceInstruction) => Iterable<Changed>): Generator<Fault> {
  for (const { at, item, text } of instructionsOf(items)) {
    for (const changed of of(item)) {
      if (changed === undefined) continue;
      const now = instructionText(changed);
      if (now !== text) yield { kind, line: placeOf(item), detail: `${text} -> ${now}`, items: instead(items, at, [changed]) };
    }
  }
}

const withOperand = (item: SourceInstruction, index: number, text: string): SourceInstruction =>
  ({ ...item, operands: item.operands.map((it, i) => (i === index ? text : it)) });

/** Under another mnemonic with the same operands; undefined where there is none. */
export function renamed(item: SourceInstruction, mnemonic: string | undefined): Changed {
  const form = mnemonic === undefined ? undefined : formsOf(mnemonic)?.find((it) => it.operands.length >= item.operands.length);
  return mnemonic === undefined || form === undefined ? undefined : { ...item, mnemonic };
}

/** Index of the displacement or immediate that is an offset: of a load, a store, `addi`, `subi`, `la`. -1: none. */
export function offsetOperand({ mnemonic, forms }: SourceInstruction): number {
  const memory = forms.findIndex((it) => it.kind === 'mem');
  return memory >= 0 ? memory : mnemonic === 'addi' || mnemonic === 'subi' ? 2 : -1;
}

export const offsets = (items: readonly SourceItem[]): Generator<Fault> => changes('offset', items, (item) => {
  const at = offsetOperand(item);
  return at < 0 ? [] : OFFSETS.map((bytes) => withOperand(item, at, sumText(item.operands[at]!, String(Math.abs(bytes)), bytes < 0 ? -1 : 1)));
});

const registerOf = (text: string): number | undefined => {
  const number = /^%?r(\d+)$/i.exec(text)?.[1];
  return number !== undefined ? Number(number) : /^%?sp$/i.test(text) ? 1 : /^%?rtoc$/i.test(text) ? 2 : undefined;
};

const isRegister = (item: SourceInstruction, i: number): boolean => item.forms[i]!.kind === 'gpr' || item.forms[i]!.kind === 'gpr0';

/** General registers that the code names, and FREE_REGISTERS, ascending. */
export function registersOf(all: readonly SourceItem[]): number[] {
  const named = new Set<number>(FREE_REGISTERS);
  for (const { item } of instructionsOf(all)) {
    item.operands.forEach((text, i) => {
      const register = isRegister(item, i) ? registerOf(text) : undefined;
      if (register !== undefined) named.add(register);
    });
  }
  return [...named].sort((a, b) => a - b);
}

/** LR for CTR in moves and branches, and back. */
const LINK_FOR_COUNT: Readonly<Record<string, string>> = {
  mflr: 'mfctr', mfctr: 'mflr', mtlr: 'mtctr', mtctr: 'mtlr', blr: 'bctr', bctr: 'blr', blrl: 'bctrl', bctrl: 'blrl',
};

export const registers = (items: readonly SourceItem[], candidates: readonly number[]): Generator<Fault> => changes('register', items, (item) => [
  ...item.operands.flatMap((text, i) => {
    const own = isRegister(item, i) ? registerOf(text) : undefined;
    return own === undefined ? [] : candidates.filter((it) => it !== own).map((it) => withOperand(item, i, `r${it}`));
  }),
  renamed(item, LINK_FOR_COUNT[item.mnemonic]),
]);

const WIDTHS: Readonly<Record<string, readonly string[]>> = {
  ld: ['lwz', 'lwa'], lwz: ['ld'], lwa: ['ld', 'lwz'], ldu: ['lwzu'], lwzu: ['ldu'], ldx: ['lwzx'], lwzx: ['ldx'], ldux: ['lwzux'], lwzux: ['ldux'],
  lbz: ['lhz'], lhz: ['lwz'], std: ['stw'], stw: ['std'], stdu: ['stwu'], stwu: ['stdu'], stdx: ['stwx'], stwx: ['stdx'], stdux: ['stwux'],
  stwux: ['stdux'], stb: ['sth'], sth: ['stw'],
  cmpd: ['cmpw'], cmpw: ['cmpd'], cmpdi: ['cmpwi'], cmpwi: ['cmpdi'], cmpld: ['cmplw'], cmplw: ['cmpld'], cmpldi: ['cmplwi'], cmplwi: ['cmpldi'],
};

export const widths = (items: readonly SourceItem[]): Generator<Fault> => changes('width', items, (item) => {
  const { mnemonic } = item;
  const trap = /^t([dw])(.+)$/.exec(mnemonic);
  const names = trap === null ? WIDTHS[mnemonic] ?? [] : [`t${trap[1] === 'd' ? 'w' : 'd'}${trap[2]}`];
  return names.map((name) => renamed(item, name));
});
