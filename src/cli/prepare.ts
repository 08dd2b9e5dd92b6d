/** A part of the build: asks `tocsin list` the whole way, and what the model's hash is, and keeps the answers beside the compiled files. */
import { rmSync, renameSync, writeFileSync } from 'node:fs';
import { modelHash } from '../trial/model-hash.ts';
import { PREPARED, PREPARED_HASH, PREPARED_LINES } from './prepared.ts';
import { runCommandLine } from './program.ts';

/** What a command line writes to stdout. Throws where it does not end well. */
async function answerOf(argv: readonly string[]): Promise<string> {
  const parts: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array): boolean => parts.push(String(text)) > 0;
  try {
    const code = await runCommandLine(argv);
    if (code !== 0) throw new Error(`tocsin ${argv.join(' ')}: exit code ${code}`);
  } finally {
    process.stdout.write = write;
  }
  return parts.join('');
}

/** Nobody finds half a file. */
function keep(file: URL, text: string): void {
  const unfinished = new URL(`${file.href}.part`);
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}

for (const file of [PREPARED, PREPARED_HASH]) rmSync(file, { force: true });
const answers: Record<string, string> = {};
for (const line of PREPARED_LINES) answers[line.join(' ')] = await answerOf(line);
keep(PREPARED, JSON.stringify(answers));
keep(PREPARED_HASH, modelHash());
process.exitCode = 0;
