// Before each file of tests: their process compiles to machine code when the command's own does, from its first test on.
import '../src/cli/tiering.ts';
