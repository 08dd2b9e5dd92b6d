/** Objects with debug information as gcc and ld write them: C structures with members where a kernel might have them, compiled in each way that matters to whoever looks for offsets. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GCC, LD } from '../../src/verify/tools.ts';

/** The first file only declares a structure, and has one of the same name in a function. */
export const FIRST_C = `struct paca_struct;
int first(struct paca_struct *p, int n)
{
	struct thread_info { int here; long livepatch_sp; } local = { n, n };
	union { int a; struct { int b; } in; } u = { n };
	return p != 0 && local.livepatch_sp == u.in.b;
}
`;

/** An unnamed structure with a member of the same name, bits, members behind 127 and behind 32,767 bytes, pointers to structures that are declared later. */
export const SECOND_C = `struct task_struct;
typedef struct { int padding; long livepatch_sp; } unnamed;
struct other { unsigned char ftrace_enabled; long kernel_toc; unnamed in; };
struct thread_info { int preempt_count; unsigned low : 3, high : 5; unsigned long flags; struct { long kernel_toc; } in; unsigned long livepatch_sp; };
struct task_struct { struct thread_info thread_info; char large[33000]; unsigned int state; };
struct paca_struct { struct paca_struct *lppaca; unsigned short lock; unsigned long kernel_toc; char slb[2000]; struct task_struct *__current; union { long a; int b; } u; unsigned char ftrace_enabled; };
struct paca_struct paca; struct task_struct task; struct other other; unnamed un;
long second(void) { return paca.kernel_toc + task.thread_info.livepatch_sp + task.state + paca.ftrace_enabled + other.in.livepatch_sp + un.padding; }
`;

/** Where the members are that the model has, and one more that is far away. */
export const COMPILED_OFFSETS = { PACACURRENT: 2024, PACATOC: 16, PACA_FTRACE_ENABLED: 2040, TI_livepatch_sp: 24 } as const;
export const FAR = { structure: 'task_struct', member: 'state', offset: 33_032 } as const;

/** What is said of those from which nothing is read. */
export const UNREAD: Readonly<Record<string, string>> = {
  'dwarf-5, split': 'split debug information (.dwo)', 'dwarf-4, split': 'split debug information (.dwo)',
  'dwarf-5, compressed': 'compressed debug information (objcopy --decompress-debug-sections)', 'dwarf-3': 'debug information of DWARF 3',
};

export interface CompiledObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const CLANG = 'clang';

/** By name: options of a compiler, and what ld makes of both files. */
const WAYS: Readonly<Record<string, { readonly gcc?: readonly string[]; readonly clang?: readonly string[]; readonly ld?: readonly string[] }>> = {
  'dwarf-4': { gcc: ['-gdwarf-4'] },
  'dwarf-5': { gcc: ['-gdwarf-5'] },
  'dwarf-4, ld -r': { gcc: ['-gdwarf-4'], ld: ['-r'] },
  'dwarf-5, ld -r': { gcc: ['-gdwarf-5'], ld: ['-r'] },
  'dwarf-4, linked': { gcc: ['-gdwarf-4'], ld: ['-e', 'second'] },
  'dwarf-5, linked': { gcc: ['-gdwarf-5'], ld: ['-e', 'second'] },
  'dwarf-5 of 64 bits': { gcc: ['-gdwarf-5', '-gdwarf64'] },
  'dwarf-5, type units': { gcc: ['-gdwarf-5', '-fdebug-types-section'] },
  'dwarf-4, type units': { gcc: ['-gdwarf-4', '-fdebug-types-section'] },
  'dwarf-5, split': { gcc: ['-gdwarf-5', '-gsplit-dwarf'] },
  'dwarf-4, split': { gcc: ['-gdwarf-4', '-gsplit-dwarf'] },
  'dwarf-5, compressed': { gcc: ['-gdwarf-5', '-gz'] },
  'dwarf-3': { gcc: ['-gdwarf-3'] },
  'dwarf-4 of clang': { clang: ['-gdwarf-4'] },
  'dwarf-5 of clang': { clang: ['-gdwarf-5'] },
  'dwarf-5 of clang, ld -r': { clang: ['-gdwarf-5'], ld: ['-r'] },
};

/** What the compilers make in a folder; where ld is not asked for it is the second file alone. @throws Error with the compiler's words. */
export function compileStructures(cwd: string, compilers: readonly string[]): readonly CompiledObject[] {
  const run = (tool: string, ...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(tool, args, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stderr}`);
  };
  writeFileSync(join(cwd, 'first.c'), FIRST_C);
  writeFileSync(join(cwd, 'second.c'), SECOND_C);
  return Object.entries(WAYS).flatMap(([name, { gcc, clang, ld }]) => {
    const compiler = gcc === undefined ? CLANG : GCC;
    if (!compilers.includes(compiler)) return [];
    const options = gcc ?? ['--target=powerpc64le-linux-gnu', ...clang ?? []];
    const compile = (stem: string): void => { run(compiler, '-O1', '-mcpu=power8', `-fdebug-prefix-map=${cwd}=.`, '-fno-asynchronous-unwind-tables', ...options, '-c', '-o', `${stem}.o`, `${stem}.c`); };
    compile('second');
    if (ld !== undefined) {
      compile('first');
      run(LD, ...ld, '-o', 'both', 'first.o', 'second.o');
    }
    return [{ name, bytes: readFileSync(join(cwd, ld === undefined ? 'second.o' : 'both')) }];
  });
}
