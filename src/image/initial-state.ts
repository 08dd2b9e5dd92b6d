/**
 * Memory as a task finds it when it starts: stacks, thread_info, PACA (kernel/layout.ts). The task's stack and the interrupt stack are filled
 * with poison, with STACK_END_MAGIC at their low ends; below each lies a page that is not mapped (the guard). Initial registers are
 * named here too; whoever owns a machine sets them.
 */
import { placeState } from '../contract/state.ts';
import type { Strategy } from '../contract/strategy.ts';
import { ADDRESSES, PACA, PAGE_BYTES, STACK_BYTES, STACK_END_MAGIC, THREAD_INFO } from '../kernel/layout.ts';
import { PAGE, tocAddress } from './pages.ts';
import type { ProgramImage } from './program.ts';
import { DIRTY_SHIFT, PAGE_SHIFT, PAGE_WORDS } from './space.ts';
import type { AddressSpace } from './space.ts';
import { KERNEL_BASE } from './stubs.ts';

/** Registers of a new task at `thread_start`; MSR is the machine's reset value, with EE set. */
export const INITIAL_REGISTERS = {
  /** One past the highest byte of the task's stack. */
  r1: ADDRESSES.STACK + BigInt(STACK_BYTES),
  r13: ADDRESSES.PACA0,
} as const;

/** Each word of a fresh stack: as a doubleword no address of anything, and odd. */
const STACK_POISON = 0x5ac15ac1;
/** Initial livepatch_sp: just above the doubleword STACK_END_MAGIC (asm/livepatch.h, klp_init_thread_info). */
export const INITIAL_LIVEPATCH_SP = ADDRESSES.STACK + 8n;

const BLOCKS = 1 << PAGE_SHIFT - DIRTY_SHIFT;
const BLOCK_WORDS = 1 << DIRTY_SHIFT - 2;
const low = (value: bigint): number => Number(BigInt.asIntN(32, value));
const high = (value: bigint): number => low(value >> 32n);

/** A doubleword to write at the start of each run: word index, halves. */
type Cell = readonly [word: number, hi: number, lo: number];
const cell = (page: number, offset: number, value: bigint): Cell => [(page * PAGE_BYTES + offset) >> 2, high(value), low(value)];

const COMMON: readonly Cell[] = [
  cell(PAGE.PACA, PACA.PACATOC, tocAddress(0, 0)),
  // The interrupt stack grows from its end; entry code stores the link to the interrupted stack into its oldest frame.
  cell(PAGE.PACA, PACA.PACA_HARDIRQ_STACK, ADDRESSES.IRQ_STACK + BigInt(STACK_BYTES)),
  cell(PAGE.PACA, PACA.PACA_IRQ_DEPTH, 0n),
  cell(PAGE.PACA, PACA.PACA_IRQ_HANDLER, 0n),
  cell(PAGE.PACA, PACA.PACA_IRQ_OWN_STACK, 0n),
  cell(PAGE.PACA, PACA.PACAKBASE, KERNEL_BASE),
  cell(PAGE.PACA, PACA.PACACURRENT, ADDRESSES.TASK),
  cell(PAGE.TASK, THREAD_INFO.TI_livepatch_sp, INITIAL_LIVEPATCH_SP),
  cell(PAGE.TASK, THREAD_INFO.TI_stack, ADDRESSES.STACK),
];
const START = (PAGE.PACA * PAGE_BYTES + PACA.PACA_START) >> 2;
/** The byte PACA_FTRACE_ENABLED begins a word; its other bytes are 0. */
const FTRACE_ENABLED = (PAGE.PACA * PAGE_BYTES + PACA.PACA_FTRACE_ENABLED) >> 2;
const COUNTERS = (PAGE.TASK * PAGE_BYTES + THREAD_INFO.TI_counters) >> 2;

export class InitialState {
  readonly #space: AddressSpace;
  readonly #cells: readonly (readonly Cell[])[];

  /** `strategies` as in the StrategySet. */
  constructor(space: AddressSpace, strategies: readonly Pick<Strategy, 'state'>[]) {
    this.#space = space;
    this.#cells = strategies.map(({ state }) => placeState(state ?? [])
      .filter(({ value }) => value !== 0n)
      .map(({ owner, offset, value }) => cell(owner === 'task' ? PAGE.TASK : PAGE.PACA, offset, value)));
    space.dirty.fill(1, 0, PAGE.DATA * BLOCKS);
  }

  /**
   * Puts stacks, thread_info and PACA into the state before a run of `program` under a strategy (index; CONTROL: none). Costs what the run
   * before has used. Text and modules' data are not its business: Lowering.damaged, StrategySet.repair.
   */
  reset(program: ProgramImage, strategy: number): void {
    const space = this.#space, { words } = space;
    this.#clearStack(PAGE.STACK);
    this.#clearStack(PAGE.IRQ_STACK);
    this.#clearBlocks(PAGE.PACA);
    this.#clearBlocks(PAGE.TASK);
    for (let i = 0; i < COMMON.length; i++) this.#write(COMMON[i]!);
    words[FTRACE_ENABLED] = 1;
    const start = program.versionGlobal[program.callCallee[0]!]!, page = start >>> PAGE_SHIFT - 2;
    words[START] = space.pageLo[page]! + 4 * (start & PAGE_WORDS - 1);
    words[START + 1] = space.pageHi[page]!;
    const cells = strategy < 0 ? undefined : this.#cells[strategy];
    if (cells !== undefined) {
      for (let i = 0; i < cells.length; i++) {
        this.#write(cells[i]!);
        // Another strategy's run begins without it.
        space.dirty[cells[i]![0] >>> DIRTY_SHIFT - 2] = 1;
      }
    }
    for (let call = 0; call < program.calls; call++) {
      const counter = program.callCounter[call]!;
      if (counter < 0) continue;
      words[COUNTERS + 2 * counter] = program.callLimit[call]!;
      space.dirty[COUNTERS + 2 * counter >>> DIRTY_SHIFT - 2] = 1;
    }
  }

  #write(at: Cell): void {
    this.#space.words[at[0]] = at[2];
    this.#space.words[at[0] + 1] = at[1];
  }

  #clearStack(page: number): void {
    const { dirty, tracksDirty, words } = this.#space;
    for (let i = page * BLOCKS; i < (page + 1) * BLOCKS; i++) {
      if (tracksDirty && dirty[i] === 0) continue;
      words.fill(STACK_POISON, i * BLOCK_WORDS, (i + 1) * BLOCK_WORDS);
      dirty[i] = 0;
      if (i !== page * BLOCKS) continue;
      words[page * PAGE_WORDS] = low(STACK_END_MAGIC);
      words[page * PAGE_WORDS + 1] = 0;
    }
  }

  #clearBlocks(page: number): void {
    const { dirty, tracksDirty, words } = this.#space;
    for (let i = page * BLOCKS; i < (page + 1) * BLOCKS; i++) {
      if (tracksDirty && dirty[i] === 0) continue;
      words.fill(0, i * BLOCK_WORDS, (i + 1) * BLOCK_WORDS);
      dirty[i] = 0;
    }
  }
}
