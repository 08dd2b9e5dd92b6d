/**
 * When V8 compiles a function to machine code, for the process and its worker threads. Only speed depends on it. To be imported first.
 *
 * On-stack replacement is off: the engine's loop (machine/execute.ts) is called some ten times a run; once it was replaced on the stack, V8 keeps entering it through
 * unoptimised code and compiles it as a whole late or never: a campaign then takes a third longer, by chance of when a thread was interrupted.
 *
 * Node 20's V8 counts the bytes of bytecode that a function has executed; it waits for four times as many here. What is compiled by then need not be compiled again for
 * what it had not met: a campaign's start costs a third less CPU time, a campaign of half a minute a tenth less. Later V8s count in another way and have no such flag.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-use-osr');
if (process.versions.v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${4 * 67_584}`);
