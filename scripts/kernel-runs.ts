/**
 * Writes test/verify/recorded/kernel-runs.json: what a few scenarios do on booted kernels, `npx jiti scripts/kernel-runs.ts FOLDER`, FOLDER that of scripts/verify-kernel.sh.
 * `npx jiti scripts/kernel-runs.ts FOLDER/in-line FOLDER/out-of-line`, FOLDER that of scripts/newer-objects.sh: kernel-runs-7.3.json, of kernels that have live patching alone.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseScenario } from '../src/scenario/notation.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { verifyLivepatch, verifyRedirect, verifySleep } from '../src/verify/kernel/layer.ts';
import type { KeptLog } from '../src/verify/kernel/layer.ts';
import { encodeRecords } from '../src/verify/kernel/recording.ts';
import { RECORDED_SCENARIOS, RECORDED_SLEEPERS, RECORDED_STRATEGIES } from '../test/verify/recorded/kernel-runs.ts';

const folders = process.argv.slice(2), live = folders.length > 1;
if (folders.length === 0) throw new Error('expected the folder of scripts/verify-kernel.sh, or those of scripts/newer-objects.sh');
const logs: object[] = [];
const kept = (layer: string) => ({ records, runs, hook, sites, release }: KeptLog): void => {
  logs.push({ layer, kernel: release, ...(sites === 'far' ? {} : { sites }), hook: hook?.map((it) => it.toString(16)), runs: runs.map(({ scenario, name, set }) => [scenario, name, set]), records: encodeRecords(records) });
};
const results = [];
for (const folder of folders) {
  const options = { seed: 0n, folder: resolve(folder), given: RECORDED_SCENARIOS.map(parseScenario) };
  if (!live) results.push(await verifyRedirect({ ...options, strategies: BUILT_IN.filter(({ name }) => RECORDED_STRATEGIES.includes(name)), keep: kept('kernel-redirect') }));
  results.push(await verifyLivepatch({ ...options, strategies: BUILT_IN, keep: kept('kernel-livepatch') }));
  results.push(await verifySleep({ ...options, given: RECORDED_SLEEPERS.map(parseScenario), strategies: BUILT_IN, keep: kept('kernel-sleep') }));
}
for (const { layer, compared, differed, differences, skipped } of results) console.log(layer, compared, differed, differences, compared === 0 ? skipped : '');
const made = { by: 'scripts/kernel-runs.ts', with: results[0]!.versions };
const list = (rows: readonly unknown[]): string => `[\n${rows.map((row) => `      ${JSON.stringify(row)}`).join(',\n')}\n    ]`;
const texts = logs.map((log) => `  {\n${Object.entries(log).filter(([, value]) => value !== undefined).map(([name, value]) => `    ${JSON.stringify(name)}: ${Array.isArray(value) && name !== 'hook' ? list(value) : JSON.stringify(value)}`).join(',\n')}\n  }`);
writeFileSync(new URL(`../test/verify/recorded/${live ? 'kernel-runs-7.3' : 'kernel-runs'}.json`, import.meta.url), `{\n"made": ${JSON.stringify(made)},\n"logs": [\n${texts.join(',\n')}\n]\n}\n`);
