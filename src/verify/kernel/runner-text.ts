/**
 * The runner: a kernel module that runs scenarios and writes down what its events show. On a stock kernel it also redirects patched functions, with ftrace, to the hook of the strategy on trial;
 * on a kernel with live patching that is the kernel's own business.
 *
 * An event is a trap (marks.ts): its die notifier copies the registers that the exception saved. A run that goes astray ends in an Oops, which the same notifier
 * turns into the end of the run: it puts registers there with which the runner goes on. All that it writes goes into memory whose physical place it prints, for whoever
 * has the guest's memory in a file.
 */
import type { Strategy } from '../../contract/strategy.ts';
import { MODULE_NAMES } from '../../scenario/scenario.ts';
import { event, siteOffset } from './function-text.ts';
import { STANDS_FOR, hookAssembly, hookSymbol, presetsOf } from './hooks.ts';
import { REGISTERS } from './modules.ts';
import type { Program, SourceFile } from './modules.ts';
import { runnerCode } from './runner-code.ts';

/** One run: number of the scenario; of the strategy, -1: patched functions are not redirected. */
export interface PlannedRun {
  readonly scenario: number;
  readonly strategy: number;
  /** Which set of pieces module P has. */
  readonly set: number;
  /** Events after which it is stopped. */
  readonly most: number;
}

export interface RunnerOptions {
  /** `run`, `run2`: one may be loaded besides another. */
  readonly name: string;
  readonly program: Program;
  readonly runs: readonly PlannedRun[];
  /** Strategies whose hooks it brings. Empty: patched functions are not redirected by it, and P need not be loaded. */
  readonly strategies: readonly Strategy[];
  /** Whether module P is there. */
  readonly replacements: boolean;
}

export function runnerFiles(options: RunnerOptions): readonly SourceFile[] {
  return [
    { name: `${options.name}_glue.c`, text: `${tables(options)}${runnerCode(options)}` },
    { name: `${options.name}_text.S`, text: assembly(options) },
  ];
}

/** The way into a run and out of it, on a stack of its own or on the caller's. */
export const enterText = (name: string, ownStack: boolean): string => `\t.globl\ttocsin_${name}_enter
\t.type\ttocsin_${name}_enter, @function
tocsin_${name}_enter:
\t# r3: start, r4: stack, r5: TOC pointer, r6: where to keep r1
\tmflr r0
\tstd r0,16(r1)
\tmfcr r0
\tstw r0,8(r1)
\tstdu r1,-256(r1)
\tstd r2,24(r1)
${each(14, 31, (n) => `\tstd r${n},${32 + 8 * (n - 14)}(r1)`)}
\tstd r1,0(r6)
${ownStack ? '\tli r0,0\n\tstd r0,0(r4)\n\tmr r1,r4' : '\t# where a walk would look for a return address\n\tld r0,272(r1)\n\tstd r0,16(r1)\n\tstdu r1,-64(r1)'}
${each(14, 31, (n) => `\taddi r${n},r13,${0x7000 + n}`)}
\tlis r0,0xff
\tori r0,r0,0xffff
\tmtcrf 0xff,r0
\tmr r2,r5
\tmr r12,r3
\tmtctr r12
${event('root')}
\tbctrl
${event('end')}
\t.globl\ttocsin_${name}_landing
tocsin_${name}_landing:
\tld r2,24(r1)
${each(14, 31, (n) => `\tld r${n},${32 + 8 * (n - 14)}(r1)`)}
\taddi r1,r1,256
\tlwz r0,8(r1)
\tmtcrf 0xff,r0
\tld r0,16(r1)
\tmtlr r0
\tblr
`;

const assembly = ({ name, strategies }: RunnerOptions): string => `// Written by Tocsin (src/verify/kernel): the way into a run and out of it, and strategies' hooks.
#include <asm/asm-offsets.h>
${REGISTERS}
\t.text
${enterText(name, true)}\t.globl\ttocsin_${name}_hooks
tocsin_${name}_hooks:
${strategies.map((strategy, i) => hookAssembly(strategy, i)).join('')}
\t.globl\ttocsin_${name}_hooks_end
tocsin_${name}_hooks_end:
\tnop
`;

const each = (from: number, to: number, line: (n: number) => string): string => Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('\n');

