/**
 * The slow path: an instruction through the meaning that the table gives it, over bigints, on the machine's own registers and
 * memory. So the engine knows every instruction of the table, whether or not somebody wrote it out.
 */
import { BIGINT } from '../isa/bigint.ts';
import { decode } from '../isa/decode.ts';
import type { Truth } from '../isa/domain.ts';
import { MSR_CHANGES } from '../isa/state.ts';
import type { Flag, Special, State, Width } from '../isa/state.ts';
import { following, refuseWord } from './branch.ts';
import type { Core } from './core.ts';
import { high, join, low } from './halves.ts';
import { BYTE_COUNT, CA, CR, CTR, LR, MSR_PAIR, OV, SO, SPRG0, SRR0, SRR1 } from './registers.ts';

/** Thrown out of a meaning when an access is refused; Core.stop has the reason. */
class Refusal extends Error {}
const REFUSED = new Refusal('refused');

const SPECIAL: Readonly<Record<Special, number>> = {
  lr: LR, ctr: CTR, msr: MSR_PAIR, srr0: SRR0, srr1: SRR1, sprg0: SPRG0, sprg1: SPRG0 + 2, sprg2: SPRG0 + 4, sprg3: SPRG0 + 6,
  byteCount: BYTE_COUNT,
};
const FLAG: Readonly<Record<Flag, number>> = { so: SO, ov: OV, ca: CA };

const truth = (value: boolean): Truth => (value ? 'true' : 'false');

/** The table's view of registers in halves (registers.ts), as unsigned bigints; memory is its heirs' business. */
export abstract class RegisterState implements State<bigint> {
  branched = false;
  target = 0n;
  trapped = false;
  protected readonly regs: Int32Array;

  constructor(regs: Int32Array) {
    this.regs = regs;
  }
  #pair(index: number): bigint {
    return join(this.regs[index]!, this.regs[index + 1]!);
  }
  #setPair(index: number, value: bigint): void {
    this.regs[index] = high(value);
    this.regs[index + 1] = low(value);
  }
  gpr(index: number): bigint { return this.#pair(2 * index); }
  setGpr(index: number, value: bigint): void { this.#setPair(2 * index, value); }
  special(name: Special): bigint { return this.#pair(SPECIAL[name]); }
  setSpecial(name: Special, value: bigint): void { this.#setPair(SPECIAL[name], value); }
  crBit(index: number): Truth { return truth((this.regs[CR]! >>> (31 - index) & 1) !== 0); }
  setCrBit(index: number, value: Truth): void {
    const bit = 1 << (31 - index), { regs } = this;
    regs[CR] = value === 'true' ? regs[CR]! | bit : regs[CR]! & ~bit;
  }
  flag(name: Flag): Truth { return truth(this.regs[FLAG[name]] !== 0); }
  setFlag(name: Flag, value: Truth): void { this.regs[FLAG[name]] = value === 'true' ? 1 : 0; }
  branch(target: bigint, condition: Truth): void {
    this.branched = condition === 'true';
    this.target = target;
  }
  trap(condition: Truth): void { this.trapped ||= condition === 'true'; }
  abstract load(address: bigint, bytes: Width): bigint;
  abstract store(address: bigint, bytes: Width, value: bigint): void;
  abstract cia(): bigint;
}

/** The table's view of a core. */
class CoreState extends RegisterState {
  readonly core: Core;

  constructor(core: Core) {
    super(core.regs);
    this.core = core;
  }
  load(address: bigint, bytes: Width): bigint {
    if (!this.core.loadBytes(high(address), low(address), bytes)) throw REFUSED;
    return join(this.core.valueHi, this.core.valueLo);
  }
  store(address: bigint, bytes: Width, value: bigint): void {
    if (!this.core.storeBytes(high(address), low(address), bytes, high(value), low(value))) throw REFUSED;
  }
  cia(): bigint { return this.core.addressOfPc(); }
}

/** Executes `word` as the instruction at m.pc. The next flat word, or -1: m.stop says why. */
export function interpret(m: Core, word: number): number {
  const row = decode(word);
  if (row === undefined) return refuseWord(m, word);
  const state = new CoreState(m), { regs } = m, msrHi = regs[MSR_PAIR]!, msrLo = regs[MSR_PAIR + 1]!;
  try {
    row.meaning(BIGINT, state, word);
  } catch (error) {
    if (error === REFUSED) return -1;
    throw error;
  }
  if (regs[MSR_PAIR] !== msrHi || ((regs[MSR_PAIR + 1]! ^ msrLo) & ~MSR_CHANGES) !== 0) {
    regs[MSR_PAIR] = msrHi;
    regs[MSR_PAIR + 1] = msrLo;
    return refuseWord(m, word);
  }
  if (state.trapped) {
    m.stop = { kind: 'trap', address: m.addressOfPc() };
    return -1;
  }
  return state.branched ? m.land(high(state.target), low(state.target)) : following(m);
}
