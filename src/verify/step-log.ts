/** What `qemu-ppc64le -singlestep -d cpu` writes: all registers before each instruction. */
import type { CpuState } from './processors.ts';

/**
 * Reads the emulator's log entry by entry. Only registers whose text has changed are converted.
 * Format: `-d cpu` of qemu 7.2, target/ppc/cpu_init.c, ppc_cpu_dump_state.
 */
export class LogReader {
  readonly #log: string;
  #position = 0;
  readonly #texts: string[] = new Array<string>(32).fill('');
  readonly #gprs: bigint[] = new Array<bigint>(32).fill(0n);
  readonly state: CpuState = { pc: 0n, gprs: this.#gprs, lr: 0n, ctr: 0n, cr: 0, xer: 0n };

  constructor(log: string) {
    this.#log = log;
  }

  /** Goes to the next entry; false at the end of the log or at a torn entry. */
  next(): boolean {
    const log = this.#log;
    const start = log.indexOf('NIP ', this.#position);
    const gprs = start < 0 ? -1 : log.indexOf('GPR00 ', start);
    const cr = gprs < 0 ? -1 : log.indexOf('\nCR ', gprs);
    if (cr < 0 || cr + 12 > log.length) return false;
    const field = (name: string): bigint => {
      const at = log.indexOf(name, start) + name.length;
      return BigInt(`0x${log.slice(at, at + 16)}`);
    };
    this.state.pc = field('NIP ');
    this.state.lr = field(' LR ');
    this.state.ctr = field(' CTR ');
    this.state.xer = field(' XER ');
    let at = gprs;
    for (let i = 0; i < 32; i++) {
      // A row starts with its name, then four registers with a blank before each but the first.
      if (i % 4 === 0) at = i === 0 ? gprs + 6 : log.indexOf('GPR', at) + 6;
      const text = log.slice(at, at + 16);
      at += 17;
      if (text !== this.#texts[i]) {
        this.#texts[i] = text;
        this.#gprs[i] = BigInt(`0x${text}`);
      }
    }
    this.state.cr = parseInt(log.slice(cr + 4, cr + 12), 16);
    this.#position = cr;
    return true;
  }
}
