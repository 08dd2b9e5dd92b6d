// Objects as GNU as and ld write them: found by symbol, lifted, and the same words as our own assembler's.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KERNEL_SYMBOLS, setLines } from '../../src/kernel/symbols.ts';
import { inMemory } from '../../src/object/bytes.ts';
import { liftObject } from '../../src/object/object.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { AS, LD } from '../../src/verify/tools.ts';
import { folder } from '../cli/built.ts';
import { BUILT_OFFSETS, ENTRY, HANDLER, kernelFile } from '../object/kernel-like.ts';
import { missingTools } from './tools.ts';

/** The address of vmlinux's variable from the TOC pointer, for the assembler to leave to the linker. (It is so far away that ld leaves both instructions.) */
const SOURCE = ENTRY.replace('r2, 346', 'r2, function_trace_op@toc@ha').replace('-1424', 'function_trace_op@toc@l');

it('a relocatable file of GNU as and a linked one of GNU ld are lifted to what our own file is', (ctx) => {
  const missing = missingTools();
  if (missing !== undefined) ctx.skip(missing);
  const cwd = folder();
  const offsets = setLines({ ...KERNEL_SYMBOLS, ...Object.fromEntries(Object.entries(BUILT_OFFSETS).map(([name, value]) => [name, BigInt(value)])) });
  const globals = ['ftrace_caller', 'livepatch_handler', 'ftrace_stub'].map((it) => `.globl ${it}\n`).join('');
  writeFileSync(join(cwd, 'entry.s'), `.abiversion 2\n${offsets}${globals}nop\n${SOURCE}${HANDLER}ftrace_stub:\n blr\n`);
  writeFileSync(join(cwd, 'data.s'), '.abiversion 2\n.section .bss\n.space 0x200000\n.globl function_trace_op\nfunction_trace_op: .space 8\n.section .got,"aw"\n.quad 0\n');
  for (const args of [[AS, '-mpower8', '-mregnames', '-o', 'entry.o', 'entry.s'], [AS, '-mpower8', '-o', 'data.o', 'data.s'], [LD, '--build-id=sha1', '-e', 'ftrace_caller', '-o', 'vmlinux', 'entry.o', 'data.o']]) {
    const { status, stderr } = spawnSync(args[0]!, args.slice(1), { cwd, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
  const lifted = (bytes: Uint8Array): ReturnType<typeof liftObject> => liftObject(inMemory(bytes), { file: 'a.o', handler: livepatchStack });
  const [own, ...gnu] = [kernelFile(), readFileSync(join(cwd, 'entry.o')), readFileSync(join(cwd, 'vmlinux'))].map(lifted);
  // Labels of the numbered kind are named by address, which is another one in each.
  const code = (it: typeof own): unknown => it!.strategy.code;
  for (const one of gnu) expect(code(one)).toEqual(code(own));
  expect(gnu.map(({ facts }) => facts.kind)).toEqual(['relocatable', 'linked']);
  expect(gnu[1]!.facts.buildId).toMatch(/^[0-9a-f]{40}$/);
  expect(gnu.map(({ facts }) => facts.offsets.map(({ value }) => value))).toEqual([[2400, 32, 2580, 40], [2400, 32, 2580, 40]]);
});
