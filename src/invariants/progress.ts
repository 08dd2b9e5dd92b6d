/**
 * progress: no endless loop (a machine state that recurs), no trap, no unmodelled word, no fetch or access outside mapped memory.
 * Running out of the instruction budget is not a violation but an outcome of its own.
 */
import { obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';

const ME = obligationIndex('progress');

const hi = (address: bigint): number => Number(BigInt.asIntN(32, address >> 32n));
const lo = (address: bigint): number => Number(BigInt.asIntN(32, address));

export const progress: Invariant = {
  name: 'progress',
  stop(o, d, stop) {
    const flat = (address: bigint): number => {
      const byte = o.machine.space.flatByte(hi(address), lo(address));
      return byte < 0 ? o.at : byte >> 2;
    };
    switch (stop.kind) {
      case 'trap':
      case 'loop':
        o.at = flat(stop.address);
        o.violate(ME, d, stop.kind, 0, 0, hi(stop.address), lo(stop.address));
        break;
      case 'unmodelled':
        o.at = flat(stop.address);
        o.violate(ME, d, 'word', 0, 0, 0, stop.word);
        break;
      case 'bad-fetch':
        o.at = flat(stop.from);
        o.violate(ME, d, 'fetch', 0, 0, hi(stop.address), lo(stop.address));
        break;
      case 'bad-access':
        o.at = flat(stop.address);
        o.violate(ME, d, stop.store ? 'store' : 'load', 0, 0, hi(stop.target), lo(stop.target));
        break;
      case 'budget':
      case 'yield':
        break;
    }
  },
};
