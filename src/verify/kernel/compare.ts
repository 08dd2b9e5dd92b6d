/** A run in the model and the same in a kernel, event by event. */
import { MODULE_NAMES } from '../../scenario/scenario.ts';
import type { EventFacts, SideRun } from './model-side.ts';

export interface KernelDifference {
  /** Events that were equal before it. */
  readonly event: number;
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
  /** What differs at an event that both sides have. */
  readonly register?: string;
}

/** The first difference. */
export function compareSides(ours: SideRun, theirs: SideRun): KernelDifference | undefined {
  for (let i = 0; i < Math.min(ours.events.length, theirs.events.length); i++) {
    const a = ours.events[i]!, b = theirs.events[i]!;
    if (eventName(a) !== eventName(b)) return { event: i, what: `event ${i + 1}`, ours: eventName(a), theirs: eventName(b) };
    const k = a.facts.findIndex((fact, n) => fact.value !== b.facts[n]?.value);
    if (k >= 0) return { event: i, what: `${a.facts[k]!.register} at event ${i + 1}, ${eventName(a)}`, ours: a.facts[k]!.value, theirs: b.facts[k]?.value ?? 'nothing', register: a.facts[k]!.register };
  }
  if (ours.events.length !== theirs.events.length || (ours.end !== 'wild' && ours.end !== theirs.end)) {
    const event = Math.min(ours.events.length, theirs.events.length);
    return { event, what: `behind event ${event}`, ours: rest(ours, event), theirs: rest(theirs, event) };
  }
  if (ours.end === 'bad-fetch' && ours.fetched !== theirs.fetched) return { event: ours.events.length, what: `behind event ${ours.events.length}: where nothing can be fetched`, ours: ours.fetched ?? 'elsewhere', theirs: theirs.fetched ?? 'elsewhere' };
  return undefined;
}

const rest = ({ events, end }: SideRun, from: number): string => (events[from] === undefined ? `the run is over: ${end}` : eventName(events[from]));

export function eventName({ mark, version, at }: Pick<EventFacts, 'mark' | 'version' | 'at'>): string {
  switch (mark) {
    case 'root': return 'the first call';
    case 'end': return 'the end';
    case 'hook': return 'the hook is entered';
    case 'use': return `a load by another TOC pointer than that of ${MODULE_NAMES[version] ?? '?'}`;
    case 'astray': return `a branch is looked up by another TOC pointer than that of ${MODULE_NAMES[version] ?? '?'}`;
    case 'call': case 'sibling': case 'land': case 'resume': case 'guard': return `${mark} of call ${at} of version ${version}`;
    default: return `${mark} of version ${version}`;
  }
}
