/** The model's run of a scenario under a strategy, as events of this layer. It is not judged: it goes on as far as the program does. */
import { FRAME, parameterOffset } from '../../abi/frame.ts';
import type { Machine } from '../../machine/machine.ts';
import { TEXT, POINT } from '../../image/points.ts';
import { PAGE } from '../../image/pages.ts';
import type { AddressSpace } from '../../image/space.ts';
import { PAGE_SHIFT } from '../../image/space.ts';
import { CALL_KINDS, MODULES, ROOT_CALL, SLEEP_CALL_ID } from '../../image/program.ts';
import type { Observer, Stop } from '../../machine/observer.ts';
import { join } from '../../machine/halves.ts';
import { CR, CTR, LR } from '../../machine/registers.ts';
import type { Strategy } from '../../contract/strategy.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { Engine } from '../../trial/engine.ts';
import { Twin, home } from '../moved.ts';
import { Facts } from './facts.ts';
import type { Fact, Names, Seen } from './facts.ts';
import { SLEEP } from './marks.ts';
import { LastWrite } from './last-write.ts';
import type { Mark } from './marks.ts';
import { versionsOf } from './versions.ts';

/**
 * How a run ends, on either side. `astray`: a branch is to be looked up with another module's TOC pointer, and what is there depends on where modules happen to lie. `wild`: the next branch leads where nothing
 * legal is, at an address that depends on that too, so the kernel's run is stopped in front of it.
 */
export type RunEnd = 'end' | 'astray' | 'wild' | 'trap' | 'bad-fetch' | 'bad-access' | 'unmodelled' | 'endless';

export interface EventFacts {
  readonly mark: Mark;
  readonly version: number;
  readonly at: number;
  readonly facts: readonly Fact[];
}

export interface SideRun {
  readonly events: readonly EventFacts[];
  readonly end: RunEnd;
  /** Bytes of stack at the deepest event. */
  readonly deepest: number;
  /** Of a bad fetch, where: a call's return address; undefined: no address that has a name. */
  readonly fetched?: string | undefined;
}

interface Looked {
  readonly point: Observer['point'];
  readonly go: () => Stop | undefined;
  readonly through?: boolean;
  readonly stop?: () => void;
}

const BUDGET = 200_000;
/** Instructions that look up where to go put it into r12, or begin a stub. */
const PRIMARY_LD = 58;

export class ModelSide {
  readonly engine: Engine;
  readonly twin: Twin;
  /** The machine that is looked at, and where its words lie. */
  protected on: { readonly machine: Machine; readonly space: AddressSpace; readonly addressOf: (word: number) => bigint };
  /** What a run is asked besides: which instruction has written a register last, in front of an event (its index). */
  protected followed: { readonly register: string; readonly event: number; passed: boolean; last: LastWrite | undefined } | undefined;
  /** Where tests break the model: its machine, before it runs. */
  fault: ((twin: Twin, engine: Engine) => void) | undefined;

  constructor(strategies: readonly Strategy[]) {
    this.engine = new Engine(strategies, {});
    const twin = this.twin = new Twin(this.engine);
    this.on = { machine: twin.machine, space: twin.space, addressOf: (word) => twin.addressOf(word) };
  }

  /** Whose program it is that runs. */
  get engineOfRun(): Engine {
    return this.engine;
  }

  /** `hooks`: the entry of the strategy's hook is an event. */
  run(scenario: Scenario, strategy: number, patched: boolean, hooks: boolean): SideRun {
    const { engine, twin } = this;
    engine.load(scenario);
    engine.begin(strategy, patched, false);
    twin.take(patched);
    if (this.fault !== undefined) {
      this.fault(twin, engine);
      twin.machine.undecode(0, twin.space.words.length);
    }
    return this.observed(scenario, hooks, { point: (kind) => { if (kind === POINT.HOST_CALLBACK) twin.host.callback(); return false; }, go: () => (this.followed === undefined ? twin.machine.run(BUDGET) : this.oneByOne()) });
  }

  /** Symbol and text of the instruction that has written a register last, in front of the event at which it differs, in a run that is made again; undefined: none has. */
  lastWrite(again: () => SideRun, { register, event }: { readonly register: string; readonly event: number }): string | undefined {
    const followed = this.followed = { register, event, passed: false, last: undefined as LastWrite | undefined };
    try {
      again();
      return followed.last?.text(this.engineOfRun.image, this.engineOfRun.set, this.on.addressOf);
    } finally {
      this.followed = undefined;
    }
  }

