/** JSON documents with the least fields that `interface.md` names. Values of 64 bits are bigints here; `documentText` spells them. */
import type { Finding } from '../campaign/finding.ts';
import type { FuzzReport } from '../campaign/report.ts';
import type { Claim } from '../contract/claim.ts';
import { claimText } from '../contract/claim-text.ts';
import { originOf } from './finding.ts';
import { sizeOf } from './tree.ts';

export interface ListView {
  readonly strategies: readonly { readonly name: string; readonly summary: string; readonly origin: string; readonly claim: Claim }[];
  readonly obligations: readonly { readonly name: string; readonly reason: string }[];
  readonly features: readonly string[];
  readonly premises: readonly string[];
  readonly witnesses: readonly { readonly name: string; readonly meaning: string }[];
}

export function listDocument(view: ListView): object {
  return {
    schema: 'tocsin/list@1',
    strategies: view.strategies.map((it) => ({ name: it.name, summary: it.summary, origin: it.origin, claim: claimText(it.claim) })),
    obligations: view.obligations.map((it) => ({ name: it.name, reason: it.reason })),
    features: view.features,
    premises: view.premises,
    witnesses: view.witnesses.map((it) => ({ name: it.name, meaning: it.meaning })),
  };
}

function findingDocument(finding: Finding, file: string | null): object {
  const { violation, signature, certificate, provenance } = finding;
  return {
    obligation: violation.obligation, withinClaim: finding.withinClaim, needs: finding.needs,
    signature: { strategy: signature.strategy, obligation: signature.obligation, edge: signature.edge, place: signature.place },
    token: finding.token, file, ...sizeOf(finding.scenario), original: sizeOf(finding.original),
    afterTrials: finding.afterTrials, sentence: finding.sentence,
    address: violation.address, subject: violation.subject, expected: violation.expected, found: violation.found, step: violation.step,
    origin: originOf(finding), provenance, certificate,
  };
}

/** The `fuzz` document. `fileOf` tells where a finding was written; null: nowhere. */
export function fuzzDocument(report: FuzzReport, interrupted: boolean, exit: number, fileOf: (finding: Finding) => string | null): object {
  return {
    schema: 'tocsin/fuzz@1',
    seed: report.seed, runs: report.runs, blocks: report.blocks, modelHash: report.modelHash, generator: report.generator,
    features: report.features, interrupted,
    strategies: report.strategies.map((it) => ({
      name: it.name, hash: it.hash, claim: claimText(it.claim), outcome: it.outcome, asClaimed: it.asClaimed,
      trials: it.trials, within: it.within, notApplicable: it.notApplicable, notApplicableObligations: it.notApplicableObligations, outOfBudget: it.outOfBudget, undecided: it.undecided,
      instructions: it.instructions,
      findings: it.findings.map((finding) => findingDocument(finding, fileOf(finding))),
      signatures: it.signatures, unseen: it.unseen, assumptions: it.assumptions,
    })),
    witnesses: report.witnesses, missingWitnesses: report.missingWitnesses,
    canaries: report.canaries, compared: report.compared, faults: report.faults, faultCount: report.faultCount,
    reasons: report.reasons, exit,
  };
}
