/**
 * Scenarios as kernel modules: K (standing for vmlinux), M, N and, once for each set of pieces that strategies put into generated code, P. Each is an assembly file and a few lines of C that export
 * its functions. Modules are loaded in this order; a function that lies in one loaded before is called through the module loader's own stub, any other through a stub of the module's own.
 */
import type { StrategyCode } from '../../contract/strategy.ts';
import { CALL_KIND_TABLE } from '../../scenario/call-kinds.ts';
import { MODULES } from '../../image/program.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { event, functionText } from './function-text.ts';
import type { Sites } from './function-text.ts';
import { GuestError } from './guest-error.ts';
import type { CoreText, StandIn } from './stand-ins.ts';
import { SLEEP_CODE } from './sleep-code.ts';
import { originalOf, versionsOf } from './versions.ts';
import type { KernelModule, Version } from './versions.ts';

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** One kernel module of the program. */
export interface ModuleText {
  /** `k`, `m`, `n`, `p0`, `p1`, ..: its file is `tocsin_NAME.ko`. */
  readonly name: string;
  readonly files: readonly SourceFile[];
  /** What it exports besides `tocsin_NAME_toc` and `tocsin_NAME_ptr`. */
  readonly exports: readonly string[];
  /** Symbols that its pointers must hold, in order; of P in the set `set`. */
  pointers(set: number): readonly string[];
}

export interface Program {
  readonly scenarios: readonly Scenario[];
  readonly modules: readonly ModuleText[];
  /** Sets of pieces, by number. */
  readonly sets: readonly (StrategyCode | undefined)[];
  readonly sites: Sites;
  /** K's functions stand in for these of the kernel; undefined: K is a module. */
  readonly core?: CoreProgram | undefined;
  versions(scenario: number): readonly Version[];
  /** Symbol of a version; a replacement's in set `set`. */
  symbol(scenario: number, version: number, set: number): string;
}

/** Scenarios' functions of K in the kernel's own text. */
export interface CoreProgram {
  readonly kernel: CoreText;
  /** Undefined: the version is none of K's. */
  standIn(scenario: number, version: number): StandIn | undefined;
  /** All text that does not fit into the stand-ins. */
  readonly text: string;
}

const fileName = (module: KernelModule, set: number): string => (module === 'P' ? `p${set}` : module.toLowerCase());

/** `live`: P is a live patch, which the kernel puts on when it is loaded; `each`: each scenario has one of its own, which can be removed: nobody else knows a symbol of it. `sites`: as its functions have them. `core`: where K's are to be functions of the kernel itself. @throws GuestError where that has too few. */
export function programOf(scenarios: readonly Scenario[], sets: readonly (StrategyCode | undefined)[], live: boolean | 'each' = false, sites: Sites = 'far', core?: CoreText): Program {
  const versions = scenarios.map(versionsOf), each = live === 'each';
  const standIn = core === undefined ? undefined : standInsFor(versions, core);
  const symbol = (scenario: number, version: number, set: number): string => standIn?.(scenario, version)?.name ?? `${fileName(versions[scenario]![version]!.module, each ? scenario : set)}_s${scenario}_v${version}`;
  const around = { scenarios, all: versions, symbol, sites, core, standIn, tells: each ? scenarios.length : undefined };
  const modules = [
    ...(['K', 'M', 'N'] as const).map((module) => moduleText(around, module, 0, undefined, false)),
    ...(each ? scenarios.map((_, only) => moduleText(around, 'P', only, undefined, true, only)) : sets.map((pieces, set) => moduleText(around, 'P', set, pieces, live !== false))),
    ...(versions.some((it) => it.some(({ module }) => module === 'Q')) ? [moduleText(around, 'Q', 0, undefined, true)] : []),
  ];
  const own = core === undefined || standIn === undefined ? {} : { core: { kernel: core, standIn, text: modules[0]!.files[0]!.text } };
  return { scenarios, modules, sets, sites, ...own, versions: (scenario) => versions[scenario]!, symbol };
}

/** One for each of K's versions, in their order. */
function standInsFor(versions: readonly (readonly Version[])[], { standIns }: CoreText): CoreProgram['standIn'] {
  const all = new Map<string, StandIn>(), keyOf = (scenario: number, version: number): string => `${scenario}.${version}`;
  versions.forEach((some, scenario) => {
    for (const { module, number } of some) if (module === 'K') {
      const next = standIns[all.size];
      if (next === undefined) throw new GuestError(`the kernel has ${standIns.length} functions that others can stand in for; expected more for ${versions.length} scenarios`);
      all.set(keyOf(scenario, number), next);
    }
  });
  return (scenario, version) => all.get(keyOf(scenario, version));
}

