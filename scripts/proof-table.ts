// Writes the table of docs/proof.md anew: every built-in strategy, for all features. `npx jiti scripts/proof-table.ts`; test/prove/verdict.test.ts says when it is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { proveAll } from '../src/prove/session.ts';
import { proveTable } from '../src/report/prove.ts';
import { FEATURES } from '../src/scenario/features.ts';
import { BUILT_IN } from '../src/strategies/index.ts';

const PAGE = resolve(import.meta.dirname, '../docs/proof.md');
const [before, , after] = readFileSync(PAGE, 'utf8').split(/<!-- table -->/);
if (before === undefined || after === undefined) throw new Error(`${PAGE}: expected two lines <!-- table -->`);
writeFileSync(PAGE, `${before}<!-- table -->\n${proveTable(proveAll(BUILT_IN, FEATURES, true, [])).join('\n')}\n<!-- table -->${after}`);
