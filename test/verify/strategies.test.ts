import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { strategySources } from '../../src/cli/commands/verify.ts';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import { strategySymbols } from '../../src/contract/state.ts';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { verifySources } from '../../src/verify/binutils.ts';
import { missingTools } from './tools.ts';

const file = 'klp-slot-word.s';
const text = readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8');

const mini = validateStrategy((await import(new URL('../../examples/mini.ts', import.meta.url).href) as { default: unknown }).default, 'mini.ts');

it('the kernel text and every strategy are the same bytes as from GNU as', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  const sources = strategySources(BUILT_IN);
  expect(new Set(sources.map(({ name }) => name.replace(/\/.*/, '')))).toEqual(new Set(BUILT_IN.map(({ name }) => name)));
  expect(sources.map(({ name }) => name)).toEqual(expect.arrayContaining(['odd-toc/traced_global_entry', 'manual-restore/replacement_single_entry', 'livepatch-stack/core']));
  const result = verifySources(sources);
  expect(result.differences).toEqual([]);
  expect(result.compared).toBeGreaterThan(200 * BUILT_IN.length - 200);
});

it('the examples too, as a part of the core page, and the file as it stands', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  const strategy = parseStrategyText(text, file);
  const result = verifySources([...strategySources([strategy, mini]), { name: file, source: text, symbols: strategySymbols(strategy) }]);
  expect(result.differences).toEqual([]);
  expect(result.compared).toBeGreaterThan(400);
});

it('a strategy whose bytes differ is seen', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  const [first] = strategySources(BUILT_IN.slice(0, 1));
  // Ours takes the symbol's value; GNU as gets another one.
  let asked = 0n;
  const symbols = { get ENTRY() { return asked += 8n; } };
  const result = verifySources([first!, { name: 'planted', source: 'addi r11,r11,ENTRY', symbols }]);
  expect(result.differences.map(({ what }) => what)).toEqual(['planted at offset 0x0']);
});
