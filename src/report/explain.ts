/** The argument that a recorded run makes against a strategy, in words: let .. then .. however .. a contradiction. */
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { Violation } from '../contract/verdict.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { TraceStep } from '../trial/record.ts';
import { History, baseOf, chainOf, taskChange } from './recording.ts';
import { stationsOf } from './stations.ts';
import { address, enumerate, hex, number, printable, wrap } from './text.ts';
import { scenarioTree, sizeOf, sizeText } from './tree.ts';

export interface ExplainInput {
  readonly token: string;
  readonly strategy: string;
  readonly sentence: string;
  readonly scenario: Scenario;
  /** What it is about; absent: the run holds. */
  readonly violation?: Violation;
  readonly steps: readonly TraceStep[];
  /** The name of an address, where it has one. */
  readonly nameOf: (address: bigint) => string | undefined;
  /** The instruction at an address, where there is one: the run ends before the one at which it was noticed. */
  readonly textOf?: (address: bigint) => string | undefined;
}

export type ArgumentPart = 'let' | 'then' | 'however' | 'contradiction';

export interface ArgumentStep {
  readonly part: ArgumentPart;
  readonly text: string;
  readonly address: bigint;
  readonly symbol: string;
  /** Disassembly of the instruction that it is about. */
  readonly instruction: string;
}

export interface Explanation {
  readonly input: ExplainInput;
  readonly steps: readonly ArgumentStep[];
}

type ValueText = (it: bigint) => string;

export function explain(input: ExplainInput): Explanation {
  const { violation, steps } = input;
  if (violation === undefined || steps.length === 0) return { input, steps: [] };
  const history = new History(steps);
  const value = (it: bigint): string => {
    const name = input.nameOf(it);
    return name === undefined ? hex(it) : `${hex(it)} (${name})`;
  };
  // `step` counts the instructions executed before it was noticed.
  const end = Math.min(violation.step, steps.length);
  const made = callIndex(steps, violation.call, end);
  const argument: ArgumentStep[] = [];
  const say = (part: ArgumentPart, index: number, text: string): void => {
    const step = steps[index]!;
    argument.push({ part, text, address: step.address, symbol: step.symbol, instruction: step.text });
  };
  say('let', made, letText(violation, history, made, value));
  for (const station of stationsOf(history, made, end, value)) say('then', station.index, station.text);
  for (const { index, text } of howevers(violation, history, end, value)) say('however', index, text);
  argument.push({
    part: 'contradiction', text: contradiction(violation, value), address: violation.address,
    symbol: input.nameOf(violation.address) ?? hex(violation.address),
    instruction: input.textOf?.(violation.address) ?? steps.findLast((step) => step.address === violation.address)?.text ?? '',
  });
  return { input, steps: argument };
}

/**
 * Index of the step that made the pending call for the last time before `end`, in the task that runs there: another one may have made the same call
 * since. 0 for the first call of a context.
 */
function callIndex(steps: readonly TraceStep[], call: number, end: number): number {
  if (call === 0) return 0;
  const note = new RegExp(`^(call|sibling) ${call}\\b`);
  const changes = steps.slice(0, end).map(taskChange);
  const task = changes.findLast((it) => it !== undefined)?.to;
  let running = task;
  for (let i = end - 1; i >= 0; i--) {
    if (changes[i] !== undefined) running = changes[i]!.from;
    if (running === task && steps[i]!.notes.some((text) => note.test(text))) return i;
  }
  return 0;
}

function letText(violation: Violation, history: History, index: number, value: ValueText): string {
  const step = history.steps[index]!;
  const r2 = history.register('r2', index);
  const toc = r2 === undefined ? '' : `, while r2 is ${value(r2)}`;
  const who = violation.call === 0 ? 'the run begin' : `${baseOf(step.symbol)} make ${violation.edge === 'none' ? '' : `the ${violation.edge} `}call ${violation.call}`;
  return `${who}${toc}.`;
}

