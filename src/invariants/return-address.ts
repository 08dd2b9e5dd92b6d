/**
 * return-address: control reaches exactly the return address (ELFv2 ABI 2.2.1: LR; the instruction after `bl` or `bctrl`), and a function
 * by an entry it has: at its GEP with r12 = GEP, a replacement at its LEP with r2 = its TOC. Seen at the branch, or at the place landed on.
 */
import { POINT } from '../image/points.ts';
import { addressHi, addressLo, obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';
import type { Oracle } from './oracle.ts';
import { REPLACEMENT_ENTERED, UNTRACED } from './bounds.ts';

const ME = obligationIndex('return-address');

/** Where control must go next for pending return `d`: the replacement that is owed, or home. Flat word, -1: nowhere known. */
function wanted(o: Oracle, d: number): number {
  if (d < 0) return -1;
  if (o.state[d] === UNTRACED) return o.image.versionBehindMcount[o.target[d]!]!;
  const owed = o.owed[d]!;
  if (owed >= 0 && o.state[d] !== REPLACEMENT_ENTERED) return o.image.versionGlobal[owed]!;
  return o.image.callLand[o.call[d]!]!;
}

function astray(o: Oracle, d: number, to: number): void {
  const flat = wanted(o, d);
  o.violate(ME, d, 'pc', flat < 0 ? 0 : addressHi(o, flat), flat < 0 ? 0 : addressLo(o, flat), addressHi(o, to), addressLo(o, to));
}

export const returnAddress: Invariant = {
  name: 'return-address',
  stray: (o, d) => astray(o, d, o.at),
  wild: astray,
  enter(o, d, kind, version) {
    const regs = o.machine.regs;
    if (kind === POINT.ENTRY_GLOBAL) {
      const hi = addressHi(o, o.at);
      const lo = addressLo(o, o.at);
      if (regs[25] !== lo || regs[24] !== hi) o.violate(ME, d, 'r12', hi, lo, regs[24]!, regs[25]!);
    } else if (kind === POINT.ENTRY_LOCAL && o.image.versionIsReplacement[version] !== 0) {
      const module = o.image.versionModule[version]!;
      const hi = o.image.tocHi[module]!;
      const lo = o.image.tocLo[module]!;
      if (regs[5] !== lo || regs[4] !== hi) o.violate(ME, d, 'r2', hi, lo, regs[4]!, regs[5]!);
    }
  },
  interruptExit(o, level) {
    if (o.depth !== o.base[level]) astray(o, o.depth - 1, o.at);
  },
};
