/**
 * When V8 compiles what, for the process and its worker threads. Only speed depends on it. To be called first.
 *
 * On-stack replacement is off. The engine's loop (machine/execute.ts) is called some ten times
 * a run; once it was replaced on the stack, V8 keeps entering it through unoptimised code and compiles it as a whole late or never: a campaign
 * then takes a third longer, by chance of when a thread was interrupted.
 *
 * Commands that run scenarios wait four times as long before a function is optimised. Scenarios have many shapes, and a function that was compiled before
 * most of them were seen is thrown away and compiled again, up to 21 times in a campaign of 8,000 scenarios: some 40 % of its processor time went into V8's own threads.
 * Proofs have no scenarios in them, and are soon over: they are better off without. Later V8s than Node 20's count in another way and have no such flag.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that a function runs before it is looked at, in V8 11.3, of Node 20, whose own is 67,584. */
const LATE = 4 * 67_584;
const WITHOUT_SCENARIOS: readonly (string | undefined)[] = ['prove', 'check'];

export function tiersFor(command: string | undefined): void {
  setFlagsFromString('--no-use-osr');
  if (!WITHOUT_SCENARIOS.includes(command) && process.versions.v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${LATE}`);
}
