/**
 * How fast the engine is beside interpreters that compute with bigints, on one loop of local and global calls with frames, saved
 * registers and TOC slots. All run the same words in turn in one process; what counts is the ratio. The clock is handed in.
 */
import { ReferenceCpu } from '../isa/bigint.ts';
import { assemble } from '../isa/assemble.ts';
import { ACCESS, AddressSpace } from '../image/space.ts';
import { PlainBigInt } from './bench-bigint.ts';
import { Machine } from './machine.ts';
import { SpaceMemory, copyState } from './reference.ts';

export interface EngineBenchRow {
  readonly name: string;
  /** Median over the rounds, instructions per second. */
  readonly perSecond: number;
  /** Median over the rounds of the engine's rate over this one's, in the same round. */
  readonly ratio: number;
}

const BASE = 0xc000000000010000n, STACK = 0xc000000003e20000n, DATA = 0xc000000001000000n;
const SOURCE = `
start:  std     2, 24(1)
        mr      12, 31
        mtctr   12
        bctrl
        ld      2, 24(1)
        bl      local
        addi    29, 29, -1
        cmpdi   29, 0
        bne     start
        b       start
global: addis   2, 12, 0
        addi    2, 2, 8
        mflr    0
        std     0, 16(1)
        stdu    1, -64(1)
        addis   9, 30, 0
        ld      9, 8(9)
        add     3, 9, 3
        bl      local
        li      5, 77
        addi    1, 1, 64
        ld      0, 16(1)
        mtlr    0
        blr
local:  std     31, -8(1)
        li      3, 5
        cmpdi   3, 6
        beq     1f
        ori     4, 3, 1
1:      ld      31, -8(1)
        blr
`;

/** Instructions of one turn of the engine and of the others, per round. */
const OURS = 2_000_000, THEIRS = 60_000, ROUNDS = 9;
/** The engine is run in pieces of about the length of a trial. */
const PIECE = 2000;

/** A space with the loop's text, stack and data. */
function benchSpace(): { readonly space: AddressSpace; readonly global: bigint } {
  const space = new AddressSpace(3);
  space.map(0, BASE, ACCESS.TEXT);
  space.map(1, STACK, ACCESS.DATA);
  space.map(2, DATA, ACCESS.DATA);
  const text = assemble(SOURCE, { base: BASE });
  space.words.set(text.words);
  return { space, global: text.labels.get('global') as bigint };
}

/**
 * Measures; takes some two seconds. `clock`: seconds, from any origin. To be called in a process that has made no machine before: the
 * engine runs at its full speed only where it is the only one (execute.ts).
 */
export function engineBench(clock: () => number): readonly EngineBenchRow[] {
  const { space, global } = benchSpace();
  const machine = new Machine(space);
  machine.setGpr(1, STACK + 0x2000n);
  machine.setGpr(29, 1n << 40n);
  machine.setGpr(30, DATA);
  machine.setGpr(31, global);
  machine.jump(BASE);
  const reference = new ReferenceCpu(new SpaceMemory(benchSpace().space));
  copyState(machine, reference);
  const plain = new PlainBigInt(benchSpace().space, BASE);
  for (let n = 0; n < 32; n++) plain.gprs[n] = machine.gpr(n);

  const subjects: readonly { readonly name: string; readonly count: number; readonly run: () => void }[] = [
    { name: 'engine', count: OURS, run: () => { for (let k = 0; k < OURS; k += PIECE) machine.run(PIECE); } },
    { name: 'bigint registers, decoded once', count: THEIRS, run: () => plain.run(THEIRS) },
    { name: 'bigint meanings of the table (reference)', count: THEIRS, run: () => { for (let k = 0; k < THEIRS; k++) reference.step(); } },
  ];
  const rates: number[][] = subjects.map(() => []);
  for (let round = -2; round < ROUNDS; round++) {
    subjects.forEach(({ count, run }, k) => {
      const start = clock();
      run();
      const seconds = clock() - start;
      if (round >= 0) rates[k]!.push(count / seconds);
    });
  }
  return subjects.map(({ name }, k) => ({
    name, perSecond: median(rates[k]!), ratio: median(rates[k]!.map((rate, round) => rates[0]![round]! / rate)),
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
