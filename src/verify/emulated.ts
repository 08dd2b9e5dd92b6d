/** Emulated processes: each takes the commands of a batch of runs from a file and leaves its reports in another. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { everyPage } from './guest.ts';
import type { Sink } from './guest.ts';
import { executable } from './program.ts';
import { runner } from './runner.ts';
import { QEMU } from './tools.ts';

/** Milliseconds after which a process is killed, whatever its own alarms do: of one run, and of a batch. */
const TIMEOUT = 60_000, BATCH_TIMEOUT = 600_000;
/** Bytes of commands that are kept until they are written. */
const KEPT = 1 << 20;

/** Somebody has ended a process that was waited for: Ctrl-C goes to all processes of a terminal. Nothing was compared. */
export class Interrupted extends Error {}

export class Emulated {
  /** The runner's label `done`, to which the image's code comes back. */
  readonly done: bigint;
  private readonly folder: string;
  private readonly elf: string;
  private batches = 0;

  /** `folder`: for its files. */
  constructor(folder: string) {
    this.folder = folder;
    const { base, bytes, labels } = runner(everyPage());
    this.done = labels.get('done')!;
    this.elf = join(folder, 'runner');
    writeFileSync(this.elf, executable({ segments: [{ address: Number(base), bytes }], entry: Number(labels.get('_start')!) }), { mode: 0o755 });
  }

  batch(): Batch {
    return new Batch(this.elf, join(this.folder, `batch${this.batches++}`));
  }
}

/** What processes have reported; `failed`: one did not come to its end. */
export interface Reports {
  readonly out: Uint8Array;
  readonly failed: string | undefined;
}

/** A Buffer's own slices are views. */
const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
const failure = (code: number | null, signal: string | null, said: string): string => `${signal ?? `exit ${code}`} ${said.trim()}`.trim();

/** Commands, then what came of them. */
export class Batch implements Sink {
  private readonly elf: string;
  private readonly name: string;
  private readonly file: number;
  private kept: Uint8Array[] = [];
  private bytes = 0;

  constructor(elf: string, name: string) {
    this.elf = elf;
    this.name = name;
    this.file = openSync(`${name}.in`, 'w');
  }

  write(bytes: Uint8Array): void {
    this.kept.push(bytes);
    this.bytes += bytes.length;
    if (this.bytes >= KEPT) this.flush();
  }

  private flush(): void {
    if (this.bytes > 0) writeSync(this.file, Buffer.concat(this.kept));
    this.kept = [];
    this.bytes = 0;
  }

  private files(): { readonly input: number; readonly output: number } {
    this.flush();
    closeSync(this.file);
    return { input: openSync(`${this.name}.in`, 'r'), output: openSync(`${this.name}.out`, 'w') };
  }

  /** Runs it, and waits. @throws Interrupted */
  runNow(...options: readonly string[]): Reports {
    const { input, output } = this.files();
    try {
      const { status, signal, stderr, error } = spawnSync(QEMU, ['-cpu', 'power8', ...options, this.elf], { stdio: [input, output, 'pipe'], encoding: 'latin1', timeout: TIMEOUT, killSignal: 'SIGKILL' });
      if (error !== undefined && status === null && signal === null) throw error;
      if (signal === 'SIGINT' || signal === 'SIGTERM') throw new Interrupted();
      return { out: plain(readFileSync(`${this.name}.out`)), failed: status === 0 ? undefined : failure(status, signal, stderr) };
    } finally {
      closeSync(input);
      closeSync(output);
      for (const end of ['in', 'out']) rmSync(`${this.name}.${end}`);
    }
  }

  /** Runs it, while others go on. Ctrl-C does not reach it: a batch is compared to its end. */
  async run(...options: readonly string[]): Promise<Reports> {
    const { input, output } = this.files();
    let end = (): void => {};
    const ending = (): void => { end(); };
    process.once('exit', ending);
    try {
      const failed = await new Promise<string | undefined>((resolve, reject) => {
        const child = spawn(QEMU, ['-cpu', 'power8', ...options, this.elf], { stdio: [input, output, 'pipe'], timeout: BATCH_TIMEOUT, killSignal: 'SIGKILL', detached: true });
        end = () => { child.kill('SIGKILL'); };
        let said = '';
        child.stderr?.on('data', (text: Buffer) => { said += text.toString('latin1').slice(0, 1000); });
        child.on('error', reject);
        child.on('close', (code, signal) => { resolve(code === 0 ? undefined : failure(code, signal, said)); });
      });
      return { out: plain(readFileSync(`${this.name}.out`)), failed };
    } finally {
      process.off('exit', ending);
      closeSync(input);
      closeSync(output);
      for (const end of ['in', 'out']) rmSync(`${this.name}.${end}`);
    }
  }
}
