/**
 * Parts of a campaign put together: every block of it exactly once, by the same model, strategies and dice, or not at all. Each part is a
 * run of neighbouring blocks that was folded; folding the parts in order is folding the blocks in order, so the report is the campaign's own.
 */
import { claimText } from '../contract/claim-text.ts';
import { inLinePlace } from '../contract/strategy.ts';
import { BLOCK_RUNS } from '../arbitraries/seeded.ts';
import { HANDLER_LABEL } from '../kernel/core.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { CampaignError } from './error.ts';
import { Fold, signatureKey } from './fold.ts';
import type { News } from './fold.ts';
import { fuzzReport } from './fuzz-report.ts';
import type { CaseOf } from './fuzz-report.ts';
import type { Part, PartFinding } from './part.ts';
import { ownWitnesses, requiredWitnesses } from './plan.ts';
import type { FuzzReport } from './report.ts';
import { featuresText, namesText } from './resume.ts';
import { Selection } from './selection.ts';
import type { SignatureTally } from './task.ts';

/** A part and the name of the file that it is in, for messages. */
export interface NamedPart {
  readonly name: string;
  readonly part: Part;
}

/** The whole's report. Throws CampaignError: one line with the two files and the two values that do not go together. */
export function merged(parts: readonly NamedPart[]): FuzzReport<PartFinding> {
  const [first, ...others] = parts;
  if (first === undefined) throw new CampaignError('nothing to merge');
  for (const other of others) checkSame(first, other);
  const inOrder = [...parts].filter((it) => it.part.blocks > 0).sort((a, b) => a.part.shard.first - b.part.shard.first);
  checkComplete(inOrder, Math.ceil(first.part.shard.runs / BLOCK_RUNS));
  return folded(inOrder.length === 0 ? [first] : inOrder, { index: 1, of: 1, first: 0, runs: first.part.shard.runs });
}

/** The report of one part: what its document must say. Throws CampaignError where it lacks a finding. */
export function reportOf(named: NamedPart): FuzzReport<PartFinding> {
  return folded([named], named.part.shard);
}

function folded(parts: readonly NamedPart[], shard: FuzzReport['shard']): FuzzReport<PartFinding> {
  const [first] = parts;
  if (first === undefined) throw new CampaignError('nothing to merge');
  const { seed, features, generator, modelHash, keepGoing, hunt, strategies } = first.part;
  const fold = new Fold(strategies.length);
  const selection = new Selection(keepGoing);
  const cases = parts.flatMap((named, position) => fold.offer(position, named.part.counted)
    .filter((news) => selection.take(news)).map((news) => caseOf(named, news)));
  return fuzzReport({
    seed, features, generator, modelHash, shard, keepGoing, blocks: parts.reduce((sum, it) => sum + it.part.blocks, 0), fold, cases, hunt,
    strategies: strategies.map((it, index) => ({ ...it, index, builtIn: BUILT_IN.some(({ name }) => name === it.name) })),
    // Whoever hooks out of line has a site there.
    required: requiredWitnesses(ownWitnesses(shard.runs), strategies.map(({ claim, sites = [] }) => ({ claim, outOfLine: sites.some(({ place }) => place === HANDLER_LABEL['out-of-line']) })), features),
  });
}

type Where = Pick<SignatureTally, 'obligation' | 'edge' | 'place' | 'block' | 'run'>;

/** A finding may have been minimised to the other style of hooking, whose place has another name. */
const whereText = (strategy: string, it: Where): string => [strategy, signatureKey({ ...it, place: inLinePlace(it.place), outside: 0 }), it.block, it.run].join('\n');

function caseOf({ name, part }: NamedPart, { strategy, tally }: News): CaseOf<PartFinding> {
  const accused = part.strategies[strategy]?.name ?? '';
  const wanted = whereText(accused, tally);
  const finding = part.findings.find(({ signature, provenance: { block, run } }) => whereText(signature.strategy, { ...signature, block, run }) === wanted);
  const fault = part.unmade.find(({ strategy: of = '', during, block, run }) => typeof during === 'object' && whereText(of, { ...during, block, run }) === wanted);
  if (finding === undefined && fault === undefined && part.shard.of > 1) {
    const { obligation, edge, place, block, run } = tally;
    const where = `${name === '' ? '' : `${name}: `}strategies[${strategy}].findings`;
    throw new CampaignError(`${where}: ${obligation} at ${edge} in ${place}, first seen in block ${block}, run ${run}, is missing`);
  }
  return { ...(finding === undefined ? {} : { finding: { ...finding, afterTrials: tally.afterTrials } }), ...(fault === undefined ? {} : { fault }) };
}

function checkSame(a: NamedPart, b: NamedPart): void {
  const same = (what: string, of: (part: Part) => string): void => {
    const [left, right] = [of(a.part), of(b.part)];
    if (left !== right) throw new CampaignError(`${a.name} is of ${what} ${left}, ${b.name} of ${what} ${right}`);
  };
  same('generator', (it) => String(it.generator));
  same('model', (it) => it.modelHash);
  same('seed', (it) => String(it.seed));
  same('features', (it) => featuresText(it.features));
  same('a campaign of --runs', (it) => String(it.shard.runs));
  same('--keep-going', (it) => (it.keepGoing ? 'yes' : 'no'));
  same('strategies', (it) => namesText(it.strategies.map(({ name }) => name)));
  a.part.strategies.forEach(({ name }, index) => {
    same(`${name} with hash`, (it) => it.strategies[index]?.hash ?? '');
    same(`${name} with claim`, (it) => claimText(it.strategies[index]?.claim ?? { kind: 'holds', assuming: [] }));
    same(`${name} with sites`, (it) => JSON.stringify(it.strategies[index]?.sites ?? []));
    same(`${name} without`, (it) => namesText(it.strategies[index]?.notApplicableObligations ?? []));
  });
  // The same hunt by the same machine: only a harness that is not deterministic, or a document that was edited, says two things.
  same('the canaries', (it) => JSON.stringify(it.hunt));
}

/** @param parts in order, none empty */
function checkComplete(parts: readonly NamedPart[], blocks: number): void {
  let next = 0;
  let before: NamedPart | undefined;
  for (const one of parts) {
    const { shard: { first }, blocks: own } = one.part;
    if (first < next) throw new CampaignError(`overlap: ${range(first, Math.min(next, first + own))} in ${before?.name ?? ''} and in ${one.name}`);
    if (first > next) throw new CampaignError(`gap: ${range(next, first)} in no file; ${endOf(before)}, and ${one.name} begins with block ${first}`);
    next = first + own;
    before = one;
  }
  if (next < blocks) throw new CampaignError(`gap: ${range(next, blocks)} in no file; ${endOf(before)}, and the campaign ends with block ${blocks - 1}`);
}

/** Of the blocks from `first` up to, not including, `end`. */
function range(first: number, end: number): string {
  return end - first === 1 ? `block ${first} is` : `blocks ${first} to ${end - 1} are`;
}

function endOf(part: NamedPart | undefined): string {
  return part === undefined ? 'nothing is before it' : `${part.name} ends with block ${part.part.shard.first + part.part.blocks - 1}`;
}
