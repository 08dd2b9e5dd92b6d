/** C text that gcc makes the shapes of (shapes.ts): a function for each, which calls functions of this file (local calls) and others (calls that may leave the module). */

export const SHAPES_C = `typedef long (*fn)(long);
extern long data, table[8];
extern long outside(long);
extern long many(long, long, long, long, long, long, long, long, long, long);

__asm__(".hidden _mcount\\n.globl _mcount\\n_mcount: mflr 0\\nmtctr 0\\nbctr");
__attribute__((noinline, noclone)) static long inside(long a) { data += a; return table[a & 7]; }
long leaf(long a) { return a + 1; }
long dual(long a) { return data + a; }
long local_call(long a) { long b = inside(a); return b + data; }
long global_call(long a) { long b = outside(a); return b + data; }
long indirect_call(fn f, long a) { long b = f(a); return b + data; }
long hoisted_slot(fn f, long n) { long sum = 0; while (n-- > 0) sum += f(n) + inside(n); return sum + data; }
long sibling_call(long a) { data = a; return inside(a + 1); }
long saved_registers(long a, long b) { long c = outside(a); return outside(b + c) + c + a; }
long saved_cr(long a, long b) { int less = a < b; long c; __asm__ volatile ("" ::: "cr2", "cr3", "cr4"); c = outside(a); return less ? c : data; }
long protected_zone(long a) { volatile long kept[4]; kept[0] = a; kept[1] = data; return kept[0] + kept[1]; }
long stack_arguments(long a) { return many(a, 2, 3, 4, 5, 6, 7, 8, 9, a) + data; }
long takes_stack_arguments(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { return outside(i) + j + data; }
long variadic(long n, ...) { __builtin_va_list list; long sum = 0; __builtin_va_start(list, n); while (n-- > 0) sum += outside(__builtin_va_arg(list, long)); return sum; }
long early_exit(long a) { if (a < 0) return data; outside(a); return data + outside(1); }
`;

export const CODE_MODELS = ['medium', 'large'] as const;
/** vmlinux is compiled with the medium code model, modules with the large one (arch/powerpc/Makefile). */
export type CodeModel = (typeof CODE_MODELS)[number];

/** As the kernel's (arch/powerpc/Makefile, ftrace by CONFIG_MPROFILE_KERNEL), and for linking into a shared object. */
export function compilerFlags(model: CodeModel): string[] {
  return ['-O2', '-std=gnu11', '-mcpu=power8', '-mabi=elfv2', `-mcmodel=${model}`, '-pg', '-mprofile-kernel', '-ffreestanding', '-fno-pie', '-msoft-float', '-mno-vsx', '-mno-altivec',
    '-fno-asynchronous-unwind-tables', '-fno-stack-protector'];
}
