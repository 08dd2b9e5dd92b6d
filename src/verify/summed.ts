/**
 * Which memory is compared at the end of a run, as two sums for each range: what a run of the first task on the first CPU can store to. Stacks that only interrupts come to are summed where
 * some are to arrive, and a strategy's memory for frames where it has it: the rest holds what an earlier run left on both sides.
 */
import { BESIDE_OF, IRQ_STACKS, PACAS, PAGE, SOFTIRQ_STACKS, TASK_STACKS, THREAD_INFOS, dataPage } from '../image/pages.ts';
import { MODULES } from '../image/program.ts';
import { ACCESS } from '../image/space.ts';
import type { AddressSpace } from '../image/space.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import { RANGES, SCRATCH } from './runner.ts';

export interface Range {
  readonly name: string;
  /** Flat bytes [from, to). */
  readonly from: number;
  readonly to: number;
  /** Only in runs with interrupts. */
  readonly interrupts: boolean;
}

const page = (name: string, flat: number, interrupts = false, bytes = PAGE_BYTES): Range => ({ name, from: flat * PAGE_BYTES, to: flat * PAGE_BYTES + bytes, interrupts });

const STACKS = [page('stack', TASK_STACKS[0]), page('interrupt stack', IRQ_STACKS[0], true), page('soft irq stack', SOFTIRQ_STACKS[0], true), page('emergency stack', PAGE.EMERGENCY_STACK, true)];

/** In the order of the report's sums. The PACA without the scratch of the code at points. */
export const SUMMED: readonly Range[] = [
  ...STACKS,
  page('paca', PACAS[0], false, SCRATCH),
  page('thread_info', THREAD_INFOS[0]),
  ...MODULES.map((name, module) => page(`data of ${name}`, dataPage(module))),
  ...STACKS.map(({ name, from, interrupts }) => page(`memory for frames of the ${name}`, BESIDE_OF[from / PAGE_BYTES]!, interrupts)),
];
if (SUMMED.length > RANGES) throw new RangeError(`${SUMMED.length} ranges; the runner sums ${RANGES}`);

/** Is it summed in a run of this memory? */
export const isSummed = ({ from, interrupts }: Range, space: AddressSpace, interrupted: boolean): boolean => (interrupted || !interrupts) && space.pageAccess[from / PAGE_BYTES] !== ACCESS.NONE;
