/**
 * A small bench for kernel and strategy code: three modules of hand-written functions around a core page, on the reference interpreter.
 * Every return to a labelled resume point is compared with what the caller had; interrupts can be put at any instruction.
 */
import { FRAME, PROTECTED_ZONE } from '../../src/abi/frame.ts';
import { crFieldsOf, gprsOf } from '../../src/abi/permissions.ts';
import { hookText } from '../../src/contract/check-code.ts';
import { placeState, strategySymbols } from '../../src/contract/state.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { MemoryFault, ReferenceCpu } from '../../src/isa/bigint.ts';
import type { ReferenceMemory } from '../../src/isa/bigint.ts';
import type { Width } from '../../src/isa/state.ts';
import { CALLBACK } from '../../src/kernel/callback.ts';
import { coreParts } from '../../src/kernel/core.ts';
import { ADDRESSES, FRAME_STATE, MSR, PACA, PAGE_BYTES, STACK_BYTES, STACK_END_MAGIC, THREAD_INFO } from '../../src/kernel/layout.ts';

const PAGE = BigInt(PAGE_BYTES);
const hex = (value: bigint): string => `0x${BigInt.asUintN(64, value).toString(16)}`;

class PagedMemory implements ReferenceMemory {
  readonly pages = new Map<bigint, DataView>();
  map(address: bigint, pages = 1): void {
    for (let i = 0; i < pages; i++) this.pages.set(address + BigInt(i) * PAGE, new DataView(new ArrayBuffer(PAGE_BYTES)));
  }
  load(address: bigint, bytes: Width): bigint {
    const [view, at] = this.#find(address, bytes);
    if (bytes === 8) return view.getBigUint64(at, true);
    return BigInt(bytes === 4 ? view.getUint32(at, true) : bytes === 2 ? view.getUint16(at, true) : view.getUint8(at));
  }
  store(address: bigint, bytes: Width, value: bigint): void {
    const [view, at] = this.#find(address, bytes);
    if (bytes === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else if (bytes === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
    else if (bytes === 2) view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
    else view.setUint8(at, Number(BigInt.asUintN(8, value)));
  }
  #find(address: bigint, bytes: number): [DataView, number] {
    const view = this.pages.get(address & -PAGE);
    const at = Number(address & PAGE - 1n);
    if (view === undefined || at + bytes > PAGE_BYTES) throw new MemoryFault(address);
    return [view, at];
  }
}

export type BenchModule = 'M' | 'N' | 'P';

/** A function version; `body` stands between prologue and epilogue of a 64-byte frame. `call X` lines are expanded. */
export interface BenchFunction {
  readonly name: string;
  readonly module: BenchModule;
  /** Lines of assembly, or `local X`, `global X`, `sibling X`, `stub-sibling X`, `early` (leaves by an early exit). */
  readonly body?: string;
  /** Its mcount site is active, as it must be when it is patched. */
  readonly traced?: boolean;
  /** Name of the function that this one replaces. */
  readonly replaces?: string;
  /** One entry only; no frame, no calls. */
  readonly entry?: 'single' | 'clobber';
}

export interface BenchOptions {
  /** Modules lie some MiB (default) or 16 GiB apart. */
  readonly far?: boolean;
  /** All modules lie within 2 GiB of vmlinux; default: in the module area. */
  readonly nearKernel?: boolean;
}

/** What a strategy has for each frame lies there. */
const BESIDE = [ADDRESSES.STACK, ADDRESSES.IRQ_STACK].map((stack) => stack + BigInt(FRAME_STATE));

/** An interrupt before the instruction that would be the `step`-th, from 0. */
export interface BenchInterrupt {
  readonly step: number;
  readonly handler: string;
  readonly ownStack?: boolean;
}

export class Bench {
  readonly memory = new PagedMemory();
  readonly cpu = new ReferenceCpu(this.memory);
  readonly labels = new Map<string, bigint>();
  readonly toc: Record<BenchModule | 'K', bigint>;
  /** What went wrong: `toc at LABEL`, `r1 at LABEL`, `interrupt`, `stopped: ...`. */
  readonly problems: string[] = [];
  steps = 0;
  /** Bits of MSR[EE] by step of the last run: where an interrupt may land. */
  readonly open: boolean[] = [];
  onStep: ((bench: Bench) => void) | undefined;

