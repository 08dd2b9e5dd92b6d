/** Writes test/verify/recorded/kernel-replace.json: tasks that sleep while a second patch takes the first one's place, `npx jiti scripts/replace-runs.ts FOLDER`, FOLDER that of scripts/verify-kernel.sh. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseScenario } from '../src/scenario/notation.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { verifyReplace } from '../src/verify/kernel/layer.ts';
import { encodeRecords } from '../src/verify/kernel/recording.ts';
import { RECORDED_SLEEPERS } from '../test/verify/recorded/kernel-runs.ts';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('expected the folder of scripts/verify-kernel.sh');
let text = '';
const { compared, differed, differences, versions } = await verifyReplace({
  seed: 0n, folder: resolve(folder), given: RECORDED_SLEEPERS.map(parseScenario), strategies: BUILT_IN,
  keep: ({ records, hook, sites, release }) => { text = `"kernel": ${JSON.stringify(release)}, "sites": "${sites}", "hook": ${JSON.stringify(hook?.map((it) => it.toString(16)))},\n"records": [\n${encodeRecords(records).map((it) => `  ${JSON.stringify(it)}`).join(',\n')}\n]`; },
});
console.log(compared, differed, differences);
writeFileSync(new URL('../test/verify/recorded/kernel-replace.json', import.meta.url), `{\n"made": ${JSON.stringify({ by: 'scripts/replace-runs.ts', with: versions })},\n${text}\n}\n`);
