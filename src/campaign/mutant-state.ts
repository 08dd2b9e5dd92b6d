/**
 * The state that an instruction of a straight piece of a hook works on, in terms: registers, CR, XER, and a memory that keeps what others notice. A
 * meaning that asks for what is not known leaves a term made of the instruction and of all that it has read, which two equal instructions share.
 */
import { decode } from '../isa/decode.ts';
import type { Domain, Truth } from '../isa/domain.ts';
import type { Flag, Special, State, Width } from '../isa/state.ts';
import { constant, isConstant, term, termDomain } from '../isa/terms.ts';
import type { Renamed, Term } from '../isa/terms.ts';
import { INITIAL } from './mutant-memory.ts';
import type { ProofMemory } from './mutant-memory.ts';

const FALSE = constant(0n);
const TRUE = constant(1n);
const truthOf = (it: Term): Truth => (isConstant(it) ? (it.offset === 0n ? 'false' : 'true') : 'unknown');

/** How an instruction leaves the straight piece. */
export interface Leaving {
  readonly target: Term;
  /** What the condition is made of; '' where there is none. */
  readonly condition: string;
}

/** What the instruction is apart from which registers it names. */
function shapeOf(word: number): string {
  const entry = decode(word);
  if (entry === undefined) return `.long ${word >>> 0}`;
  const rest = entry.operands.filter(({ kind }) => kind === 'int' || kind === 'mem').map((it) => it.extract(word));
  return `${entry.mnemonic} ${rest.join()}`;
}

export class TermState implements State<Term> {
  /** r0..r31, by name the special ones, cr0..cr31 by bit, flags. */
  readonly values = new Map<string, Term>();
  /** Conditions under which the piece traps. */
  readonly traps = new Set<string>();
  readonly memory: ProofMemory;
  /** False: something was executed that this proof does not speak of. */
  sound = true;
  leaving: Leaving | undefined;

  readonly #domain: Domain<Term>;
  #cia = FALSE;
  #open = false;
  #reads: string[] = [];
  /** `settled`: a bit that is known, with nothing asked before that has no answer. */
  #writes: (readonly [name: string, value: Term, settled: boolean])[] = [];
  #trap: Truth = 'false';
  #branch: { target: Term; condition: Truth } | undefined;

  constructor(memory: ProofMemory, renamed: Renamed) {
    this.memory = memory;
    this.#domain = termDomain(() => { this.#open = true; }, renamed, (base) => memory.atMost(base));
  }

  get r1(): Term { return this.value('r1'); }

  value(name: string): Term {
    return this.values.get(name) ?? term(name === 'r1' ? INITIAL.r1 : name === 'r13' ? INITIAL.r13 : `${name}@`);
  }

  /** Executes the instruction `word` at `cia`. */
  execute(word: number, cia: Term): void {
    const entry = decode(word);
    if (entry === undefined || entry.privileged) {
      this.sound = false;
      return;
    }
    this.#cia = cia;
    this.#open = false;
    this.#reads = [];
    this.#writes = [];
    this.#trap = 'false';
    this.#branch = undefined;
    entry.meaning(this.#domain, this, word);
    const made = `${shapeOf(word)}<${this.#reads.join()}>`;
    this.#writes.forEach(([name, value, settled], i) => { this.#write(name, this.#open && !settled ? term(`${made}.${i}`) : value); });
    if (this.#trap !== 'false') this.traps.add(this.#trap === 'true' ? 'always' : made);
    const branch = this.#branch as { target: Term; condition: Truth } | undefined;
    if (branch === undefined) return;
    this.leaving = { target: branch.target, condition: branch.condition === 'true' ? '' : branch.condition === 'false' ? 'never' : made };
  }

  #write(name: string, value: Term): void {
    const before = this.value(name);
    this.values.set(name, value);
    // Interrupts find their stack by r1 and their CPU by r13.
    if (before.key === value.key) return;
    if (name === 'r1') this.memory.moveStack(value);
    if (name === 'r13') this.memory.event(`r13 ${value.key}`);
  }

  #read(name: string): Term {
    const value = this.value(name);
    this.#reads.push(value.key);
    return value;
  }

  gpr(index: number): Term { return this.#read(`r${index}`); }
  setGpr(index: number, value: Term): void { this.#writes.push([`r${index}`, value, false]); }
  special(name: Special): Term { return this.#read(name); }
  setSpecial(name: Special, value: Term): void { this.#writes.push([name, value, false]); }
  crBit(index: number): Truth { return this.#ask(`cr${index}`); }
  setCrBit(index: number, value: Truth): void { this.#setBit(`cr${index}`, value); }
  flag(name: Flag): Truth { return this.#ask(name); }
  setFlag(name: Flag, value: Truth): void { this.#setBit(name, value); }

  #setBit(name: string, value: Truth): void {
    if (value === 'unknown') this.#open = true;
    this.#writes.push([name, value === 'true' ? TRUE : FALSE, !this.#open]);
  }

  /** A bit; one that is not known makes all that comes of it unknown. */
  #ask(name: string): Truth {
    const value = truthOf(this.#read(name));
    if (value === 'unknown') this.#open = true;
    return value;
  }

  load(address: Term, bytes: Width): Term {
    const value = this.memory.load(address, bytes, this.r1);
    const cut = bytes === 8 || isConstant(value) ? value : term(`zext${bytes}(${value.key})`);
    this.#reads.push(cut.key);
    return cut;
  }

  store(address: Term, bytes: Width, value: Term): void {
    // Made of something unknown: no name that is the same in both.
    if (this.#open) this.sound = false;
    this.memory.store(address, bytes, value, this.r1);
  }

  cia(): Term { return this.#cia; }
  branch(target: Term, condition: Truth): void { this.#branch = { target, condition }; }
  trap(condition: Truth): void { this.#trap = condition; }
}
