/** What the runner module wrote down, out of the guest's memory or out of a recording. */
import { MODULE_NAMES } from '../../scenario/scenario.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { Facts } from './facts.ts';
import type { Names, Seen } from './facts.ts';
import { gepInFront } from './function-text.ts';
import type { Sites } from './function-text.ts';
import { EVENT_WORD, SLEEP, readMark } from './marks.ts';
import type { Mark } from './marks.ts';
import type { EventFacts, RunEnd, SideRun } from './model-side.ts';
import type { Removed } from './sleep-model.ts';
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
      runs.push(known < 0 ? { number: lowOf(record), records: [], heads: ownHeads(heads, record) } : runs.splice(known, 1)[0]!);
    }
    else if (what === WHAT.done) whole = true;
    else if (runs.length === 0) throw new LogError('an event in front of the first run');
    else runs.at(-1)!.records.push(record);
  }
  return { runs, whole };
}

/** TOC pointers as a run has them. */
function ownHeads(heads: Record_, run: Record_): Record_ {
  const own = heads.slice();
  for (let n = 0; n < 32; n++) if (run[RECORD.GPR + n]! !== 0n) own[RECORD.GPR + n] = run[RECORD.GPR + n]!;
  return own;
}

/** Where a kernel's own hook lies: [from, to). */
export type HookRange = readonly [from: bigint, to: bigint];

/** A run as events of this layer. `set`: which of P's sets it ran with; `hook`: the kernel's own, absent where the runner brings them; `sites`: of its program; `core`: the symbol of a version whose place is in the kernel's own text. @throws LogError for what no run can have. */
export function kernelRun({ records, heads }: LoggedRun, scenario: Scenario, versions: readonly Version[], set: number, hook: HookRange | undefined, sites: Sites = 'far', core?: (version: number) => bigint | undefined): SideRun {
  const facts = new Facts(scenario, versions, namesOf(heads, set, hook)), events: EventFacts[] = [];
  const lands = new Map<bigint, string>();
  let end: RunEnd = 'endless', fetched: string | undefined;
  for (const record of records) {
    const what = whatOf(record);
    if (what === WHAT.trace || what === WHAT.state || what === WHAT.removal) continue;
    if (what !== WHAT.event) {
      end = endOf(what, record);
      fetched = end === 'bad-fetch' ? lands.get(record[RECORD.NIP]!) : undefined;
      continue;
    }
    const { mark, version, at } = readMark(lowOf(record));
    if (mark === undefined || (events.length === 0) !== (mark === 'root')) throw new LogError(`event word 0x${lowOf(record).toString(16)} where a run ${events.length === 0 ? 'begins' : 'goes on'}`);
    // A run that is lost may come to another scenario's text, where a model that is wrong has not seen it get lost.
    if (!isOwn(versions, mark, version, at)) {
      end = 'wild';
      break;
    }
    const seen = seenOf(record), nip = mark !== 'gep' ? seen.nip : core?.(version) ?? seen.nip + BigInt(gepInFront(sites));
    events.push({ mark, version, at, facts: facts.of({ ...seen, nip, mark, version, at }) });
    // The event's two words, and the branch. What is there may be gone when it is returned to.
    if (mark === 'call') lands.set(record[RECORD.NIP]! + 12n, landName(at, version));
    if (mark === 'end' || mark === 'astray') end = mark;
  }
  return { events, end, deepest: facts.deepest, fetched };
}

/** Whether this scenario has such an event. */
function isOwn(versions: readonly Version[], mark: Mark, version: number, at: number): boolean {
  if (mark === 'use' || mark === 'astray') return true;
  const body = versions[version]?.body;
  return body !== undefined && ((mark !== 'call' && mark !== 'sibling' && mark !== 'land' && mark !== 'resume') || at === SLEEP || at < body.calls.length);
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

const landName = (at: number, version: number): string => `the return address of call ${at} of version ${version}`;

/** What lies where a doubleword of text says so. */
function pointName(there: bigint): string | undefined {
  if (Number(there & 0xffffffffn) !== EVENT_WORD) return undefined;
  const { mark, version, at } = readMark(Number(there >> 32n));
  switch (mark) {
    case 'land': return landName(at, version);
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
export function sleptOf(run: LoggedRun, hook: HookRange): Slept | undefined {
  const trace = traceOf(run, hook), state = run.records.find((record) => whatOf(record) === WHAT.state);
  // 0: not in the new patch yet; 1 and, when the transition is over, -1: it is.
  return trace === undefined || state === undefined ? undefined : { trace, transition: (state[RECORD.GPR]! & 0xffffffffn) === 0n ? 'held' : 'switched' };
}

/** The reliable trace of a task that sleeps; undefined: it did not, or nobody asked. */
export function traceOf({ records }: LoggedRun, hook: HookRange): readonly string[] | undefined {
  const trace = records.find((record) => whatOf(record) === WHAT.trace);
  if (trace === undefined) return undefined;
  const found: string[] = [];
  for (let i = 0; i < TRACED && trace[RECORD.GPR + 1 + 2 * i] !== 0n; i++) {
    const address = trace[RECORD.GPR + 1 + 2 * i]!;
    found.push(address >= hook[0] && address < hook[1] ? 'the hook' : pointName(trace[RECORD.GPR + 2 + 2 * i]!) ?? 'other');
  }
  return BigInt.asIntN(64, trace[RECORD.GPR]!) <= 0n ? ['unreliable'] : known(found);
}

/** Without what comes behind the last known one: the way from where the task began. */
export function known(trace: readonly string[]): readonly string[] {
  return trace.slice(0, trace.findLastIndex((it) => it !== 'other') + 1);
}

/** What a kernel answered whoever turned a patch off and removed its module; once while the task slept, and again where it was refused. */
export interface Removal {
  readonly transition: 'switched' | 'held';
  /** As SleepRun.removed. */
  readonly removed: Removed | undefined;
  /** Of the system call, while it slept: 0 or an error number, negative. */
  readonly answer: number;
}

/** undefined: nobody tried. */
export function removalOf({ records }: LoggedRun): Removal | undefined {
  const [asleep, later] = records.filter((record) => whatOf(record) === WHAT.removal).map((record) => ({ over: record[RECORD.GPR] === 1n, answer: Number(BigInt.asIntN(64, record[RECORD.GPR + 1]!)) }));
  if (asleep === undefined) return undefined;
  return { transition: asleep.over ? 'switched' : 'held', removed: asleep.answer === 0 ? 'while it sleeps' : later?.answer === 0 ? 'behind its end' : undefined, answer: asleep.answer };
}
