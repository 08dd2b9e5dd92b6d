import { describe, expect, it } from 'vitest';
import { decode } from '../../src/isa/decode.ts';
import { instruction } from '../../src/isa/instruction.ts';
import type { State } from '../../src/isa/state.ts';
import { lookup } from '../../src/isa/table.ts';
import type { Instruction, Meaning } from '../../src/isa/table.ts';
import { LEAST_FOR_COVERAGE, verifyLockstep } from '../../src/verify/lockstep.ts';
import { PROCESSORS, engineCpu, referenceCpu } from '../../src/verify/processors.ts';
import { missingTools } from './tools.ts';

/** The table row with another meaning. */
function faulty(mnemonic: string, change: (right: Meaning) => Meaning): Instruction {
  const row = lookup(mnemonic);
  if (row === undefined) throw new Error(`no row ${mnemonic}`);
  return instruction(row.isa, mnemonic, row.operands, row.match, row.mask, change(row.meaning));
}

describe('against qemu-ppc64le, instruction by instruction', () => {
  it('agrees on every unprivileged row', (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) ctx.skip(missing);
    const result = verifyLockstep({ seed: 7, instructions: LEAST_FOR_COVERAGE });
    expect(result.differences).toEqual([]);
    expect(result.differed).toBe(0);
    expect(result.compared).toBeGreaterThanOrEqual(LEAST_FOR_COVERAGE);
    for (const { name } of PROCESSORS) expect(result.counts[name]).toBeGreaterThanOrEqual(LEAST_FOR_COVERAGE);
    expect(result.skipped.map(({ what }) => what)).toContain('rfid');
  });

  const faults: readonly (readonly [string, Instruction])[] = [
    ['a carry that adde does not take in', faulty('adde', (right) => (d, s, w) => {
      s.setFlag('ca', 'false');
      right(d, s, w);
    })],
    ['a carry that subfc does not put out', faulty('subfc', (right) => (d, s, w) => {
      const before = s.flag('ca');
      right(d, s, w);
      s.setFlag('ca', before);
    })],
    ['a stb that stores nothing', faulty('stb', (right) => (d, s, w) => right(d, { ...bound(s), store: () => {} }, w))],
    ['an LR that bclrl does not set', faulty('bclrl', (right) => (d, s, w) => right(d, { ...bound(s), setSpecial: () => {} }, w))],
  ];
  for (const [name, row] of faults) {
    it(`catches ${name}`, (ctx) => {
      const missing = missingTools();
      if (missing !== undefined) ctx.skip(missing);
      const result = verifyLockstep({ seed: 7, instructions: 3_000, processors: [{ name: 'faulty', make: referenceCpu([row]) }] });
      expect(result.differed).toBeGreaterThan(0);
    });
  }

  for (const mnemonic of ['adde', 'subfc', 'addic', 'sradi']) {
    it(`catches an engine with a wrong carry of ${mnemonic}, on a log where the plain interpreter is right`, (ctx) => {
      const missing = missingTools();
      if (missing !== undefined) ctx.skip(missing);
      const make = engineCpu((machine, word) => {
        if (decode(word)?.mnemonic === mnemonic) machine.ca ^= 1;
      });
      const result = verifyLockstep({ seed: 7, instructions: 2_000, processors: [{ name: 'right', make: referenceCpu() }, { name: 'faulty', make }] });
      expect(result.differed).toBeGreaterThan(0);
      for (const { what } of result.differences) expect(what).toMatch(new RegExp(`: ${mnemonic}\\b.* \\(faulty\\)$`));
    });
  }
});

/** The state with its methods as own properties, so that one can be replaced. */
function bound<W>(s: State<W>): State<W> {
  return {
    gpr: (i) => s.gpr(i), setGpr: (i, v) => s.setGpr(i, v), special: (n) => s.special(n), setSpecial: (n, v) => s.setSpecial(n, v),
    crBit: (i) => s.crBit(i), setCrBit: (i, v) => s.setCrBit(i, v), flag: (n) => s.flag(n), setFlag: (n, v) => s.setFlag(n, v),
    load: (a, b) => s.load(a, b), store: (a, b, v) => s.store(a, b, v), cia: () => s.cia(), branch: (t, c) => s.branch(t, c), trap: (c) => s.trap(c),
  };
}
