/** The strategies whose mutants docs/mutants.md speaks of. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseStrategyText } from '../../src/contract/strategy-text.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

const EXAMPLE = 'examples/klp-slot-word.s';

/** All that claim to hold, and the example. */
export const JUDGED: readonly { readonly title: string; readonly strategy: Strategy }[] = [
  ...BUILT_IN.filter(({ claim }) => claim.kind === 'holds').map((strategy) => ({ title: strategy.name, strategy })),
  { title: EXAMPLE, strategy: parseStrategyText(readFileSync(resolve(import.meta.dirname, '../..', EXAMPLE), 'utf8'), 'klp-slot-word.s') },
];
