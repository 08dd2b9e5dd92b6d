// Before each file of tests: their process compiles to machine code when a command's own does that runs scenarios, from its first test on.
import { tiersFor } from '../src/cli/tiering.ts';

tiersFor('fuzz');
