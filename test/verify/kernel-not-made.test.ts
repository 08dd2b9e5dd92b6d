// Kernels that are there in part: what cannot be built or booted with counts as not run (exit 3), and is no difference, which would be exit 4.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, tocsin } from '../cli/built.ts';
import { NEEDED } from '../../src/verify/kernel/layer.ts';
import { GCC, findTools, runTool } from '../../src/verify/tools.ts';

/** What looks like the folder of scripts/verify-kernel.sh, with builds that say no. */
function kernels(image: (path: string) => void): string {
  const at = folder(), refused = "modules:\n\t@echo 'error: no headers' >&2; exit 1\n";
  for (const path of ['headers/build', 'kb/source']) {
    mkdirSync(join(at, path), { recursive: true });
    writeFileSync(join(at, path, 'Makefile'), refused);
  }
  writeFileSync(join(at, 'kb/Module.symvers'), '');
  image(join(at, 'stock-vmlinux'));
  image(join(at, 'kb/vmlinux'));
  return at;
}

const LAYERS = ['kernel-redirect', 'kernel-livepatch', 'kernel-core', 'kernel-sleep', 'kernel-replace', 'kernel-unload'];

async function said(at: string): Promise<ReadonlyMap<string, string>> {
  const { code, stdout, stderr } = await tocsin(['verify', 'kernel', '--kernels', at, '--scenarios', '4', '--json']);
  const { compared, differed, skipped } = JSON.parse(stdout) as { compared: number; differed: number; skipped: readonly { layer: string; what: string; why: string }[] };
  expect([code, compared, differed]).toEqual([3, 0, 0]);
  for (const name of LAYERS) expect(stderr).toContain(`${name} was NOT RUN: it could not be made: `);
  return new Map(skipped.filter(({ what }) => what === 'all').map(({ layer, why }) => [layer, why]));
}

test('a file that is no kernel', async (ctx) => {
  const { missing } = findTools(NEEDED);
  if (missing.length > 0) ctx.skip(`${missing.join(', ')} not found`);
  const why = await said(kernels((path) => { writeFileSync(path, 'junk\n'); }));
  expect([...why.keys()]).toEqual(LAYERS);
  for (const [name, one] of why) expect(one, name).toMatch(name === 'kernel-core' ? /vmlinux: no ELF file; expected/ : /vmlinux: .*file format not recognized/);
}, 60_000);

test('modules that cannot be built', async (ctx) => {
  const { missing } = findTools(NEEDED);
  if (missing.length > 0) ctx.skip(`${missing.join(', ')} not found`);
  // Linked, with the functions that are looked for.
  const names = ['ftrace_caller', 'ftrace_regs_caller', 'livepatch_handler', '__get_vm_area_caller', 'stack_trace_save_tsk_reliable', 'klp_check_stack', '_etext'];
  const image = (path: string): void => {
    writeFileSync(`${path}.s`, names.map((name) => `.globl ${name}\n${name}: nop\nblr\n`).join(''));
    runTool(GCC, ['-nostdlib', '-static', '-Wl,-e,0', `${path}.s`, '-o', path]);
  };
  const why = await said(kernels(image));
  expect([...why.keys()]).toEqual(LAYERS);
  for (const [name, one] of why) expect(one, name).toMatch(name === 'kernel-core' ? /has no function that is exported/ : /the modules could not be built: .*no headers/);
}, 60_000);
