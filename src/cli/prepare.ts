/** A part of the build: asks `tocsin list` the whole way, and keeps its answers beside the compiled files. */
import { rmSync, renameSync, writeFileSync } from 'node:fs';
import { PREPARED, PREPARED_LINES } from './prepared.ts';
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

rmSync(PREPARED, { force: true });
const answers: Record<string, string> = {};
for (const line of PREPARED_LINES) answers[line.join(' ')] = await answerOf(line);
const unfinished = new URL(`${PREPARED.href}.part`);
writeFileSync(unfinished, JSON.stringify(answers));
renameSync(unfinished, PREPARED);
process.exitCode = 0;
