/** The strategies whose mutants docs/mutants.md speaks of. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

const EXAMPLE = 'examples/klp-slot-word.s';

/** The three ways of 2016, four of the world around, and the example. Those of return-stack are still to be run over a bound (docs/findings.md). */
export const JUDGED: readonly { readonly title: string; readonly strategy: Strategy }[] = [
  ...BUILT_IN.filter(({ name }) => ['manual-restore', 'mini-frame', 'livepatch-stack', 'shadow-stack-per-cpu', 'livepatch-stack-unwound', 'shadow-stack-r1-masked', 'shadow-stack-parallel'].includes(name)).map((strategy) => ({ title: strategy.name, strategy })),
  { title: EXAMPLE, strategy: parseStrategyText(readFileSync(resolve(import.meta.dirname, '../..', EXAMPLE), 'utf8'), 'klp-slot-word.s') },
];
