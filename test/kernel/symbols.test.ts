import { expect, test } from 'vitest';
import { CORE_LABELS, coreParts } from '../../src/kernel/core.ts';
import { KERNEL_SYMBOLS, setLines } from '../../src/kernel/symbols.ts';
import { DEFAULT_LIVEPATCH_HANDLER } from '../../src/contract/default-handler.ts';
import { assemble } from '../../src/isa/assemble.ts';

test('offsets that a Linux 6.1 build had', () => {
  const { PACATOC, PACACURRENT, TI_livepatch_sp, GPR0, GPR3, GPR14, _NIP, _LINK, _MSR, FTRACE_FRAMES, STACK_END_MAGIC } = KERNEL_SYMBOLS;
  expect({ PACATOC, PACACURRENT, TI_livepatch_sp, GPR0, GPR3, GPR14, _NIP, _LINK, _MSR, FTRACE_FRAMES, STACK_END_MAGIC }).toEqual({
    PACATOC: 16n, PACACURRENT: 2312n, TI_livepatch_sp: 16n, GPR0: 112n, GPR3: 136n, GPR14: 224n, _NIP: 368n, _LINK: 400n, _MSR: 376n,
    FTRACE_FRAMES: 528n, STACK_END_MAGIC: 0x57ac6e9dn,
  });
});

test('the .set lines and the core text assemble together, to the same bytes as with symbols handed in', () => {
  const text = coreParts({ hook: DEFAULT_LIVEPATCH_HANDLER }).map((part) => part.text).join('');
  const base = 0xc000000000010000n;
  const given = assemble(text, { base, symbols: KERNEL_SYMBOLS });
  expect(assemble(setLines() + text, { base }).bytes).toEqual(given.bytes);
  for (const label of CORE_LABELS) expect(given.labels.has(label), label).toBe(true);
  expect(given.labels.get('ftrace_entry')).toBe(base);
});
