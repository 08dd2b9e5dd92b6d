/**
 * Modules built and a kernel booted with them. The guest's memory is a file, out of which the log is read when the machine is off, also where the kernel did not come to its end.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GCC } from '../tools.ts';
import type { Sites } from './function-text.ts';
import { NotMade } from './guest-error.ts';
import { INIT_TEXT } from './init-text.ts';
import type { SourceFile } from './modules.ts';
import { CHUNK_BYTES } from './records.ts';

export const QEMU_SYSTEM = 'qemu-system-ppc64';

/** A kernel that scripts/verify-kernel.sh has made ready. */
export interface KernelFolder {
  readonly image: string;
  /** `make` in it builds modules: the folder, and what else it must be told. */
  readonly build: readonly string[];
  readonly sites: Sites;
  /** Its list of exports, where it is of a build of our own. */
  readonly symvers?: string;
}

/** What the folder has: `stock`, an ordinary kernel with its headers; `live`, one with live patching, built as a file `cross-compile` says, or by the compiler that is installed. */
export function kernelsIn(folder: string): { readonly stock?: KernelFolder; readonly live?: KernelFolder } {
  const headers = join(folder, 'headers', 'build'), stock = join(folder, 'stock-vmlinux'), objects = join(folder, 'kb'), source = join(objects, 'source'), cross = join(folder, 'cross-compile');
  const found: { stock?: KernelFolder; live?: KernelFolder } = {};
  if (existsSync(join(headers, 'Makefile')) && existsSync(stock)) {
    found.stock = { image: stock, build: ['-C', headers, 'DEB_BUILD_ARCH=amd64', 'DEB_HOST_ARCH=ppc64el', 'DEB_HOST_GNU_TYPE=powerpc64le-linux-gnu'], sites: 'far' };
  }
  if (existsSync(join(objects, 'vmlinux')) && existsSync(join(objects, 'Module.symvers'))) {
    const prefix = existsSync(cross) ? readFileSync(cross, 'utf8').trim() : 'powerpc64le-linux-gnu-';
    found.live = { image: join(objects, 'vmlinux'), build: ['-C', source, `O=${objects}`, 'ARCH=powerpc', `CROSS_COMPILE=${prefix}`], sites: sitesOf(objects), symvers: join(objects, 'Module.symvers') };
  }
  return found;
}

/** As its configuration and its header say (function-text.ts). */
function sitesOf(objects: string): Sites {
  const says = (file: string, what: RegExp): boolean => existsSync(join(objects, file)) && what.test(readFileSync(join(objects, file), 'utf8'));
  if (says('.config', /^CONFIG_PPC_FTRACE_OUT_OF_LINE=y$/m)) return 'out-of-line';
  return says('source/arch/powerpc/include/asm/ftrace.h', /define FTRACE_MCOUNT_MAX_OFFSET/) ? 'near' : 'far';
}

/** Builds modules in a folder of their own. @throws NotMade with the end of what the compiler said. */
export function buildModules(kernel: KernelFolder, folder: string, files: readonly SourceFile[], makefile: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'Makefile'), makefile);
  const run = spawnSync('make', ['-s', '-j2', ...kernel.build, `M=${folder}`, 'modules'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new NotMade(`the modules could not be built: ${complaints(`${run.stdout}${run.stderr}`)}`);
}

const complaints = (said: string): string => {
  const lines = said.trim().split('\n'), errors = lines.filter((line) => /error/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(0, 4).join(' | ');
};

export interface Booted {
  readonly console: string;
  /** The guest's chunks of records, by the order in which they were announced. */
  readonly chunks: readonly Uint8Array[];
  readonly done: boolean;
}

/** Makes `init`, and boots with modules of a folder in an order (init-text.ts). */
export async function boot(kernel: KernelFolder, folder: string, order: readonly string[], seconds: number): Promise<Booted> {
  const root = join(folder, 'initrd'), memory = join(folder, 'memory');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(folder, 'init.c'), INIT_TEXT);
  tool(GCC, ['-O1', '-nostdlib', '-static', '-ffreestanding', '-fno-stack-protector', '-mcpu=power8', join(folder, 'init.c'), '-o', join(root, 'init')]);
  for (const line of order) if (line.endsWith('.ko')) copyFileSync(join(folder, line.slice(1)), join(root, line.slice(1)));
  writeFileSync(join(root, 'order'), order.map((line) => `${line}\n`).join(''));
  tool('sh', ['-c', 'cd "$1" && find . | cpio -o -H newc --quiet > ../initrd.cpio', 'sh', root]);
  rmSync(memory, { force: true });
  const text = await qemu([
    '-M', 'pseries,x-vof=on,memory-backend=ram', '-object', `memory-backend-file,id=ram,size=1G,mem-path=${memory},share=on`, '-m', '1G', '-cpu', 'POWER9', '-nographic', '-vga', 'none', '-nodefaults',
    '-serial', 'stdio', '-monitor', 'none', '-no-reboot', '-kernel', kernel.image, '-initrd', join(folder, 'initrd.cpio'), '-append', 'console=hvc0 panic=-1 loglevel=7',
  ], seconds);
  const places = [...text.matchAll(/tocsin: chunk ([0-9a-f]+)/g)].map((match) => Number.parseInt(match[1]!, 16));
  try {
    return { console: text, chunks: places.map((place) => slice(memory, place)), done: text.includes('TOCSIN GUEST DONE') };
  } finally {
    rmSync(memory, { force: true });
  }
}

function slice(file: string, from: number): Uint8Array {
  const bytes = new Uint8Array(CHUNK_BYTES), fd = openSync(file, 'r');
  try {
    readSync(fd, bytes, 0, CHUNK_BYTES, from);
  } finally {
    closeSync(fd);
  }
  return bytes;
}

function tool(name: string, args: readonly string[]): void {
  const run = spawnSync(name, args, { encoding: 'utf8' });
  if (run.status !== 0) throw new NotMade(`${name}: ${run.error?.message ?? run.stderr.trim()}`);
}

/** The serial console's text. */
async function qemu(args: readonly string[], seconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(QEMU_SYSTEM, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 1000 * seconds, killSignal: 'SIGKILL' });
    let text = '';
    const take = (some: Buffer): void => { if (text.length < 1 << 24) text += some.toString('latin1'); };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', () => { resolve(text); });
  });
}
