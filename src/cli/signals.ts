/** SIGINT and SIGTERM: the running blocks end, what was found is saved, and then the command ends. A second one ends it at once. */
import { EXIT } from './errors.ts';

export class Interruption {
  private code: number | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly onInt = (): void => { this.arrive(EXIT.SIGINT); };
  private readonly onTerm = (): void => { this.arrive(EXIT.SIGTERM); };

  constructor() {
    process.on('SIGINT', this.onInt);
    process.on('SIGTERM', this.onTerm);
  }

  get requested(): boolean { return this.code !== undefined; }

  /** 130 or 143, once a signal has come. */
  get exit(): number | undefined { return this.code; }

  onRequest(listener: () => void): void { this.listeners.add(listener); }

  dispose(): void {
    process.off('SIGINT', this.onInt);
    process.off('SIGTERM', this.onTerm);
  }

  private arrive(code: number): void {
    if (this.code !== undefined) process.exit(code);
    this.code = code;
    process.stderr.write('\ntocsin: stopping after the running blocks; once more stops at once\n');
    for (const listener of this.listeners) listener();
  }
}
