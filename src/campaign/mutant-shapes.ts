/**
 * Faults of the shapes that hooks are made of: a replacement entered at the wrong place, a marker that is not written or not looked at, and
 * an entry or frame that is pushed with one size and popped with another.
 */
import type { CodePoint } from '../contract/strategy.ts';
import type { SourceInstruction, SourceItem } from '../isa/parse.ts';
import { instructionText } from '../isa/parse.ts';
import type { Fault } from './mutant-fault.ts';
import { instructionFrom } from './mutant-branches.ts';
import type { Placed } from './mutant-order.ts';
import { instead, instructionsOf, placeOf, stepOf, sumText } from './mutant-order.ts';

/** Bytes from the GEP to the LEP of a function with two entries, as the model's originals and most replacements have them. */
const LOCAL_ENTRY = 8;
const ENTERS = ['bctr', 'bctrl'];
const ENTRY_FAULTS = [
  ['replacement_entry', 'replacement_local_entry', 'the GEP goes on at the LEP'],
  ['replacement_local_entry', 'replacement_entry', 'the LEP goes on at the GEP'],
] as const;

/**
 * The LEP for the GEP. At a branch to the replacement: CTR, r12, or both are 8 bytes further. In a replacement's own entry: a call by GEP comes in at
 * the LEP, and the other way round.
 */
export function* entries(items: readonly SourceItem[], point: CodePoint): Generator<Fault> {
  for (const { at, item, text } of instructionsOf(items)) {
    if (!ENTERS.includes(item.mnemonic)) continue;
    const put = (what: string, texts: readonly string[]): Fault => ({
      kind: 'entry', line: placeOf(item), detail: `${text}: ${what}`, items: instead(items, at, [...texts.map((it) => instructionFrom(it, item)), item]),
    });
    const further = `addi r12, r12, ${LOCAL_ENTRY}`;
    yield put('r12 is the LEP', [further]);
    yield put('to the LEP, r12 too', ['mfctr r12', further, 'mtctr r12']);
    yield put('to the LEP, r12 is the GEP', ['mfctr r12', further, 'mtctr r12', `addi r12, r12, -${LOCAL_ENTRY}`]);
  }
  if (point !== 'replacement_entry') return;
  for (const [own, other, what] of ENTRY_FAULTS) {
    const at = items.findIndex((it) => it.kind === 'label' && it.name === own);
    const label = items[at];
    if (label === undefined) continue;
    const branch = instructionFrom(`b ${other}`, { line: label.line, nth: 1 });
    yield { kind: 'entry', line: placeOf(label), detail: what, items: instead(items, at, [label, branch]) };
  }
}

const registerIn = (item: SourceInstruction, index: number): string | undefined => item.operands[index]?.toLowerCase();
const isTrap = ({ item }: Placed): boolean => /^t[dw]/.test(item.mnemonic);

/**
 * The marker left out: a constant made by `lis` (and `ori`) goes together with the store that writes it, or with the trap that compares it and the load
 * that the trap looks at.
 */
export function* markers(items: readonly SourceItem[]): Generator<Fault> {
  const all = instructionsOf(items);
  for (const [i, built] of all.entries()) {
    if (built.item.mnemonic !== 'lis') continue;
    const register = registerIn(built.item, 0);
    const group = [built];
    let next = i + 1;
    if (all[next]?.item.mnemonic === 'ori' && registerIn(all[next]!.item, 0) === register) group.push(all[next++]!);
    const user = all.slice(next).find(({ item }) => item.operands.some((_, k) => registerIn(item, k) === register));
    if (user === undefined || !(isTrap(user) || user.item.mnemonic.startsWith('st'))) continue;
    const loaded = isTrap(user) ? all.findLast(({ at, item }) => at < user.at && /^l/.test(item.mnemonic) && item.mnemonic !== 'lis'
      && user.item.operands.some((_, k) => registerIn(user.item, k) === registerIn(item, 0) && registerIn(item, 0) !== register)) : undefined;
    const gone = new Set([...group, user, ...(loaded === undefined ? [] : [loaded])].map(({ at }) => at));
    yield {
      kind: 'marker', line: placeOf(built.item), detail: `without ${isTrap(user) ? 'looking at' : 'writing'} the marker`,
      items: items.filter((_, at) => !gone.has(at)),
    };
  }
}

/** Another size than the other side has: twice and half of it; and 16 bytes more or less with what follows at that pointer moved along, so that this side fits itself. */
export function* sizes(items: readonly SourceItem[]): Generator<Fault> {
  for (const { at, item, text } of instructionsOf(items)) {
    const step = stepOf(item);
    if (step === undefined) continue;
    const sized = (size: string): SourceInstruction => ({ ...item, operands: item.operands.map((it, i) => (i === step.operand ? size : it)) });
    const changed = (size: string): string => `${text} -> ${instructionText(sized(size))}`;
    for (const size of [`(${step.bytes})*2`, `(${step.bytes})/2`]) {
      yield { kind: 'size', line: placeOf(item), detail: changed(size), items: instead(items, at, [sized(size)]) };
    }
    for (const sign of [-1, 1] as const) {
      const size = sumText(step.bytes, '16', sign);
      const moved = items.map((other, place) => {
        if (place === at) return sized(size);
        if (other.kind !== 'instruction' || place < at) return other;
        const offset = other.forms.findIndex((it) => it.kind === 'mem');
        if (offset < 0 || registerIn(other, offset + 1) !== step.pointer) return other;
        return { ...other, operands: other.operands.map((it, i) => (i === offset ? sumText(it, '16', sign === 1 ? -1 : 1) : it)) };
      });
      yield { kind: 'size', line: placeOf(item), detail: `${changed(size)}, and what follows fits`, items: moved };
    }
  }
}
