/** Questions that an explanation asks of a recorded run: what a register held, who wrote a value last, where it came from. */
import type { TraceStep } from '../trial/record.ts';

/** `f0+0x24 [M]` -> `f0 [M]` */
export function baseOf(symbol: string): string {
  return symbol.replace(/\+0x[0-9a-f]+/, '');
}

/** The task that runs on behind a step, by its note, and the one that ran up to it; undefined: there is no change. Tasks from 1, CPUs from 0. */
export function taskChange(step: TraceStep): { readonly from: number; readonly to: number; readonly cpu: number; readonly note: string } | undefined {
  for (const note of step.notes) {
    const found = /^task (\d) (?:is done|ends early|is preempted|goes to sleep), and task (\d) goes on on CPU (\d)$/.exec(note);
    if (found !== null) return { from: Number(found[1]), to: Number(found[2]), cpu: Number(found[3]), note };
  }
  return undefined;
}

/** Values of registers as they were, and who wrote what last. */
export class History {
  readonly steps: readonly TraceStep[];

  constructor(steps: readonly TraceStep[]) {
    this.steps = steps;
  }

  /** Index of the last step before `end` that changed the register, or -1. */
  writerOfRegister(name: string, end: number): number {
    for (let i = Math.min(end, this.steps.length) - 1; i >= 0; i--) {
      if (this.steps[i]!.registers.some((change) => change.name === name)) return i;
    }
    return -1;
  }

  /** The register's value before step index `end`; undefined where no step changed it before or after. */
  register(name: string, end: number): bigint | undefined {
    const writer = this.writerOfRegister(name, end);
    if (writer >= 0) return this.steps[writer]!.registers.find((change) => change.name === name)?.after;
    for (const step of this.steps.slice(Math.max(0, end))) {
      const change = step.registers.find((one) => one.name === name);
      if (change !== undefined) return change.before;
    }
    return undefined;
  }

  /** Index of the last step before `end` that wrote the byte at this address, or -1. */
  writerOfMemory(address: bigint, end: number): number {
    for (let i = Math.min(end, this.steps.length) - 1; i >= 0; i--) {
      if (this.steps[i]!.memory.some((write) => write.address <= address && address < write.address + BigInt(write.bytes))) return i;
    }
    return -1;
  }
}

/** `24(r1)` -> the doubleword's address before step index `at`. */
export function memoryAddress(operand: string, history: History, at: number): bigint | undefined {
  const match = /^(-?\d+)\((r\d+)\)$/.exec(operand.trim());
  if (match === null) return undefined;
  const base = match[2] === 'r0' ? 0n : history.register(match[2]!, at);
  return base === undefined ? undefined : BigInt.asUintN(64, base + BigInt(match[1]!));
}

export interface Link {
  /** Index of the step. */
  readonly index: number;
  /** What the value is in after it: a register, or the address of memory. */
  readonly place: string;
  /** `moves`: it only carries a value on; `makes`: it computes it. */
  readonly role: 'moves' | 'makes';
}

/** Links of a chain at most. */
const CHAIN = 8;

/**
 * Where the value came from that `place` (a register, or `24(r1)`) has before step index `end`: the step that made it, and those that carried it from
 * place to place, oldest first. `found`: the value, where it is known. Follows moves, loads and stores of the program itself.
 */
export function chainOf(history: History, place: string, end: number, found?: bigint): Link[] {
  const links: Link[] = [];
  let now = end;
  let register: string | undefined = place;
  let memory: bigint | undefined;
  if (place.includes('(')) {
    register = undefined;
    memory = memoryAddress(place, history, end);
  } else if (place === 'pc') {
    // The program counter is what a branch through a register makes it: the last instruction, or the one that was about to be executed.
    const text = history.steps[end - 1]?.text ?? '';
    register = /^b\w*ctrl?\b/.test(text) ? 'ctr' : /^b\w*lrl?\b/.test(text) ? 'lr' : /^rfid/.test(text) ? 'srr0' : undefined;
    if (register !== undefined) {
      links.push({ index: end - 1, place: 'pc', role: 'moves' });
      now = end - 1;
    } else if (found !== undefined) {
      register = ['lr', 'ctr', 'srr0'].find((name) => history.register(name, end) === found);
    }
  }
  while (links.length < CHAIN) {
    const index: number = memory !== undefined ? history.writerOfMemory(memory, now) : register === undefined ? -1 : history.writerOfRegister(register, now);
    if (index < 0) break;
    const source = sourceOf(history, index, memory === undefined);
    const where = memory === undefined ? register! : `memory at 0x${memory.toString(16)}`;
    links.push({ index, place: where, role: source === undefined ? 'makes' : 'moves' });
    if (source === undefined) break;
    now = index;
    register = typeof source === 'string' ? source : undefined;
    memory = typeof source === 'bigint' ? source : undefined;
  }
  return links.reverse();
}

/** The register or the address that the step took the value from, unchanged; undefined: it computed it. */
function sourceOf(history: History, index: number, intoRegister: boolean): string | bigint | undefined {
  const { text } = history.steps[index]!;
  const [mnemonic = '', rest = ''] = text.split(/\s+(.*)/s);
  const operands = rest.split(',').map((operand) => operand.trim());
  if (!intoRegister) return /^st[dw]?/.test(mnemonic) && !/^stdu/.test(mnemonic) && !mnemonic.includes('x') ? operands[0] : undefined;
  switch (mnemonic) {
    case 'ld': case 'lwz': case 'lwa': return memoryAddress(operands[1] ?? '', history, index);
    case 'mr': return operands[1];
    case 'mflr': return 'lr';
    case 'mfctr': return 'ctr';
    case 'mtlr': case 'mtctr': return operands[0];
    default: return undefined;
  }
}
