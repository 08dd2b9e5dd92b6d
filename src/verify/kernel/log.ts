/** What the runner module wrote down, out of the guest's memory or out of a recording. */
import { MODULE_NAMES } from '../../scenario/scenario.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { Facts } from './facts.ts';
import type { Names, Seen } from './facts.ts';
import { gepInFront } from './function-text.ts';
import type { Sites } from './function-text.ts';
import { EVENT_WORD, readMark } from './marks.ts';
import type { EventFacts, RunEnd, SideRun } from './model-side.ts';
import { CHUNK_BYTES, RECORD, TRACED, WHAT } from './records.ts';
import type { Version } from './versions.ts';

/** A record's doublewords. */
export type Record_ = BigUint64Array;

export class LogError extends Error {}

/** Records of chunks, each a count and so many records. */
export function recordsOf(chunks: readonly Uint8Array[]): Record_[] {
  const records: Record_[] = [], most = Math.floor((CHUNK_BYTES / 8 - 1) / RECORD.DOUBLEWORDS);
  for (const chunk of chunks) {
    const words = new BigUint64Array(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + (chunk.byteLength & ~7)));
    const count = Number(words[0] ?? 0n);
    if (count > most || 1 + count * RECORD.DOUBLEWORDS > words.length) throw new LogError(`a chunk says that it has ${count} records; expected at most ${most}`);
    for (let i = 0; i < count; i++) records.push(words.subarray(1 + i * RECORD.DOUBLEWORDS, 1 + (i + 1) * RECORD.DOUBLEWORDS));
  }
  return records;
}

export interface LoggedRun {
  readonly number: number;
  readonly records: readonly Record_[];
  /** TOC pointers by module index, P's by set behind the others; bounds of the hooks. */
  readonly heads: Record_;
}

const whatOf = (record: Record_): number => Number(record[RECORD.WHAT]! >> 32n);
const lowOf = (record: Record_): number => Number(record[RECORD.WHAT]! & 0xffffffffn);

/** The runs of a log, and whether it is whole. @throws LogError for one that no runner wrote. */
export function runsOf(records: readonly Record_[]): { readonly runs: readonly LoggedRun[]; readonly whole: boolean } {
  const heads = records[0];
  if (heads === undefined || whatOf(heads) !== WHAT.tocs) throw new LogError('the log does not begin with the TOC pointers');
  const runs: { number: number; records: Record_[]; heads: Record_ }[] = [];
  let whole = false;
  for (const record of records.slice(1)) {
    const what = whatOf(record);
    if (what === WHAT.run) {
      // A run that slept goes on behind others.
      const known = runs.findIndex(({ number }) => number === lowOf(record));
      runs.push(known < 0 ? { number: lowOf(record), records: [], heads } : runs.splice(known, 1)[0]!);
    }
    else if (what === WHAT.done) whole = true;
    else if (runs.length === 0) throw new LogError('an event in front of the first run');
    else runs.at(-1)!.records.push(record);
  }
  return { runs, whole };
}

/** Where a kernel's own hook lies: [from, to). */
export type HookRange = readonly [from: bigint, to: bigint];

/** A run as events of this layer. `set`: which of P's sets it ran with; `hook`: the kernel's own, absent where the runner brings them; `sites`: of its program. @throws LogError for what no run can have. */
export function kernelRun({ records, heads }: LoggedRun, scenario: Scenario, versions: readonly Version[], set: number, hook: HookRange | undefined, sites: Sites = 'far'): SideRun {
  const facts = new Facts(scenario, versions, namesOf(heads, set, hook)), events: EventFacts[] = [];
  let end: RunEnd = 'endless';
  for (const record of records) {
    const what = whatOf(record);
    if (what === WHAT.trace || what === WHAT.state) continue;
    if (what !== WHAT.event) {
      end = endOf(what, record);
      continue;
    }
    const { mark, version, at } = readMark(lowOf(record));
    if (mark === undefined || (events.length === 0) !== (mark === 'root')) throw new LogError(`event word 0x${lowOf(record).toString(16)} where a run ${events.length === 0 ? 'begins' : 'goes on'}`);
    if (version >= versions.length && mark !== 'use' && mark !== 'astray') throw new LogError(`version ${version} of ${versions.length}`);
    const seen = seenOf(record), nip = mark === 'gep' ? seen.nip + BigInt(gepInFront(sites)) : seen.nip;
    events.push({ mark, version, at, facts: facts.of({ ...seen, nip, mark, version, at }) });
    if (mark === 'end' || mark === 'astray') end = mark;
  }
  return { events, end, deepest: facts.deepest };
}

