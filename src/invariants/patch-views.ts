/**
 * What each task sees of the patches, as the judge knows it: which are on, in which order, and so which version of a function a call must reach. It is
 * told when a transition begins, turns round, and when a task is switched, and works the rest out by itself; how the host comes to its choice
 * (trial/transitions.ts, the kernel's lists and flags) it does not see.
 *
 * A view is the patch on top, and the one below it two bits higher; 0: none.
 */
import type { ProgramImage } from '../image/program.ts';
import type { Change, PatchNumber } from '../scenario/scenario.ts';
import { BOUNDS } from '../scenario/scenario.ts';

const onTop = (patch: number, view: number): number => patch | view << 2;
const without = (patch: number, view: number): number => ((view & 3) === patch ? view >> 2 : view & 3);

export class PatchViews {
  /** There are two patches in this run, or one changes: else a replacement must run wherever there is one. */
  timed = false;
  /** The task that runs, from 0. */
  task = 0;
  private image!: ProgramImage;
  private readonly seen = new Int32Array(1 + BOUNDS.tasks);
  private from = 0;
  private to = 0;

  /** Before a run. */
  reset(image: ProgramImage): void {
    const { world } = image.scenario;
    this.timed = world !== undefined && (world.second !== undefined || world.off !== undefined || world.transitions !== undefined);
    if (!this.timed) return;
    this.image = image;
    this.from = onTop(2, onTop(1, 0));
    for (const patch of world?.off ?? []) this.from = without(patch, this.from);
    this.to = this.from;
    this.seen.fill(this.from);
  }

  /** A transition begins. */
  begin(change: Change, patch: PatchNumber): void {
    this.from = this.to;
    this.to = change === 'replace' ? onTop(patch, 0) : change === 'enable' ? onTop(patch, this.from) : without(patch, this.from);
    this.seen.fill(this.from);
  }

  /** The one under way turns round. */
  reverse(): void {
    const { from } = this;
    this.from = this.to;
    this.to = from;
  }

  /** From now on the task sees what all will see when the transition is complete. */
  switched(task: number): void {
    this.seen[task] = this.to;
  }

  /** A task is forked, and sees what its parent sees. */
  forks(parent: number, child: number): void {
    this.seen[child] = this.seen[parent]!;
  }

  /** The version that a call of an original (a version) must reach in the task that runs, -1: itself. */
  owed(original: number): number {
    return this.version(this.seen[this.task]!, original);
  }

  /** The version of function `index` that runs for a task now; and once it is switched. */
  present(task: number, index: number): number {
    const version = this.version(this.seen[task]!, index);
    return version < 0 ? index : version;
  }

  future(index: number): number {
    const version = this.version(this.to, index);
    return version < 0 ? index : version;
  }

  private version(view: number, original: number): number {
    const top = this.of(view & 3, original);
    return top >= 0 ? top : this.of(view >> 2, original);
  }

  private of(patch: number, original: number): number {
    return patch === 0 ? -1 : patch === 1 ? this.image.versionReplacement[original]! : this.image.versionSecond[original]!;
  }
}
