/**
 * Generated functions in the kernel's own text, as functions of vmlinux. Each of K's has a stand-in (stand-ins.ts): its symbol, its export, and its call of ftrace stay the kernel's; its entries become branches, and so does what comes behind
 * the call. They lead to and from where the kernel's text has room, by direct branches as all of vmlinux can. Module tocsin_k puts it all there once, when the kernel is up: from then on whoever calls a stand-in is a scenario, or the guest stops.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMemory } from '../../object/bytes.ts';
import { Elf } from '../../object/elf.ts';
import { AS, LD, runTool } from '../tools.ts';
import { GuestError } from './guest-error.ts';
import type { CoreProgram, Program, SourceFile } from './modules.ts';
import type { StandIn } from './stand-ins.ts';

/** A word that the kernel's text is to have. */
interface Put {
  readonly at: bigint;
  readonly word: number;
}

/** Bytes of K's text at most: what `makes` of it may be more than it is, by alignment alone. */
export function roomFor(text: string): number {
  return text.split('\n').reduce((sum, line) => sum + bytesOf(line), 0);
}

/** A line of assembly; `.long` here are the two words of an event. */
function bytesOf(line: string): number {
  if (line.startsWith('\t.long')) return 8;
  if (line.startsWith('\t.space')) return Number.parseInt(line.slice('\t.space'.length), 10);
  if (line.startsWith('\t.balign')) return 12;
  return /^\t[a-z]/.test(line) ? 4 : 0;
}

/** The sources of module tocsin_k: K's text linked to where it is to be. @throws GuestError where there is no room for it. */
export function coreFiles(program: Program, folder: string): readonly SourceFile[] {
  const core = program.core!, standIns = standInsOf(program, core), { words, symbols } = linked(core, standIns, folder), { site } = core.kernel;
  const at = (name: string): bigint => {
    const found = symbols.get(name);
    if (found === undefined) throw new GuestError(`K's text has no ${name}`);
    return found;
  };
  const entries = standIns.flatMap(({ name, address }): Put[] => {
    const behind = address + BigInt(site) + 4n;
    return [{ at: address, word: branch(address, at(`${name}_gep`)) }, { at: behind, word: branch(behind, at(`${name}_on`)) }];
  });
  return [{ name: 'k_glue.c', text: installer(core, standIns, words, entries) }, { name: 'k_text.S', text: '\t.text\n\tnop\n' }];
}

const standInsOf = ({ scenarios, versions }: Program, core: CoreProgram): readonly StandIn[] => scenarios.flatMap((_, i) => versions(i).flatMap(({ number }) => core.standIn(i, number) ?? []));

/** `b`: both ends lie in the kernel's text. */
const branch = (from: bigint, to: bigint): number => (0x48000000 | Number(to - from) & 0x3fffffc) >>> 0;

function linked({ kernel: { room, toc }, text }: CoreProgram, standIns: readonly StandIn[], folder: string): { readonly words: readonly number[]; readonly symbols: ReadonlyMap<string, bigint> } {
  mkdirSync(folder, { recursive: true });
  const file = (name: string): string => join(folder, name), hex = (value: bigint): string => `0x${value.toString(16)}`;
  writeFileSync(file('core.s'), text.replaceAll(/^\/\/.*$/gm, ''));
  writeFileSync(file('core.lds'), `${standIns.map(({ name, address }) => `${name} = ${hex(address)};\n`).join('')}.TOC. = ${hex(toc)};\nSECTIONS { .text ${hex(room[0])} : { *(.text) } /DISCARD/ : { *(*) } }\n`);
  try {
    runTool(AS, ['-mpower8', file('core.s'), '-o', file('core.o')]);
    runTool(LD, ['-e', '0', '-T', file('core.lds'), file('core.o'), '-o', file('core.elf')]);
  } catch (error) {
    throw new GuestError(`K's text could not be linked: ${(error as Error).message.split('\n').slice(0, 4).join(' | ')}`);
  }
  const elf = new Elf(inMemory(readFileSync(file('core.elf'))), 'core.elf'), section = elf.section('.text')!, bytes = elf.contents(section);
  if (section.address !== room[0] || section.address + BigInt(section.size) > room[1]) throw new GuestError(`K's text has ${section.size} bytes at ${hex(section.address)}; expected at most ${room[1] - room[0]} at ${hex(room[0])}`);
  return { words: Array.from({ length: section.size >> 2 }, (_, i) => bytes.u32(4 * i)), symbols: new Map(elf.symbols.map(({ name, value }) => [name, value])) };
}

