#!/usr/bin/env node
/** The command `tocsin`. Loads little itself: `tocsin list` and `--help` answer at once. */
import { main } from './answer.ts';

/** Set where this file ends the process, so that nobody else does it unseen. */
let ended = false;

// A reader that goes away (`tocsin list | head -1`) ends the command, quietly. What it would have said is not needed any more; a
// campaign that had no verdict yet is inconclusive. An answer that cannot be written (a full disk) is no verdict either: exit 2.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    ended = true;
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 3);
    if (stream === process.stdout) process.stderr.write(`tocsin: cannot write the answer: ${error.code ?? error.message}\n`);
    process.exit(2);
  });
}

// A strategy in TypeScript runs in this process: one that calls process.exit(0) must not look like a campaign that went well.
process.on('exit', (code) => {
  if (ended || code !== 0) return;
  process.exitCode = 2;
  process.stderr.write('tocsin: ended before it was done; does a strategy file call process.exit?\n');
});

process.exitCode = await main(process.argv.slice(2));
ended = true;
