/** Writes test/verify/recorded/kernel-runs.json: what a few scenarios do on booted kernels, `npx jiti scripts/kernel-runs.ts FOLDER [LAYER...]`, FOLDER that of scripts/verify-kernel.sh; 'far' is the part of two layers whose modules lie far from each other. Other layers than those named keep what they have. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseScenario } from '../src/scenario/notation.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { verifyLivepatch, verifyRedirect, verifySleep } from '../src/verify/kernel/layer.ts';
import { verifyUnload } from '../src/verify/kernel/unload-layer.ts';
import type { KeptLog } from '../src/verify/kernel/layer.ts';
import { encodeRecords } from '../src/verify/kernel/recording.ts';
import { RECORDED_FAR, RECORDED_REMOVALS, RECORDED_SCENARIOS, RECORDED_SLEEPERS, RECORDED_STRATEGIES } from '../test/verify/recorded/kernel-runs.ts';

const [, , folder, ...asked] = process.argv, file = new URL('../test/verify/recorded/kernel-runs.json', import.meta.url);
if (folder === undefined) throw new Error('expected the folder of scripts/verify-kernel.sh');
const logs: { readonly layer: string; readonly far?: true }[] = [];
const kept = (layer: string, far?: true) => ({ records, runs, hook, release }: KeptLog): void => {
  logs.push(Object.assign({ layer, ...(far === undefined ? {} : { far }) }, { kernel: release, hook: hook?.map((it) => it.toString(16)), runs: runs.map(({ scenario, name, set }) => [scenario, name, set]), records: encodeRecords(records) }));
};
const common = { seed: 0n, folder: resolve(folder), strategies: BUILT_IN };
const some = BUILT_IN.filter(({ name }) => RECORDED_STRATEGIES.includes(name)), far = RECORDED_FAR.map(parseScenario);
const LAYERS = {
  'kernel-redirect': async () => verifyRedirect({ ...common, given: RECORDED_SCENARIOS.map(parseScenario), strategies: some, keep: kept('kernel-redirect') }),
  'kernel-redirect far': async () => verifyRedirect({ ...common, given: far, strategies: some, keep: kept('kernel-redirect', true) }),
  'kernel-livepatch': async () => verifyLivepatch({ ...common, given: RECORDED_SCENARIOS.map(parseScenario), keep: kept('kernel-livepatch') }),
  'kernel-livepatch far': async () => verifyLivepatch({ ...common, given: far, keep: kept('kernel-livepatch', true) }),
  'kernel-sleep': async () => verifySleep({ ...common, given: RECORDED_SLEEPERS.map(parseScenario), keep: kept('kernel-sleep') }),
  'kernel-unload': async () => verifyUnload({ ...common, given: RECORDED_REMOVALS.map(parseScenario), keep: kept('kernel-unload') }),
};
const before = JSON.parse(readFileSync(file, 'utf8')) as { readonly made: { readonly with: Readonly<Record<string, string>> }; readonly logs: typeof logs };
let versions = before.made.with;
for (const [name, run] of Object.entries(LAYERS)) {
  if (asked.length > 0 && !name.split(' ').some((it) => asked.includes(it))) {
    logs.push(...before.logs.filter((it) => (it.far === true ? `${it.layer} far` : it.layer) === name));
    continue;
  }
  const { layer, compared, differed, differences, skipped, versions: seen } = await run();
  console.log(layer, compared, differed, differences, compared === 0 ? skipped : '');
  versions = { ...versions, ...seen };
}
const made = { by: 'scripts/kernel-runs.ts', with: versions };
const list = (rows: readonly unknown[]): string => `[\n${rows.map((row) => `      ${JSON.stringify(row)}`).join(',\n')}\n    ]`;
const texts = logs.map((log) => `  {\n${Object.entries(log).filter(([, value]) => value !== undefined).map(([name, value]) => `    ${JSON.stringify(name)}: ${Array.isArray(value) && name !== 'hook' ? list(value) : JSON.stringify(value)}`).join(',\n')}\n  }`);
writeFileSync(file, `{\n"made": ${JSON.stringify(made)},\n"logs": [\n${texts.join(',\n')}\n]\n}\n`);
