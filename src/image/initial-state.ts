/**
 * Memory as tasks find it when they start: stacks, thread_info, PACA (kernel/layout.ts). Tasks' stacks and interrupt stacks are filled with poison, with
 * STACK_END_MAGIC at their low ends; below each lies a page that is not mapped (the guard). A task besides the first one has a frame at its high
 * end with which `schedule` brings it to `thread_start`. Initial registers are named here too; whoever owns a machine sets them. What belongs to
 * a second CPU and to further tasks is made only for a scenario with a world (scenario/world.ts).
 */
import type { World } from '../scenario/scenario.ts';
import { placeState } from '../contract/state.ts';
import type { Strategy } from '../contract/strategy.ts';
import { FRAME } from '../abi/frame.ts';
import { SWITCH_FRAME, SWITCH_FRAME_BYTES, THREAD_FRAME_BYTES } from '../kernel/frames.ts';
import { ADDRESSES, MSR_KERNEL, PACA, PAGE_BYTES, STACK_BYTES, STACK_END_MAGIC, THREAD_INFO } from '../kernel/layout.ts';
import { BESIDE_OF, FIXED, IRQ_STACKS, PACAS, PAGE, SOFTIRQ_STACKS, STACKS, TASK_STACKS, THREAD_INFOS, tocAddress } from './pages.ts';
import { ROOT_CALL } from './program.ts';
import type { ProgramImage } from './program.ts';
import { DIRTY_SHIFT, PAGE_SHIFT, PAGE_WORDS } from './space.ts';
import type { AddressSpace } from './space.ts';
import { KERNEL_BASE } from './stubs.ts';

/** Registers of the first task at `thread_start`; MSR is the machine's reset value, with EE set. */
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

/** Doublewords of a CPU's PACA, and of a task's thread_info. */
const ofCpu = (cpu: number): readonly Cell[] => [
  cell(PACAS[cpu]!, PACA.PACATOC, tocAddress(0, 0)),
  // The interrupt stack grows from its end; entry code stores the link to the interrupted stack into its oldest frame.
  cell(PACAS[cpu]!, PACA.PACA_HARDIRQ_STACK, FIXED[IRQ_STACKS[cpu]!]! + BigInt(STACK_BYTES)),
  cell(PACAS[cpu]!, PACA.PACA_IRQ_DEPTH, 0n),
  cell(PACAS[cpu]!, PACA.PACA_IRQ_HANDLER, 0n),
  cell(PACAS[cpu]!, PACA.PACA_IRQ_OWN_STACK, 0n),
  cell(PACAS[cpu]!, PACA.PACA_NEED_RESCHED, 0n),
  cell(PACAS[cpu]!, PACA.PACAKBASE, KERNEL_BASE),
];
const ofTask = (task: number): readonly Cell[] => [
  cell(THREAD_INFOS[task]!, THREAD_INFO.TI_livepatch_sp, FIXED[TASK_STACKS[task]!]! + 8n),
  cell(THREAD_INFOS[task]!, THREAD_INFO.TI_stack, FIXED[TASK_STACKS[task]!]!),
];
/** A task's first frame, below which lies the one that `schedule` takes it from. */
const FIRST_FRAME = STACK_BYTES - THREAD_FRAME_BYTES;
const ofNewTask = (task: number): readonly Cell[] => [
  cell(THREAD_INFOS[task]!, THREAD_INFO.TI_ksp, FIXED[TASK_STACKS[task]!]! + BigInt(FIRST_FRAME - SWITCH_FRAME_BYTES)),
  cell(TASK_STACKS[task]!, FIRST_FRAME - SWITCH_FRAME_BYTES + SWITCH_FRAME.MSR, MSR_KERNEL),
];
const RETURN_TO = FIRST_FRAME + FRAME.LR_SAVE;

const FIRST: readonly Cell[] = [...ofCpu(0), cell(PAGE.PACA, PACA.PACACURRENT, ADDRESSES.TASK), ...ofTask(0)];
/** The rest of the world: the second CPU, and a task by number. */
const SECOND_CPU: readonly Cell[] = [...ofCpu(1), cell(PAGE.PACA1, PACA.PACACURRENT, 0n)];
const NEW_TASKS: readonly (readonly Cell[])[] = THREAD_INFOS.map((_, task) => [...ofTask(task), ...ofNewTask(task)]);
/** The byte PACA_FTRACE_ENABLED begins a word; its other bytes are 0. */
const FTRACE_ENABLED = PACAS.map((page) => (page * PAGE_BYTES + PACA.PACA_FTRACE_ENABLED) >> 2);
const START = THREAD_INFOS.map((page) => (page * PAGE_BYTES + THREAD_INFO.TI_start) >> 2);
const COUNTERS = THREAD_INFOS.map((page) => (page * PAGE_BYTES + THREAD_INFO.TI_counters) >> 2);

