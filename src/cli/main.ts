#!/usr/bin/env node
/** The command `tocsin`. Loads little itself: `tocsin list` and `--help` answer at once. */
import { main } from './program.ts';

// A reader that goes away (`tocsin list | head -1`) ends the command, quietly. What it would have said is not needed any more; a
// campaign that had no verdict yet is inconclusive.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 3);
    throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
