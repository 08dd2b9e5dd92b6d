/**
 * A version of a scenario's function as assembly for a kernel module. Written from what a scenario means (scenario/scenario.ts), the ELFv2 ABI and what gcc emits, not from the image's words: where
 * the two differ, one is wrong. Events stand where the image has points.
 */
import { FRAME, PROTECTED_ZONE, REGISTER_ARGUMENTS, parameterOffset } from '../../abi/frame.ts';
import type { StrategyCode } from '../../contract/strategy.ts';
import type { Call, Scenario } from '../../scenario/scenario.ts';
import { MODULES } from '../../image/program.ts';
import { parameterArea } from '../../scenario/versions.ts';
import { EVENT_WORD, SLEEP, markWord } from './marks.ts';
import type { Mark } from './marks.ts';
import { argumentOf, frameOf, originalOf } from './versions.ts';
import type { Version } from './versions.ts';

/** What the module around a version has for it. */
export interface Surroundings {
  readonly scenario: Scenario;
  /** Symbol of a version, by number. */
  symbol(version: number): string;
  /** Label of the module's stub to a version. */
  stub(version: number): string;
  /** Offset in the module's pointers of one to a version. */
  pointer(version: number): string;
  /** Label of the module's stub to what sleeps. */
  readonly sleepStub: string;
  readonly sites: Sites;
  /** Where the version's place in the kernel's own text is; undefined: it is a module's. */
  readonly core?: { readonly address: bigint; readonly toc: bigint; readonly site: number } | undefined;
  /** What a strategy puts into generated code of replacements; only where sites are far. */
  readonly pieces?: StrategyCode;
}

export const event = (mark: Mark, version = 0, at = 0, limit = 0): string =>
  `\t.long\t0x${EVENT_WORD.toString(16).padStart(8, '0')}, 0x${markWord(mark, version, at, limit).toString(16).padStart(8, '0')}\t# ${mark}`;

/**
 * Where the calls of ftrace of a kernel's functions are. `far`: until 6.12 anywhere in a function, so that events may stand in front. Since then a place that is more than 16 bytes behind its symbol counts
 * as what a weak function has left (FTRACE_MCOUNT_MAX_OFFSET, arch/powerpc/include/asm/ftrace.h) and is not patched: `near`, in line; `out-of-line`, a nop that becomes a branch to a stub of the
 * function's, which the module loader makes (CONFIG_PPC_FTRACE_OUT_OF_LINE). There the events lie in front of the symbol, and it begins with a branch to them from each entry.
 */
export type Sites = 'far' | 'near' | 'out-of-line';

/** Bytes from the event of a global entry to the symbol. */
export const gepInFront = (sites: Sites): number => (sites === 'far' ? 0 : 48);

/** Bytes from a version's symbol to its call of ftrace. */
export function siteOffset({ entry, replacement, module }: Version, pieces: StrategyCode | undefined, sites: Sites): number {
  if (sites === 'out-of-line') return EVENT_BYTES;
  if (sites === 'near') return EVENT_BYTES + 4 + (module === 'N' ? 4 : 0);
  const own = replacement ? pieces : undefined;
  // An event, and `mflr r0`, are in front; module N, as older compilers do, stores r0 too.
  const site = EVENT_BYTES + 4 + (module === 'N' ? 4 : 0);
  if (entry !== 'dual') return site + (own?.replacement_single_entry === undefined ? 0 : 4 * instructions(own.replacement_single_entry));
  return own?.replacement_entry === undefined ? LOCAL_ENTRY + site : PIECE_LOCAL_ENTRY + site + 4;
}

const EVENT_BYTES = 8;
/** Bytes between the entries: an event and two instructions; with a strategy's entry sequence an event, two nops, the four instructions in front of its local entry. */
const LOCAL_ENTRY = 16, PIECE_LOCAL_ENTRY = 32;

const instructions = (text: string): number => text.split('\n').filter((line) => /^\s+[a-z]/.test(line)).length;

/** Modules whose TOC pointer is told by a doubleword in front of each function, as where it may be far away. */
const isLarge = (module: Version['module']): boolean => module === 'M' || module === 'P' || module === 'Q';
const tocSetup = (name: string, large: boolean): readonly string[] => (large ? ['ld r2,-8(r12)', 'add r2,r2,r12'] : [`addis r2,r12,(.TOC.-${name})@ha`, `addi r2,r2,(.TOC.-${name})@l`]);

