/** stdout, stderr and progress. The answer goes to stdout, everything else to stderr; a closed pipe is no error. */
import { oneLine } from './errors.ts';

export interface ConsoleOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Milliseconds between two progress lines: on a terminal, where they overwrite each other, and elsewhere. */
const TERMINAL_INTERVAL = 120;
const PLAIN_INTERVAL = 5000;

export class Console {
  readonly json: boolean;
  readonly quiet: boolean;
  private readonly terminal = process.stderr.isTTY === true;
  private shown = false;
  private lastProgress = 0;
  /** The newest line where none changes in place, not written yet. */
  private newest: (() => string) | undefined;

  constructor(options: ConsoleOptions) {
    this.json = options.json;
    this.quiet = options.quiet;
  }

  /** Whether words may be coloured on this stream (https://no-color.org: any value that is not empty forbids it). */
  colour(stream: NodeJS.WriteStream = process.stdout): boolean {
    return stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
  }

  /** A part of the answer, for people: not with --json. */
  say(text: string): void {
    if (!this.json) this.answer(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** The answer itself. */
  answer(text: string): void {
    this.clear();
    // A log keeps its last line: it shall not be one from the middle of the work.
    if (this.newest !== undefined) process.stderr.write(`${this.newest()}\n`);
    this.newest = undefined;
    process.stdout.write(text);
  }

  warn(text: string): void {
    this.clear();
    process.stderr.write(`tocsin: warning: ${oneLine(text)}\n`);
  }

  /** A line for people who wait; nothing with --quiet. */
  note(text: string): void {
    if (this.quiet) return;
    this.clear();
    process.stderr.write(`${text}\n`);
  }

  /** One changing line: rarely called more often than it can be read. `make` is only called when it will be shown. */
  progress(make: () => string): void {
    if (this.quiet) return;
    const now = performance.now();
    if (this.lastProgress !== 0 && now - this.lastProgress < (this.terminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL)) {
      if (!this.terminal) this.newest = make;
      return;
    }
    this.lastProgress = now;
    if (!this.terminal) {
      this.newest = undefined;
      process.stderr.write(`${make()}\n`);
      return;
    }
    const width = Math.max(20, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r\u001b[K${make().slice(0, width)}`);
    this.shown = true;
  }

  /** Takes the progress line away. */
  clear(): void {
    if (!this.shown) return;
    process.stderr.write('\r\u001b[K');
    this.shown = false;
  }
}
