/**
 * The observable run (obligation differential): which functions were entered with which arguments, which calls returned with which
 * results, in the task's context. One run is kept as the reference; another is compared with it event by event, so that the first
 * difference is noticed where it happens. Two 32-bit lanes of a running hash stand for the values of all events so far.
 */
import { BOUNDS } from '../scenario/scenario.ts';

/** An entry and a return for each call that a valid scenario can make, and the root call's. */
const MAX_EVENTS = 2 * (BOUNDS.dynamicCalls + 1);
/** Added to a call's id, so that its return is not taken for the entry of a function of the same id. */
export const RETURN_OF = 0x10000;

export class ObservableRun {
  /** Events are wanted. */
  wanted = false;
  /** Events are compared with the reference. */
  compares = false;
  /** Events so far. */
  length = 0;
  private referenceLength = 0;
  private readonly hash = new Int32Array(2);
  private readonly subjects = new Int32Array(MAX_EVENTS);
  private readonly hashes = new Int32Array(2 * MAX_EVENTS);
  private readonly reference = { subjects: new Int32Array(MAX_EVENTS), hashes: new Int32Array(2 * MAX_EVENTS) };

  /** Forgets the last run; the reference stays. */
  reset(): void {
    this.length = 0;
    this.hash[0] = this.hash[1] = 0;
  }

  /** Begins an event: a function's index, or RETURN_OF + a call's id. Its values follow by `mix`, then `close`. */
  open(subject: number): void {
    if (this.length < MAX_EVENTS) this.subjects[this.length] = subject;
    this.mix(subject);
  }

  /** Mixes a word into the running hash (two murmur3-like lanes). */
  mix(word: number): void {
    const { hash } = this;
    let a = Math.imul(word, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    const h = hash[0]! ^ Math.imul(a, 0x1b873593);
    hash[0] = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
    const g = Math.imul(hash[1]! ^ word, 0x01000193);
    hash[1] = g ^ (g >>> 15);
  }

  close(): void {
    const { length, hash } = this;
    if (length < MAX_EVENTS) {
      this.hashes[2 * length] = hash[0]!;
      this.hashes[2 * length + 1] = hash[1]!;
    }
    this.length = length + 1;
  }

  /** The run that was just made is what later ones are compared with. */
  keep(): void {
    this.reference.subjects.set(this.subjects);
    this.reference.hashes.set(this.hashes);
    this.referenceLength = this.length;
  }

  /** The newest event is the reference's: the same subject, the same values. */
  get agrees(): boolean {
    const i = this.length - 1;
    const { subjects, hashes } = this.reference;
    return i < this.referenceLength && subjects[i] === this.subjects[i]
      && hashes[2 * i] === this.hashes[2 * i] && hashes[2 * i + 1] === this.hashes[2 * i + 1];
  }

  /** All events of the reference have happened. */
  get complete(): boolean {
    return this.length === this.referenceLength;
  }

  /** What the newest event (or, when `missing`, the one that should follow it) is in both runs: subjects where those differ, else hash halves. */
  difference(missing: boolean): { readonly subject: string; readonly expected: readonly [number, number]; readonly found: readonly [number, number] } {
    const i = missing ? this.length : this.length - 1;
    const { subjects, hashes } = this.reference;
    const due = i < this.referenceLength ? subjects[i]! : -1;
    const was = missing ? -1 : this.subjects[i]!;
    if (due !== was) return { subject: `observable event ${i}`, expected: halves(due), found: halves(was) };
    return {
      subject: `hash of the values of observable event ${i}`,
      expected: [hashes[2 * i]!, hashes[2 * i + 1]!], found: [this.hashes[2 * i]!, this.hashes[2 * i + 1]!],
    };
  }
}

/** -1 (no event) is all ones. */
function halves(subject: number): [number, number] {
  return [subject < 0 ? -1 : 0, subject];
}
