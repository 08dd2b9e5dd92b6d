/**
 * A scenario as a small tree: who calls whom, how, which functions are patched, where interrupts and ticks land, who sleeps, whose returns are hooked,
 * where patches change, where tracing is switched, and where tasks end.
 */
import type {
  Anchor, Body, Call, Exit, Fork, Interrupt, OtherHook, Scenario, ScenarioFunction, SecondVersion, Sleeper, Switch, TracingSwitch, World, Transition,
} from '../scenario/scenario.ts';
import type { Size } from '../scenario/size.ts';
import { bodyOf } from '../scenario/versions.ts';
import { TASK_CONTEXTS, isTaskContext, worldOf } from '../scenario/world.ts';
import { COLUMNS, number, wrap } from './text.ts';

export { sizeOf } from '../scenario/size.ts';

/** `f3`, and `f3'` for its replacement: the names that symbols of the program begin with. */
export const nameOf = (id: number): string => `f${id}`;

const ordinal = (n: number): string => {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
};

function traits(fn: ScenarioFunction): string[] {
  const words: string[] = [];
  if (fn.entry === 'single') words.push('single entry');
  if (fn.entry === 'clobber') words.push('may clobber r2');
  if (fn.args > 0) words.push(number(fn.args, 'argument'));
  if (fn.variadic) words.push('variadic');
  if (fn.traced) words.push('traced');
  return words;
}

function bodyTraits(body: Body): string[] {
  const words: string[] = [];
  if (body.nonvolatile > 0) words.push(`uses r${32 - body.nonvolatile}-r31, CR2-CR4`);
  if (body.zone) words.push('data below r1');
  if (body.hoisted) words.push('TOC saved once, in the prologue');
  if (body.earlyExit) words.push('leaves by an early exit');
  return words;
}

const kindWords: Record<Call['kind'], string> = {
  local: 'local call', global: 'global call', indirect: 'indirect call',
  sibling: 'sibling call', 'stub-sibling': 'stub sibling call',
};

function described(fn: ScenarioFunction): string {
  const original = traits(fn);
  const place = `${nameOf(fn.id)} in ${fn.module}`;
  if (fn.replacement === undefined) return [place, ...original, ...bodyTraits(fn.body)].join(', ');
  const { replacement } = fn;
  const of = [`${nameOf(fn.id)}' in P`];
  if (replacement.entry === 'single') of.push('single entry');
  if (replacement.entry === 'clobber') of.push('may clobber r2');
  if (replacement.traced) of.push('itself traced');
  of.push(...(replacement.body === 'same' ? ['the same body'] : bodyTraits(replacement.body)));
  return `${[place, ...original].join(', ')}, patched: ${of.join(', ')}`;
}

/** A task as reports name it: the first one is task 1. */
const taskNumber = (context: (typeof TASK_CONTEXTS)[number]): number => 1 + TASK_CONTEXTS.indexOf(context);

/** `among`: there are several tasks, so that the first one must be named as well. */
function anchorText(at: Anchor, among: boolean): string {
  const who = !isTaskContext(at.context) ? ` of interrupt ${at.context}` : among ? ` of task ${taskNumber(at.context)}` : '';
  const call = at.call === 0 ? `the first call${who}` : `call ${at.call}${who}`;
  const times = at.occurrence === 1 ? '' : `, the ${ordinal(at.occurrence)} time it is made`;
  return `${call}${times}: at instruction ${at.step} of the ${at.region}`;
}

function interruptText(interrupt: Interrupt, among: boolean, { emergency = [], soft = [] }: World): string {
  const stack = emergency.includes(interrupt.id) ? ', on the emergency stack' : soft.includes(interrupt.id) ? ', a soft irq, on the soft irq stack' : ', on the interrupt stack';
  return `interrupt ${interrupt.id} in ${anchorText(interrupt.at, among)}${interrupt.ownStack ? stack : ''}`;
}

const switchText = ({ id, at, cpu }: Switch, among: boolean): string =>
  `switch ${id} in ${anchorText(at, among)}, a tick; the task is preempted and goes on on CPU ${cpu}`;

const tracingText = ({ at, cpu, on }: TracingSwitch, among: boolean): string => `tracing is switched ${on ? 'on' : 'off'} on CPU ${cpu} in ${anchorText(at, among)}`;

const sleeperText = (sleeper: Sleeper): string =>
  `${nameOf(sleeper.function)}${sleeper.replacement ? "'" : ''} sleeps before it makes its calls, and wakes on CPU ${sleeper.cpu}${sleeper.walked === true ? '; its stack is walked meanwhile' : ''}`;

const secondText = ({ function: of, body }: SecondVersion): string =>
  `${nameOf(of)}'' in Q, the second patch's: ${body === 'same' ? 'the same body' : `the body of ${nameOf(of)}'`}`;

const CHANGE_WORDS: Record<Transition['change'], (patch: number) => string> = {
  enable: (patch) => `patch ${patch} is enabled`, disable: (patch) => `patch ${patch} is disabled`, replace: () => 'patch 2 replaces patch 1',
};