/** The version that a task calls first. */
export function startsWith(space: AddressSpace, program: ProgramImage, task: number, version: number): void {
  const start = program.versionGlobal[version]!, page = start >>> PAGE_SHIFT - 2, at = START[task]!;
  space.words[at] = space.pageLo[page]! + 4 * (start & PAGE_WORDS - 1);
  space.words[at + 1] = space.pageHi[page]!;
}

/** Another one than the scenario says: of a begun run, before the task has run. */
export function startsInstead(space: AddressSpace, program: ProgramImage, task: number, version: number): void {
  startsWith(space, program, task, version);
  program.taskStart[task] = version;
  space.dirty[START[task]! >>> DIRTY_SHIFT - 2] = 1;
}

/** By page: it is a stack. */
const IS_STACK = Uint8Array.from(FIXED, (_, page) => (STACKS.includes(page) ? 1 : 0));
const FIRST_PAGES = [PAGE.STACK, PAGE.IRQ_STACK, PAGE.PACA, PAGE.TASK] as const;
/** Stacks with what lies at their low end. */
const MADE_STACKS: readonly number[] = [...TASK_STACKS, ...IRQ_STACKS, ...SOFTIRQ_STACKS];

export class InitialState {
  readonly #space: AddressSpace;
  /** By strategy: what it wants preset for the first task and CPU, and by task and by CPU for all; and words of thread_info that a forked task inherits. */
  readonly #cells: readonly { readonly first: readonly Cell[]; readonly tasks: readonly (readonly Cell[])[]; readonly cpus: readonly (readonly Cell[])[]; readonly stacks: readonly Cell[]; readonly made: readonly Cell[]; readonly inherited: readonly number[] }[];