/** Registers that hold nothing at a return: negative numbers, odd. */
const junk = (register: number): number => -(0x6001 + 0x100 * register);
/** Where r31, r30, .. are kept, from the caller's r1: the two doublewords above are a strategy's. */
const kept = (k: number): number => -24 - 8 * k;

export function functionText(version: Version, around: Surroundings): string {
  return new Writer(version, around).text();
}

class Writer {
  private readonly lines: string[] = [];
  private readonly version: Version;
  private readonly around: Surroundings;
  private readonly pieces: StrategyCode | undefined;
  private readonly frame: number;
  private readonly name: string;
  private labels = 0;

  constructor(version: Version, around: Surroundings) {
    this.version = version;
    this.around = around;
    this.pieces = version.replacement ? around.pieces : undefined;
    this.frame = frameOf(around.scenario, version);
    this.name = around.symbol(version.number);
  }

  text(): string {
    const { version: { body, number, fn }, lines } = this;
    this.entry();
    this.site();
    this.prologue();
    if (body.hoisted) this.put(`std r2,${FRAME.TOC}(r1)`);
    if (fn.variadic) for (let i = 0; i < REGISTER_ARGUMENTS; i++) this.put(`std r${3 + i},${this.frame + parameterOffset(i)}(r1)`);
    this.work();
    const open = body.calls.every((call, at) => this.call(call, at));
    if (open && body.earlyExit) {
      const late = this.label();
      this.put('cmpd r1,r1', `bne ${late}`);
      this.exit(this.pieces?.replacement_early_exit ?? this.pieces?.replacement_exit);
      lines.push(`${late}:`);
    }
    if (open) this.exit(this.pieces?.replacement_exit);
    lines.push(this.around.core === undefined ? `\t.size\t${this.name}, .-${this.name}\t# version ${number}` : `\t# version ${number}`);
    return `${lines.join('\n')}\n`;
  }

  private put(...instructions_: readonly string[]): void {
    for (const it of instructions_) this.lines.push(`\t${it}`);
  }
  private event(mark: Mark, at = 0, limit = 0): void {
    this.lines.push(event(mark, this.version.number, at, limit));
  }
  private label(): string {
    return `.L${this.name}_${this.labels++}`;
  }
  /** The module's index, for events that are about its TOC. */
  private toc(mark: 'use' | 'astray'): void {
    this.lines.push(event(mark, MODULES.indexOf(this.version.module)));
  }