const transitionText = ({ id, at, change, patch, unload }: Transition, among: boolean): string =>
  `transition ${id} in ${anchorText(at, among)}: ${CHANGE_WORDS[change](patch)}${unload === true ? `, and then the module of patch ${change === 'replace' ? 1 : patch} is removed` : ''}`;
const AFTER = { gone: 'nobody has its stack', new: 'a new task begins on its stack', same: 'it begins again on its stack, as it was left' } as const;
const exitText = ({ id, at, again }: Exit, among: boolean): string => `exit ${id} in ${anchorText(at, among)}; the task ends there, and ${AFTER[again ?? 'gone']}`;

const forkText = ({ task, at }: Fork, among: boolean): string => `task ${task} is forked in ${anchorText(at, among)}`;

const HOOK_WORDS: Record<OtherHook['kind'], (name: string) => string> = {
  graph: (name) => `the function graph tracer hooks the returns of ${name}`, kretprobe: (name) => `a kretprobe hooks the returns of ${name}`,
  'kretprobe-first': (name) => `a kretprobe hooks the returns of ${name} before the function graph tracer does`,
};
const hookText = ({ function: of, replacement, kind }: OtherHook): string => HOOK_WORDS[kind](`${nameOf(of)}${replacement ? "'" : ''}`);

/** Lines of at most 79 columns, without a newline. Functions that are shown already are only named. */
export function scenarioTree(scenario: Scenario, indent = ''): string[] {
  const functions = new Map(scenario.functions.map((fn) => [fn.id, fn]));
  const shown = new Set<number>();
  const lines: string[] = [];
  const say = (depth: number, text: string): void => {
    // Deep chains move no further right than this: the depth is written out instead.
    const deep = Math.min(depth, 12);
    const lead = indent + '  '.repeat(deep) + (depth > deep ? `(depth ${depth}) ` : '');
    lines.push(...wrap(text, lead, `${indent}${'  '.repeat(deep)}    `, COLUMNS));
  };
  const runningBody = (fn: ScenarioFunction): Body => bodyOf(fn, fn.replacement === undefined ? 'original' : 'replacement');
  const show = (id: number, depth: number, lead: string): void => {
    const fn = functions.get(id);
    if (fn === undefined) return;
    if (shown.has(id)) {
      say(depth, `${lead}${nameOf(id)} (as above)`);
      return;
    }
    shown.add(id);
    say(depth, `${lead}${described(fn)}`);
    for (const call of runningBody(fn).calls) {
      const limit = call.limit === undefined ? '' : `, at most ${number(call.limit, 'time')}`;
      const start = `${kindWords[call.kind]} ${call.id}${limit}: `;
      if (call.callee === 'self') say(depth + 1, `${start}${nameOf(id)}' itself, by its local entry`);
      else show(call.callee, depth + 1, start);
    }
  };
  const { tasks, switches, sleepers, second = [], off = [], transitions = [], hooks = [], exits = [], forks = [], outOfLine, tracing = [] } = worldOf(scenario);
  const among = tasks.length > 0;
  show(scenario.start, 0, among ? 'task 1: ' : 'task: ');
  for (const task of tasks) show(task.start, 0, `task ${task.id}, on CPU ${task.cpu}: `);
  for (const one of switches) say(0, switchText(one, among));
  for (const one of sleepers) say(0, sleeperText(one));
  for (const one of second) say(0, secondText(one));
  for (const patch of off) say(0, `patch ${patch} is off at first`);
  for (const one of transitions) say(0, transitionText(one, among));
  for (const one of hooks) say(0, hookText(one));
  for (const one of exits) say(0, exitText(one, among));
  for (const one of forks) say(0, forkText(one, among));
  for (const one of tracing) say(0, tracingText(one, among));
  if (outOfLine === true) say(0, 'functions are hooked out of line');
  for (const interrupt of scenario.interrupts) {
    say(0, interruptText(interrupt, among, worldOf(scenario)));
    show(interrupt.handler, 1, 'handler: ');
  }
  const rest = scenario.functions.filter((fn) => !shown.has(fn.id)).map((fn) => `${nameOf(fn.id)} in ${fn.module}`);
  if (rest.length > 0) say(0, `not called: ${rest.join(', ')}`);
  const { M, N, P } = scenario.places;
  if (M !== 0 || N !== 0 || P !== 0) say(0, `places (0 is near vmlinux): M ${M}, N ${N}, P ${P}`);
  return lines;
}

export function sizeText(size: Size): string {
  const parts = [number(size.functions, 'function'), number(size.calls, 'call'), number(size.patches, 'patch', 'patches')];
  if (size.interrupts > 0) parts.push(number(size.interrupts, 'interrupt'));
  if (size.tasks !== undefined && size.tasks > 1) parts.push(number(size.tasks, 'task'));
  if (size.switches !== undefined && size.switches > 0) parts.push(number(size.switches, 'switch', 'switches'));
  if (size.transitions !== undefined) parts.push(number(size.transitions, 'transition'));
  return parts.join(', ');
}