  private oneByOne(): Stop {
    const { machine } = this.on, behind = this.follow();
    for (let left = BUDGET; ; left--) {
      const { pc } = machine, stop = machine.run(1);
      behind(pc);
      if (stop.kind !== 'budget' || left === 0) return stop;
    }
  }

  /** To be called behind each instruction, with its flat word. */
  protected follow(): (word: number) => void {
    const followed = this.followed!, last = followed.last = new LastWrite(this.on.machine, followed.register);
    return (word) => { if (!followed.passed) last.behind(word); };
  }

  /**
   * A run of what was begun, looked at. `point`: what else happens at a point; `go`: the run, undefined where it came to its end; `through`: it goes on behind the task's return;
   * `stop`: told that it is over, where `go` does not heed a yield.
   */
  protected observed(scenario: Scenario, hooks: boolean, { point, go, through, stop: stopped }: Looked): SideRun {
    const { machine } = this.on, names = this.names(), facts = new Facts(scenario, versionsOf(scenario), names);
    const events: EventFacts[] = [], order = new Order(), before = machine.observer;
    let ended: RunEnd | undefined;
    const at = this.calls();
    machine.observer = {
      point: (kind, data, word) => {
        const found = this.markOf(kind, data, word, at, hooks);
        if (found !== undefined) {
          const seen = { ...found, ...this.registers(word) };
          if (!order.next(seen)) {
            ended = 'wild';
            stopped?.();
            return true;
          }
          events.push({ ...found, facts: facts.of(seen) });
          if (this.followed !== undefined && events.length > this.followed.event) this.followed.passed = true;
          if (found.mark === 'end' || found.mark === 'astray') ended = found.mark;
        }
        if (point(kind, data, word)) return true;
        if (ended === undefined || (ended === 'end' && through === true)) return false;
        stopped?.();
        return true;
      },
      markedStore: () => false,
      wildLanding: () => {
        ended = 'wild';
        stopped?.();
        return true;
      },
    } satisfies Observer;
    try {
      const stop = go(), end = ended ?? (stop === undefined ? 'endless' : this.endOf(stop));
      return { events, end, deepest: facts.deepest, fetched: end === 'bad-fetch' && stop?.kind === 'bad-fetch' ? names.code(stop.address, 'lr', NOBODY) : undefined };
    } finally {
      machine.observer = before;
    }
  }

  private endOf(stop: Stop): RunEnd {
    if (stop.kind === 'budget' || stop.kind === 'yield') return 'endless';
    return stop.kind === 'bad-fetch' && this.isNearText(stop.address) ? 'wild' : stop.kind;
  }

  /** The address is somewhere where modules or vmlinux may lie, and in no data that a kernel has as well: what is there is another thing in the other world. */
  private isNearText(address: bigint): boolean {
    const { space } = this.on, hi = Number(BigInt.asIntN(32, address >> 32n)), flat = space.flatByte(hi, Number(BigInt.asIntN(32, address)));
    return home(address) !== address && (flat < 0 || flat >>> PAGE_SHIFT >= PAGE.DATA);
  }

  /** Of each call of the program, which of its version's it is. */
  private calls(): Int32Array {
    const { image } = this.engineOfRun, next = new Map<number, number>(), at = new Int32Array(image.calls);
    for (let i = 0; i < image.calls; i++) {
      if (image.callId[i] === SLEEP_CALL_ID) {
        at[i] = SLEEP;
        continue;
      }
      const owner = image.callOwner[i]!, place = next.get(owner) ?? 0;
      at[i] = place;
      next.set(owner, place + 1);
    }
    return at;
  }

