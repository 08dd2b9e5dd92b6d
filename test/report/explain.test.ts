// The argument in words, and the page.
import { expect, test } from 'vitest';
import { explain, explainDocument, explainLines } from '../../src/report/explain.ts';
import { explainPage } from '../../src/report/page.ts';
import { History, chainOf, memoryAddress } from '../../src/report/recording.ts';
import type { TraceStep } from '../../src/trial/record.ts';
import { finding, scenario, steps, violation } from './sample.ts';

const input = {
  token: finding.token, strategy: finding.strategy, sentence: finding.sentence, scenario, violation, steps,
  nameOf: (address: bigint) => (address === violation.expected ? '.TOC. of M' : address === violation.found ? '.TOC. of P' : undefined),
};

test('the argument', () => {
  const lines = explainLines(explain(input));
  expect(lines.slice(lines.findIndex((line) => line.startsWith('Let'))).join('\n')).toMatchInlineSnapshot(`
    "Let f0 make the local call 1, while r2 is 0xc008000000108000 (.TOC. of M).
          0xc008000000000020  f0+0x20  bl      c008000000000108
    Then the way back leads through livepatch_handler.
          0xc000000000010400  livepatch_handler  bctr
    However f1' sets r2 to 0xc008000000508000 (.TOC. of P).
          0xc008000000400004  f1'+0x4  addi    r2,r2,32760
    A contradiction: r2 must be 0xc008000000108000 (.TOC. of M), and it is
      0xc008000000508000 (.TOC. of P). Broken is toc: r2 is what it was at a local
      call, and the TOC of the code that uses it at each use.
          0xc008000000000024  0xc008000000000024  addis   r3,r2,0

    token    tocsin1abcdef"
  `);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
});

test('a run that holds has no argument', () => {
  const { violation: _none, ...held } = input;
  expect(explain(held).steps).toEqual([]);
  expect(explainDocument(explain(held))).toMatchObject({ obligation: null, steps: [] });
});

test('the page is escaped and loads nothing', () => {
  const page = explainPage(explain({ ...input, sentence: '<img src=x onerror=alert(1)>&"', token: '</code><script>' }));
  expect(page).not.toMatch(/<img|<script/);
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&amp;&quot;');
  expect(page).not.toMatch(/<[a-z]+[^>]*\s(src|href)=|url\(|@import/i);
});

test('a value is followed through moves, stores and loads to the instruction that made it', () => {
  const at = (n: number, text: string, more: Partial<TraceStep>): TraceStep =>
    ({ index: n - 1, address: BigInt(n) * 4n, symbol: `f+0x${n}`, text, registers: [], memory: [], notes: [], ...more });
  const change = (name: string, after: bigint): Partial<TraceStep> => ({ registers: [{ name, before: 0n, after }] });
  const history = new History([
    at(1, 'li      r1,4096', change('r1', 4096n)),
    at(2, 'li      r12,7', change('r12', 7n)),
    at(3, 'mr      r11,r12', change('r11', 7n)),
    at(4, 'std     r11,-16(r1)', { memory: [{ address: 4080n, bytes: 8, after: 7n }] }),
    at(5, 'li      r12,9', change('r12', 9n)),
    at(6, 'ld      r0,-16(r1)', change('r0', 7n)),
    at(7, 'mtlr    r0', change('lr', 7n)),
    at(8, 'blr', {}),
  ]);
  expect(chainOf(history, 'pc', 8).map((link) => [link.index + 1, link.place, link.role])).toEqual([
    [2, 'r12', 'makes'], [3, 'r11', 'moves'], [4, 'memory at 0xff0', 'moves'], [6, 'r0', 'moves'], [7, 'lr', 'moves'], [8, 'pc', 'moves'],
  ]);
  expect(memoryAddress('-16(r1)', history, 8)).toBe(4080n);
  expect(history.register('r1', 0)).toBe(0n);
  expect(history.register('r31', 8)).toBeUndefined();
});
