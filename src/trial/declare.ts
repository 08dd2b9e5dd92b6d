/** What a strategy declares, as the judge takes it: data without a name. */
import { placeState } from '../contract/state.ts';
import type { Strategy } from '../contract/strategy.ts';
import { FIXED, IRQ_STACKS, PACAS, SOFTIRQ_STACKS, TASK_STACKS, THREAD_INFOS } from '../image/pages.ts';
import type { CorePage } from '../image/core-page.ts';
import type { Oracle } from '../invariants/oracle.ts';
import type { Recovery } from '../invariants/unwind.ts';
import { high, low } from '../machine/halves.ts';
import { FRAME_STATE, PAGE_BYTES, THREAD_INFO } from '../kernel/layout.ts';

interface Declared {
  readonly recovery: Recovery | undefined;
  readonly published: number;
  readonly publishedOnStack: number;
  /** What the published cell holds at first, and whose it is. */
  readonly initial: bigint;
  readonly byCpu: boolean;
  readonly areas: readonly number[];
  readonly stateRanges: readonly number[];
  readonly frameState: readonly number[];
}

const NOTHING: Declared = { published: -1, publishedOnStack: -1, initial: 0n, byCpu: false, areas: [], stateRanges: [], frameState: [], recovery: undefined };
/** By task and CPU. A page is one strategy's. */
const known = new WeakMap<CorePage, readonly Declared[]>();
const CPU_COUNT = PACAS.length;

function read(strategy: Strategy, task: number, cpu: number, page: CorePage): Declared {
  const stateRanges: number[] = [];
  const frameState: number[] = [];
  const threadInfo = THREAD_INFOS[task]! * PAGE_BYTES;
  let publishedOnStack = -1;
  let initial = FIXED[TASK_STACKS[task]!]! + 8n;
  let byCpu = false;
  let published = strategy.published === 'TI_livepatch_sp' ? threadInfo + THREAD_INFO.TI_livepatch_sp : -1;
  if (published >= 0) stateRanges.push(published, 8);
  for (const { name, owner, offset, bytes, value } of placeState(strategy.state ?? [])) {
    if (owner === 'frame') {
      frameState.push(offset - FRAME_STATE, bytes);
      continue;
    }
    if (owner === 'stack') {
      for (const page of [TASK_STACKS[task]!, IRQ_STACKS[cpu]!, SOFTIRQ_STACKS[cpu]!]) stateRanges.push(page * PAGE_BYTES + offset, bytes);
      if (name !== strategy.published) continue;
      publishedOnStack = offset;
      initial = value === 0n ? 0n : FIXED[TASK_STACKS[task]!]! + value;
      continue;
    }
    const at = (owner === 'task' ? threadInfo : PACAS[cpu]! * PAGE_BYTES) + offset;
    stateRanges.push(at, bytes);
    if (name !== strategy.published) continue;
    published = at;
    initial = value;
    byCpu = owner === 'cpu';
  }
  return { recovery: recoveryIn(strategy, page, threadInfo), published, publishedOnStack, initial, byCpu, areas: (strategy.areas ?? []).flatMap(({ offset, bytes }) => [offset, bytes]), stateRanges, frameState };
}

/** `threadInfo`: flat byte offset of the task's. */
function recoveryIn({ recovers, state = [] }: Strategy, page: CorePage, threadInfo: number): Recovery | undefined {
  if (recovers === undefined) return undefined;
  const own = placeState(state).find(({ name }) => name === recovers.cell);
  const byFrame = own?.owner === 'frame';
  const offset = own?.offset ?? THREAD_INFO.TI_livepatch_sp;
  // Out of line it may be the label of the same place there.
  const label = page.labels.get(recovers.label) ?? page.labels.get(`${recovers.label}_ool`) ?? -1;
  return { label, cell: byFrame ? offset : threadInfo + offset, byFrame, entry: recovers.bytes, offset: recovers.offset };
}

function declaredOf(strategy: Strategy, page: CorePage, task: number, cpu: number): Declared {
  let all = known.get(page);
  if (all === undefined) {
    all = THREAD_INFOS.flatMap((_, one) => PACAS.map((__, on) => read(strategy, one, on, page)));
    known.set(page, all);
  }
  return all[task * CPU_COUNT + cpu]!;
}

/** What the strategy says of a label of its own that an unwinder of a task's stack finds; undefined: nothing. */
export const recoveryOf = (strategy: Strategy, page: CorePage, task: number): Recovery | undefined => declaredOf(strategy, page, task, 0).recovery;

/** Tells the oracle, for the task that runs and its CPU; `page`: the strategy's; undefined: the control hook, which declares nothing. */
export function declare(oracle: Oracle, strategy: Strategy | undefined, page: CorePage, task = 0, cpu = 0): void {
  const declared = strategy === undefined ? NOTHING : declaredOf(strategy, page, task, cpu);
  oracle.recovery = declared.recovery;
  oracle.published = declared.published;
  oracle.publishedOnStack = declared.publishedOnStack;
  oracle.publishedHi = high(declared.initial);
  oracle.publishedLo = low(declared.initial);
  oracle.publishedByCpu = declared.byCpu;
  oracle.areas = declared.areas;
  oracle.stateRanges = declared.stateRanges;
  oracle.frameState = declared.frameState;
}
