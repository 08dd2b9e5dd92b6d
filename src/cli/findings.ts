/** A campaign's findings as files in `--out`: each whole, under its own name, from the moment it is found. */
import { join } from 'node:path';
import type { Finding } from '../campaign/finding.ts';
import type { FindingView } from '../report/finding.ts';
import { originOf } from '../report/finding.ts';
import { shellWord } from '../report/text.ts';
import { FEATURES } from '../scenario/features.ts';
import { featuresText } from './features.ts';
import { makeFolder, removeFile, writeWhole } from './files.ts';
import type { NamedStrategy } from './strategies.ts';

/** What stays the same when a finding is minimised. */
function keyOf(finding: Finding): string {
  const { strategy, obligation, edge, place } = finding.signature;
  return [strategy, obligation, edge, place, originOf(finding)].join('\n');
}

function drawnBefore({ provenance: a }: Finding, { provenance: b }: Finding): boolean {
  return a.block < b.block || (a.block === b.block && a.run < b.run);
}

export class FindingFiles {
  private readonly folder: string;
  private readonly textOf: (finding: Finding) => string;
  private readonly strategies: readonly NamedStrategy[];
  private readonly names = new Map<string, string>();
  private readonly taken = new Set<string>();
  /** By strategy and token. */
  private readonly settled = new Map<string, Finding>();

  /** Throws UsageError at once where nothing can be written into the folder. */
  constructor(folder: string, strategies: readonly NamedStrategy[], textOf: (finding: Finding) => string) {
    makeFolder(folder, '--out');
    this.folder = folder;
    this.strategies = strategies;
    this.textOf = textOf;
  }

  /** Writes a finding as it was drawn. */
  save(finding: Finding): void {
    writeWhole(this.pathOf(finding), this.textOf(finding), 'the counterexample');
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
  }

  /** Where the finding lies. */
  pathOf(finding: Finding): string {
    return join(this.folder, this.nameOf(finding));
  }

  private nameOf(finding: Finding): string {
    const key = keyOf(finding);
    let name = this.names.get(key);
    if (name === undefined) {
      const { seed, block, run } = finding.provenance;
      const base = `${finding.strategy}-${finding.signature.obligation}-${seed}-${block}-${run}`;
      for (let n = 1; name === undefined || this.taken.has(name); n++) name = n === 1 ? `${base}.json` : `${base}-${n}.json`;
      this.names.set(key, name);
      this.taken.add(name);
    }
    return name;
  }

  viewOf(finding: Finding): FindingView {
    const named = this.strategies.find((it) => it.strategy.name === finding.strategy);
    return { finding, file: this.pathOf(finding), commands: commandsOf(finding, named) };
  }
}

/** Whole commands: what they need besides the token depends on whether the strategy is built in. */
export function commandsOf(finding: Finding, named: NamedStrategy | undefined): FindingView['commands'] {
  const word = shellWord(named?.word ?? finding.strategy);
  const user = named?.file === undefined ? '' : ` --strategy ${word}`;
  const features = finding.provenance.features.length === FEATURES.length ? '' : ` --features ${featuresText(finding.provenance.features) ?? 'all'}`;
  return {
    replay: `tocsin replay ${finding.token}${user}`,
    original: `tocsin replay ${originOf(finding)} --strategy ${word}${features} --generator ${finding.provenance.generator}`,
    explain: `tocsin explain ${finding.token}${user}`,
  };
}
