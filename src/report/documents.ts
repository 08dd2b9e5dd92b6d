/** JSON documents with the least fields that `interface.md` names. Values of 64 bits are bigints here; `documentText` spells them. */
import type { FindingFacts } from '../campaign/finding.ts';
import type { FuzzReport } from '../campaign/report.ts';
import type { SiteShare } from '../campaign/shares.ts';
import type { Fault } from '../campaign/task.ts';
import type { Claim } from '../contract/claim.ts';
import { hooksOutOfLine } from '../contract/strategy.ts';
import type { StrategyCode } from '../contract/strategy.ts';
import { claimText } from '../contract/claim-text.ts';
import { originOf } from './finding.ts';
import { sizeOf } from './tree.ts';

export interface ListView {
  readonly strategies: readonly { readonly name: string; readonly summary: string; readonly origin: string; readonly claim: Claim; readonly code: StrategyCode }[];
  readonly obligations: readonly { readonly name: string; readonly reason: string }[];
  readonly features: readonly string[];
  readonly premises: readonly string[];
  readonly witnesses: readonly { readonly name: string; readonly meaning: string }[];
}

export function listDocument(view: ListView): object {
  return {
    schema: 'tocsin/list@1',
    strategies: view.strategies.map((it) => ({ name: it.name, summary: it.summary, origin: it.origin, claim: claimText(it.claim), hooks: hooksOutOfLine(it) ? ['in-line', 'out-of-line'] : ['in-line'] })),
    obligations: view.obligations.map((it) => ({ name: it.name, reason: it.reason })),
    features: view.features,
    premises: view.premises,
    witnesses: view.witnesses.map((it) => ({ name: it.name, meaning: it.meaning })),
  };
}

/** All of a finding but its scenario, which its token says. */
function findingDocument(finding: FindingFacts, file: string | null): object {
  const { violation, signature, certificate, provenance, at, cause, expectedSymbol, foundSymbol } = finding;
  return {
    obligation: violation.obligation, withinClaim: finding.withinClaim, needs: finding.needs,
    signature: { strategy: signature.strategy, obligation: signature.obligation, edge: signature.edge, place: signature.place },
    token: finding.token, file, ...sizeOf(finding.scenario), original: finding.drawn,
    afterTrials: finding.afterTrials, sentence: finding.sentence,
    address: violation.address, subject: violation.subject, expected: violation.expected, found: violation.found, step: violation.step,
    at, ...(cause === undefined ? {} : { cause }), ...(expectedSymbol === undefined ? {} : { expectedSymbol }), ...(foundSymbol === undefined ? {} : { foundSymbol }),
    origin: originOf(finding), provenance, certificate,
  };
}

/** Its fields in one order, whoever has put it together. */
function siteDocument({ kind, place, least, allFeatures, exempt, from, shown, of, low, high, standing }: SiteShare): object {
  return { kind, place, least, allFeatures, ...(exempt === undefined ? {} : { exempt }), from, shown, of, low, high, standing };
}

/** Its fields in one order, whoever has put it together. */
function faultDocument({ kind, block, run, strategy, during, message }: Fault): object {
  return { kind, block, run, ...(strategy === undefined ? {} : { strategy }), ...(during === undefined ? {} : { during }), message };
}

/**
 * The `fuzz` document, whole enough that the documents of a campaign's shards can be put together (`campaign/part.ts`). `fileOf` tells where a
 * finding was written; null: nowhere.
 */
export function fuzzDocument<F extends FindingFacts>(report: FuzzReport<F>, interrupted: boolean, exit: number, fileOf: (finding: F) => string | null): object {
  return {
    schema: 'tocsin/fuzz@1',
    seed: report.seed, runs: report.runs, blocks: report.blocks, shard: report.shard, modelHash: report.modelHash, generator: report.generator,
    features: report.features, keepGoing: report.keepGoing, interrupted,
    strategies: report.strategies.map((it) => ({
      name: it.name, hash: it.hash, claim: claimText(it.claim), outcome: it.outcome, asClaimed: it.asClaimed,
      trials: it.trials, within: it.within, byOutside: it.byOutside, openWithin: it.openWithin,
      notApplicable: it.notApplicable, notApplicableObligations: it.notApplicableObligations, outOfBudget: it.outOfBudget, undecided: it.undecided,
      instructions: it.instructions,
      findings: it.findings.map((finding) => findingDocument(finding, fileOf(finding))),
      signatures: it.signatures, unseen: it.unseen, assumptions: it.assumptions,
      ...(it.bound === undefined ? {} : { bound: it.bound }), sites: it.sites.map(siteDocument),
    })),
    witnesses: report.witnesses, missingWitnesses: report.missingWitnesses, shown: report.shown, shares: report.shares, situations: report.situations,
    canaries: report.canaries, compared: report.compared, faults: report.faults.map(faultDocument), faultCount: report.faultCount,
    reasons: report.reasons, exit,
  };
}
