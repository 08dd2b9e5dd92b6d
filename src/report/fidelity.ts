/** docs/fidelity.md's record: what `tocsin verify` compared last, layer by layer, and what differed on the way and who was right. Written by scripts/fidelity.ts from docs/fidelity.json. */
import { layerLines } from './verify.ts';
import type { VerifyLayer } from './verify.ts';
import { count } from './text.ts';

/** One layer's run, out of a `tocsin verify --json` document. */
export interface FidelityRun extends Pick<VerifyLayer, 'compared' | 'differed' | 'differences' | 'versions' | 'reached'> {
  readonly layer: string;
  /** As the document has it: a number in hexadecimal, or decimal. */
  readonly seed: string;
  readonly modelHash: string;
}

/** Who was wrong about a difference: ours are the model and the comparison itself. */
export type Wrong = 'the model' | 'the comparison' | 'the tool' | 'the kernel' | 'nobody';

/** A difference that was seen once, by a layer or on the way to one. */
export interface Found {
  readonly layer: string;
  readonly what: string;
  readonly wrong: Wrong;
  /** The case that showed it: a token, an instruction, or where it is told. */
  readonly by: string;
  /** The test that would see it again; none where it is not ours. */
  readonly test?: string;
}

export interface FidelityRecord {
  readonly schema: 'tocsin/fidelity@1';
  readonly runs: readonly FidelityRun[];
  readonly found: readonly Found[];
}

const MARK = '<!-- record -->';

const cell = (text: string): string => text.replace(/[|\n]/g, (it) => (it === '|' ? '\\|' : ' '));
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** A tool by its name and the first word that is a version: `GNU as (GNU Binutils for Debian) 2.40` is `as 2.40`. */
function toolText([tool, version]: readonly [string, string]): string {
  const number = /\d+(?:\.\d+)+(?:-[\w~+.-]+)?/.exec(version)?.[0];
  return `${tool.replace(/^powerpc64le-linux-gnu-/, '')} ${number ?? version}${/, hooked .*$/.exec(version)?.[0] ?? ''}`;
}

/** The record as Markdown. @param modelHash Today's model: a run of another one says so. */
export function fidelityLines({ runs, found }: FidelityRecord, modelHash: string): string[] {
  return [
    '| layer | seed | comparisons | differ | with | model |', '|---|---|---|---|---|---|',
    ...runs.map((it) => row([
      `\`${it.layer}\``, String(BigInt(it.seed)), count(it.compared), count(it.differed), Object.entries(it.versions).map(toolText).join(', '),
      it.modelHash === modelHash ? it.modelHash : `${it.modelHash}, an older one`,
    ])),
    ...runs.flatMap((it) => {
      const lines = layerLines({ name: it.layer, ...(it.reached === undefined ? {} : { reached: it.reached }) });
      return lines.length === 0 ? [] : ['', `\`${it.layer}\`, ${count(it.compared)} comparisons:`, '', ...lines.map((line) => `- ${line}`)];
    }),
    '', '**What differed, and who was right**', '',
    '| layer | what differed | wrong was | seen by | test |', '|---|---|---|---|---|',
    ...found.map((it) => row([`\`${it.layer}\``, it.what, it.wrong, it.by, it.test === undefined ? '' : `\`${it.test}\``])),
  ];
}

/** The page with the record in it anew. @throws Error where it does not have the two marks. */
export function fidelityPage(page: string, record: FidelityRecord, modelHash: string): string {
  const [before, , after, more] = page.split(MARK);
  if (before === undefined || after === undefined || more !== undefined) throw new Error(`expected two lines ${MARK}`);
  return `${before}${MARK}\n${fidelityLines(record, modelHash).join('\n')}\n${MARK}${after}`;
}

/** A `tocsin verify --json` document, as far as the record needs it. */
export interface VerifyDocument {
  readonly schema: 'tocsin/verify@1';
  readonly seed: string;
  readonly modelHash: string;
  readonly exit: number;
  readonly layers: readonly (Pick<VerifyLayer, 'compared' | 'differed' | 'differences' | 'versions' | 'reached'> & { readonly layer: string })[];
}

/** The record with what these documents compared in place of what it had of their layers. Layers that were not run take nothing's place. */
export function recordedAnew(record: FidelityRecord, documents: readonly VerifyDocument[]): FidelityRecord {
  const fresh = documents.flatMap((document) => document.layers.filter((it) => it.compared > 0).map((it): FidelityRun => ({ ...it, seed: document.seed, modelHash: document.modelHash })));
  const layers = [...new Set([...record.runs, ...fresh].map((it) => it.layer))];
  const of = (runs: readonly FidelityRun[], layer: string): FidelityRun[] => runs.filter((it) => it.layer === layer);
  return { ...record, runs: layers.flatMap((layer) => (of(fresh, layer).length > 0 ? of(fresh, layer) : of(record.runs, layer))) };
}