  readonly #strategy: Strategy;
  readonly #patched = new Map<bigint, bigint>();
  readonly #module = new Map<bigint, BenchModule>();
  readonly #names = new Map<bigint, string>();
  readonly #pending: { snapshot: bigint[]; stack: Uint8Array; low: bigint; depth: bigint }[] = [];

  constructor(strategy: Strategy, functions: readonly BenchFunction[], options: BenchOptions = {}) {
    this.#strategy = strategy;
    const gap = options.far === true ? 0x400000000n : 0x200000n;
    const first = options.nearKernel === true ? 0xc000000010000000n : 0xc008000000000000n;
    const base: Record<BenchModule, bigint> = { M: first, N: first + gap, P: first + 2n * gap };
    const tocOf = (module: BenchModule): bigint => base[module] + 0x108000n;
    this.toc = { K: ADDRESSES.KERNEL_DATA + 0x8000n, M: tocOf('M'), N: tocOf('N'), P: tocOf('P') };
    for (const address of [ADDRESSES.KERNEL_CORE, ADDRESSES.PACA0, ADDRESSES.TASK, ADDRESSES.STACK, ADDRESSES.IRQ_STACK, ...BESIDE]) this.memory.map(address);

    const symbols = strategySymbols(strategy);
    const core = coreParts({ ftraceEntry: strategy.code.ftrace_entry, hook: hookText(strategy) }).map(({ text }) => text).join('');
    this.#place(core, ADDRESSES.KERNEL_CORE, symbols);
    const stubs: [bigint, string][] = [];
    for (const module of ['M', 'N', 'P'] as const) {
      this.memory.map(base[module]);
      this.memory.map(base[module] + 0x100000n);
      let text = `mcount_${module}: ld r12, PACAKBASE(r13)\n addis r12, r12, (ftrace_entry-KBASE)@ha\n addi r12, r12, (ftrace_entry-KBASE)@l\n mtctr r12\n bctr\n`;
      functions.filter((fn) => fn.module === module).forEach((fn) => {
        text += versionText(fn, strategy, (target) => {
          const offset = -0x8000 + 8 * stubs.length;
          stubs.push([this.toc[module] + BigInt(offset), target]);
          return `std r2, 24(r1)\n ld r12, ${offset}(r2)\n mtctr r12\n bctr\n`;
        });
      });
      const own = { ...symbols, '.TOC.': this.toc[module], ftrace_entry: this.label('ftrace_entry'), KBASE: ADDRESSES.KERNEL_CORE };
      const labels = this.#place(text, base[module], own);
      for (const [name, address] of labels) if (name.endsWith('_resume') || /_resume\d+$/.test(name)) this.#module.set(address, module);
    }
    for (const [address, target] of stubs) this.memory.store(address, 8, this.label(target));
    for (const { name, replaces } of functions) {
      if (replaces !== undefined) this.#patched.set(this.label(`${replaces}_behind`), this.label(name));
    }
    this.reset();
  }

  #place(text: string, base: bigint, symbols: Record<string, bigint>): Map<string, bigint> {
    const { bytes, labels } = assemble(text, { base, symbols });
    bytes.forEach((byte, i) => this.memory.store(base + BigInt(i), 1, BigInt(byte)));
    for (const [name, address] of labels) {
      this.labels.set(name, address);
      this.#names.set(address, name);
    }
    return labels;
  }

  label(name: string): bigint {
    const address = this.labels.get(name);
    if (address === undefined) throw new Error(`no label ${name}`);
    return address;
  }

