/** Writes test/verify/recorded/kernel-runs-7.3.json: what a few scenarios do on kernels that have live patching alone, `npx jiti scripts/newer-kernel-runs.ts FOLDER/in-line FOLDER/out-of-line`, FOLDER that of scripts/newer-objects.sh. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseScenario } from '../src/scenario/notation.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { verifyLivepatch, verifySleep } from '../src/verify/kernel/layer.ts';
import type { KeptLog } from '../src/verify/kernel/layer.ts';
import { encodeRecords } from '../src/verify/kernel/recording.ts';
import { RECORDED_SCENARIOS, RECORDED_SLEEPERS } from '../test/verify/recorded/kernel-runs.ts';

const folders = process.argv.slice(2);
if (folders.length < 2) throw new Error('expected the two folders of scripts/newer-objects.sh');
const logs: object[] = [];
const kept = (layer: string) => ({ records, runs, hook, sites, release }: KeptLog): void => {
  logs.push({ layer, kernel: release, ...(sites === 'far' ? {} : { sites }), hook: hook?.map((it) => it.toString(16)), runs: runs.map(({ scenario, name, set }) => [scenario, name, set]), records: encodeRecords(records) });
};
const results = [];
for (const folder of folders) {
  const options = { seed: 0n, folder: resolve(folder), given: RECORDED_SCENARIOS.map(parseScenario) };
  results.push(await verifyLivepatch({ ...options, strategies: BUILT_IN, keep: kept('kernel-livepatch') }));
  results.push(await verifySleep({ ...options, given: RECORDED_SLEEPERS.map(parseScenario), strategies: BUILT_IN, keep: kept('kernel-sleep') }));
}
for (const { layer, compared, differed, differences, skipped } of results) console.log(layer, compared, differed, differences, compared === 0 ? skipped : '');
const made = { by: 'scripts/newer-kernel-runs.ts', with: results[0]!.versions };
const list = (rows: readonly unknown[]): string => `[\n${rows.map((row) => `      ${JSON.stringify(row)}`).join(',\n')}\n    ]`;
const texts = logs.map((log) => `  {\n${Object.entries(log).filter(([, value]) => value !== undefined).map(([name, value]) => `    ${JSON.stringify(name)}: ${Array.isArray(value) && name !== 'hook' ? list(value) : JSON.stringify(value)}`).join(',\n')}\n  }`);
writeFileSync(new URL('../test/verify/recorded/kernel-runs-7.3.json', import.meta.url), `{\n"made": ${JSON.stringify(made)},\n"logs": [\n${texts.join(',\n')}\n]\n}\n`);
