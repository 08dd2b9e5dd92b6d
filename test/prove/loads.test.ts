// What an entry may read through vmlinux's TOC pointer, as one that a compiler and a linker have made does: prover and checker say the same.
import { expect, test } from 'vitest';
import { check } from '../../src/check/check.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { FTRACE_ENTRY } from '../../src/kernel/ftrace.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import { Texts } from '../../src/prove/texts.ts';
import { certificateOf } from '../../src/prove/write.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';

const SCOPE = { features: ['local', 'global', 'interrupt'], premises: new Set(['stack-room']) } as const;
/** The entry with the ops read from there, as Linux does it (function_trace_op), in the place of `li r5,0`. */
const reading = (offset: number): Strategy => ({ ...livepatchStack, name: 'reads', code: { ...livepatchStack.code, ftrace_entry: FTRACE_ENTRY.replace('li      r5, 0', `ld      r5, ${offset}(r2)`) } });

test.each([[-0x8000, 'e8a28000', true], [-0x4008, 'e8a2bff8', true], [-0x4000, 'e8a2c000', false], [0x7ff8, 'e8a27ff8', false]])('%s bytes from it: %s', (offset, word, there) => {
  const strategy = reading(offset), proof = proveStrategy(strategy, new Texts(strategy), SCOPE);
  expect(proof.flaws.filter((it) => !JSON.stringify(it, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes('a load of 8 bytes'))).toEqual([]);
  expect(proof.flaws.length === 0).toBe(there);

  const assuming = ['stack-room', 'no-reused-stacks', 'abi-conforming-code', 'entry-model'], written = { model: 'm', assuming, obligations: ['toc'] } as const;
  if (there) return void expect(check(JSON.parse(JSON.stringify(certificateOf(proof, written)))).fragments).toBeGreaterThan(3);
  // No certificate is written of it: a forger takes that of the entry without the load.
  const text = JSON.stringify(certificateOf(proveStrategy(livepatchStack, new Texts(livepatchStack), SCOPE), written)), forged = text.replaceAll('38a00000', word);
  expect(forged).not.toBe(text);
  expect(() => check(JSON.parse(forged))).toThrow(/a load of 8 bytes from -?\d+, where nothing is known to be$/);
});
