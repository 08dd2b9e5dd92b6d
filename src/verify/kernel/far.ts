/**
 * Modules that lie more than 2 GiB apart. The module loader takes the lowest hole of the vmalloc area that is big enough; so a module of ours takes everything below the place where the next one is to lie, has it loaded, and gives that
 * back. Whether a kernel has put them there is read out of its log.
 */
import type { Place, Scenario } from '../../scenario/scenario.ts';
import { GuestError } from './guest-error.ts';
import type { Record_ } from './log.ts';
import { MODULES } from '../../image/program.ts';
import type { SourceFile } from './modules.ts';
import { RECORD } from './records.ts';

type Places = Scenario['places'];

/** What boots with far places have, by turns: M far from K, N far from both; P far from all, then near M. */
export const FAR_PLACES: readonly Places[] = [{ M: 1, N: 2, P: 1 }, { M: 1, N: 0, P: 2 }, { M: 1, N: 1, P: 1 }];
/** Distance of two places: as in the model's image. */
const APART = 1n << 34n;

export const isFar = ({ M, N, P }: Places): boolean => M !== 0 || N !== 0 || P !== 0;

const placeOf = (places: Places, module: string): Place => (module.startsWith('p') ? places.P : module === 'm' ? places.M : module === 'n' ? places.N : 0);

/** What is loaded, with each of the program's modules where it is to lie; others near K. */
export function loadedAt(places: Places, order: readonly string[]): readonly string[] {
  if (!isFar(places)) return order;
  let here: Place = 0;
  return ['/tocsin_gap.ko', ...order.flatMap((line) => {
    const module = /^\/tocsin_([kmn]|p\d+|run2?)\.ko$/.exec(line)?.[1];
    if (module === undefined) return [line];
    const there = placeOf(places, module);
    return there === here ? [line] : [`place ${here = there}`, line];
  })];
}

/** One group for each boot. */
export function byPlaces(scenarios: readonly Scenario[]): readonly (readonly Scenario[])[] {
  const groups = new Map<string, Scenario[]>();
  for (const it of scenarios) {
    const key = JSON.stringify(it.places), known = groups.get(key);
    if (known === undefined) groups.set(key, [it]);
    else known.push(it);
  }
  return [...groups.values()];
}

export const farWords = ([first]: readonly Scenario[]): string => (isFar(first!.places) ? ', modules far from each other' : '');

/** The TOC pointers of a log, K's first. @throws GuestError where modules do not lie as they were to. */
export function checkPlaces(places: Places, heads: Record_): void {
  const k = heads[RECORD.GPR]!;
  for (const module of ['M', 'N', 'P'] as const) {
    const toc = heads[RECORD.GPR + MODULES.indexOf(module)]!, there = (toc - k + APART / 2n) / APART;
    if (toc !== 0n && there !== BigInt(places[module])) throw new GuestError(`module ${module} lies at 0x${toc.toString(16)}, ${there} times 16 GiB from K; expected ${places[module]}`);
  }
}

/** `take`: address of __get_vm_area_caller, which is not exported. */
export function gapFiles(take: bigint): readonly SourceFile[] {
  return [{ name: 'gap_glue.c', text: gap(take) }, { name: 'gap_text.S', text: '\t.text\n\tnop\n' }];
}

const gap = (take: bigint): string => `// Written by Tocsin (src/verify/kernel): what is loaded next lies behind so many times 16 GiB of the vmalloc area.
#include <linux/module.h>
#include <linux/vmalloc.h>
#define APART (1UL << 34)
#define HELD 4096
static struct vm_struct *held[HELD];
static u32 count;

static int place(const char *text, const struct kernel_param *param)
{
	struct vm_struct *(*take)(unsigned long size, unsigned long flags, unsigned long from, unsigned long to, const void *whose) = (void *)0x${take.toString(16)}UL;
	unsigned long size, end;
	u32 number;

	if (kstrtouint(text, 0, &number) || number > 2) return -EINVAL;
	while (count) free_vm_area(held[--count]);
	end = VMALLOC_START + number * APART;
	/* What cannot be there: then what was given back is free again. */
	take(APART, VM_ALLOC, VMALLOC_START, VMALLOC_START + PAGE_SIZE, NULL);
	if (!number) return 0;
	for (size = APART; size >= PAGE_SIZE; size >>= 1)
		while (count < HELD && (held[count] = take(size, VM_ALLOC | VM_NO_GUARD, VMALLOC_START, end, NULL))) count++;
	return 0;
}
static const struct kernel_param_ops place_ops = { .set = place };
module_param_cb(place, &place_ops, NULL, 0200);
static int __init start(void) { return 0; }
static void __exit stop(void) { }
module_init(start); module_exit(stop);
MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("Tocsin: modules far from each other");
`;