  reset(): void {
    const { memory, cpu } = this;
    for (const address of [ADDRESSES.PACA0, ADDRESSES.TASK, ADDRESSES.STACK, ADDRESSES.IRQ_STACK, ...BESIDE]) {
      new Uint8Array(memory.pages.get(address)!.buffer).fill(0);
    }
    const put = (base: bigint, offset: number, value: bigint): void => memory.store(base + BigInt(offset), 8, value);
    put(ADDRESSES.PACA0, PACA.PACATOC, this.toc.K);
    put(ADDRESSES.PACA0, PACA.PACACURRENT, ADDRESSES.TASK);
    put(ADDRESSES.PACA0, PACA.PACAKBASE, ADDRESSES.KERNEL_CORE);
    put(ADDRESSES.PACA0, PACA.PACA_HARDIRQ_STACK, ADDRESSES.IRQ_STACK + BigInt(STACK_BYTES) - 16n);
    memory.store(ADDRESSES.PACA0 + BigInt(PACA.PACA_FTRACE_ENABLED), 1, 1n);
    put(ADDRESSES.TASK, THREAD_INFO.TI_livepatch_sp, ADDRESSES.STACK + 8n);
    put(ADDRESSES.STACK, 0, STACK_END_MAGIC);
    for (const { owner, offset, value } of placeState(this.#strategy.state ?? [])) {
      if (owner === 'stack') for (const stack of [ADDRESSES.STACK, ADDRESSES.IRQ_STACK]) put(stack, offset, stack + value);
      else if (owner !== 'frame') put(owner === 'task' ? ADDRESSES.TASK : ADDRESSES.PACA0, offset, value);
    }
    for (let n = 0; n < 32; n++) cpu.setGpr(n, BigInt(0x5000 + n));
    cpu.setGpr(1, ADDRESSES.STACK + BigInt(STACK_BYTES));
    cpu.setGpr(13, ADDRESSES.PACA0);
    cpu.specials.msr = MSR.SF | MSR.EE | MSR.RI | 1n;
    cpu.cr = 0x12345678;
    this.problems.length = this.steps = this.open.length = this.#pending.length = 0;
  }

  /** Runs `start` as the task's first function until the task is done; returns the problems, '' for none. */
  run(start: string, interrupts: readonly BenchInterrupt[] = [], limit = 20_000): string {
    this.reset();
    this.memory.store(ADDRESSES.TASK + BigInt(THREAD_INFO.TI_start), 8, this.label(start));
    return this.resume(this.label('thread_start'), this.label('thread_done'), interrupts, limit);
  }

  /** Goes on from `from` until `to`. */
  resume(from: bigint, to: bigint, interrupts: readonly BenchInterrupt[] = [], limit = 20_000): string {
    const { cpu } = this;
    cpu.pc = from;
    const expected: { at: bigint; r1: bigint }[] = [];
    while (cpu.pc !== to || this.#pending.length > 0) {
      if (this.steps >= limit) return this.#stop('no end');
      const open = (cpu.specials.msr & MSR.EE) !== 0n;
      this.open[this.steps] = open;
      for (const interrupt of interrupts) if (interrupt.step === this.steps && open) this.#interrupt(interrupt);
      if (cpu.pc === this.labels.get('klp_callback')) this.#callback();
      this.onStep?.(this);
      const pc = cpu.pc;
      const leaving = pc === this.labels.get('interrupt_exit');
      const called = this.#names.get(pc + 4n);
      if (called !== undefined && this.#module.has(pc + 4n)) expected.push({ at: pc + 4n, r1: cpu.gpr(1) });
      const result = cpu.step();
      if (result.kind !== 'stepped') return this.#stop(`${result.kind} at ${this.#names.get(pc) ?? hex(pc)}${result.kind === 'memory-fault' ? ` of ${hex(result.at)}` : ''}`);
      this.steps++;
      if (leaving) {
        this.#left();
        continue;
      }
      const module = this.#module.get(cpu.pc);
      if (module !== undefined && cpu.pc !== pc + 4n) {
        const name = this.#names.get(cpu.pc)!;
        const last = expected.pop();
        if (last?.at !== cpu.pc) return this.#stop(`return to ${name} instead of ${last === undefined ? 'nothing' : this.#names.get(last.at)}`);
        if (last.r1 !== cpu.gpr(1)) this.problems.push(`r1 at ${name}`);
        // A global call reloads r2 at its return address; then this is the reload itself.
        const reload = this.memory.load(cpu.pc, 4) === 0xe8410018n;
        const found = reload ? this.memory.load(cpu.gpr(1) + BigInt(FRAME.TOC), 8) : cpu.gpr(2);
        if (found !== this.toc[module]) return this.#stop(`${reload ? 'slot' : 'toc'} at ${name}`);
      }
    }
    return this.problems.join(', ');
  }

  #stop(what: string): string {
    this.problems.push(what);
    return this.problems.join(', ');
  }

  /** What the host does in the livepatch callback. */
  #callback(): void {
    const { cpu, memory } = this;
    const regs = cpu.gpr(CALLBACK.REGS);
    const nip = memory.load(regs + BigInt(CALLBACK.NIP), 8);
    const replacement = this.#patched.get(nip);
    if (cpu.gpr(CALLBACK.IP) !== nip - 4n) this.problems.push('ip in the callback');
    if (replacement !== undefined) memory.store(regs + BigInt(CALLBACK.NIP), 8, replacement);
    for (const n of gprsOf('callee')) cpu.setGpr(n, 0xbad0000n + BigInt(n));
    for (const field of crFieldsOf('callee')) cpu.cr = (cpu.cr | 0xf << 28 - 4 * field) >>> 0;
    cpu.specials.ctr = 0xbad0020n;
    cpu.xer = 0xe000007fn;
    memory.store(cpu.gpr(1) + BigInt(FRAME.LR_SAVE), 8, 0xbad0021n);
    memory.store(cpu.gpr(1) + BigInt(FRAME.CR_SAVE), 4, 0xbad0022n);
    for (let at = 8n; at <= 320n; at += 8n) memory.store(cpu.gpr(1) - at, 8, 0xbad0023n);
  }