const installer = ({ kernel: { room, toc, site } }: CoreProgram, standIns: readonly StandIn[], words: readonly number[], entries: readonly Put[]): string => `// Written by Tocsin (src/verify/kernel): generated functions take the place of some of the kernel's own.
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/cacheflush.h>
#include <asm/paca.h>
#define TEXT PAGE_OFFSET
#define ROOM 0x${room[0].toString(16)}UL
#define END 0x${room[1].toString(16)}UL
u64 tocsin_k_toc, tocsin_k_writable;
EXPORT_SYMBOL_GPL(tocsin_k_toc);
EXPORT_SYMBOL_GPL(tocsin_k_writable);
static const struct { u64 at; const char *name; } stand_ins[] = {
${standIns.map(({ name, address }) => `{ 0x${address.toString(16)}UL, "${name}" },\n`).join('')}{ 0 } };
${standIns.map(({ name }) => `extern char tocsin_in_${name}[] asm("${name}");\n`).join('')}static const u64 exported[] = { ${standIns.map(({ name }) => `(u64)tocsin_in_${name}, `).join('')}0 };
static const struct { u64 at; u32 word; } entries[] = {
${entries.map(({ at, word }) => `{ 0x${at.toString(16)}UL, 0x${word.toString(16)} },\n`).join('')}{ 0 } };
static const u32 text[] = {
${words.map((word, i) => `0x${word.toString(16)},${i % 16 === 15 ? '\n' : ''}`).join('')}
};

static int __init start(void)
{
	u64 pages = (END - TEXT) >> PAGE_SHIFT, i;
	struct page **all = kvcalloc(pages, sizeof(*all), GFP_KERNEL);
	void *other;

	tocsin_k_toc = local_paca->kernel_toc;
	if (tocsin_k_toc != 0x${toc.toString(16)}UL) { pr_err("tocsin: the kernel's TOC pointer is another one\\n"); return -EINVAL; }
	for (i = 0; stand_ins[i].at; i++) if (exported[i] != stand_ins[i].at) { pr_err("tocsin: %s lies elsewhere\\n", stand_ins[i].name); return -EINVAL; }
	/* Where the pages were filled up. */
	for (i = 0; i < ARRAY_SIZE(text); i++) if (((u32 *)ROOM)[i]) { pr_err("tocsin: the kernel's text has no room\\n"); return -EBUSY; }
	if (!all) return -ENOMEM;
	for (i = 0; i < pages; i++) all[i] = pfn_to_page(__pa(TEXT + (i << PAGE_SHIFT)) >> PAGE_SHIFT);
	other = vmap(all, pages, VM_MAP, PAGE_KERNEL);
	kvfree(all);
	if (!other) return -ENOMEM;
	tocsin_k_writable = (u64)other - TEXT;
	memcpy((void *)(ROOM + tocsin_k_writable), text, sizeof(text));
	flush_icache_range(ROOM, ROOM + sizeof(text));
	for (i = 0; entries[i].at; i++) {
		*(u32 *)(entries[i].at + tocsin_k_writable) = entries[i].word;
		flush_icache_range(entries[i].at, entries[i].at + 4);
	}
	pr_info("tocsin: %u functions of the kernel are ours, site at ${site}\\n", (u32)ARRAY_SIZE(stand_ins) - 1);
	return 0;
}
static void __exit stop(void) { }
module_init(start); module_exit(stop);
MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("Tocsin: generated call graphs in the kernel's text");
`;
