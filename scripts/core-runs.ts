/** Writes test/verify/recorded/kernel-core.json: what a few scenarios do whose functions of vmlinux are the booted kernel's own, `npx jiti scripts/core-runs.ts FOLDER...`: of scripts/verify-kernel.sh, and FOLDER/in-line and FOLDER/out-of-line of scripts/newer-objects.sh. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseScenario } from '../src/scenario/notation.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { verifyCore } from '../src/verify/kernel/core-layer.ts';
import type { KeptLog } from '../src/verify/kernel/layer.ts';
import { encodeRecords } from '../src/verify/kernel/recording.ts';
import { RECORDED_CORE } from '../test/verify/recorded/kernel-runs.ts';

const folders = process.argv.slice(2), logs: object[] = [];
if (folders.length < 3) throw new Error('expected three folders: of scripts/verify-kernel.sh, and two of scripts/newer-objects.sh');
const keep = ({ records, runs, hook, sites, release, core }: KeptLog): void => {
  logs.push({ kernel: release, sites, hook: hook?.map((it) => it.toString(16)), core: core!.map(([scenario, version, at]) => [scenario, version, at.toString(16)]), runs: runs.map(({ scenario, name }) => [scenario, name]), records: encodeRecords(records) });
};
let versions = {};
for (const folder of folders) {
  const { compared, differed, differences, skipped, versions: seen } = await verifyCore({ seed: 0n, folder: resolve(folder), given: RECORDED_CORE.map(parseScenario), strategies: BUILT_IN, keep });
  console.log(folder, compared, differed, differences, compared === 0 ? skipped : '');
  versions = { ...seen, ...versions };
}
const list = (rows: readonly unknown[]): string => `[\n${rows.map((row) => `      ${JSON.stringify(row)}`).join(',\n')}\n    ]`;
const texts = logs.map((log) => `  {\n${Object.entries(log).map(([name, value]) => `    ${JSON.stringify(name)}: ${Array.isArray(value) && name !== 'hook' ? list(value) : JSON.stringify(value)}`).join(',\n')}\n  }`);
writeFileSync(new URL('../test/verify/recorded/kernel-core.json', import.meta.url), `{\n"made": ${JSON.stringify({ by: 'scripts/core-runs.ts', with: versions })},\n"logs": [\n${texts.join(',\n')}\n]\n}\n`);
