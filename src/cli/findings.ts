/** A campaign's findings as files in `--out`: each whole, under its own name, from the moment it is found. */
import { join } from 'node:path';
import type { Finding } from '../campaign/finding.ts';
import type { FindingView } from '../report/finding.ts';
import { originOf } from '../report/finding.ts';
import { shellWord } from '../report/text.ts';
import { FEATURES } from '../scenario/features.ts';
import { featuresText } from './features.ts';
import { makeFolder, writeWhole } from './files.ts';
import { disassembler } from './run.ts';
import type { NamedStrategy } from './strategies.ts';

/** What stays the same when a finding is minimised. */
function keyOf(finding: Finding): string {
  const { strategy, obligation, edge, place } = finding.signature;
  return [strategy, obligation, edge, place, originOf(finding)].join('\n');
}

export class FindingFiles {
  private readonly folder: string;
  private readonly textOf: (finding: Finding) => string;
  private readonly strategies: readonly NamedStrategy[];
  private readonly names = new Map<string, string>();
  private readonly taken = new Set<string>();

  /** Throws UsageError at once where nothing can be written into the folder. */
  constructor(folder: string, strategies: readonly NamedStrategy[], textOf: (finding: Finding) => string) {
    makeFolder(folder, '--out');
    this.folder = folder;
    this.strategies = strategies;
    this.textOf = textOf;
  }

  /** Writes a finding in the place of its earlier form, if it has one. */
  save(finding: Finding): void {
    writeWhole(this.pathOf(finding), this.textOf(finding), 'the counterexample');
  }

  /** Where the finding lies. */
  pathOf(finding: Finding): string {
    const key = keyOf(finding);
    let name = this.names.get(key);
    if (name === undefined) {
      const { seed, block, run } = finding.provenance;
      const base = `${finding.strategy}-${finding.signature.obligation}-${seed}-${block}-${run}`;
      for (let n = 1; name === undefined || this.taken.has(name); n++) name = n === 1 ? `${base}.json` : `${base}-${n}.json`;
      this.names.set(key, name);
      this.taken.add(name);
    }
    return join(this.folder, name);
  }

  viewOf(finding: Finding): FindingView {
    const named = this.strategies.find((it) => it.strategy.name === finding.strategy);
    return { finding: withTexts(finding, named), file: this.pathOf(finding), commands: commandsOf(finding, named) };
  }
}

/** The instruction at which it was noticed was not executed any more: its text is read from the program. */
export function withTexts(finding: Finding, named: NamedStrategy | undefined): Finding {
  if (named === undefined || finding.at.text !== undefined) return finding;
  const text = disassembler(named.strategy, finding.scenario)(finding.at.address);
  return text === undefined ? finding : { ...finding, at: { ...finding.at, text } };
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
