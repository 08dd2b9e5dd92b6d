/** `--checkpoint` and `--resume`: a campaign's state as a file that is whole at any time. */
import { CHECKPOINT_BYTES, parseCheckpoint, printCheckpoint } from '../campaign/checkpoint.ts';
import type { Checkpoint } from '../campaign/checkpoint.ts';
import { CampaignError } from '../campaign/error.ts';
import { UsageError, quoted } from './errors.ts';
import { readText, writeWhole } from './files.ts';

/** So many times as long as the last write took, nothing is written, but no longer than so many milliseconds: what a kill costs besides the blocks under way. */
const REST = 50;
const LONGEST_REST = 1000;

export class CheckpointFile {
  private readonly path: string;
  private latest: (() => Checkpoint) | undefined;
  private due = -Infinity;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes it, unless that was done a moment ago. Throws UsageError, so that the first time says whether it can be written at all. */
  offer(state: () => Checkpoint): void {
    this.latest = state;
    if (performance.now() >= this.due) this.flush();
  }

  /** Writes what was offered last. */
  flush(): void {
    if (this.latest === undefined) return;
    const begun = performance.now();
    writeWhole(this.path, printCheckpoint(this.latest()), 'the checkpoint');
    this.latest = undefined;
    const ended = performance.now();
    this.due = ended + Math.min(LONGEST_REST, REST * (ended - begun));
  }
}

/** Throws UsageError with the file's name and the JSON path. */
export function readCheckpoint(path: string): Checkpoint {
  return fitting(path, () => parseCheckpoint(readText(path, 'checkpoint', CHECKPOINT_BYTES)));
}

/** Says which checkpoint it was that did not fit. */
export function fitting<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof CampaignError) throw new UsageError(`checkpoint ${quoted(path)}: ${error.message}`);
    throw error;
  }
}
