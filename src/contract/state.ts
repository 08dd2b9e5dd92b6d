/** Where a strategy's own state lies, and the symbols that its texts may use. */
import { KERNEL_SYMBOLS } from '../kernel/symbols.ts';
import { FRAME_STATE, PACA, PAGE_BYTES, THREAD_INFO } from '../kernel/layout.ts';
import type { Strategy, StrategyState } from './strategy.ts';

/** Bytes for the state of one strategy, all names together, per task, per CPU, per stack and per frame. */
export const STATE_ROOM = {
  task: THREAD_INFO.TI_counters - THREAD_INFO.TI_strategy,
  cpu: PAGE_BYTES - PACA.PACA_STRATEGY,
  /** Behind the doubleword STACK_END_MAGIC. */
  stack: 504,
  /** The smallest frame there is (ELFv2 ABI 2.2.2): so pieces of two frames never overlap. */
  frame: 32,
} as const;

export interface PlacedState {
  readonly name: string;
  readonly owner: StrategyState['owner'];
  /** Bytes from thread_info (task), PACA (cpu), the stack's low end (stack) or the frame (frame). */
  readonly offset: number;
  /** A multiple of 8. */
  readonly bytes: number;
  /** Initial value of the first doubleword, 64-bit unsigned; the others are 0. */
  readonly value: bigint;
  readonly inherited: boolean;
}

/** Places the state in its order, doubleword by doubleword, behind TI_strategy, PACA_STRATEGY, a stack's first doubleword, and FRAME_STATE bytes above a frame. */
export function placeState(state: readonly StrategyState[]): PlacedState[] {
  const next = { task: THREAD_INFO.TI_strategy as number, cpu: PACA.PACA_STRATEGY as number, stack: 8, frame: FRAME_STATE as number };
  return state.map(({ name, owner, bytes, value = 0n, inherited = false }) => {
    const rounded = bytes + 7 & ~7;
    const offset = next[owner];
    next[owner] += rounded;
    return { name, owner, offset, bytes: rounded, value, inherited };
  });
}

export const hasFrameState = ({ state }: Pick<Strategy, 'state'>): boolean => state?.some(({ owner }) => owner === 'frame') === true;

/** All symbols that the strategy's texts may use (`.TOC.` and kernel labels excepted, which depend on where the text lies). */
export function strategySymbols(strategy: Pick<Strategy, 'state'>): Record<string, bigint> {
  const symbols: Record<string, bigint> = { ...KERNEL_SYMBOLS };
  for (const { name, offset } of placeState(strategy.state ?? [])) symbols[name] = BigInt(offset);
  return symbols;
}

/** The same one by one, for whoever assembles much and needs few of them. */
export function strategySymbol(strategy: Pick<Strategy, 'state'>): (name: string) => bigint | undefined {
  const own = new Map(placeState(strategy.state ?? []).map(({ name, offset }) => [name, BigInt(offset)]));
  const kernel: Readonly<Record<string, bigint>> = KERNEL_SYMBOLS;
  return (name) => own.get(name) ?? (Object.hasOwn(kernel, name) ? kernel[name] : undefined);
}
