/**
 * A strategy's hook as text of the runner module. Where a kernel would have fields for it, the module has memory of its own: the task's and the CPU's state are reached
 * through doublewords of the PACA that only a hypervisor uses (struct kvmppc_host_state, host_mmcr), so a guest of a kernel with KVM has them free.
 */
import { hookText } from '../../contract/check-code.ts';
import { placeState, strategySymbols } from '../../contract/state.ts';
import type { Strategy } from '../../contract/strategy.ts';
import { PACA, THREAD_INFO } from '../../kernel/layout.ts';
import { event } from './function-text.ts';

/** A doubleword that is preset before a run. `task`: of the memory that stands for thread_info; `cpu`: of the PACA's free ones, by number; `stack`: of the run's stack, whose low end is added to the value. */
export interface Preset {
  readonly owner: 'task' | 'cpu' | 'stack';
  readonly offset: number;
  readonly value: bigint;
  /** The value is an offset from the PACA into the CPU's own state: it means the module's memory for that. */
  readonly intoCpu: boolean;
}

/** Free doublewords; the first points to what stands for thread_info. */
export const FREE = 4;

/** Why a strategy's assembly cannot run behind an ordinary kernel's ftrace entry; undefined: it can. */
export function notRunnable({ code, state }: Strategy): string | undefined {
  if (code.ftrace_entry !== undefined || code.traced_global_entry !== undefined) return 'it has an ftrace entry, or entries of all functions, of its own';
  if ((state ?? []).filter(({ owner, bytes }) => owner === 'cpu' && bytes <= 8).length > FREE - 1) return 'it has more state of a CPU than there are free doublewords';
  return undefined;
}

/** Offset from r13 as the assembler has it: `HSTATE_MMCR0` is of the kernel's own asm-offsets.h. */
const free = (i: number): string => `HSTATE_MMCR0+${8 * i}`;

/** The symbol of a strategy's hook. */
export const hookSymbol = (number: number): string => `tocsin_hook_${number}`;

export function hookAssembly(strategy: Strategy, number: number): string {
  const symbols: Record<string, string> = Object.fromEntries(Object.entries(strategySymbols(strategy)).map(([name, value]) => [name, String(value)]));
  symbols['PACACURRENT'] = symbols['PACA_THREAD_INFO'] = free(0);
  let cells = 1;
  for (const { name, owner, bytes } of placeState(strategy.state ?? [])) if (owner === 'cpu' && bytes <= 8) symbols[name] = free(cells++);
  let text = hookText(strategy).replaceAll(/#.*$/gm, '');
  for (const label of [...text.matchAll(/^([a-z_]\w*):/gm)].map((match) => match[1]!)) text = text.replaceAll(new RegExp(`\\b${label}\\b`, 'g'), `.Lhook${number}_${label}`);
  text = text.replaceAll(/\b[A-Za-z_]\w*\b/g, (word) => (Object.hasOwn(symbols, word) ? `(${symbols[word]!})` : word));
  // CTR is what the callback put into r12, as a kernel with live patching has it there.
  return `\t.balign\t16\n\t.globl\t${hookSymbol(number)}\n${hookSymbol(number)}:\n\tmtctr\tr12\n${event('hook')}\n${text}`;
}

export function presetsOf(strategy: Strategy): readonly Preset[] {
  let cells = 1;
  return placeState(strategy.state ?? []).flatMap(({ owner, offset, bytes, value }): Preset[] => {
    if (owner === 'frame') return [];
    if (owner === 'cpu' && bytes > 8) return [];
    return [{ owner, offset: owner === 'cpu' ? cells++ : offset, value, intoCpu: owner === 'cpu' && value >= BigInt(PACA.PACA_STRATEGY) }];
  });
}

/** Offsets of the memory that stands for thread_info. */
export const STANDS_FOR = { livepatchSp: THREAD_INFO.TI_livepatch_sp, cpu: PACA.PACA_STRATEGY } as const;
