/** The rows of `tocsin bench` about proofs: each strategy proved or refuted, and each certificate checked, by processes of their own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchRow } from '../../report/bench.ts';
import { medianOf, spreadOf } from '../../report/bench.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { fileOf, timeProcess } from './isolate.ts';
import type { Measurement } from './measurement.ts';

/** Seconds of a whole process. */
const AIM = 1;
/** Held, refuted or undecided: it came to a verdict. */
const VERDICTS: readonly (number | null)[] = [0, 1, 3];

export async function proofs(long: boolean): ReturnType<Measurement['measure']> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-')), rounds = long ? 11 : 3, rows: BenchRow[] = [];
  const timed = async (args: readonly string[]): Promise<number> => {
    const { seconds, code } = await timeProcess([fileOf('../main.js'), ...args], folder);
    if (!VERDICTS.includes(code)) throw new Error(`tocsin ${args.join(' ')} ended with code ${code}`);
    return seconds;
  };
  try {
    for (const { name } of BUILT_IN) {
      const [prove, check, bare]: [number[], number[], number[]] = [[], [], []];
      const file = join(folder, `${name}.proof.json`);
      for (let round = 0; round < rounds; round++) {
        prove.push(await timed(['prove', name, '--out', folder]));
        if (existsSync(file)) check.push(await timed(['check', file]));
        bare.push((await timeProcess(['-e', '0'])).seconds);
      }
      for (const [command, times] of [['prove', prove], ['check', check]] as const) {
        if (times.length === 0) continue;
        rows.push({
          name: `tocsin ${command} ${name}, whole process`, ratio: medianOf(times), unit: 's', samples: times.length, aim: { most: AIM }, spread: spreadOf(times),
          remark: `${(medianOf(times) / medianOf(bare)).toFixed(1)} times an empty node`,
        });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { instructions: 0, rows };
}