  /** A strategy's text, its labels made this version's own. */
  private piece(text: string | undefined): void {
    if (text === undefined) return;
    let own = text.replaceAll(/#.*$/gm, '');
    for (const label of [...own.matchAll(/^([a-z_]\w*):/gm)].map((match) => match[1]!)) {
      own = own.replaceAll(new RegExp(`\\b${label}\\b`, 'g'), `.L${this.name}_${this.labels}_${label}`);
    }
    this.labels++;
    this.lines.push(own.trimEnd());
  }

  private entry(): void {
    const { lines, name, version: { entry, module }, pieces } = this;
    if (this.around.core !== undefined) {
      this.coreEntries(this.around.core);
      return;
    }
    if (entry === 'dual' && this.around.sites !== 'far') {
      this.nearEntries();
      return;
    }
    const large = isLarge(module);
    lines.push('', '\t.balign\t16', ...(entry === 'dual' && large ? ['\tnop', '\tnop', `\t.quad\t.TOC.-${name}`] : []), `\t.globl\t${name}`, `\t.type\t${name}, @function`, `${name}:`);
    if (entry !== 'dual') {
      if (entry === 'clobber') lines.push(`\t.localentry\t${name}, 1`);
      this.event('single');
      this.piece(pieces?.replacement_single_entry);
      return;
    }
    this.event('gep');
    if (pieces?.replacement_entry !== undefined) {
      this.put('nop', 'nop');
      // It computes its TOC pointer from r12, which is the symbol's address.
      const [before, behind] = pieces.replacement_entry.split(/^replacement_local_entry:\n/m);
      this.piece(before!.replace(/^replacement_entry:\n/, '').replaceAll('replacement_entry', name));
      lines.push(`\t.localentry\t${name}, .-${name}`);
      this.event('lep');
      this.piece(behind);
      return;
    }
    this.put(...tocSetup(name, large));
    lines.push(`\t.localentry\t${name}, .-${name}`);
    this.event('lep');
  }

  /** The events, and what the global entry does, in front of the symbol: both entries are one branch. */
  private nearEntries(): void {
    const { lines, name, version: { module } } = this, large = isLarge(module), [gep, lep, on] = [this.label(), this.label(), this.label()];
    lines.push('', '\t.balign\t16', `${gep}:`);
    this.event('gep');
    this.put(...tocSetup(name, large));
    this.event('lep');
    this.put(`b ${on}`);
    lines.push(`${lep}:`);
    this.event('lep');
    this.put(`b ${on}`);
    lines.push(`\t.quad\t${large ? `.TOC.-${name}` : '0'}`, `\t.globl\t${name}`, `\t.type\t${name}, @function`, `${name}:`);
    this.put(`b ${gep}`);
    lines.push(`\t.localentry\t${name}, .-${name}`);
    this.put(`b ${lep}`);
    // A label of its own: to the symbol's address a loader adds the distance of its local entry.
    lines.push(`${on}:`);
  }

  /** What a stand-in's entries lead to, and back to its call of ftrace (core-text.ts). */
  private coreEntries({ address, toc, site }: NonNullable<Surroundings['core']>): void {
    const { lines, name, version: { entry } } = this, far = Number(toc - address);
    lines.push('', '\t.balign\t16', `\t.globl\t${name}_gep`, `${name}_gep:`);
    if (entry === 'dual') {
      this.event('gep');
      this.put(`addis r2,r12,${far + 0x8000 >> 16}`, `addi r2,r2,${far << 16 >> 16}`);
    }
    lines.push(`${name}_lep:`);
    this.event(entry === 'dual' ? 'lep' : 'single');
    // In line it stands in front of the call, in the stand-in too.
    if (this.around.sites !== 'out-of-line') this.put('mflr r0');
    this.put(`b ${name}+${site}`);
    lines.push(`\t.globl\t${name}_on`, `${name}_on:`);
    if (this.version.hooked) this.event('behind');
  }

  private site(): void {
    const { version: { module, hooked }, lines, name } = this;
    if (this.around.core !== undefined) return;
    if (this.around.sites === 'out-of-line') {
      lines.push(`.L${name}_site:`, '\tnop', `\t.pushsection\t__patchable_function_entries, "awo", @progbits, .L${name}_site`, '\t.balign\t8', `\t.quad\t.L${name}_site`, '\t.popsection');
      if (hooked) this.event('behind');
      return;
    }
    this.put('mflr r0');
    if (module === 'N') this.put(`std r0,${FRAME.LR_SAVE}(r1)`);
    lines.push(`.L${name}_site:`);
    this.put('bl _mcount');
    lines.push('\t.pushsection\t__mcount_loc, "a", @progbits', '\t.balign\t8', `\t.quad\t.L${name}_site`, '\t.popsection');
    if (hooked) this.event('behind');
    this.piece(this.pieces?.replacement_save);
  }

  private prologue(): void {
    const { frame, version: { body: { nonvolatile }, number } } = this;
    if (frame > 0) this.put('mflr r0');
    if (nonvolatile > 0) this.put('mfcr r12', `stw r12,${FRAME.CR_SAVE}(r1)`, ...range(nonvolatile, (k) => `std r${31 - k},${kept(k)}(r1)`));
    if (frame > 0) this.put(`std r0,${FRAME.LR_SAVE}(r1)`, `stdu r1,${-frame}(r1)`);
    if (nonvolatile === 0) return;
    const fields = (number + 1 & 15) << 20 | (~number & 15) << 16 | (number >> 2 & 7) << 12;
    this.put(...range(nonvolatile, (k) => `addi r${31 - k},r13,${0x4000 + 32 * number + 31 - k}`), `lis r12,${fields >> 16}`, `ori r12,r12,${fields & 0xffff}`, 'mtcrf 0x38,r12');
  }

  /** What a version does besides calls. */
  private work(): void {
    const { version: { entry, body: { zone, nonvolatile }, result } } = this;
    if (entry === 'dual') this.tocUse();
    if (zone) {
      const first = kept(nonvolatile);
      this.put(
        `addi r11,r13,${result + 1}`, ...[first, 8 - PROTECTED_ZONE, -PROTECTED_ZONE].map((at) => `std r11,${at}(r1)`),
        `ld r4,${first}(r1)`, `ld r10,${8 - PROTECTED_ZONE}(r1)`, 'xor r4,r4,r10', `ld r10,${-PROTECTED_ZONE}(r1)`, 'xor r4,r4,r10');
    }
    if (entry === 'clobber') this.put('li r2,-0x5001');
    if (this.version.sleeps) this.sleep();
  }

  private sleep(): void {
    this.put(`li r12,${junk(12)}`);
    this.event('call', SLEEP);
    this.put(`bl ${this.around.sleepStub}`);
    this.event('land', SLEEP);
    this.put(`ld r2,${FRAME.TOC}(r1)`);
    this.event('resume', SLEEP);
    this.put('mr r9,r3');
    this.tocUse();
  }

  /** A load of the module's own data: its first bytes, which any module has. */
  private tocUse(): void {
    this.toc('use');
    this.put('ld r11,-0x8000(r2)');
  }

  /** False: control does not come behind it. */
  private call(call: Call, at: number): boolean {
    const { around, version, lines } = this, { scenario } = around;
    const callee = call.callee === 'self' ? version.number : originalOf(scenario, call.callee);
    const { args } = call.callee === 'self' ? version.fn : scenario.functions[callee]!;
    const over = call.limit === undefined ? undefined : this.label();
    if (over !== undefined) {
      // The runner puts into r12 how often it may still be made.
      this.event('guard', at, call.limit);
      this.put('cmpdi r12,0', `beq ${over}`);
    }
    this.put(`li r12,${junk(12)}`, ...range(Math.min(args, REGISTER_ARGUMENTS), (i) => `addi r${3 + i},r13,${argumentOf(call.id, i)}`));
    const onStack = range(Math.max(0, args - REGISTER_ARGUMENTS), (i) => i + REGISTER_ARGUMENTS).flatMap((i) => [`addi r0,r13,${argumentOf(call.id, i)}`, `std r0,${parameterOffset(i)}(r1)`]);
    if (call.kind === 'sibling' || call.kind === 'stub-sibling') {
      this.leave();
      this.piece(this.pieces?.replacement_exit);
      this.put(...onStack);
      this.event('sibling', at);
      this.put(`b ${call.kind === 'sibling' ? this.local(callee) : around.stub(callee)}`);
      if (over !== undefined) lines.push(`${over}:`);
      return over !== undefined;
    }
    this.put(...onStack);
    if (call.kind === 'indirect') {
      if (!version.body.hoisted) this.put(`std r2,${FRAME.TOC}(r1)`);
      this.toc('astray');
      this.put(`addis r12,r2,(${around.pointer(callee)})@toc@ha`, `ld r12,(${around.pointer(callee)})@toc@l(r12)`, 'mtctr r12');
    }
    this.event('call', at);
    this.put(call.kind === 'indirect' ? 'bctrl' : `bl ${call.kind === 'local' ? this.local(callee) : around.stub(callee)}`);
    this.event('land', at);
    if (call.kind !== 'local') {
      this.put(`ld r2,${FRAME.TOC}(r1)`);
      this.event('resume', at);
    }
    this.put('mr r9,r3');
    if (over !== undefined) lines.push(`${over}:`);
    this.tocUse();
    return true;
  }

  /** Where the module's own calls of a version go: the linker makes its local entry of a symbol. */
  private local(callee: number): string {
    return `${this.around.symbol(callee)}${this.around.core === undefined ? '' : '_lep'}`;
  }

  /** r1, LR, r14 to r31 and CR2 to CR4 as they were. */
  private leave(): void {
    const { frame, version: { body: { nonvolatile } } } = this;
    if (frame > 0) this.put(`addi r1,r1,${frame}`, `ld r0,${FRAME.LR_SAVE}(r1)`);
    if (nonvolatile > 0) this.put(`lwz r12,${FRAME.CR_SAVE}(r1)`, ...range(nonvolatile, (k) => `ld r${31 - k},${kept(k)}(r1)`), 'mtcrf 0x38,r12');
    if (frame > 0) this.put('mtlr r0');
  }

  private exit(piece: string | undefined): void {
    const { version: { result, body: { zone }, fn } } = this;
    this.put(`addi r3,r13,${result}`, ...(zone ? [] : [`addi r4,r13,${result + 1}`]));
    this.leave();
    // Everything that a callee may change, changed: words of the caller's frame, below r1, registers.
    this.put(
      `li r0,${junk(0)}`, `stw r0,${FRAME.CR_SAVE}(r1)`, `std r0,${FRAME.LR_SAVE}(r1)`, 'std r0,-32(r1)', `std r0,${-PROTECTED_ZONE}(r1)`, `std r0,${-PROTECTED_ZONE - 16}(r1)`,
      'mtctr r0', 'mtxer r0', 'mtcrf 0xc7,r0', ...range(8, (i) => `li r${5 + i},${junk(5 + i)}`), ...range(parameterArea(fn), (i) => `std r0,${parameterOffset(i)}(r1)`));
    this.piece(piece);
    this.event('exit');
    this.put('blr');
  }
}

const range = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));
