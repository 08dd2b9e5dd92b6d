/**
 * Returns of the task at hand that somebody else than the strategy hooks (the function graph tracer, kernel/graph.ts; kretprobes, kernel/kretprobe.ts): the pending
 * call that each belongs to, and whose it is. Each has a list of its own, but one call's hooks are made one around the other, so the newest of all is returned to first.
 * As with a strategy's pushes, a return hook that was passed by stays where it is, and the next return takes it for its own.
 */
import { GRAPH_DEPTH } from '../kernel/graph.ts';
import { KRETPROBE_MOST } from '../kernel/kretprobe.ts';
import { MAX_LEVELS } from './bounds.ts';

/** Whose a return hook is. */
export const HOOKER = { GRAPH: 0, KRETPROBE: 1 } as const;
const MOST = GRAPH_DEPTH + KRETPROBE_MOST;

export class ReturnHooks {
  count = 0;
  readonly owner = new Int32Array(MOST);
  readonly kind = new Uint8Array(MOST);
  /** `count` when a level of interrupts was entered. */
  readonly base = new Int32Array(MAX_LEVELS + 1);

  push(owner: number, kind: number): void {
    if (this.count === MOST) return;
    this.kind[this.count] = kind;
    this.owner[this.count++] = owner;
  }

  /** Takes over another record, of a task inside so many levels of interrupts. */
  copy(from: ReturnHooks, levels: number): void {
    this.count = from.count;
    for (let i = 0; i < from.count; i++) {
      this.owner[i] = from.owner[i]!;
      this.kind[i] = from.kind[i]!;
    }
    for (let i = 0; i <= levels; i++) this.base[i] = from.base[i]!;
  }
}
