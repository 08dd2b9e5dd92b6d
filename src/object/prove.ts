/**
 * Is a lifted text what the object's words are? Every word that can run must have its line, with the word behind it where control goes on there. It is assembled,
 * and compared bit by bit: what differs must be a field that is listed, must hold what the list says, and each branch must lead where the object's branch leads.
 */
import { assemble } from '../isa/assemble.ts';
import { bd, li } from '../isa/fields.ts';
import { KERNEL_SYMBOLS } from '../kernel/symbols.ts';
import { ADDRESSES } from '../kernel/layout.ts';
import { textOf } from './lift.ts';
import type { Line, LiftedText } from './lift.ts';
import { wrong } from './walk.ts';
import type { CodeSection, Step } from './walk.ts';

const BASE = ADDRESSES.KERNEL_CORE;
/** Where the labels of others are while it is assembled: places that no label of the text can have. */
const OTHERS = { livepatch_handler: BASE + 0x3000n, livepatch_handler_ool: BASE + 0x3000n, klp_callback: BASE + 0x3004n };

/**
 * Words as modelled, one for each line. `steps` are those that can run from `entry` on.
 * @throws ObjectError at a word that is not what the list says: a mistake of the lifting.
 */
export function prove(section: CodeSection, steps: readonly Step[], entry: bigint, lifted: LiftedText): readonly number[] {
  checkOrder(section, steps, entry, lifted);
  const others: Record<string, bigint> = { ...OTHERS };
  delete others[lifted.code];
  const { words, labels } = assemble(textOf(lifted), { base: BASE, symbols: { ...KERNEL_SYMBOLS, ...others } });
  const indices = new Map(lifted.lines.map(({ step }, i) => [step.address, i]));
  const placeOf = (label: string): bigint | undefined => labels.get(label) ?? others[label];
  lifted.lines.forEach((line, i) => {
    const is = words[i]!, was = line.step.word, mask = line.change?.mask ?? (line.label === undefined ? 0 : branchBits(was));
    const fail = (what: string): never => {
      throw wrong(section, line.step, `a mistake of the lifting: ${line.text} is 0x${is.toString(16).padStart(8, '0')}, ${what}`, 'the same word; please report it');
    };
    if (((is ^ was) & ~mask) !== 0) fail('which differs elsewhere than in what is replaced');
    if (line.label !== undefined) {
      const target = BASE + BigInt(4 * i + (is >>> 26 === 18 ? li(is) : bd(is)));
      if (target !== placeOf(line.label)) fail(`which does not lead to ${line.label}`);
      // Within the code the label stands at the word that the object's branch leads to.
      const inside = line.change === undefined ? indices.get(line.step.target!.address!) : undefined;
      if (line.change === undefined && (inside === undefined || target !== BASE + BigInt(4 * inside))) fail('which leads to another word');
    } else if (line.change !== undefined && (is & mask) !== ((line.change.bits ?? Number(BigInt.asIntN(32, valueOf(line.change.operand)))) & mask)) fail(`which does not hold ${line.change.operand}`);
  });
  const added = words.length - lifted.lines.length;
  if (added !== lifted.added.filter((it) => !it.endsWith(':')).length) throw wrong(section, lifted.lines[0]!.step, `a mistake of the lifting: ${words.length} words`, 'one for each line; please report it');
  return lifted.lines.map((_: Line, i) => words[i]!);
}

/** Each word once, the entry first, and behind each what runs behind it. */
function checkOrder(section: CodeSection, steps: readonly Step[], entry: bigint, { lines }: LiftedText): void {
  const missing = steps.find((step) => lines.filter((line) => line.step === step).length !== 1);
  const astray = lines.find(({ step }, i) => !step.ends && lines[i + 1]?.step.address !== step.address + 4n)?.step ?? (lines[0]?.step.address === entry ? undefined : lines[0]?.step);
  const bad = missing ?? astray;
  if (bad !== undefined) throw wrong(section, bad, 'a mistake of the lifting: it is not where it must be', 'each word once, in its order; please report it');
}

const branchBits = (word: number): number => (word >>> 26 === 18 ? 0x03fffffc : 0xfffc);
const valueOf = (operand: string): bigint => (/^-?\d+$/.test(operand) ? BigInt(operand) : KERNEL_SYMBOLS[operand] ?? -1n);
