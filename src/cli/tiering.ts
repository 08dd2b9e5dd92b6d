/**
 * Switches V8's on-stack replacement off, for the process and its worker threads. The engine's loop (machine/execute.ts) is called some ten times
 * a run; once it was replaced on the stack, V8 keeps entering it through unoptimised code and compiles it as a whole late or never: a campaign
 * then takes a third longer, by chance of when a thread was interrupted. Only speed depends on it. To be imported first.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-use-osr');