interface Around {
  readonly scenarios: readonly Scenario[];
  readonly all: readonly (readonly Version[])[];
  readonly symbol: Program['symbol'];
  readonly sites: Sites;
  readonly core: CoreText | undefined;
  readonly standIn: CoreProgram['standIn'] | undefined;
  /** Patches tell module K their TOC pointers, the second one behind so many; undefined: whoever wants one asks the module. */
  readonly tells: number | undefined;
}

/** `only`: of one scenario. */
function moduleText({ scenarios, all, symbol, sites, core, standIn, tells }: Around, module: KernelModule, set: number, pieces: StrategyCode | undefined, live: boolean, only?: number): ModuleText {
  const name = fileName(module, set), inCore = module === 'K' && core !== undefined, pointers: { readonly scenario: number; readonly version: number }[] = [];
  const places = new Map<string, string>(), stubs = new Map<string, string>();
  const pointer = (scenario: number, version: number): string => {
    const key = `${scenario}.${version}`, known = places.get(key);
    if (known !== undefined) return known;
    const place = `tocsin_${name}_ptr+${8 * pointers.length}`;
    pointers.push({ scenario, version });
    places.set(key, place);
    return place;
  };
  const stub = (scenario: number, version: number): string => {
    const label = `.Lstub_${scenario}_${version}`;
    if (!stubs.has(label)) {
      if (inCore) throw new GuestError('a stub in the text of the kernel, which has none');
      const earlier = MODULES.indexOf(all[scenario]![version]!.module) < MODULES.indexOf(module);
      stubs.set(label, `${label}:\n${event('astray', MODULES.indexOf(module))}\n${earlier ? `\tb ${symbol(scenario, version, set)}\n` : ownStub(pointer(scenario, version))}`);
    }
    return label;
  };
  const exports: string[] = [];
  const functions = scenarios.flatMap((scenario, i) => all[i]!.filter((it) => it.module === module && (only ?? i) === i).map((version) => {
    exports.push(symbol(i, version.number, set));
    return functionText(version, {
      scenario, sites, ...(pieces === undefined ? {} : { pieces }), ...(inCore ? { core: { ...core, address: standIn!(i, version.number)!.address } } : {}),
      sleepStub: SLEEP_STUB, symbol: (number) => symbol(i, number, set), stub: (number) => stub(i, number), pointer: (number) => pointer(i, number),
    });
  }));
  const text = `${HEAD}\n\t.data\n\t.balign\t8\n\t.globl\ttocsin_${name}_ptr\ntocsin_${name}_ptr:\n\t.space\t${8 * Math.max(1, pointers.length)}\n\t.text\n${functions.join('')}${[...stubs.values()].join('')}${functions.some((it) => it.includes(SLEEP_STUB)) ? `${SLEEP_STUB}:\n${event('astray', MODULES.indexOf(module))}\n\tb tocsin_sleep\n` : ''}`;
  const own: OwnGlue = {
    patch: !live ? undefined : patchTables(all, symbol, { by: module === 'Q' ? 'second' : 'replacedBy', core: core !== undefined, replaces: module === 'Q' && scenarios.some(replacesFirst) }, only), sleeps: module === 'K' && all.some((it) => it.some(({ sleeps }) => sleeps)),
    pointers: module === 'Q' || only !== undefined ? pointers.map((it) => symbol(it.scenario, it.version, 0)) : [], tells: live && tells !== undefined ? only ?? tells : undefined,
  };
  // core-text.ts makes the module out of it that puts it there.
  if (inCore) return { name, exports: [], pointers: (p) => pointers.map((it) => symbol(it.scenario, it.version, p)), files: [{ name: `${name}_text.S`, text: `${HEAD}\n\t.text\n\t.globl\ttocsin_k_ptr\ntocsin_k_ptr:\n\t.space\t${8 * Math.max(1, pointers.length)}\n${functions.join('')}` }] };
  return {
    name, exports, pointers: (p) => pointers.map((it) => symbol(it.scenario, it.version, p)),
    files: [{ name: `${name}_text.S`, text }, { name: `${name}_glue.c`, text: glueText(name, exports, own) }],
  };
}

/** As the module loader makes them: r2 to its slot, r12 the function. */
const ownStub = (pointer: string): string => `\taddis r11,r2,(${pointer})@toc@ha
\taddi r11,r11,(${pointer})@toc@l
\tstd r2,24(r1)
\tld r12,0(r11)
\tmtctr r12
\tbctr
`;

