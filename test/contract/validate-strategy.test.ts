import { expect, test } from 'vitest';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';

const GOOD = { name: 'mine', summary: 'a try', origin: 'me', claim: 'breaks toc', code: { livepatch_handler: 'livepatch_handler: mfctr r12; bctr' } };

test('a plain object becomes a strategy; the claim may be words', () => {
  expect(validateStrategy(GOOD)).toEqual({ ...GOOD, claim: { kind: 'breaks', obligations: ['toc'] } });
  const { claim: _, origin: __, ...least } = GOOD;
  expect(validateStrategy(least)).toMatchObject({ claim: { kind: 'holds', assuming: [] }, origin: '' });
});

test.each([
  [undefined, 'mine.ts: nothing; expected an object'],
  [[], 'mine.ts: an array; expected an object'],
  [{ ...GOOD, clam: 1 }, 'mine.ts: clam: an unknown field; expected one of name, '],
  [{ ...GOOD, name: 'My Own' }, 'mine.ts: name: "My Own"; expected lower case letters, digits and dashes, at most 64'],
  [{ ...GOOD, summary: 'two\nlines' }, 'mine.ts: summary: "two\\nlines"; expected one line of text, at most 200 characters'],
  [{ ...GOOD, claim: 'holds assuming luck' }, "mine.ts: claim: no assumption is called 'luck'; expected no-FEATURE, or one of stack-room"],
  [{ ...GOOD, claim: { kind: 'breaks', obligations: [] } }, 'mine.ts: claim.obligations: an empty list; expected at least one obligation'],
  [{ ...GOOD, claim: { kind: 'breaks', obligations: ['r2'] } }, "mine.ts: claim.obligations[0]: no obligation is called 'r2'"],
  [{ ...GOOD, code: {} }, 'mine.ts: code: no code point; expected at least one of ftrace_entry, '],
  [{ ...GOOD, code: { handler: '' } }, 'mine.ts: code.handler: an unknown field; expected one of ftrace_entry, '],
  [{ ...GOOD, code: { livepatch_handler: 7 } }, 'mine.ts: code.livepatch_handler: 7; expected assembly as a string'],
  [{ ...GOOD, code: { livepatch_handler: 'mfctr r12; bctr' } }, "mine.ts: code.livepatch_handler:1:1: no label 'livepatch_handler'"],
  [{ ...GOOD, code: { ...GOOD.code, livepatch_return: 'livepatch_return: nop\n ld r2, 24(r1' } }, 'mine.ts: code.livepatch_return:2:'],
  [{ ...GOOD, code: { ftrace_entry: 'nop\nftrace_entry: bctr' } }, "mine.ts: code.ftrace_entry:1:1: code before the label 'ftrace_entry'; expected 'ftrace_entry:' in front"],
  [{ ...GOOD, code: { replacement_early_exit: `\n  replacement_early_exit: ${'nop; '.repeat(40)}` } }, 'mine.ts: code.replacement_early_exit:2:3: replacement_early_exit has 40 words of code; expected at most 32 in generated code'],
  [{ ...GOOD, state: [{ name: 'A', owner: 'task', bytes: 8, value: 1 }] }, 'mine.ts: state[0].value: 1; expected a bigint, 0n to 2n ** 64n - 1n'],
  [{ ...GOOD, state: [{ name: 'A', owner: 'task', bytes: 0 }] }, 'mine.ts: state[0].bytes: 0; expected a whole number, 1 to 3072'],
  [{ ...GOOD, state: [{ name: 'A', owner: 'frame', bytes: 33 }] }, 'mine.ts: state[0].bytes: 33; expected a whole number, 1 to 32'],
  [{ ...GOOD, state: Array.from({ length: 7 }, (_, i) => ({ name: `A${i}`, owner: 'task', bytes: 512 })) }, 'mine.ts: state: 3584 bytes of state per task; expected at most 3072'],
  [{ ...GOOD, areas: [{ offset: -8, bytes: 8 }] }, 'mine.ts: areas[0].offset: -8; expected a whole number, 0 to 4096'],
  [{ ...GOOD, pushes: ['a'], pops: ['livepatch_handler'] }, "mine.ts: pushes[0]: no label 'a' in the hook"],
  [{ ...GOOD, exempt: [{ label: 'gone', reason: 'never' }] }, "mine.ts: exempt[0]: no label 'gone' in the code; expected a label of the strategy's own"],
  [{ ...GOOD, exempt: [{ label: 'livepatch_handler' }] }, 'mine.ts: exempt[0].reason: nothing; expected one line of text'],
  [{ ...GOOD, exempt: [{ label: 'livepatch_handler', reason: 'x', why: 1 }] }, 'mine.ts: exempt[0].why: an unknown field; expected one of label, reason'],
  [{ ...GOOD, published: 'SP' }, "mine.ts: published: no cell is called 'SP'; expected one of TI_livepatch_sp"],
])('%#', (value, message) => {
  expect(() => validateStrategy(value, 'mine.ts')).toThrow(message);
});
