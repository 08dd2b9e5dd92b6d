import { expect, it } from 'vitest';
import { hookText } from '../../src/contract/check-code.ts';
import { coreParts } from '../../src/kernel/core.ts';
import { KERNEL_SYMBOLS } from '../../src/kernel/symbols.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { verifySources } from '../../src/verify/binutils.ts';
import type { SourceCase } from '../../src/verify/binutils.ts';
import { missingTools } from './tools.ts';

/** The kernel text with the strategy's hook in it, and what it puts into generated functions. */
const sources: SourceCase[] = BUILT_IN.flatMap((strategy) => {
  const { ftrace_entry: ftraceEntry, livepatch_handler: _handler, livepatch_return: _return, ...generated } = strategy.code;
  const core = coreParts({ ftraceEntry, hook: hookText(strategy) }).map(({ text }) => text).join('');
  return [
    { name: `${strategy.name}/core`, source: core, symbols: KERNEL_SYMBOLS },
    ...Object.entries(generated).map(([point, source]): SourceCase => ({
      name: `${strategy.name}/${point}`, source, symbols: KERNEL_SYMBOLS, addresses: { '.TOC.': 0xc000000000398000n },
    })),
  ];
});

it('the kernel text and every strategy are the same bytes as from GNU as', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  const result = verifySources(sources);
  expect(result.differences).toEqual([]);
  expect(result.compared).toBeGreaterThan(200 * BUILT_IN.length - 200);
});
