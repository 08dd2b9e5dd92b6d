/**
 * A run of the model and the same run of an emulated process, compared: every register at every event, how it ended, all registers there if it was not the
 * ordinary end, and sums of memory. Exactly: both run at the same addresses.
 */
import { CR, CTR, LR } from '../machine/registers.ts';
import { join } from '../machine/halves.ts';
import { SUMMED } from './summed.ts';
import { MASKED } from './privileged.ts';
import { XER_BITS } from './program.ts';
import { EVENT, EVENT_BYTES, MOST_EVENTS, PT, SIGNAL, TRAILER, TRAILER_BYTES } from './runner.ts';
import { isEndless, xerOf } from './model-run.ts';
import type { End } from './model-run.ts';

/** What our side expects of the other. */
export interface Expected {
  readonly end: End;
  /** EVENT_BYTES each. */
  readonly events: Uint8Array;
  /** Registers at the end (machine/registers.ts). */
  readonly regs: Int32Array;
  /** Where the instruction lies that stopped it; after a branch astray where it went. */
  readonly nip: bigint;
  /** The branch that went astray sets LR to this. */
  readonly link: bigint | undefined;
  readonly sums: Int32Array;
}

export interface Reported {
  readonly signal: number;
  /** The signal's own address, where it has one. */
  readonly address: bigint;
  /** In the order of pt_regs. */
  readonly registers: BigUint64Array;
  readonly sums: BigUint64Array;
  readonly events: Uint8Array;
}

/** `what` in words; `event`: how many events were equal before it. */
export interface RunDifference {
  readonly event: number;
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
}

/** What of a comparison could be made: how many events, and whether the end was. */
export interface RunComparison {
  readonly events: number;
  readonly end: boolean;
  readonly difference: RunDifference | undefined;
}

/** Reads one report; undefined: there is no whole one. */
export function readReport(out: Uint8Array, at: number): { readonly report: Reported; readonly next: number } | undefined {
  if (at + TRAILER_BYTES > out.length) return undefined;
  const trailer = new BigUint64Array(out.slice(at, at + TRAILER_BYTES).buffer);
  const logged = trailer[TRAILER.LOGGED]!, from = at + TRAILER_BYTES;
  if (logged > BigInt(MOST_EVENTS * EVENT_BYTES) || logged % BigInt(EVENT_BYTES) !== 0n || from + Number(logged) > out.length) return undefined;
  const next = from + Number(logged);
  return {
    report: {
      signal: Number(trailer[TRAILER.SIGNAL]), address: trailer[TRAILER.ADDRESS]!,
      registers: trailer.subarray(TRAILER.REGISTERS, TRAILER.LOGGED), sums: trailer.subarray(TRAILER.SUMS), events: out.subarray(from, next),
    },
    next,
  };
}

export function compareRun(ours: Expected, theirs: Reported): RunComparison {
  const both = Math.min(ours.events.length, theirs.events.length);
  const first = firstDifference(ours.events, theirs.events, both);
  if (first >= 0) return { events: Math.floor(first / EVENT_BYTES), end: false, difference: eventDifference(ours.events, theirs.events, first) };
  const events = both / EVENT_BYTES;
  const differ = (what: string, a: string, b: string): RunComparison => ({ events, end: false, difference: { event: events, what, ours: a, theirs: b } });
  const endless = isEndless(ours.end);
  if (theirs.events.length !== ours.events.length && !(endless && theirs.events.length > ours.events.length)) {
    return differ('number of events', `${ours.events.length / EVENT_BYTES}, then ${endText(ours.end)}`, `${theirs.events.length / EVENT_BYTES}, then ${signalText(theirs)}`);
  }
  if (ours.end === 'outside') return { events, end: false, difference: undefined };
  if (ours.end === 'full') return { events, end: true, difference: undefined };
  // It does not end there either: the process has come further than our budget of instructions, to where its log is full.
  if (ours.end === 'budget' && theirs.signal === SIGNAL.SEGV && theirs.events.length === MOST_EVENTS * EVENT_BYTES) return { events, end: false, difference: undefined };
  const signal = signalOf(ours.end);
  if (theirs.signal !== signal) return differ('end of the run', endText(ours.end), signalText(theirs));
  if (ours.end === 'budget') return { events, end: false, difference: undefined };
  if (signal !== 0) {
    const difference = registerDifference(ours, theirs);
    if (difference !== undefined) return differ(...difference);
  }
  for (let i = 0; i < SUMMED.length; i++) {
    const { name } = SUMMED[i]!;
    for (const k of [2 * i, 2 * i + 1]) {
      if (ours.sums[k]! >>> 0 !== Number(theirs.sums[k]! & 0xffffffffn)) {
        return differ(`memory at the end: ${name}`, `sum ${hex(ours.sums[k]! >>> 0)}`, `sum ${hex(theirs.sums[k]! & 0xffffffffn)}`);
      }
    }
  }
  return { events, end: true, difference: undefined };
}

