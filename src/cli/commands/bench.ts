/** `tocsin bench`: ratios within one run. Prints what was measured; a missed aim is said, and is no failure: this machine may be busy. */
import { benchDocument, benchLines } from '../../report/bench.ts';
import type { BenchRow } from '../../report/bench.ts';
import { documentText } from '../../report/machine-readable.ts';
import { count } from '../../report/text.ts';
import { MEASUREMENTS } from '../bench/rows.ts';
import { EXIT, UsageError, quoted } from '../errors.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { Interruption } from '../signals.ts';
import { suggestion } from '../suggest.ts';

export async function run({ console, json }: Environment, _args: readonly string[], options: Options): Promise<number> {
  const names = MEASUREMENTS.map((it) => it.name);
  const only = text(options, 'only')?.split(',').map((name) => name.trim());
  for (const name of only ?? []) if (!names.includes(name)) throw new UsageError(`--only: unknown row ${quoted(name)}${suggestion(name, names)}`);
  const rows: BenchRow[] = [];
  const notRun: { readonly name: string; readonly why: string }[] = [];
  let instructions = 0;
  const interruption = new Interruption();
  try {
    for (const { name, measure } of MEASUREMENTS) {
      if (only !== undefined && !only.includes(name)) continue;
      if (interruption.requested) break;
      console.note(`measuring ${name} ...`);
      const measured = await measure(options['long'] === true);
      rows.push(...measured.rows);
      if (measured.notRun !== undefined) {
        notRun.push({ name, why: measured.notRun });
        console.warn(`${name} was NOT RUN: ${measured.notRun}`);
      }
      instructions += measured.instructions;
      if (!json && measured.rows.length > 0) console.answer(`${benchLines(measured.rows).join('\n')}\n`);
    }
  } finally {
    interruption.dispose();
  }
  process.exitCode = interruption.exit ?? EXIT.OK;
  if (json) console.answer(documentText({ ...benchDocument(rows), notRun, instructions }));
  else console.answer(`${count(instructions)} instructions of the model were executed for this.\n`);
  return interruption.exit ?? EXIT.OK;
}