  private markOf(kind: number, data: number, word: number, at: Int32Array, hooks: boolean): { readonly mark: Mark; readonly version: number; readonly at: number } | undefined {
    const { engineOfRun: { image }, on: { space } } = this;
    const version = (mark: Mark) => ({ mark, version: data, at: 0 });
    const call = (mark: Mark) => ({ mark, version: image.callOwner[data]!, at: at[data]! });
    switch (kind) {
      case POINT.CALL: return data === ROOT_CALL ? { mark: 'root', version: 0, at: 0 } : call('call');
      case POINT.SIBLING: return call('sibling');
      case POINT.LAND: return call('land');
      case POINT.LAND_RESUME: return data === ROOT_CALL ? { mark: 'end', version: 0, at: 0 } : call('land');
      case POINT.RESUME: return call('resume');
      case POINT.ENTRY_GLOBAL: return version('gep');
      case POINT.ENTRY_LOCAL: return version('lep');
      case POINT.ENTRY_SINGLE: return version('single');
      case POINT.MCOUNT_RETURN: return version('behind');
      case POINT.EXIT: return version('exit');
      case POINT.HOOK_ENTRY: return hooks ? { mark: 'hook', version: 0, at: 0 } : undefined;
      case POINT.TOC_USE: {
        const next = space.words[word + 1]!, branches = space.textTag[word] === TEXT.STUB || (next >>> 26 === PRIMARY_LD && (next >>> 21 & 31) === 12);
        return this.hasOwnToc(data) ? undefined : version(branches ? 'astray' : 'use');
      }
      default: return undefined;
    }
  }

  private hasOwnToc(module: number): boolean {
    const { machine } = this.on;
    return machine.regs[4] === machine.toc[2 * module] && machine.regs[5] === machine.toc[2 * module + 1];
  }

  private registers(word: number): Omit<Seen, 'mark' | 'version' | 'at'> {
    const { machine: { regs }, space, addressOf } = this.on;
    const pair = (i: number): bigint => join(regs[i]!, regs[i + 1]!);
    const flat = space.flatByte(regs[2]!, regs[3]!);
    const load = (offset: number): bigint => (flat < 0 ? 0n : join(space.words[flat + offset + 4 >> 2] ?? 0, space.words[flat + offset >> 2] ?? 0));
    return {
      gpr: Array.from({ length: 32 }, (_, n) => pair(2 * n)), lr: pair(LR), ctr: pair(CTR), cr: BigInt(regs[CR]! >>> 0), nip: addressOf(word),
      slot: load(FRAME.TOC), stack: [8, 9, 10, 11].map((i) => load(parameterOffset(i))),
    };
  }

  protected names(): Names {
    const { engineOfRun: { image, set }, on: { space, machine, addressOf } } = this, code = new Map<bigint, string>();
    const at = this.calls();
    for (let i = 0; i < image.calls; i++) {
      if (image.callLand[i]! >= 0 && CALL_KINDS[image.callKind[i]!] !== 'root') code.set(addressOf(image.callLand[i]!), `the return address of call ${at[i]!} of version ${image.callOwner[i]!}`);
    }
    for (let i = 0; i < image.versions; i++) code.set(addressOf(image.versionGlobal[i]!), `the entry of version ${i}`);
    const page = set.current;
    for (const [label, word] of page.labels) if (label === 'thread_return') code.set(addressOf(word), 'the end');
    for (let word = page.threadStart & -4096; word < (page.threadStart & -4096) + 4096; word++) if (space.textTag[word] === TEXT.HOOK) code.set(addressOf(word), 'the hook');
    const tocs = new Map(Array.from({ length: MODULES.length }, (_, module) => [join(machine.toc[2 * module]!, machine.toc[2 * module + 1]!), `TOC of ${MODULES[module]!}`] as const));
    return { toc: (value) => tocs.get(value), code: (value) => code.get(value) };
  }
}

/** Whoever asks for the name of an address that is in no register. */
export const NOBODY: Seen = { mark: 'land', version: 0, at: 0, gpr: [], lr: 0n, ctr: 0n, cr: 0n, nip: 0n, slot: 0n, stack: [] };

const BEFORE_ENTRY: readonly Mark[] = ['root', 'call', 'sibling', 'hook', 'lep', 'single'];

/** Whether events follow each other as calls and returns do: entries behind a call, returns to the newest call that waits, at its depth. */
class Order {
  private before: Mark | undefined;
  private readonly waiting: { readonly version: number; readonly at: number; readonly r1: bigint }[] = [];

  next({ mark, version, at, gpr }: Seen): boolean {
    const { before, waiting } = this;
    this.before = mark;
    const r1 = gpr[1]!;
    switch (mark) {
      case 'call': waiting.push({ version, at, r1 }); return true;
      case 'land': {
        const call = waiting.pop();
        return call !== undefined && call.version === version && call.at === at;
      }
      case 'end': return waiting.length === 0;
      // Where a hook is no event, a replacement is entered right behind the entry of what it replaces.
      case 'gep': case 'single': return before !== undefined && BEFORE_ENTRY.includes(before);
      case 'lep': return before === 'call' || before === 'sibling' || before === 'gep';
      default: return true;
    }
  }
}