/** The signal with which the process ends such a run, 0: none. */
function signalOf(end: Exclude<End, 'full' | 'outside'>): number {
  if (end === 'done') return 0;
  if (end === 'budget') return SIGNAL.PROF;
  switch (end.kind) {
    case 'trap': return SIGNAL.TRAP;
    case 'unmodelled': return SIGNAL.ILL;
    case 'bad-fetch': case 'bad-access': return SIGNAL.SEGV;
  }
}

/** Addresses from here on no process has: the emulator cannot tell which one it was. */
const CANONICAL = 1n << 47n;

/** Registers at a signal; `undefined` when they are as they should be. */
function registerDifference(ours: Expected, theirs: Reported): [what: string, ours: string, theirs: string] | undefined {
  const { regs, end } = ours, { registers } = theirs;
  const pairs: [name: string, a: bigint, b: bigint][] = [['NIP', ours.nip, registers[PT.NIP]!]];
  for (let n = 0; n < 32; n++) pairs.push([`r${n}`, join(regs[2 * n]!, regs[2 * n + 1]!), registers[n]!]);
  pairs.push(['LR', ours.link ?? join(regs[LR]!, regs[LR + 1]!), registers[PT.LINK]!]);
  pairs.push(['CTR', join(regs[CTR]!, regs[CTR + 1]!), registers[PT.CTR]!]);
  pairs.push(['CR', BigInt(regs[CR]! >>> 0), registers[PT.CCR]!]);
  pairs.push(['XER', BigInt(xerOf(regs) >>> 0), registers[PT.XER]! & XER_BITS]);
  if (typeof end === 'object' && end.kind === 'bad-access' && end.target < CANONICAL && theirs.address - end.target >= 8n) {
    pairs.push(['the address that was touched', end.target, theirs.address]);
  }
  const found = pairs.find(([, a, b]) => a !== b);
  return found === undefined ? undefined : [`${found[0]} at the end`, hex(found[1]), hex(found[2])];
}

/** First byte of [0, length) that differs, -1: none. */
function firstDifference(a: Uint8Array, b: Uint8Array, length: number): number {
  if (Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0) return -1;
  let at = 0;
  while (a[at] === b[at]) at++;
  return at;
}

function eventDifference(a: Uint8Array, b: Uint8Array, byte: number): RunDifference {
  const doubleword = byte >> 3;
  const value = (bytes: Uint8Array): string => hex(new BigUint64Array(bytes.slice(8 * doubleword, 8 * doubleword + 8).buffer)[0]!);
  return { event: Math.floor(byte / EVENT_BYTES), what: eventField(doubleword % EVENT.DOUBLEWORDS), ours: value(a), theirs: value(b) };
}

/** Name of a doubleword of an event. */
function eventField(index: number): string {
  switch (index) {
    case EVENT.AT: return 'place';
    case EVENT.LR: return 'LR';
    case EVENT.CTR: return 'CTR';
    case EVENT.CR: return 'CR';
    case EVENT.XER: return 'XER';
    default: return `r${index - EVENT.GPR}`;
  }
}

function endText(end: End): string {
  if (typeof end === 'object') return `${end.kind} at ${hex(end.address)}`;
  return end === 'done' ? 'done' : end === 'budget' ? 'no end' : end === 'full' ? 'more events' : 'what a process cannot do';
}

function signalText({ signal, registers }: Reported): string {
  if (signal === 0) return 'done';
  if (signal === MASKED) return `an interrupt with MSR[EE] clear, before ${hex(registers[PT.NIP]!)}`;
  const name = Object.entries(SIGNAL).find(([, number]) => number === signal)?.[0];
  return `SIG${name ?? `nal ${signal}`} at ${hex(registers[PT.NIP]!)}`;
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
