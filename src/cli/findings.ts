/** A campaign's findings as files in `--out`: each whole, under its own name, from the moment it is found. */
import { join } from 'node:path';
import type { Finding, FindingFacts } from '../campaign/finding.ts';
import { placeHash } from '../case/token.ts';
import type { FindingView } from '../report/finding.ts';
import { originOf } from '../report/finding.ts';
import { FEATURES } from '../scenario/features.ts';
import { featuresText } from './features.ts';
import { makeFolder, removeFile, writeWhole } from './files.ts';
import { asOption } from './strategies.ts';
import type { NamedStrategy } from './strategies.ts';

/** What stays the same when a finding is minimised. */
function keyOf(finding: FindingFacts): string {
  const { strategy, obligation, edge, place } = finding.signature;
  return [strategy, obligation, edge, place, originOf(finding)].join('\n');
}

function drawnBefore({ provenance: a }: Finding, { provenance: b }: Finding): boolean {
  return a.block < b.block || (a.block === b.block && a.run < b.run);
}

export interface FindingFilesOptions {
  readonly strategies: readonly NamedStrategy[];
  /** `--keep-going`: several findings of one obligation and one run are told apart by their names. */
  readonly keepGoing: boolean;
  readonly textOf: (finding: Finding) => string;
}

export class FindingFiles {
  private readonly folder: string;
  private readonly options: FindingFilesOptions;
  private readonly names = new Map<string, string>();
  private readonly taken = new Set<string>();
  /** By name: the token of what lies there. */
  private readonly written = new Map<string, string>();
  /** By strategy and token. */
  private readonly settled = new Map<string, Finding>();

  /** Throws UsageError at once where nothing can be written into the folder. */
  constructor(folder: string, options: FindingFilesOptions) {
    makeFolder(folder, '--out');
    this.folder = folder;
    this.options = options;
  }

  /** Writes a finding as it was drawn; once, however often it is told of. */
  save(finding: Finding): void {
    const name = this.nameOf(finding);
    if (this.written.get(name) === finding.token) return;
    writeWhole(join(this.folder, name), this.options.textOf(finding), 'the counterexample');
    this.written.set(name, finding.token);
  }

  /** Takes back what was saved before it was known that another one of its kind was drawn earlier. */
  drop(finding: Finding): void {
    const name = this.nameOf(finding);
    removeFile(join(this.folder, name), 'the counterexample');
    this.written.delete(name);
  }

  /**
   * Writes a finding that is as small as it gets, in the place of its earlier form. Of several with the same token the one that was drawn first
   * stays, whoever was minimised first.
   */
  settle(finding: Finding): void {
    const same = `${finding.strategy} ${finding.token}`;
    const other = this.settled.get(same);
    if (other === undefined || drawnBefore(finding, other)) {
      this.settled.set(same, finding);
      this.save(finding);
      if (other !== undefined) this.replace(other, finding);
    } else {
      this.replace(finding, other);
    }
  }

  /** One finding's file goes, and its name means the other's from now on. */
  private replace(old: Finding, kept: Finding): void {
    const [gone, name] = [this.nameOf(old), this.nameOf(kept)];
    if (gone === name) return;
    for (const [key, known] of this.names) if (known === gone) this.names.set(key, name);
    removeFile(join(this.folder, gone), 'the counterexample');
    this.written.delete(gone);
  }

  /** Where the finding lies. */
  pathOf(finding: FindingFacts): string {
    return join(this.folder, this.nameOf(finding));
  }

  /** Says what was found and where it came from, so that it is the same for any number of workers, in a shard, and after a restart. */
  private nameOf(finding: FindingFacts): string {
    const key = keyOf(finding);
    let name = this.names.get(key);
    if (name === undefined) {
      const { seed, block, run } = finding.provenance;
      const { obligation, edge, place } = finding.signature;
      const where = this.options.keepGoing ? `-${edge}-${placeHash(place)}` : '';
      const base = `${finding.strategy}-${obligation}-${seed}-${block}-${run}${where}`;
      for (let n = 1; name === undefined || this.taken.has(name); n++) name = n === 1 ? `${base}.json` : `${base}-${n}.json`;
      this.names.set(key, name);
      this.taken.add(name);
    }
    return name;
  }

  viewOf(finding: FindingFacts): FindingView {
    const named = this.options.strategies.find((it) => it.strategy.name === finding.strategy);
    return { finding, file: this.pathOf(finding), commands: commandsOf(finding, named) };
  }
}

/** Whole commands: what they need besides the token depends on whether the strategy is built in. */
export function commandsOf(finding: FindingFacts, named: Pick<NamedStrategy, 'word' | 'file' | 'object'> | undefined): FindingView['commands'] {
  const option = asOption(named ?? { word: finding.strategy });
  const user = named?.file === undefined ? '' : ` ${option}`;
  const features = finding.provenance.features.length === FEATURES.length ? '' : ` --features ${featuresText(finding.provenance.features) ?? 'all'}`;
  return {
    replay: `tocsin replay ${finding.token}${user}`,
    original: `tocsin replay ${originOf(finding)} ${option}${features} --generator ${finding.provenance.generator}`,
    explain: `tocsin explain ${finding.token}${user}`,
  };
}
