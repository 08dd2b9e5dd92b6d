/** What `tocsin replay` says: the verdict of one run, its digest, and each step when asked for. */
import type { ObligationName } from '../contract/obligations.ts';
import type { Outcome } from '../contract/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { TraceStep } from '../trial/record.ts';
import { address, count, hex, printable, wrap } from './text.ts';
import { scenarioTree, sizeOf, sizeText } from './tree.ts';

export interface ReplayView {
  /** Absent where no token can say it. */
  readonly token: string | null;
  readonly strategy: string;
  readonly outcome: Outcome | 'not-applicable';
  readonly obligation: ObligationName | null;
  /** All that were broken, in the order noticed. */
  readonly obligations: readonly ObligationName[];
  readonly sentence: string;
  /** Instructions executed. */
  readonly steps: number;
  readonly digest: string | null;
  readonly scenario: Scenario;
  /** Whether the recorded verdict recurs; null: none was asked about. */
  readonly recurs: boolean | null;
  /** Further remarks. */
  readonly notes: readonly string[];
  readonly trace?: readonly TraceStep[];
  readonly exit: number;
}

export function changesText(step: TraceStep): string {
  return [
    ...step.registers.map((change) => `${change.name} = ${hex(change.after)}`),
    ...step.memory.map((write) => `[${hex(write.address)}] = ${hex(write.after)} (${write.bytes})`),
    ...step.notes.map((note) => `# ${note}`),
  ].join('; ');
}

export function traceLine(step: TraceStep): string {
  return `${String(step.index).padStart(6)}  ${address(step.address)}  ${step.symbol.padEnd(24)}  ${step.text.padEnd(32)}  ${changesText(step)}`.trimEnd();
}

export function replayLines(view: ReplayView, quiet = false): string[] {
  const verdict = view.outcome === 'violated' ? `violated: ${view.obligations.join(', ')}` : view.outcome;
  const recurs = view.recurs === null ? '' : view.recurs ? ', as recorded' : ', NOT as recorded';
  if (quiet) return [`${view.strategy}: ${verdict}${recurs}`];
  const lines: string[] = [];
  for (const step of view.trace ?? []) lines.push(printable(traceLine(step)));
  if (view.trace !== undefined) lines.push('');
  lines.push(`The scenario (${sizeText(sizeOf(view.scenario))}):`, ...scenarioTree(view.scenario, '    '), '');
  lines.push(`${view.strategy}: ${verdict}${recurs}`);
  if (view.sentence !== '') lines.push(...wrap(printable(view.sentence), '  '));
  for (const note of view.notes) lines.push(...wrap(printable(note), '  ', '    '));
  lines.push('', `steps    ${count(view.steps)}`);
  if (view.digest !== null) lines.push(`digest   ${view.digest}`);
  if (view.token !== null) lines.push(`token    ${view.token}`);
  return lines;
}

export function replayDocument(view: ReplayView): object {
  return {
    schema: 'tocsin/replay@1', token: view.token, strategy: view.strategy, outcome: view.outcome, obligation: view.obligation,
    obligations: view.obligations, sentence: view.sentence, steps: view.steps, digest: view.digest, recurs: view.recurs, notes: view.notes,
    ...(view.trace === undefined ? {} : {
      trace: view.trace.map((step) => ({
        step: step.index, address: step.address, symbol: step.symbol, text: step.text,
        registers: step.registers, memory: step.memory.map((write) => ({ address: write.address, bytes: write.bytes, value: write.after })), notes: step.notes,
      })),
    }),
    exit: view.exit,
  };
}
