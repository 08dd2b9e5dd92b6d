/** A process of its own: the command `tocsin` with these arguments. Its last line is the most memory that it ever had, in KiB. */
import { readFileSync } from 'node:fs';
// Runs the command, and has done so when this file's own code begins.
import '../main.ts';

/** Of this program alone: Linux lets `maxRSS` begin with what the process had that started it. Elsewhere `maxRSS`. */
function peak(): number {
  try {
    const known = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    if (known !== undefined) return Number(known);
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS;
}

process.stdout.write(`${peak()}\n`);
