import { expect, test } from 'vitest';
import { claimText, parseClaim } from '../../src/contract/claim-text.ts';

test.each([
  'holds',
  'holds assuming no-stub-sibling',
  'holds assuming no-stub-sibling, stack-room, no-far',
  'holds assuming no-replacement-siblings',
  'breaks toc',
  'breaks return-address, toc-slot',
])('%s', (text) => {
  expect(claimText(parseClaim(text))).toBe(text);
  expect(claimText(parseClaim(`  ${text.replaceAll(' ', '   ').replaceAll(',', ' ,')} `))).toBe(text);
});

test.each([
  ['', 0, "an empty claim; expected 'holds' or 'breaks'"],
  ['works', 0, "a claim begins with 'works'; expected 'holds' or 'breaks'"],
  ['holds if no-far', 6, "'if' after 'holds'; expected 'assuming', or nothing"],
  ['holds assuming', 14, 'a missing assumption; expected no-FEATURE, or one of stack-room, bounded-sibling-chains, no-traced-replacements, no-replacement-siblings'],
  ['holds assuming far', 15, "no assumption is called 'far'; expected 'no-far' for the absence of that feature"],
  ['holds assuming no-far,, no-local', 22, 'a missing assumption; expected no-FEATURE'],
  ['holds assuming no-far, no-far', 23, "'no-far' named twice; expected each assumption once"],
  ['breaks', 6, 'a missing obligation; expected one of return-address'],
  ['breaks TOC', 7, "no obligation is called 'TOC'; expected one of return-address, progress, toc"],
])('%j', (text, offset, message) => {
  try {
    parseClaim(text);
  } catch (error) {
    expect((error as Error).message).toContain(message);
    expect((error as { offset: number }).offset).toBe(offset);
    return;
  }
  expect.unreachable();
});
