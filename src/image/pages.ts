/**
 * Which flat page (space.ts) holds what. Data pages come first, so that a table of stack marks can be short; text pages of one module
 * are neighbours in flat memory as in the address space, so a distance in flat words is a distance in addresses within a module.
 */
import { ADDRESSES, CLUSTERS, FRAME_STATE, MODULE_DATA_OFFSET, MODULE_OFFSET, PAGE_BYTES, TEXT_PAGES, TOC_BIAS } from '../kernel/layout.ts';
import { MODULES } from './program.ts';
import { ACCESS, AddressSpace, PAGE_WORDS } from './space.ts';

export const PAGE = {
  /** The first task's stack; the page below each stack's address is not mapped (guard). */
  STACK: 0,
  IRQ_STACK: 1,
  PACA: 2,
  TASK: 3,
  /** The second CPU's interrupt stack and PACA; stack and thread_info of the second and of the third task. */
  IRQ_STACK1: 4,
  PACA1: 5,
  STACK2: 6,
  TASK2: 7,
  STACK3: 8,
  TASK3: 9,
  EMERGENCY_STACK: 10,
  SOFTIRQ_STACK: 11,
  SOFTIRQ_STACK1: 12,
  /** What a strategy has for each frame, one page for each stack (BESIDE_OF): mapped for strategies that have such memory, no one else's. */
  BESIDE: 13,
  /** One data page for each module, in the order of MODULES. */
  DATA: 21,
  /** TEXT_PAGES for each module, in the order of MODULES. */
  TEXT: 21 + MODULES.length,
  /** One core page for each strategy, then the control hook's; then the control hook's out of line, and one for each strategy that hooks so. */
  CORE: 21 + MODULES.length + MODULES.length * TEXT_PAGES,
} as const;

/** Flat pages by task, from 0, and by CPU. */
export const TASK_STACKS = [PAGE.STACK, PAGE.STACK2, PAGE.STACK3] as const;
export const THREAD_INFOS = [PAGE.TASK, PAGE.TASK2, PAGE.TASK3] as const;
export const PACAS = [PAGE.PACA, PAGE.PACA1] as const;
export const IRQ_STACKS = [PAGE.IRQ_STACK, PAGE.IRQ_STACK1] as const;

export const SOFTIRQ_STACKS = [PAGE.SOFTIRQ_STACK, PAGE.SOFTIRQ_STACK1] as const;
/** Every kernel stack. */
export const STACKS: readonly number[] = [...TASK_STACKS, ...IRQ_STACKS, PAGE.EMERGENCY_STACK, ...SOFTIRQ_STACKS];
/** By a stack's flat page, that of the memory for its frames; 0: the page is no stack. */
export const BESIDE_OF: Readonly<Int32Array> = Int32Array.from({ length: PAGE.DATA }, (_, page) => (STACKS.includes(page) ? PAGE.BESIDE + STACKS.indexOf(page) : 0));

const MADE: readonly bigint[] = [
  ADDRESSES.STACK, ADDRESSES.IRQ_STACK, ADDRESSES.PACA0, ADDRESSES.TASK,
  ADDRESSES.IRQ_STACK1, ADDRESSES.PACA1, ADDRESSES.STACK2, ADDRESSES.TASK2, ADDRESSES.STACK3, ADDRESSES.TASK3,
  ADDRESSES.EMERGENCY_STACK, ADDRESSES.SOFTIRQ_STACK, ADDRESSES.SOFTIRQ_STACK1,
];
/** Address of each data page that never moves, by flat page. */
export const FIXED: readonly bigint[] = [...MADE, ...STACKS.map((page) => MADE[page]! + BigInt(FRAME_STATE))];

/** First flat page of a module's text. */
export const textPage = (module: number): number => PAGE.TEXT + module * TEXT_PAGES;
/** Flat words of a module's text: [from, to). */
export const textStart = (module: number): number => textPage(module) * PAGE_WORDS;
export const textEnd = (module: number): number => textPage(module + 1) * PAGE_WORDS;
export const dataPage = (module: number): number => PAGE.DATA + module;

/** Is the flat word in generated text (not in a core page, not data)? */
export const isModuleText = (flatWord: number): boolean =>
  flatWord >= PAGE.TEXT * PAGE_WORDS && flatWord < PAGE.CORE * PAGE_WORDS;
/** Index in MODULES of the module whose text holds the flat word; meaningful only when `isModuleText`. */
export const moduleOfText = (flatWord: number): number =>
  Math.floor((flatWord - PAGE.TEXT * PAGE_WORDS) / (TEXT_PAGES * PAGE_WORDS));

/** Address of a module's text, 64-bit unsigned; `place` is ignored for K. */
export function textAddress(module: number, place: number): bigint {
  if (module === 0) return ADDRESSES.KERNEL_TEXT;
  return CLUSTERS[place as 0 | 1 | 2] + MODULE_OFFSET[MODULES[module] as 'M' | 'N' | 'P' | 'Q'];
}

/** Address of a module's data page. */
export function dataAddress(module: number, place: number): bigint {
  return module === 0 ? ADDRESSES.KERNEL_DATA : textAddress(module, place) + MODULE_DATA_OFFSET;
}

/** A module's TOC pointer. Its data page covers -0x8000 to -0x4001 from it. */
export const tocAddress = (module: number, place: number): bigint => dataAddress(module, place) + TOC_BIAS;

/** Flat pages that a set of so many strategies needs, of which so many hook out of line; the control hook does. */
const pagesFor = (strategies: number, outOfLine: number): number => PAGE.CORE + strategies + 1 + outOfLine + 1;

/** An address space with everything mapped that never moves; modules M, N, P, Q lie at place 0, core pages are mapped by StrategySet. */
export function createSpace(strategies: number, outOfLine = strategies): AddressSpace {
  const space = new AddressSpace(pagesFor(strategies, outOfLine));
  FIXED.forEach((address, page) => { space.map(page, address, page < PAGE.BESIDE ? ACCESS.DATA : ACCESS.NONE); });
  for (let module = 0; module < MODULES.length; module++) {
    space.map(dataPage(module), dataAddress(module, 0), ACCESS.DATA);
    for (let i = 0; i < TEXT_PAGES; i++) {
      space.map(textPage(module) + i, textAddress(module, 0) + BigInt(i * PAGE_BYTES), ACCESS.TEXT);
    }
  }
  return space;
}