function contradiction(violation: Violation, value: ValueText): string {
  const reason = OBLIGATIONS.find((it) => it.name === violation.obligation)?.reason ?? '';
  if (violation.obligation === 'progress') return `the run cannot go on: ${violation.subject} is ${value(violation.found)}. Broken is progress: ${reason}.`;
  if (violation.subject === 'a live version') return `${value(violation.found)} is still to be returned to, and ${value(violation.expected)} takes that version's place. Broken is consistency: ${reason}.`;
  if (violation.subject === 'live in freed text') return `${value(violation.found)} is still to be returned to, and the text there is freed. Broken is consistency: ${reason}.`;
  if (violation.obligation === 'recoverable') return `the return address in ${violation.subject} must lead to ${value(violation.expected)}, and by what the strategy declares it leads to ${value(violation.found)}. Broken is recoverable: ${reason}.`;
  return `${violation.subject} must be ${value(violation.expected)}, and it is ${value(violation.found)}. Broken is ${violation.obligation}: ${reason}.`;
}

interface Remark {
  readonly index: number;
  readonly text: string;
}

/** Where the wrong value comes from, oldest first; or what the instruction did that is held responsible. */
function howevers(violation: Violation, history: History, end: number, value: ValueText): Remark[] {
  const { steps } = history;
  const remarks: Remark[] = chainOf(history, violation.subject, end, violation.found).map(({ index, place, role }) => {
    const step = steps[index]!;
    const who = baseOf(step.symbol);
    if (place === 'pc') return { index, text: `${who} goes there: ${value(violation.found)}.` };
    const change = step.registers.find((one) => one.name === place);
    if (change !== undefined) return { index, text: `${who} ${role === 'makes' ? 'sets' : 'takes it into'} ${place}${role === 'makes' ? ` to ${value(change.after)}` : ''}.` };
    const write = step.memory[0];
    if (write === undefined) return { index, text: `${who} does something to ${place}.` };
    return { index, text: `${who} stores ${value(write.after)} at ${value(write.address)}.` };
  });
  const { cause } = violation;
  if (cause !== undefined && cause !== violation.address && !remarks.some((it) => steps[it.index]!.address === cause)) {
    const index = steps.findLastIndex((step, at) => at <= end && step.address === cause);
    if (index >= 0) remarks.push({ index, text: causeText(steps[index]!, value) });
  }
  return remarks.sort((a, b) => a.index - b.index);
}

function causeText(step: TraceStep, value: ValueText): string {
  const changes = [
    ...step.registers.map((change) => `${change.name} from ${value(change.before)} to ${value(change.after)}`),
    ...step.memory.map((write) => `the ${number(write.bytes, 'byte')} at ${value(write.address)} to ${value(write.after)}`),
  ];
  return changes.length === 0 ? `${baseOf(step.symbol)} does the damage.` : `${baseOf(step.symbol)} changes ${enumerate(changes)}.`;
}

const WORDS: Record<ArgumentPart, string> = { let: 'Let', then: 'Then', however: 'However', contradiction: 'A contradiction:' };

/** Lines for people, under 80 columns. */
export function explainLines({ input, steps }: Explanation): string[] {
  const lines = [...wrap(printable(input.sentence)), '', `The scenario (${sizeText(sizeOf(input.scenario))}):`, ...scenarioTree(input.scenario, '    '), ''];
  if (steps.length === 0) {
    lines.push(`The run holds under ${input.strategy}: there is nothing to argue.`);
    return lines;
  }
  let last: ArgumentPart | undefined;
  for (const step of steps) {
    const lead = step.part === last ? '' : `${WORDS[step.part]} `;
    last = step.part;
    lines.push(...wrap(lead + step.text, lead === '' ? '  ' : '', '  '));
    lines.push(`      ${address(step.address)}  ${step.symbol}  ${step.instruction}`.trimEnd());
  }
  lines.push('', `token    ${input.token}`);
  return lines;
}

export function explainDocument({ input, steps }: Explanation): object {
  return {
    schema: 'tocsin/explain@1', token: input.token, strategy: input.strategy, obligation: input.violation?.obligation ?? null,
    steps: steps.map((step) => ({ part: step.part, text: step.text, address: step.address, symbol: step.symbol, instruction: step.instruction })),
    sentence: input.sentence,
  };
}
