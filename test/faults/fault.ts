// A known fault: a strategy that is sound on certain scenarios, or a built-in one, with named edits of its text. Data, and how a strategy is made of it.
import { inLineAlone } from '../../src/campaign/mutants.ts';
import type { Assumption } from '../../src/contract/claim.ts';
import type { ObligationName } from '../../src/contract/obligations.ts';
import type { CodePoint, Strategy, StrategyCode } from '../../src/contract/strategy.ts';
import { validateStrategy } from '../../src/contract/validate-strategy.ts';
import { FTRACE_ENTRY } from '../../src/kernel/ftrace.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

/** In the text of a code point, `from`, which occurs there exactly once, becomes `to`. An absent ftrace_entry is the kernel's. */
export type Edit = readonly [point: CodePoint, from: string, to: string];

export interface Fault {
  /** Lower case, digits and dashes. */
  readonly name: string;
  /** What is wrong, in a line. */
  readonly about: string;
  /** The built-in strategy whose text it is. */
  readonly base: string;
  readonly edits: readonly Edit[];
  /** Code points taken from elsewhere, before the edits. */
  readonly code?: StrategyCode;
  readonly declares?: Partial<Pick<Strategy, 'areas' | 'state' | 'pushes' | 'pops' | 'published' | 'recovers'>>;
  /** Scenarios on which it is looked for: those that satisfy all of these. */
  readonly assuming: readonly Assumption[];
  /** And not on those of which this is true, for which there is no assumption. */
  readonly skips?: (scenario: Scenario) => boolean;
  /** The obligation that must see it. */
  readonly sees: ObligationName;
}

export const builtIn = (name: string): Strategy => {
  const found = BUILT_IN.find((it) => it.name === name);
  if (found === undefined) throw new Error(`no built-in strategy is called ${name}`);
  return found;
};

/** The strategy with the fault, as one that claims to hold. @throws Error when an edit's text is not there exactly once; StrategyError */
export function strategyOf(fault: Fault): Strategy {
  const base = builtIn(fault.base);
  const code: Partial<Record<CodePoint, string>> = { ...base.code, ...fault.code };
  for (const [point, from, to] of fault.edits) {
    const text = code[point] ?? (point === 'ftrace_entry' ? FTRACE_ENTRY : '');
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`fault ${fault.name}: ${JSON.stringify(from)} is ${parts.length - 1} times in ${point}, expected once`);
    code[point] = parts.join(to);
  }
  const strategy = {
    ...base, ...fault.declares, name: fault.name, summary: fault.about, origin: `a fault planted in ${fault.base}`,
    claim: { kind: 'holds' as const, assuming: fault.assuming }, code,
  };
  // What tells entries apart is cleared by an ftrace entry that is written for the in-line call; and half a fault would be another one out of line.
  const inLine = code.traced_global_entry !== undefined || fault.code?.livepatch_handler !== undefined || fault.edits.some(([point]) => point === 'livepatch_handler');
  return validateStrategy(inLine ? inLineAlone(strategy) : strategy, fault.name);
}

/** Lines of assembly, cut at semicolons; what ends in a colon is a label. */
export const asm = (text: string): string => text.split(';').map((it) => it.trim()).filter((it) => it !== '')
  .map((it) => (it.endsWith(':') ? `${it}\n` : `        ${it}\n`)).join('');

/** Behind the label that a text begins with. */
export const first = (point: 'livepatch_handler' | 'livepatch_return' | 'ftrace_entry', text: string): Edit => [point, `${point}:\n`, `${point}:\n${asm(text)}`];

/** What livepatch-stack and mini-frame assume. */
export const STACK: readonly Assumption[] = ['no-stub-sibling', 'no-unwind', 'no-transitions', 'stack-room', 'no-reused-stacks'];
export const FRAME: readonly Assumption[] = ['no-stub-sibling', 'no-stack-args', 'no-variadic', 'stack-room'];
export const MANUAL: readonly Assumption[] = ['no-replacement-siblings', 'no-traced-replacements'];
/** The caller's TOC doubleword, declared, so that only its value is looked at. */
export const SLOT = { areas: [{ offset: 24, bytes: 8 }] } as const;
/** Goes to 7 unless a handler runs on the interrupt stack. Uses r12, CR0. */
export const IN_HANDLER = 'ld r12, PACA_IRQ_DEPTH(r13); cmpdi r12, 0; beq 7f';
/** r0 = a word of code. */
export const word = (value: number): string => `lis r0, ${value >>> 16}; ori r0, r0, ${value & 0xffff}`;