/** Powerpc's exception numbers: data and instruction storage, and segments. */
function endOf(what: number, record: Record_): RunEnd {
  if (what === WHAT.trap) return 'trap';
  switch (lowOf(record)) {
    case 0x300: case 0x380: case 0x600: return 'bad-access';
    case 0x400: case 0x480: return 'bad-fetch';
    case 0x700: case 0xe40: return 'unmodelled';
    default: return 'endless';
  }
}

function seenOf(record: Record_): Omit<Seen, 'mark' | 'version' | 'at'> {
  return {
    gpr: record.subarray(RECORD.GPR, RECORD.GPR + 32), lr: record[RECORD.LR]!, ctr: record[RECORD.CTR]!, cr: record[RECORD.CR]!, nip: record[RECORD.NIP]!,
    slot: record[RECORD.SLOT]!, stack: [...record.subarray(RECORD.STACK, RECORD.STACK + 4)], points: { lr: record[RECORD.AT_LR]!, ctr: record[RECORD.AT_CTR]! },
  };
}

function namesOf(heads: Record_, set: number, hook: HookRange | undefined): Names {
  const tocs = new Map(MODULE_NAMES.map((name, module): [bigint, string] => [heads[RECORD.GPR + module + (name === 'P' ? set : 0)]!, `TOC of ${name}`]));
  if (heads[RECORD.NIP]! !== 0n) tocs.set(heads[RECORD.NIP]!, 'TOC of Q');
  const [from, to] = hook ?? [heads[RECORD.LR]!, heads[RECORD.CTR]!];
  return {
    toc: (value) => (value === 0n ? undefined : tocs.get(value)),
    code: (value, register, seen) => {
      if (value >= from && value < to) return 'the hook';
      return pointName(seen.points?.[register] ?? 0n);
    },
  };
}

/** What lies where a doubleword of text says so. */
function pointName(there: bigint): string | undefined {
  if (Number(there & 0xffffffffn) !== EVENT_WORD) return undefined;
  const { mark, version, at } = readMark(Number(there >> 32n));
  switch (mark) {
    case 'land': return `the return address of call ${at} of version ${version}`;
    case 'end': return 'the end';
    case 'gep': case 'single': return `the entry of version ${version}`;
    default: return undefined;
  }
}

/** What a kernel said of a task that slept. */
export interface Slept {
  /** As SleepRun.trace, without what lies behind the last known address. */
  readonly trace: readonly string[];
  readonly transition: 'switched' | 'held';
}

/** undefined: it did not sleep, or was not asked. */
export function sleptOf({ records }: LoggedRun, hook: HookRange): Slept | undefined {
  const trace = records.find((record) => whatOf(record) === WHAT.trace), state = records.find((record) => whatOf(record) === WHAT.state);
  if (trace === undefined || state === undefined) return undefined;
  const found: string[] = [];
  for (let i = 0; i < TRACED && trace[RECORD.GPR + 1 + 2 * i] !== 0n; i++) {
    const address = trace[RECORD.GPR + 1 + 2 * i]!;
    found.push(address >= hook[0] && address < hook[1] ? 'the hook' : pointName(trace[RECORD.GPR + 2 + 2 * i]!) ?? 'other');
  }
  // 0: not in the new patch yet; 1 and, when the transition is over, -1: it is.
  return { trace: BigInt.asIntN(64, trace[RECORD.GPR]!) <= 0n ? ['unreliable'] : known(found), transition: (state[RECORD.GPR]! & 0xffffffffn) === 0n ? 'held' : 'switched' };
}

/** Without what comes behind the last known one: the way from where the task began. */
export function known(trace: readonly string[]): readonly string[] {
  return trace.slice(0, trace.findLastIndex((it) => it !== 'other') + 1);
}