function tables({ program, runs, strategies, replacements }: RunnerOptions): string {
  const sets = replacements ? program.sets.map((_, set) => set) : [];
  const modules = program.modules.filter((module) => replacements || !module.name.startsWith('p'));
  const externs = new Set<string>(), core = program.core;
  // The kernel's own symbols are declared in its headers, as what they were.
  const theirs = new Set(core?.kernel.standIns.map(({ name }) => name)), named = (symbol: string): string => (theirs.has(symbol) ? `tocsin_in_${symbol}` : symbol);
  const of = (symbol: string): string => (externs.add(symbol), `(u64)${named(symbol)}`);
  const known = (scenario: number, version: number, set: number): boolean => replacements || program.versions(scenario)[version]!.module !== 'P' || set < 0;
  const perSet = (symbol: (set: number) => string): string => `{ ${(sets.length === 0 ? [0] : sets).map((set) => of(symbol(set))).join(', ')} }`;
  const pointers = modules.flatMap((module) => module.pointers(0).flatMap((first, i) => {
    // A module without its P calls no function that only P has.
    if (!replacements && first.startsWith('p')) return [];
    return [`{ ${core !== undefined && module.name === 'k' ? `(u64 *)0x${core.kernel.room[0].toString(16)}UL` : `tocsin_${module.name}_ptr`} + ${i}, ${perSet((set) => module.pointers(set)[i]!)} },\n`];
  }));
  const sites = program.scenarios.flatMap((_, i) => program.versions(i).filter((it) => it.hooked && known(i, it.number, 0)).flatMap((version) => {
    // A replacement's own site, traced, is there once in each set.
    const places = version.module === 'P' ? sets : [0];
    return places.map((set) => {
      const ip = `${of(program.symbol(i, version.number, set))} + ${core?.standIn(i, version.number) === undefined ? siteOffset(version, program.sets[set], program.sites) : core.kernel.site}`;
      const to = version.replacedBy === undefined || !replacements ? '{ 0 }' : perSet((it) => program.symbol(i, version.replacedBy!, it));
      return `{ ${ip}, ${to} },\n`;
    });
  }));
  const startOf = ({ scenario, set }: PlannedRun): string => of(program.symbol(scenario, program.scenarios[scenario]!.functions.findIndex((fn) => fn.id === program.scenarios[scenario]!.start), set));
  const planned = runs.map((run, i) => `{ ${i}, ${run.strategy}, ${run.set}, ${run.most}, ${startOf(run)} },\n`);
  const presets = strategies.flatMap((strategy, i) => presetsOf(strategy).map(({ owner, offset, value, intoCpu }) =>
    `{ ${i}, ${['task', 'cpu', 'stack'].indexOf(owner)}, ${offset}, ${intoCpu ? value - BigInt(STANDS_FOR.cpu) : value}ULL, ${Number(intoCpu)} },\n`));
  const hooks = strategies.map((_, i) => `${of(hookSymbol(i))},\n`);
  return `// Written by Tocsin (src/verify/kernel): it runs generated call graphs and writes down what registers hold.
#include <linux/module.h>
#include <linux/kdebug.h>
#include <linux/ftrace.h>
#include <linux/gfp.h>
#include <linux/uaccess.h>
#include <linux/sort.h>
#include <asm/paca.h>
#define SETS ${Math.max(1, sets.length)}
${[...externs].map((symbol) => `extern char ${named(symbol)}[]${theirs.has(symbol) ? ` asm("${symbol}")` : ''};\n`).join('')}${modules.map((module) => `extern u64 tocsin_${module.name}_toc; extern u64 tocsin_${module.name}_ptr[];\n`).join('')}
${core === undefined ? '#define WRITABLE(at) (at)' : '/* The kernel\'s text is written through another mapping. */\nextern u64 tocsin_k_writable;\n#define WRITABLE(at) (core_text((u64)(at)) ? (u64 *)((u64)(at) + tocsin_k_writable) : (at))\n' + `#define core_text(at) ((at) >= 0x${core.kernel.room[0].toString(16)}UL && (at) < 0x${core.kernel.room[1].toString(16)}UL)`}
struct pointer { u64 *slot; u64 to[SETS]; };
static const struct pointer pointers[] = {
${pointers.join('')}{ NULL } };
struct site { u64 ip; u64 to[SETS]; };
static struct site sites[] = {
${sites.join('')}{ 0 } };
#define NSITES (ARRAY_SIZE(sites) - 1)
struct run { u32 number; s32 strategy; u32 set, most; u64 start; };
static const struct run runs[] = {
${planned.join('')}};
struct preset { u32 strategy, owner, offset; u64 value; u32 into_cpu; };
static const struct preset presets[] = {
${presets.join('')}{ -1 } };
static const u64 hooks[] = { ${hooks.join('')}0 };
static u64 *const tocs[] = { ${modules.map((module) => `&tocsin_${module.name}_toc`).join(', ')} };
static u64 toc_of(u32 module, u32 set) { return *tocs[module == ${MODULE_NAMES.indexOf('P')} ? ${MODULE_NAMES.indexOf('P')} + set : module]; }
`;
}