  /** `strategies` as in the StrategySet. */
  constructor(space: AddressSpace, strategies: readonly Pick<Strategy, 'state'>[]) {
    this.#space = space;
    this.#cells = strategies.map(({ state }) => {
      const preset = placeState(state ?? []).filter(({ value }) => value !== 0n);
      const of = (owner: 'task' | 'cpu', pages: readonly number[]): readonly (readonly Cell[])[] =>
        pages.map((page) => preset.filter((it) => it.owner === owner).map(({ offset, value }) => cell(page, offset, value)));
      // A stack is poison, so all of it is written; but on the emergency stack nobody has.
      const stacks = placeState(state ?? []).filter(({ owner }) => owner === 'stack').flatMap(({ offset, bytes, value }) => MADE_STACKS.flatMap((page) =>
        Array.from({ length: bytes >> 3 }, (_, i) => cell(page, offset + 8 * i, i > 0 || value === 0n ? 0n : FIXED[page]! + value))));
      const tasks = of('task', THREAD_INFOS), cpus = of('cpu', PACAS);
      const near = stacks.filter(([word]) => word < PAGE_WORDS * (PAGE.IRQ_STACK + 1));
      const inherited = placeState(state ?? []).filter((it) => it.owner === 'task' && it.inherited)
        .flatMap(({ offset, bytes }) => Array.from({ length: bytes >> 2 }, (_, i) => (offset >> 2) + i));
      return { inherited, tasks, cpus, made: stacks, stacks: stacks.filter((it) => !near.includes(it)), first: [...tasks[0]!, ...cpus[0]!, ...near] };
    });
    space.dirty.fill(1, 0, PAGE.DATA * BLOCKS);
  }

  /**
   * Puts stacks, thread_info and PACA into the state before a run of `program` under a strategy (index; CONTROL: none). Costs what the run
   * before has used. `threadStart`: flat word of that label in the strategy's core page, for a scenario with a world. Text and modules' data are not its business: Lowering.damaged, StrategySet.repair.
   */
  reset(program: ProgramImage, strategy: number, threadStart = 0): void {
    for (let i = 0; i < FIRST_PAGES.length; i++) this.#clear(FIRST_PAGES[i]!);
    this.#writeAll(FIRST);
    this.#space.words[FTRACE_ENABLED[0]!] = 1;
    startsWith(this.#space, program, 0, program.callCallee[ROOT_CALL]!);
    const cells = strategy < 0 ? undefined : this.#cells[strategy];
    if (cells !== undefined) this.#preset(cells.first);
    this.#counters(0, program);
    if (this.#strewn()) for (let page = PAGE.TASK + 1; page < PAGE.DATA; page++) this.#clear(page);
    const { world } = program.scenario;
    if (world !== undefined) this.#around(program, world, strategy, threadStart);
  }

  /**
   * A task is about to begin again on its stack. `anew`: all of its thread_info is made anew, as for a new task; else nothing but what init_idle makes anew (kernel/sched/core.c,
   * ftrace_graph_init_idle_task): the graph tracer's entries; and what a strategy has for each frame, as the shadow call stack is made anew (scs_task_reset, since
   * commit dce1ca0525bf).
   */
  again(task: number, strategy: number, anew: boolean): void {
    const { words, dirty } = this.#space;
    const info = (THREAD_INFOS[task]! * PAGE_BYTES) >> 2;
    words[info + (THREAD_INFO.TI_ret_top >> 2)] = words[info + (THREAD_INFO.TI_ret_top >> 2) + 1] = 0;
    this.#clear(BESIDE_OF[TASK_STACKS[task]!]!);
    if (!anew) return;
    words[info + (THREAD_INFO.TI_rethook_top >> 2)] = 0;
    words.fill(0, info + (THREAD_INFO.TI_strategy >> 2), info + (THREAD_INFO.TI_counters >> 2));
    this.#preset(ofTask(task));
    dirty[info >>> DIRTY_SHIFT - 2] = 1;
    if (strategy < 0) return;
    this.#preset(this.#cells[strategy]!.tasks[task]!);
    const first = TASK_STACKS[task]! * PAGE_WORDS;
    this.#preset(this.#cells[strategy]!.made.filter(([word]) => word >= first && word < first + PAGE_WORDS));
  }

  /** A task is forked: all that it has was made when the run began, but for what is a copy of its parent's. */
  forks(parent: number, child: number, strategy: number): void {
    if (strategy < 0) return;
    const { words, dirty } = this.#space, { inherited } = this.#cells[strategy]!;
    const from = (THREAD_INFOS[parent]! * PAGE_BYTES) >> 2, to = (THREAD_INFOS[child]! * PAGE_BYTES) >> 2;
    for (let i = 0; i < inherited.length; i++) {
      const word = to + inherited[i]!;
      words[word] = words[from + inherited[i]!]!;
      dirty[word >>> DIRTY_SHIFT - 2] = 1;
    }
  }

  /** The last run has used something of the second CPU or of further tasks: it had a world, or stored where a lost pointer led it. */
  #strewn(): boolean {
    const { dirty, tracksDirty } = this.#space;
    if (!tracksDirty) return true;
    for (let i = (PAGE.TASK + 1) * BLOCKS; i < PAGE.DATA * BLOCKS; i++) if (dirty[i] !== 0) return true;
    return false;
  }

  /** The second CPU and the further tasks. */
  #around(program: ProgramImage, world: World, strategy: number, threadStart: number): void {
    const { words, dirty } = this.#space;
    const cells = strategy < 0 ? undefined : this.#cells[strategy];
    this.#preset(SECOND_CPU);
    words[FTRACE_ENABLED[1]!] = 1;
    if (cells !== undefined) {
      this.#preset(cells.cpus[1]!);
      this.#preset(cells.stacks);
    }
    const { tasks } = world;
    for (let i = 0; i < tasks.length; i++) {
      const task = i + 1;
      this.#preset(NEW_TASKS[task]!);
      startsWith(this.#space, program, task, program.taskStart[task]!);
      if (cells !== undefined) this.#preset(cells.tasks[task]!);
      this.#counters(task, program);
      const at = (TASK_STACKS[task]! * PAGE_BYTES + RETURN_TO) >> 2;
      words[at] = low(ADDRESSES.KERNEL_CORE) + 4 * (threadStart & PAGE_WORDS - 1);
      words[at + 1] = high(ADDRESSES.KERNEL_CORE);
      dirty[at >>> DIRTY_SHIFT - 2] = 1;
    }
  }

  /** A task's counters of limited calls. */
  #counters(task: number, program: ProgramImage): void {
    const { words, dirty } = this.#space, base = COUNTERS[task]!;
    for (let call = 0; call < program.calls; call++) {
      const counter = program.callCounter[call]!;
      if (counter < 0) continue;
      words[base + 2 * counter] = program.callLimit[call]!;
      dirty[base + 2 * counter >>> DIRTY_SHIFT - 2] = 1;
    }
  }

  #writeAll(cells: readonly Cell[]): void {
    for (let i = 0; i < cells.length; i++) this.#write(cells[i]!);
  }

  /** Cells that another strategy's run, or one without a world, begins without. */
  #preset(cells: readonly Cell[]): void {
    this.#writeAll(cells);
    for (let i = 0; i < cells.length; i++) this.#space.dirty[cells[i]![0] >>> DIRTY_SHIFT - 2] = 1;
  }

  #clear(page: number): void {
    if (IS_STACK[page] === 1) this.#clearStack(page);
    else this.#clearBlocks(page);
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