export const REGISTERS = Array.from({ length: 32 }, (_, n) => `\t.set\tr${n}, ${n}\n`).join('');
const HEAD = `// Written by Tocsin (src/verify/kernel): generated functions, not kernel code.\n${REGISTERS}`;

const SLEEP_STUB = '.Lstub_sleep';

interface OwnGlue {
  readonly patch: string | undefined;
  readonly sleeps: boolean;
  /** What its pointers must hold, where nobody else puts it there. */
  readonly pointers: readonly string[];
  /** Where in module K its TOC pointer is to be. */
  readonly tells: number | undefined;
}

const glueText = (name: string, exports: readonly string[], { patch, sleeps, pointers, tells }: OwnGlue): string => `// Written by Tocsin (src/verify/kernel): what module tocsin_${name} exports.
#include <linux/module.h>
${patch === undefined ? '' : '#include <linux/livepatch.h>\n'}unsigned long tocsin_${name}_toc;
EXPORT_SYMBOL_GPL(tocsin_${name}_toc);
extern unsigned long tocsin_${name}_ptr[];
EXPORT_SYMBOL_GPL(tocsin_${name}_ptr);
${exports.map((symbol) => `extern void ${symbol}(void); EXPORT_SYMBOL_GPL(${symbol});\n`).join('')}${sleeps ? SLEEP_CODE : ''}${[...new Set(pointers)].filter((it) => !exports.includes(it)).map((it) => `extern void ${it}(void);\n`).join('')}${tells === undefined ? '' : 'extern unsigned long tocsin_patch_tocs[];\n'}${patch ?? ''}static int __init start(void) { asm volatile("mr %0, 2" : "=r" (tocsin_${name}_toc)); ${pointers.map((it, i) => `tocsin_${name}_ptr[${i}] = (unsigned long)${it}; `).join('')}${tells === undefined ? '' : `tocsin_patch_tocs[${tells}] = tocsin_${name}_toc; `}return ${patch === undefined ? '0' : 'klp_enable_patch(&patch)'}; }
static void __exit stop(void) { }
module_init(start); module_exit(stop);
MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("Tocsin: generated call graphs");
${patch === undefined ? '' : 'MODULE_INFO(livepatch, "Y");\n'}`;

/** The second patch takes the first one's place: those of a boot have one and the same. */
const replacesFirst = ({ world }: Scenario): boolean => world?.transitions?.some(({ change }) => change === 'replace') === true;

/** What is patched, by the module that it lies in. */
function patchTables(all: readonly (readonly Version[])[], symbol: Program['symbol'], { by, core, replaces }: { readonly by: 'replacedBy' | 'second'; readonly core: boolean; readonly replaces: boolean }, only?: number): string {
  const tables = (['K', 'M', 'N'] as const).flatMap((module) => {
    const rows = all.flatMap((versions, i) => versions.filter((it) => it.module === module && it[by] !== undefined && (only ?? i) === i)
      .map((it) => `\t{ .old_name = "${symbol(i, it.number, 0)}", .new_func = ${symbol(i, it[by]!, 0)} },\n`));
    const name = fileName(module, 0);
    // An object without a name is the kernel itself.
    return rows.length === 0 ? [] : [{ name, object: core && module === 'K' ? '' : `.name = "tocsin_${name}", `, text: `static struct klp_func funcs_${name}[] = {\n${rows.join('')}\t{ } };\n` }];
  });
  return `${tables.map(({ text }) => text).join('')}static struct klp_object objects[] = { ${tables.map(({ name, object }) => `{ ${object}.funcs = funcs_${name} }, `).join('')}{ } };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects${replaces ? ', .replace = true' : ''} };
`;
}

export function makefileOf(modules: readonly string[]): string {
  return modules.map((name) => `obj-m += tocsin_${name}.o\ntocsin_${name}-y := ${name}_glue.o ${name}_text.o\n`).join('');
}

/** Kinds of calls of a program and through what they go, counted. */
export function callsOf(program: Program): Map<string, number> {
  const counts = new Map<string, number>();
  program.scenarios.forEach((scenario, i) => {
    for (const version of program.versions(i)) for (const { kind, callee } of version.body.calls) {
      const target = callee === 'self' ? version.module : scenario.functions[originalOf(scenario, callee)]!.module;
      const through = !CALL_KIND_TABLE[kind].stub ? '' : MODULES.indexOf(target) < MODULES.indexOf(version.module) ? ', the loader\'s stub' : ', a stub of its own';
      counts.set(`${kind}${through}`, (counts.get(`${kind}${through}`) ?? 0) + 1);
    }
  });
  return counts;
}
