/**
 * Returns of the task at hand that somebody else than the strategy hooks (the function graph tracer, kernel/graph.ts): the pending call that each belongs to.
 * As with a strategy's pushes, a return hook that was passed by stays where it is, and the next return takes it for its own.
 */
import { GRAPH_DEPTH } from '../kernel/graph.ts';
import { MAX_LEVELS } from './bounds.ts';

export class ReturnHooks {
  count = 0;
  readonly owner = new Int32Array(GRAPH_DEPTH);
  /** `count` when a level of interrupts was entered. */
  readonly base = new Int32Array(MAX_LEVELS + 1);

  push(owner: number): void {
    if (this.count < GRAPH_DEPTH) this.owner[this.count++] = owner;
  }

  /** Takes over another record, of a task inside so many levels of interrupts. */
  copy(from: ReturnHooks, levels: number): void {
    this.count = from.count;
    for (let i = 0; i < from.count; i++) this.owner[i] = from.owner[i]!;
    for (let i = 0; i <= levels; i++) this.base[i] = from.base[i]!;
  }
}
