/** argv to commands: names, options and examples. What a command does is in commands/, loaded when it is called. */
import { Command, CommanderError, Option } from 'commander';
import { EXIT, UsageError } from './errors.ts';
import type { Run } from './options.ts';
import { VERSION } from './version.ts';

const SEED = '64-bit number, decimal or 0x.., or a 40-digit commit hash';
const FEATURES = 'features by name, from all: -interrupt,-far; or none,+local,+global';
const SYMBOLS = 'ftrace_caller, ftrace_regs_caller, livepatch_handler, or POINT=SYMBOL; commas between them (default: what there is of the first and the last)';
const STRATEGY = 'a built-in name, or a file: ./mine.s ./mine.ts ./mine.js';

const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

/** Builds the program. `finish` gets each command's exit code. */
function build(finish: (code: number) => void): Command {
  const program = new Command('tocsin')
    .description('Puts ways to restore TOC and return address around live-patched ppc64le calls on trial.')
    .option('--json', 'one JSON document on stdout, nothing else')
    .option('--quiet', 'no progress, and only the verdicts')
    .version(VERSION, '-V, --version', 'the version')
    .configureHelp({ showGlobalOptions: true, helpWidth: 79 })
    .configureOutput({ outputError: () => { /* main() says it, in one line */ } })
    .showSuggestionAfterError(true)
    .addHelpText('after', `${examples('tocsin list', 'tocsin fuzz livepatch-stack --runs 100_000', 'tocsin fuzz ./mine.s', 'tocsin gate')}

Exit codes: 0 everything expected was met; 1 a claim refuted, a regression; 2 wrong use or bad input;
3 inconclusive; 4 the harness cannot be trusted; 130, 143 interrupted.`);

  const add = (name: string, summary: string, load: () => Promise<{ readonly run: Run }>): Command => {
    const command = program.command(name).description(summary);
    // Commander keeps a sub-command's settings apart from its parent's.
    command.copyInheritedSettings(program);
    command.action(async (...all: unknown[]) => {
      const args = all.slice(0, -2).flat().filter((arg): arg is string => typeof arg === 'string');
      const global = program.opts<{ json?: boolean; quiet?: boolean }>();
      const { Console } = await import('./console.ts');
      const json = global.json === true;
      const quiet = global.quiet === true;
      // A changed flag makes V8 refuse Node's own cached code: a fifteenth of the time of a command that runs nothing.
      if (name !== 'list') (await import('./tiering.ts')).tiersFor(name);
      const { run } = await load();
      finish(await run({ console: new Console({ json, quiet }), json, quiet }, args, command.opts()));
    });
    return command;
  };

  /** Strategies out of object files. */
  const takesObject = (command: Command): Command => objectDetails(command.option('--object <file>', 'machine code: vmlinux, or an object of ppc64le (ftrace_entry.o)'));
  const objectDetails = (command: Command): Command => command
    .option('--symbols <list>', `of the object: ${SYMBOLS}`)
    .option('--offset <list>', 'of the object: where its kernel has PACACURRENT, PACATOC, PACA_FTRACE_ENABLED, TI_livepatch_sp, as NAME=N (default: from BTF or DWARF, or as the code uses them)')
    .option('--handler <s>', "of the object: whose handler stands behind an ftrace entry that is alone, and whose claim is made (default: livepatch-stack)")
    .option('--claim <c>', "of the object: what is promised, as 'holds assuming no-unwind'");

  add('list', 'strategies, obligations, features and witnesses', () => import('./commands/list.ts'))
    .argument('[strategy]', 'with --offsets: also the symbols of this strategy\'s own state')
    .option('--offsets', 'the .set lines with which GNU as -mregnames takes a strategy file')
    .addHelpText('after', examples('tocsin list', 'tocsin list --json', 'tocsin list --offsets > offsets.inc', 'tocsin list --offsets ./mine.s'));

  takesObject(add('fuzz', 'a campaign: generated scenarios put strategies on trial', () => import('./commands/fuzz.ts')))
    .argument('[strategy...]', `${STRATEGY} (default: all built-in ones)`)
    .option('--seed <n>', `${SEED} (default: a fresh one, printed first and last)`)
    .option('--runs <n>', 'scenarios (default: 10_000)')
    .option('--time <t>', 'instead of --runs: whole blocks until this time is over, as 30s or 5m')
    .option('--features <list>', FEATURES)
    .option('--workers <n>', 'threads (default: one per core; this one for a small campaign)')
    .option('--shard <i/n>', "only this part of the campaign, I from 1; auto or auto/N: as GitLab, Slurm, Kubernetes or TOCSIN_SHARD says")
    .option('--out <dir>', 'where counterexample files go (default: tocsin-findings/)')
    .option('--keep-going', 'report every signature, not only the worst finding per obligation')
    .option('--checkpoint <file>', 'keep in this file where the campaign stands')
    .option('--resume <file>', 'go on from such a file; what it says need not be said again')
    .addHelpText('after', examples('tocsin fuzz', 'tocsin fuzz livepatch-stack --time 5m', 'tocsin fuzz ./mine.s --features -stub-sibling --seed 7', 'tocsin fuzz --object vmlinux --runs 100_000',
      'tocsin fuzz --runs 1e6 --seed 7 --shard 2/4 --json > 2.json', 'tocsin fuzz --resume state.json --checkpoint state.json'));

  add('merge', 'one report out of the shards of a campaign', () => import('./commands/merge.ts'))
    .argument('<file...>', 'what `tocsin fuzz --shard I/N --json` has written: every block of the campaign once')
    .addHelpText('after', examples('tocsin merge shard-*.json', 'tocsin merge 1.json 2.json --json > whole.json'));

  takesObject(add('replay', 'the same run again, bit for bit', () => import('./commands/replay.ts')))
    .argument('<case>', 'a token, a counterexample file, or SEED:BLOCK:RUN')
    .option('--strategy <s>', `${STRATEGY}: puts it on the same scenario`)
    .option('--features <list>', `with SEED:BLOCK:RUN: ${FEATURES}`)
    .option('--generator <v>', 'with SEED:BLOCK:RUN: the version of the generator that named it')
    .option('--minimise', 'with SEED:BLOCK:RUN: minimise it, and replay what is left')
    .option('--obligation <o>', 'with --minimise: what is to stay broken (default: the worst)')
    .option('--trace', 'every step: address, symbol, instruction, what it changed')
    .addHelpText('after', `${examples('tocsin replay TOKEN --trace', 'tocsin replay tocsin-findings/CASE.json', 'tocsin replay 7:3:41 --strategy mini-frame --minimise', 'git bisect run npx tocsin replay TOKEN --strategy ./mine.s')}

Exit codes: 0 the recorded verdict recurs, 1 it does not; with --strategy 0 it holds, 1 it is violated,
125 it does not apply (does not assemble, or the scenario is not valid for it).
2 bad input, with --strategy as well: a damaged token or file says nothing about a strategy.`);

  takesObject(add('explain', 'the argument in words: let .. then .. however .. a contradiction', () => import('./commands/explain.ts')))
    .argument('<case>', 'a token or a counterexample file')
    .option('--strategy <s>', `${STRATEGY}: the one that the token is about, when it is not built in`)
    .option('--html <file>', 'write it as one self-contained page')
    .addHelpText('after', examples('tocsin explain TOKEN', 'tocsin explain tocsin-findings/CASE.json --html case.html'));

  takesObject(add('gate', 'decides a change: stored cases, claims, baseline, proofs; for CI', () => import('./commands/gate.ts')))
    .argument('[strategy...]', `${STRATEGY} (default: those of the configuration, or all built-in ones)`)
    .option('--config <file>', 'configuration (default: tocsin.config.{ts,js,json} if present)')
    .option('--baseline <file>', 'verdicts to compare with (default: verdicts.json if present)')
    .option('--cases <dir>', 'stored counterexamples (default: counterexamples/)')
    .option('--seed <n>', `${SEED} (default: a fixed one)`)
    .option('--runs <n>', 'scenarios (default: 20_000)')
    .option('--features <list>', FEATURES)
    .option('--workers <n>', 'threads (default: one per core; this one for a small campaign)')
    .option('--bound <f,c,s>', 'also every scenario of at most F functions, C calls and S things out of the ordinary, in line, without interrupts, as 2,1,1 (default: none)')
    .option('--update', 'rewrite the baseline and show what changed')
    .option('--force', 'allow --update where CI=true')
    .addOption(new Option('--ktap', "the kernel's test format on stdout").conflicts('json'))
    .option('--junit <file>', 'write JUnit XML')
    .option('--sarif <file>', 'write SARIF 2.1.0')
    .option('--github', 'annotations on stderr (on by itself under GitHub Actions)')
    .option('--summary <file>', 'write a Markdown summary')
    .addHelpText('after', `${examples('tocsin gate', 'tocsin gate ./mine.s --baseline verdicts.json', 'tocsin gate --update', 'tocsin gate --object ftrace_entry.o', 'tocsin gate --ktap --junit gate.xml')}

Each strategy is proved anew. One that was proved in the baseline and is not any more is
a difference, although no trial has found anything: docs/gate.md.

Exit codes: 0 as it was and as claimed; 1 a claim is refuted, a verdict has changed, a proof
is lost or gained; 2 bad input; 3 inconclusive; 4 the harness cannot be trusted (a canary was
not caught, a run contradicts a proof).`);

  takesObject(add('exhaust', 'every scenario up to a bound, and an interrupt and a switch at every instruction', () => import('./commands/exhaust.ts')))
    .argument('[strategy...]', `${STRATEGY} (default: all built-in ones)`)
    .option('--functions <n>', 'functions at most (default: 3)')
    .option('--calls <n>', "call sites at most, those of replacements' own bodies among them (default: 2)")
    .option('--special <n>', 'things out of the ordinary at most, of entries, arguments, bodies, tracing, places (default: 1)')
    .option('--recursion <n>', 'how often each call on a cycle calls in one run (default: 1)')
    .option('--kinds <list>', 'local,global,indirect,sibling,stub-sibling,self (default here and below: all)')
    .option('--modules <list>', 'where functions lie: K,M,N,P')
    .option('--entries <list>', 'dual,single,clobber')
    .option('--arguments <list>', 'none,register,stack,variadic')
    .option('--bodies <list>', 'plain,saved,zone,hoisted,early')
    .option('--replacements <list>', 'same,own; or none: nothing is patched')
    .option('--tracing <list>', 'active mcount sites: functions,replacements; or none')
    .option('--places <list>', 'near,far-core,apart,far-patch')
    .option('--hooked <list>', 'how functions are hooked: in-line,out-of-line; of both each scenario of the bound (default: in-line)')
    .option('--interrupts <at>', 'every: one at every instruction boundary, by every handler; or none (default: every)')
    .option('--interrupt-functions <n>', 'with interrupts: functions at most (default: 2)')
    .option('--interrupt-calls <n>', 'with interrupts: call sites at most (default: 1)')
    .option('--interrupt-special <n>', 'with interrupts: things out of the ordinary at most (default: 1)')
    .option('--irq-stack <list>', 'the stacks that handlers run on: shared,own,soft (default: shared,own)')
    .option('--switches <at>', 'every: the task is preempted at every instruction boundary; or none (default: as --interrupts)')
    .option('--switch-functions <n>', 'with switches: functions at most (default: 2)')
    .option('--switch-calls <n>', 'with switches: call sites at most (default: 1)')
    .option('--switch-special <n>', 'with switches: things out of the ordinary at most (default: 0)')
    .option('--turns <list>', 'what becomes of the task: back, at once; migration, at once on the other CPU; switch, another task runs first (default: all)')
    .option('--pairs <at>', 'every: the task is preempted, and so is another one that runs meanwhile, at every pair of boundaries; or none (default: none)')
    .option('--pair-functions <n>', 'with pairs: functions at most (default: 1)')
    .option('--pair-calls <n>', 'with pairs: call sites at most (default: 1)')
    .option('--pair-special <n>', 'with pairs: things out of the ordinary at most (default: 0)')
    .option('--workers <n>', 'threads (default: one per core)')
    .option('--checkpoint <file>', 'keep there how far it has come')
    .option('--resume <file>', 'go on where the run that wrote this checkpoint stopped')
    .option('--cases <dir>', 'stored counterexamples to compare the smallest with (default: counterexamples/ if present)')
    .addHelpText('after', `${examples('tocsin exhaust', 'tocsin exhaust livepatch-stack --functions 3 --calls 3 --interrupts none',
      'tocsin exhaust ./mine.s --kinds local,indirect --interrupt-calls 2', 'tocsin exhaust --checkpoint run.json; tocsin exhaust --resume run.json')}

Exit codes: 0 as claimed, for all scenarios of the bound; 1 a claim to hold is refuted; 2 bad input;
3 a claim to be broken that nothing in the bound shows; 130, 143 interrupted, what was found is shown.`);

  takesObject(add('mutate', "every one-step fault of a strategy's own code: is it caught?", () => import('./commands/mutate.ts')))
    .argument('[strategy...]', `${STRATEGY} (default: the built-in ones that claim to hold)`)
    .option('--kinds <list>', 'only these kinds of faults: delete, duplicate, swap, move, offset, register, invert, drop-branch, always-branch, width, entry, marker, size')
    .option('--hooked <list>', 'styles of hooking in which faults of their code are judged: in-line,out-of-line (default: those that the strategy has code for)')
    .option('--runs <n>', 'generated scenarios with interrupts that a mutant meets at most; without them a tenth (default: 20_000)')
    .option('--bound <name>', 'exhaustive bound over which those run that nothing has caught: tiny, small, windows, medium, exhaust (default: small)')
    .option('--seed <n>', `${SEED} (default: 1)`)
    .option('--features <list>', FEATURES)
    .option('--workers <n>', 'threads (default: one per core)')
    .option('--cases <dir>', 'stored counterexamples, which come first (default: counterexamples/)')
    .option('--reasons <file>', "reviewed reasons for mutants that nothing catches (default: the package's docs/mutants.json)")
    .option('--out <dir>', "write each mutant's .s, with which its token replays")
    .option('--all', 'show every mutant, not only those that were not caught')
    .addHelpText('after', `${examples('tocsin mutate livepatch-stack', 'tocsin mutate ./mine.s --kinds move,swap --all', 'tocsin mutate --object vmlinux --symbols livepatch_handler', 'tocsin mutate ./mine.s --out mutants && tocsin replay TOKEN --strategy mutants/NAME.s')}

Exit codes: 0 every mutant is caught, proved equal, or has a reviewed reason; 1 one survives;
2 bad input; 3 a survivor had runs that did not end; 4 the bound was not enumerated as it must be.`);

  takesObject(add('envelope', 'smallest sets of features that break a strategy, largest that do not', () => import('./commands/envelope.ts')))
    .argument('[strategy...]', `${STRATEGY} (default: all built-in ones)`)
    .option('--seed <n>', `${SEED} (default: 1)`)
    .option('--runs <n>', 'scenarios of a campaign in a largest set (default: 5_000)')
    .option('--features <list>', `the features that sets are made of: ${FEATURES}`)
    .option('--cases <path>', 'cases to try each set with first: a folder, or JSON of an earlier envelope')
    .option('--workers <n>', 'threads (default: one per core)')
    .option('--out <dir>', "write each set's counterexample file there; with --proved the certificates of sets that hold")
    .option('--page <file>', 'write what patch authors must not do, as a page of Markdown')
    .option('--proved', 'from proofs, for call graphs of every size, and not from campaigns; beside what --cases FILE.json found')
    .addHelpText('after', `${examples('tocsin envelope', 'tocsin envelope livepatch-stack --runs 20_000', 'tocsin envelope ./mine.s --features -interrupt --out cases/ --page limits.md', 'tocsin envelope --proved livepatch-stack --out proofs/', 'tocsin envelope --proved --cases docs/limitations.json')}

Exit codes: 0 every claim stands; 1 a set that a claim to hold covers breaks it; 2 bad input;
3 some sets are undecided (with --proved: some of what a claim covers);
4 the harness cannot be trusted; 130, 143 interrupted.`);

  takesObject(add('prove', 'a verdict for call graphs of every size, with a certificate', () => import('./commands/prove.ts')))
    .argument('[strategy...]', `${STRATEGY} (default: all built-in ones)`)
    .option('--features <list>', `what call graphs may contain: ${FEATURES}`)
    .option('--cases <path>', 'a folder of cases: none that a proof speaks of may fail')
    .option('--out <dir>', 'write the certificate of each strategy that holds there, as NAME.proof.json')
    .addHelpText('after', `${examples('tocsin prove', 'tocsin prove livepatch-stack --out proofs/', 'tocsin prove ./mine.s --features -interrupt', 'tocsin prove --object vmlinux', 'tocsin prove livepatch-stack-late-publish --features none,+local,+global')}

What a claim assumes is assumed. A proof says nothing of unwinders, of patches that
come and go, of tasks that end, of other return hooks: docs/proof.md.

Exit codes: 0 every verdict is as claimed; 1 a claim is refuted; 2 bad input;
3 something is undecided; 4 the harness cannot be trusted (a proof says that cannot
be what a run shows, or a canary is not refuted).`);

  takesObject(add('check', 'goes through certificates of proofs, by nothing of who wrote them', () => import('./commands/check.ts')))
    .argument('<file...>', 'what `tocsin prove --out` has written')
    .option('--strategy <s>', `${STRATEGY}: the one whose code it must be about (default: the built-in one of its name)`)
    .addHelpText('after', `${examples('tocsin check proofs/*.proof.json', 'tocsin check mine.proof.json --strategy ./mine.s', 'tocsin check vmlinux.proof.json --object vmlinux')}

With --object the certificate's code is compared with what is lifted out of the file: its
words, but for the fields that \`tocsin lift\` lists, and the model's kernel around them.

Exit codes: 0 each follows, and is about the strategy's code; 1 one is refused, or is about
other code; 2 bad input.`);

  objectDetails(add('lift', "an object file's code as a strategy file, and all that was changed in it", () => import('./commands/lift.ts'))
    .argument('<file>', 'vmlinux, or an object of ppc64le'))
    .addHelpText('after', `${examples('tocsin lift vmlinux', 'tocsin lift ftrace_entry.o --symbols ftrace_regs_caller,livepatch_handler > mine.s', 'tocsin lift my.o --symbols livepatch_handler=my_handler --offset PACACURRENT=2312')}

What is printed is a strategy file; comments in front say what was changed. --quiet leaves them out.`);

  add('verify', 'the model against the real toolchain and processor emulator', () => import('./commands/verify.ts'))
    .argument('[layer]', 'binutils, shapes (of code, by gcc and ld), qemu (lock step and scenarios), scenarios (default: all of these), or kernel')
    .option('--seed <n>', SEED)
    .option('--instructions <n>', 'qemu: instructions in lock step (default: 200_000)')
    .option('--scenarios <n>', 'scenarios, kernel: whole ones to run under every strategy (default: 1_000; kernel: 100)')
    .option('--kernels <dir>', 'kernel: the folder of scripts/verify-kernel.sh (default: $XDG_CACHE_HOME/tocsin/kernels, or in ~/.cache)')
    .option('--sweep <where>', "scenarios: an interrupt at every instruction of each strategy's hook, in two programs (hooks), everywhere in six (all), or none (default: hooks)")
    .addHelpText('after', `${examples('tocsin verify', 'tocsin verify qemu --instructions 1e6', 'tocsin verify scenarios --scenarios 100_000 --seed 7', 'tocsin verify scenarios --scenarios 1 --sweep all',
      'tocsin verify kernel --kernels /var/tmp/kernels')}

kernel: scenarios as kernel modules, booted under qemu-system-ppc64 (docs/fidelity.md). Minutes,
and not among the default layers. Its parts: kernel-redirect, Debian's stock kernel, every strategy
whose code can run behind its ftrace entry; kernel-livepatch, a kernel with live patching;
kernel-core on that one: functions of vmlinux itself, patched; kernel-sleep, kernel-replace and
kernel-unload there too: tasks that sleep while a second patch is enabled, while it replaces the first
one, or while the first one's module is removed.

Exit codes: 0 all equal; 2 bad input; 3 something was not run; 4 a difference: nothing that
Tocsin says can be trusted.`);

  add('bench', 'ratios within one run', () => import('./commands/bench.ts'))
    .option('--long', 'the full sizes: 1,000,000 scenarios for memory, 200 seeds for the known-bad')
    .option('--only <rows>', 'engine,checks,shares,workers,memory,known-bad,start: only some of these')
    .addHelpText('after', examples('tocsin bench', 'tocsin bench --long --json'));

  return program;
}

/** Runs a command line (without node and script) and returns the exit code. Throws what the command throws. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let exit: number = EXIT.OK;
  const program = build((code) => { exit = code; });
  for (const command of [program, ...program.commands]) command.exitOverride();
  if (argv.length === 0) {
    process.stderr.write(program.helpInformation());
    throw new UsageError(NO_COMMAND);
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Options without a command: commander has written its help already.
    if (error.code === 'commander.help') throw new UsageError(NO_COMMAND);
    if (error.exitCode !== 0) throw new UsageError(error.message.replace(/^error: /, '').replace(/\n\((.*)\)$/, '; $1'));
    return EXIT.OK;
  }
  return exit;
}

const NO_COMMAND = 'expected a command; `tocsin --help` lists them';