  #registers(): bigint[] {
    const { cpu } = this;
    const { lr, ctr, msr } = cpu.specials;
    return [...cpu.gprs, lr, ctr, msr, BigInt(cpu.cr), cpu.xer, cpu.pc];
  }

  #stackFrom(low: bigint): Uint8Array {
    const page = this.memory.pages.get(low & -PAGE)!;
    return new Uint8Array(page.buffer).slice(Number(low & PAGE - 1n));
  }

  #depth(): bigint {
    return this.memory.load(ADDRESSES.PACA0 + BigInt(PACA.PACA_IRQ_DEPTH), 8);
  }

  #interrupt({ handler, ownStack = false }: BenchInterrupt): void {
    const { cpu, memory } = this;
    const low = cpu.gpr(1) - BigInt(PROTECTED_ZONE);
    this.#pending.push({ snapshot: this.#registers(), stack: this.#stackFrom(low), low, depth: this.#depth() });
    memory.store(ADDRESSES.PACA0 + BigInt(PACA.PACA_IRQ_HANDLER), 8, this.label(handler));
    memory.store(ADDRESSES.PACA0 + BigInt(PACA.PACA_IRQ_OWN_STACK), 8, ownStack ? 1n : 0n);
    cpu.specials.srr0 = cpu.pc;
    cpu.specials.srr1 = cpu.specials.msr;
    cpu.specials.msr &= ~MSR.EE;
    cpu.pc = this.label('interrupt_entry');
  }

  /** An interrupt is over: is everything as it was? */
  #left(): void {
    const before = this.#pending.pop();
    if (before === undefined) return void this.problems.push('rfid without interrupt');
    this.#registers().forEach((value, i) => {
      if (value !== before.snapshot[i]) this.problems.push(`interrupt changed register ${i}`);
    });
    if (Buffer.compare(this.#stackFrom(before.low), before.stack) !== 0) this.problems.push('interrupt changed the stack');
    if (this.#depth() !== before.depth) this.problems.push('interrupt depth');
  }
}

const POISON = `        li r0, -1
        std r0, 16(r1)
        stw r0, 8(r1)
        std r0, -24(r1)
        std r0, -288(r1)
        mtctr r0
        mtcrf 0xc7, r0
        li r5, -5; li r6, -6; li r7, -7; li r8, -8; li r9, -9; li r10, -10; li r11, -11; li r12, -12
`;

function versionText(fn: BenchFunction, strategy: Strategy, stub: (target: string) => string): string {
  const { name, replaces, entry } = fn;
  const { code } = strategy;
  const hooked = fn.traced === true;
  const id = name;
  let stubs = '', resumes = 0;
  const rename = (text: string, label: string): string => text.replaceAll(label, `${label}_${id}`);
  let exits = 0;
  const piece = (point: 'replacement_save' | 'replacement_exit' | 'replacement_early_exit'): string =>
    replaces === undefined ? '' : rename(code[point] ?? '', point).replaceAll(`${point}_${id}`, `${point}_${id}_${exits++}`);
  const early = code.replacement_early_exit === undefined ? 'replacement_exit' : 'replacement_early_exit';
  const epilogue = (point: 'replacement_exit' | 'replacement_early_exit', branch: string): string =>
    `${entry === undefined ? ' addi r1, r1, 64\n ld r0, 16(r1)\n mtlr r0\n' : ''}${POISON}${piece(point)} ${branch}\n`;
  const lines = (fn.body ?? '').split('\n').map((line) => {
    const [word, target = ''] = line.trim().split(/\s+/);
    const toStub = (): string => {
      stubs += `${id}_stub${resumes}: ${stub(target)}`;
      return `${id}_stub${resumes}`;
    };
    switch (word) {
      case 'local': return ` bl ${target}_local\n${id}_resume${++resumes}: nop\n`;
      case 'global': { resumes++; return ` bl ${toStub()}\n${id}_resume${resumes}: ld r2, 24(r1)\n`; }
      case 'sibling': return epilogue('replacement_exit', `b ${target}_local`);
      case 'stub-sibling': { resumes++; return epilogue('replacement_exit', `b ${toStub()}`); }
      case 'early': return epilogue(early, 'blr');
      default: return `${line}\n`;
    }
  });
  const tocEntry = (label: string): string => ` addis r2, r12, (.TOC.-${label})@ha\n addi r2, r2, (.TOC.-${label})@l\n`;
  let head = `${id}:\n`;
  if (entry !== undefined) {
    if (replaces !== undefined) head += rename(code.replacement_single_entry ?? '', 'replacement_single_entry');
    head += `${id}_local:\n`;
  } else if (replaces !== undefined && code.replacement_entry !== undefined) {
    head = code.replacement_entry.replaceAll('replacement_local_entry', `${id}_local`).replaceAll('replacement_entry', id);
  } else if (hooked && code.traced_global_entry !== undefined) {
    head = `${code.traced_global_entry.replaceAll('traced_global_entry', id)}${id}_local:\n`;
  } else {
    head += `${tocEntry(id)}${id}_local:\n`;
  }
  const prologue = entry === undefined ? ' mflr r0\n std r0, 16(r1)\n stdu r1, -64(r1)\n' : '';
  const last = /^(sibling|stub-sibling|early)\b/.test((fn.body ?? '').trim().split('\n').at(-1)!.trim()) ? '' : epilogue('replacement_exit', 'blr');
  const clobber = entry === 'clobber' ? ' li r2, -2\n' : '';
  return `${head} mflr r0\n ${hooked ? `bl mcount_${fn.module}` : 'nop'}\n${id}_behind:\n${piece('replacement_save')}${prologue}${lines.join('')}${clobber}${last}${stubs}`;
}
