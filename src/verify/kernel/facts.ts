/**
 * What registers hold at an event, in words that mean the same in the model and in a kernel: addresses differ, so r1 is how far the stack has grown, r2 whose TOC pointer it is, a return address which call's,
 * a value what it is more than r13. What an event is about depends on its mark alone; registers that are nobody's there are not looked at.
 */
import { FRAME } from '../../abi/frame.ts';
import { CALL_KIND_TABLE } from '../../scenario/call-kinds.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { SLEEP } from './marks.ts';
import type { Mark } from './marks.ts';
import { originalOf } from './versions.ts';
import type { Version } from './versions.ts';

/** All registers at an event, 64-bit unsigned. */
export interface Seen {
  readonly mark: Mark;
  /** Number of the version, or of the module for `use` and `astray`. */
  readonly version: number;
  /** Which call of its version. */
  readonly at: number;
  readonly gpr: ArrayLike<bigint> & Iterable<bigint>;
  readonly lr: bigint;
  readonly ctr: bigint;
  readonly cr: bigint;
  /** Where the event is. */
  readonly nip: bigint;
  /** 24(r1), and the four argument doublewords from the ninth on. */
  readonly slot: bigint;
  readonly stack: readonly bigint[];
  /** The doublewords of text that LR and CTR point to, where that is how addresses are told apart. */
  readonly points?: { readonly lr: bigint; readonly ctr: bigint };
}

/** Names of addresses on one side. */
export interface Names {
  /** Whose TOC pointer it is. */
  toc(value: bigint): string | undefined;
  /** What lies in the text at an address that LR (or CTR) of `seen` holds. */
  code(value: bigint, register: 'lr' | 'ctr', seen: Seen): string | undefined;
}

export interface Fact {
  readonly register: string;
  readonly value: string;
}

/** Of one run: events must be told in their order. */
export class Facts {
  /** Bytes of stack at the deepest event so far. */
  deepest = 0;
  private root: Seen | undefined;
  /** The version whose entry was passed last: whose arguments a hook finds. */
  private entered: Version | undefined;
  /** r1 at the newest call: where its arguments from the ninth on lie. */
  private passedAt: bigint | undefined;
  private readonly scenario: Scenario;
  private readonly versions: readonly Version[];
  private readonly names: Names;

  constructor(scenario: Scenario, versions: readonly Version[], names: Names) {
    this.scenario = scenario;
    this.versions = versions;
    this.names = names;
  }

  of(seen: Seen): Fact[] {
    const { mark } = seen;
    if (mark === 'root') this.root = seen;
    const facts: Fact[] = [
      { register: 'r1', value: this.depth(seen.gpr[1]!) },
      { register: 'r2', value: this.names.toc(seen.gpr[2]!) ?? this.value(seen.gpr[2]!, seen) },
    ];
    const add = (register: string, value: string): void => { facts.push({ register, value }); };
    const version = this.versions[seen.version];
    if (mark === 'use' || mark === 'astray') return facts;
    for (let n = 14; n < 32; n++) add(`r${n}`, this.kept(n, seen));
    add('CR2-4', (seen.cr & KEPT_CR) === (this.root!.cr & KEPT_CR) ? 'as at first' : (seen.cr & KEPT_CR).toString(16));
    switch (mark) {
      case 'gep':
        // A GEP needs its own address in r12.
        add('r12', seen.gpr[12] === seen.nip ? 'here' : 'elsewhere');
        this.entry(version!, seen, add);
        break;
      case 'lep': case 'single': case 'behind': this.entry(version!, seen, add); break;
      case 'hook':
        add('CTR', this.names.code(seen.ctr, 'ctr', seen) ?? 'other');
        if (this.entered !== undefined) this.entry(this.entered, seen, add);
        break;
      case 'call': case 'sibling': {
        if (seen.at === SLEEP) break;
        const call = version!.body.calls[seen.at]!;
        const callee = call.callee === 'self' ? version!.fn : this.scenario.functions[originalOf(this.scenario, call.callee)]!;
        this.passedAt = seen.gpr[1]!;
        this.arguments(callee.args, seen, add);
        if (mark === 'sibling') this.link(seen, add);
        break;
      }
      case 'land':
        if (seen.at !== SLEEP) add('r3', this.value(seen.gpr[3]!, seen));
        if (seen.at !== SLEEP) add('r4', this.value(seen.gpr[4]!, seen));
        if (seen.at === SLEEP || CALL_KIND_TABLE[version!.body.calls[seen.at]!.kind].restores) add(`${FRAME.TOC}(r1)`, this.names.toc(seen.slot) ?? this.value(seen.slot, seen));
        break;
      case 'exit': case 'end':
        add('r3', this.value(seen.gpr[3]!, seen));
        add('r4', this.value(seen.gpr[4]!, seen));
        if (mark === 'exit') this.link(seen, add);
        break;
      case 'root': case 'resume': case 'guard': break;
    }
    return facts;
  }

  private entry(version: Version, seen: Seen, add: (register: string, value: string) => void): void {
    if (seen.mark === 'lep' || seen.mark === 'single') this.entered = version;
    this.link(seen, add);
    this.arguments(version.fn.args, seen, add);
  }

  private arguments(count: number, seen: Seen, add: (register: string, value: string) => void): void {
    for (let i = 0; i < Math.min(count, 8); i++) add(`r${3 + i}`, this.value(seen.gpr[3 + i]!, seen));
    // Where a hook has moved r1, what lies there is left over from earlier calls, and from whatever interrupts the kernel.
    const there = seen.gpr[1] === this.passedAt;
    for (let i = 8; i < count; i++) add(`argument ${i + 1}`, there ? this.value(seen.stack[i - 8]!, seen) : 'not where it was passed');
  }

  private link(seen: Seen, add: (register: string, value: string) => void): void {
    add('LR', this.names.code(seen.lr, 'lr', seen) ?? this.value(seen.lr, seen));
  }

  private depth(r1: bigint): string {
    const depth = (this.root?.gpr[1] ?? r1) - r1;
    if (depth < 0n || depth >= 0x10000n) return 'elsewhere';
    this.deepest = Math.max(this.deepest, Number(depth));
    return `down ${depth}`;
  }

  private kept(n: number, seen: Seen): string {
    return seen.gpr[n] === this.root!.gpr[n] ? 'as at first' : this.value(seen.gpr[n]!, seen);
  }

  private value(value: bigint, { gpr }: Seen): string {
    const offset = BigInt.asUintN(64, value - gpr[13]!);
    // What generated code makes: an argument, a result, what a version keeps in r14 to r31.
    if (offset >= 0x1000n && offset < 0x5000n) return `r13+0x${offset.toString(16)}`;
    return BigInt.asIntN(64, value) === -0x5001n ? 'clobbered' : 'other';
  }
}

const KEPT_CR = 0x00fff000n;
