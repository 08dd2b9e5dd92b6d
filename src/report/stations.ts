/**
 * The stations of a run between a call and the instruction at which something was noticed: entries, hooks, calls, returns, interrupts and changes
 * of task in the words of a kernel engineer. Made from the notes of the recording (image/listing.ts) and from where control goes.
 */
import { HANDLER_LABEL } from '../kernel/core.ts';
import type { TraceStep } from '../trial/record.ts';
import type { History } from './recording.ts';
import { baseOf, taskChange } from './recording.ts';
import { number } from './text.ts';

export interface Station {
  /** Index of the step. */
  readonly index: number;
  readonly text: string;
}

/** Stations at most; the middle of a longer way is left out, but for the last changes of task in it, and that is said. */
const MOST = 16;

type ValueText = (it: bigint) => string;

/** A generated function, its replacement, or a stub. */
const isGenerated = (symbol: string): boolean => /^(f\d+'*|stub\.)/.test(symbol);

/** What is noted of a transition of patches (trial/patch-news.ts). */
const PATCH_NEWS = /^(transition \d|the transition of patch|the text of patch|task \d (is switched|sleeps and is))/;

export function stationsOf(history: History, from: number, end: number, value: ValueText): Station[] {
  const stations: Station[] = [];
  for (let index = from + 1; index < end; index++) {
    const text = stationText(history, index, value);
    if (text !== undefined) stations.push({ index, text });
  }
  if (stations.length <= MOST) return stations;
  const half = MOST / 2, middle = stations.slice(half, -half);
  const said = new Set([...stations.slice(0, half), ...middle.filter(({ index }) => taskChange(history.steps[index]!) !== undefined || history.steps[index]!.notes.some((note) => PATCH_NEWS.test(note))).slice(-half), ...stations.slice(-half)]);
  const some: Station[] = [];
  let left = 0;
  for (const station of stations) {
    if (!said.has(station)) left++;
    else {
      if (left > 0) some.push({ index: station.index, text: `(${number(left, 'more station')} later)` });
      some.push(station);
      left = 0;
    }
  }
  return some;
}

function stationText(history: History, index: number, value: ValueText): string | undefined {
  const step = history.steps[index]!;
  const patches = step.notes.filter((note) => PATCH_NEWS.test(note));
  const change = taskChange(step);
  const said = [...patches, ...(change === undefined ? [] : [change.from === change.to ? change.note.replace(/and task \d/, 'and') : change.note])];
  if (said.length > 0) return `${said.join('; ')}.`;
  for (const note of step.notes) {
    const text = noteText(note, step, history, index, value);
    if (text !== undefined) return text;
  }
  const here = baseOf(step.symbol);
  const before = baseOf(history.steps[index - 1]?.symbol ?? '');
  // Code that is not generated is entered without a call only on the way back.
  if (isGenerated(before) && !isGenerated(here) && !/^(ftrace|interrupt|klp_|schedule)/.test(here)) return `the way back leads through ${step.symbol}.`;
  return undefined;
}

function noteText(note: string, step: TraceStep, history: History, index: number, value: ValueText): string | undefined {
  const here = baseOf(step.symbol);
  const register = (name: string): string => {
    const found = history.register(name, index);
    return found === undefined ? 'unknown' : value(found);
  };
  const event = /^(interrupt|tick of switch) (\d+) delivered/.exec(note);
  if (event !== null) {
    const at = history.register('srr0', index + 1);
    return `${event[1] === 'interrupt' ? '' : 'the '}${event[1]} ${event[2]} is taken${at === undefined ? '' : ` before the instruction at ${value(at)}`}.`;
  }
  const exit_ = /^exit (\d+): the task has ended/.exec(note);
  if (exit_ !== null) return `the task has ended where it was (exit ${exit_[1]}).`;
  if (/^task \d is forked$/.test(note)) return `${note}: it waits its turn.`;
  if (note.startsWith('tracing switched')) return `${note.replace('tracing', 'tracing is')}.`;
  const call = /^(call|sibling) (\d+) \(([\w-]+)\)/.exec(note);
  if (call !== null) return call[1] === 'call' ? `${here} makes the ${call[3]} call ${call[2]}.` : `${here} ends in the ${call[3]!.replace('-', ' ')} call ${call[2]}, and hands its return on.`;
  if (note === 'call of schedule') return `${here} calls schedule.`;
  if (note === 'land of schedule') return `schedule is back in ${here}, with r2 = ${register('r2')}.`;
  const entry = /^entry (global|local|single) (\S+)/.exec(note);
  // The local entry is also passed on the way from the global one.
  if (entry !== null) {
    if (entry[1] === 'local' && baseOf(history.steps[index - 1]?.symbol ?? '') === here) return undefined;
    return `${entry[2]} is entered at its ${entry[1] === 'single' ? 'only' : entry[1]} entry point, with r2 = ${register('r2')}.`;
  }
  const exit = /^exit (\S+)/.exec(note);
  if (exit !== null) return `${exit[1]} returns, to ${register('lr')}.`;
  const back = /^(?:land|resume|land resume) (\d+) /.exec(note);
  if (back !== null && !note.startsWith('resume')) return `call ${back[1]} is back in ${here}, with r2 = ${register('r2')}.`;
  if (note === 'host callback') {
    const hookers = step.notes.flatMap((it) => (it === 'return hooked' ? ['the function graph tracer hooks its return'] : it === 'return probed' ? ['a kretprobe hooks its return'] : []));
    return `${['the livepatch callback of ftrace sends the call to the replacement', ...hookers].join(', and ')}.`;
  }
  if (note === 'graph pop') return 'the function graph tracer gives back the return address that it has kept.';
  if (note === 'kretprobe callback') return 'the kretprobe gives back the return address that it has kept.';
  if (note.startsWith('hook entry')) return `the hook ${here} is entered, with r2 = ${register('r2')} and return address ${register(here === HANDLER_LABEL['out-of-line'] ? 'r0' : 'lr')}.`;
  if (note.includes('push') && note.startsWith('hook push pop') && /: .*push/.test(note)) return `${here}: an entry is pushed.`;
  if (/^hook push pop: .*pop/.test(note)) return `${here}: an entry is popped.`;
  if (note === 'interrupt exit') return 'the interrupt returns.';
  return undefined;
}
