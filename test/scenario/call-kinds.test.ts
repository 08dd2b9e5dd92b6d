// The table of call kinds: its facts agree with each other, and rules and generator go by them.
import { expect, test } from 'vitest';
import { KINDS_TO, SIBLINGS } from '../../src/arbitraries/dice.ts';
import { CALL_KIND_TABLE, isSibling, slotIsLive } from '../../src/scenario/call-kinds.ts';
import { FEATURE_BIT } from '../../src/scenario/features-of.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { CALL_KINDS, ENTRY_SHAPES } from '../../src/scenario/scenario.ts';

test('the table has a row for each kind, and its facts agree with each other', () => {
  for (const kind of ['root', ...CALL_KINDS] as const) {
    const row = CALL_KIND_TABLE[kind];
    expect(row.kind).toBe(kind);
    expect(row.restores).toBe(row.after.includes('restore-toc'));
    expect(row.stub).toBe(row.branch.endsWith('stub'));
    expect(row.enters === 'local').toBe(row.branch.endsWith('entry'));
    expect(row.returnsHere).toBe(row.branch.startsWith('bl') || row.branch === 'bctrl');
    // What is reloaded was saved, and who restores needs nothing kept.
    expect(row.slotLive).toBe(row.restores);
    expect(row.needsR2 && row.restores).toBe(false);
    if (row.needsR2) expect(row.callees).not.toContain('clobber');
  }
});

test('a hoisted slot is live up to the last reload that can use it', () => {
  const live = (text: string): boolean[] => {
    const { body } = parseScenario(text).functions[0]!;
    return body.calls.map((_, at) => slotIsLive(body, at));
  };
  expect(live('A:M -> local B, indirect B, local B\nB:M')).toEqual([false, true, false]);
  expect(live('A:M hoisted -> local B, indirect B, local B\nB:M')).toEqual([true, true, false]);
  // The stub of a global call stores the slot anew.
  expect(live('A:M hoisted -> indirect B, local B, global C, indirect B\nB:M\nC:N')).toEqual([true, false, true, true]);
});

test('what cannot be called so is not a valid scenario, and the generator does not draw it', () => {
  const calls = { local: 'A:M -> local B; B:M', global: 'A:M -> global B; B:N', indirect: 'A:M -> indirect B; B:N', sibling: 'A:M -> sibling B; B:M', 'stub-sibling': 'A:M patched -> stub-sibling B; B:N' };
  for (const kind of CALL_KINDS) {
    ENTRY_SHAPES.forEach((entry, i) => {
      const can = CALL_KIND_TABLE[kind].callees.includes(entry);
      const read = (): unknown => parseScenario(`${calls[kind]} ${entry === 'dual' ? '' : entry}`);
      if (can) expect(read).not.toThrow();
      else expect(read).toThrow('function 1 (entry clobber) is called by global or indirect calls only');
      expect((KINDS_TO[i]! & FEATURE_BIT[kind]) !== 0).toBe(can);
    });
    expect((SIBLINGS & FEATURE_BIT[kind]) !== 0).toBe(isSibling(kind));
  }
  expect(CALL_KINDS.filter(isSibling)).toEqual(['sibling', 'stub-sibling']);
});
