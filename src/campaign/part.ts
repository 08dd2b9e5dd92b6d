/**
 * A part of a campaign, read back from its `fuzz` document, which may be hostile. Read are the facts that the other fields follow from; whoever
 * reads it writes the document again (`merge.ts`, `report/documents.ts`) and compares, so that nothing in it goes unlooked at.
 */
import { decodeToken, TokenError } from '../case/token.ts';
import type { Assumption, Claim } from '../contract/claim.ts';
import { ClaimError, parseClaim } from '../contract/claim-text.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import { WITNESSES } from '../contract/witnesses.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Size } from '../scenario/size.ts';
import { assumptionsOf } from './assumptions.ts';
import type { Hunt } from './canary.ts';
import { COUNTS, MOST_BLOCKS, MOST_SITES, readCounts, readFault, readFirst, readIdentity, readSignature, readSituations } from './checkpoint.ts';
import type { Identity } from './checkpoint.ts';
import { CampaignError } from './error.ts';
import type { FindingFacts, Located } from './finding.ts';
import type { Counted } from './fold.ts';
import type { Fields } from './reader.ts';
import { fields, flag, list, member, members, natural, schemaOf, text, word64, wrong } from './reader.ts';
import type { CanaryReport, FuzzReport } from './report.ts';
import { checkCounts } from './resume.ts';
import { MOST_SHARDS, blocksOf, runsBetween, shardText } from './shard.ts';
import { SITE_KINDS } from './shares.ts';
import type { SiteFacts } from './shares.ts';
import type { Described } from './strategy-report.ts';
import type { Fault, SignatureTally, StrategyTally } from './task.ts';

export const FUZZ_SCHEMA = 'tocsin/fuzz@1';
/** Bytes of a `fuzz` document, at most; one of all built-in strategies has some 300 thousand, with `--keep-going` twice as many. */
export const FUZZ_BYTES = 128 * 1024 * 1024;

const MOST = 100_000;
const OBLIGATION_NAMES = OBLIGATIONS.map((it) => it.name);

/** A finding, and where its file was written. */
export interface PartFinding extends FindingFacts {
  readonly file: string | null;
}

export interface Part extends Identity {
  readonly shard: FuzzReport['shard'];
  readonly keepGoing: boolean;
  readonly blocks: number;
  readonly strategies: readonly Described[];
  /** By position in `strategies`. */
  readonly counted: Counted;
  readonly findings: readonly PartFinding[];
  /** Findings that could not be made. */
  readonly unmade: readonly Fault[];
  readonly hunt: Hunt;
}

/** @param data a document that was parsed. Throws CampaignError with the JSON path; one that was interrupted is no part of anything. */
export function readPart(data: unknown): Part {
  schemaOf(data, FUZZ_SCHEMA);
  const whole = fields(data, '', ['schema', 'seed', 'runs', 'blocks', 'shard', 'modelHash', 'generator', 'features', 'keepGoing', 'interrupted', 'strategies',
    'witnesses', 'missingWitnesses', 'shown', 'shares', 'situations', 'canaries', 'compared', 'faults', 'faultCount', 'reasons', 'exit']);
  const identity = readIdentity(whole);
  const { shard, blocks, runs } = readExtent(whole);
  const read = list(whole['strategies'], 'strategies', 1_000, (it, path) => readStrategy(it, path, identity));
  read.forEach(({ tally, described }, index) => { checkCounts(tally, `strategies[${index}]`, described.claim, { first: shard.first, blocks, runs }); });
  const faults = list(whole['faults'], 'faults', MOST, readFault);
  const hunt: Hunt = { canaries: list(whole['canaries'], 'canaries', 100, readCanary), faults: faults.filter((it) => it.during === 'canaries') };
  const unmade = faults.filter((it) => it.during !== undefined && it.during !== 'canaries');
  const own = faults.filter((it) => it.during === undefined);
  const faultCount = natural(whole['faultCount'], 'faultCount') - unmade.length - hunt.faults.length;
  if (faultCount < own.length) throw new CampaignError(`faultCount: fewer than the ${faults.length} faults that are listed`);
  return {
    ...identity, shard, blocks, keepGoing: flag(whole['keepGoing'], 'keepGoing'), strategies: read.map((it) => it.described),
    counted: {
      runs, filtered: 0, compared: natural(whole['compared'], 'compared'), faults: own, faultCount, witnesses: readWitnesses(whole['witnesses'], 'witnesses'),
      shown: readWitnesses(whole['shown'], 'shown'), situations: readSituations(fields(whole['situations'], 'situations', ['once', 'more', 'unseen']), 'situations'),
      strategies: read.map((it, strategy) => ({ ...it.tally, strategy })),
    },
    findings: read.flatMap((it) => it.findings), unmade, hunt,
  };
}

/** Which blocks, and that their number is that of the shard. */
function readExtent(whole: Fields): Pick<Part, 'shard' | 'blocks'> & { readonly runs: number } {
  const it = fields(whole['shard'], 'shard', ['index', 'of', 'first', 'runs']);
  const all = natural(it['runs'], 'shard.runs', MOST_BLOCKS * 500);
  const shard = {
    index: natural(it['index'], 'shard.index', MOST_SHARDS), of: natural(it['of'], 'shard.of', MOST_SHARDS), first: natural(it['first'], 'shard.first', MOST_BLOCKS), runs: all,
  };
  const blocks = natural(whole['blocks'], 'blocks', MOST_BLOCKS);
  const runs = natural(whole['runs'], 'runs');
  if (shard.index < 1 || shard.index > shard.of) throw new CampaignError(`shard: ${shard.index} of ${shard.of}; expected from 1 to ${shard.of}`);
  const expected = blocksOf(all, shard);
  const named = `shard ${shardText(shard)} of ${all} runs`;
  if (shard.first !== expected.first) throw new CampaignError(`shard.first: ${shard.first}; ${named} begins with block ${expected.first}`);
  if (flag(whole['interrupted'], 'interrupted')) {
    throw new CampaignError(`it was interrupted after ${blocks} of ${expected.blocks} blocks; expected one that was completed (--checkpoint and --resume)`);
  }
  if (blocks !== expected.blocks) throw new CampaignError(`blocks: ${blocks}; ${named} has ${expected.blocks}`);
  const scenarios = runsBetween(shard.first, blocks, all);
  if (runs !== scenarios) throw new CampaignError(`runs: ${runs}; ${blocks} blocks from ${shard.first} on have ${scenarios}`);
  return { shard, blocks, runs };
}

interface ReadStrategy {
  readonly described: Described;
  readonly tally: Omit<StrategyTally, 'strategy'>;
  readonly findings: readonly PartFinding[];
}

function readStrategy(value: unknown, path: string, identity: Identity): ReadStrategy {
  const it = fields(value, path, ['name', 'hash', 'claim', 'outcome', 'asClaimed', 'within', 'byOutside', 'notApplicableObligations', 'findings', 'signatures', 'unseen',
    'assumptions', 'sites', ...COUNTS], ['bound']);
  const name = text(it['name'], `${path}.name`, 200);
  const claim = readClaim(it['claim'], `${path}.claim`);
  const assumptions = assumptionsOf(claim);
  const sites = list(it['sites'], `${path}.sites`, MOST_SITES, readSite);
  return {
    described: {
      name, hash: text(it['hash'], `${path}.hash`, 64), claim,
      notApplicableObligations: members(it['notApplicableObligations'], `${path}.notApplicableObligations`, OBLIGATION_NAMES), sites: sites.map((one) => one.facts),
    },
    tally: {
      ...readCounts(it, path), sites: sites.map((one) => one.shown),
      byOutside: list(it['byOutside'], `${path}.byOutside`, MOST, (one, at) => {
        const pair = fields(one, at, ['outside', 'trials']);
        return [readOutside(pair['outside'], `${at}.outside`, assumptions), natural(pair['trials'], `${at}.trials`)] as const;
      }),
      signatures: list(it['signatures'], `${path}.signatures`, MOST, (one, at) => readTallies(one, at, assumptions)).flat(),
    },
    findings: list(it['findings'], `${path}.findings`, MOST, (one, at) => readFinding(one, at, { name, assumptions, identity })),
  };
}

/** The rest of a site's fields follows from these. */
function readSite(value: unknown, path: string): { readonly facts: SiteFacts; readonly shown: number } {
  const it = fields(value, path, ['kind', 'place', 'least', 'allFeatures', 'from', 'shown', 'of', 'low', 'high', 'standing'], ['exempt']);
  const least = it['least'];
  if (typeof least !== 'number' || !(least > 0 && least < 1)) return wrong(`${path}.least`, least, 'a share above 0 and below 1');
  return {
    facts: {
      kind: member(it['kind'], `${path}.kind`, SITE_KINDS), place: text(it['place'], `${path}.place`, 200), least,
      allFeatures: flag(it['allFeatures'], `${path}.allFeatures`), ...(it['exempt'] === undefined ? {} : { exempt: text(it['exempt'], `${path}.exempt`, 1_000) }),
    },
    shown: natural(it['shown'], `${path}.shown`),
  };
}

function readClaim(value: unknown, path: string): Claim {
  try {
    return parseClaim(text(value, path, 2_000));
  } catch (error) {
    if (error instanceof ClaimError) throw new CampaignError(`${path}: ${error.message}`);
    throw error;
  }
}

/** Names of assumptions as a bit set. */
function readOutside(value: unknown, path: string, assumptions: readonly Assumption[]): number {
  return members(value, path, assumptions).reduce((mask, it) => mask + 2 ** assumptions.indexOf(it), 0);
}

function readTallies(value: unknown, path: string, assumptions: readonly Assumption[]): SignatureTally[] {
  const it = fields(value, path, ['signature', 'within', 'outside', 'afterTrials', 'seen']);
  const at = `${path}.signature`;
  const signature = readSignature(fields(it['signature'], at, ['strategy', 'obligation', 'edge', 'place']), at);
  return list(it['seen'], `${path}.seen`, MOST, (one, where) => {
    const seen = fields(one, where, ['outside', 'count', 'block', 'run', 'afterTrials']);
    return { ...signature, outside: readOutside(seen['outside'], `${where}.outside`, assumptions), ...readFirst(seen, where) };
  });
}

interface Around {
  readonly name: string;
  readonly assumptions: readonly Assumption[];
  readonly identity: Identity;
}

function readFinding(value: unknown, path: string, { name, assumptions, identity }: Around): PartFinding {
  const it = fields(value, path, ['obligation', 'withinClaim', 'needs', 'signature', 'token', 'file', 'functions', 'calls', 'patches', 'interrupts', 'original',
    'afterTrials', 'sentence', 'address', 'subject', 'expected', 'found', 'step', 'at', 'origin', 'provenance', 'certificate'], ['tasks', 'switches', 'transitions', 'cause', 'expectedSymbol', 'foundSymbol']);
  const at = (field: string): string => `${path}.${field}`;
  const words = (field: string, most: number): string => text(it[field], at(field), most);
  const signature = readSignature(fields(it['signature'], at('signature'), ['strategy', 'obligation', 'edge', 'place']), at('signature'));
  const needs = members(it['needs'], at('needs'), assumptions);
  const { block, run } = fields(it['provenance'], at('provenance'), ['seed', 'block', 'run', 'features', 'generator']);
  const { tried, what, complete } = fields(it['certificate'], at('certificate'), ['tried', 'what', 'complete']);
  const token = words('token', 4_000);
  return {
    strategy: name, signature: { strategy: name, ...signature }, withinClaim: needs.length === 0, needs,
    violation: {
      obligation: signature.obligation, address: word64(it['address'], at('address')), subject: words('subject', 200),
      expected: word64(it['expected'], at('expected')), found: word64(it['found'], at('found')), step: natural(it['step'], at('step')),
    },
    at: readLocated(it['at'], at('at')), ...(it['cause'] === undefined ? {} : { cause: readLocated(it['cause'], at('cause')) }),
    ...(it['expectedSymbol'] === undefined ? {} : { expectedSymbol: words('expectedSymbol', 1_000) }),
    ...(it['foundSymbol'] === undefined ? {} : { foundSymbol: words('foundSymbol', 1_000) }),
    scenario: readToken(token, at('token')), drawn: readSize(it['original'], at('original')), token, file: it['file'] === null ? null : words('file', 8_000),
    provenance: {
      seed: String(identity.seed), block: natural(block, at('provenance.block')), run: natural(run, at('provenance.run')),
      features: identity.features, generator: identity.generator,
    },
    afterTrials: natural(it['afterTrials'], at('afterTrials')), sentence: words('sentence', 10_000),
    certificate: {
      tried: natural(tried, at('certificate.tried')), what: list(what, at('certificate.what'), MOST, (one, where) => text(one, where, 1_000)),
      complete: flag(complete, at('certificate.complete')),
    },
  };
}

function readToken(token: string, path: string): Scenario {
  try {
    return decodeToken(token).scenario;
  } catch (error) {
    if (error instanceof TokenError) throw new CampaignError(`${path}: ${error.message.replace(/^token: /, '')}`);
    throw error;
  }
}

function readSize(value: unknown, path: string): Size {
  const { functions, calls, patches, interrupts, tasks, switches, transitions } = fields(value, path, ['functions', 'calls', 'patches', 'interrupts'], ['tasks', 'switches', 'transitions']);
  return {
    functions: natural(functions, `${path}.functions`), calls: natural(calls, `${path}.calls`), patches: natural(patches, `${path}.patches`), interrupts: natural(interrupts, `${path}.interrupts`),
    ...(tasks === undefined ? {} : { tasks: natural(tasks, `${path}.tasks`) }), ...(switches === undefined ? {} : { switches: natural(switches, `${path}.switches`) }),
    ...(transitions === undefined ? {} : { transitions: natural(transitions, `${path}.transitions`) }),
  };
}

function readLocated(value: unknown, path: string): Located {
  const it = fields(value, path, ['address', 'symbol'], ['text']);
  return {
    address: word64(it['address'], `${path}.address`), symbol: text(it['symbol'], `${path}.symbol`, 1_000),
    ...(it['text'] === undefined ? {} : { text: text(it['text'], `${path}.text`, 1_000) }),
  };
}

function readCanary(value: unknown, path: string): CanaryReport {
  const it = fields(value, path, ['name', 'trials', 'caught'], ['afterTrials']);
  return {
    name: text(it['name'], `${path}.name`, 200), trials: natural(it['trials'], `${path}.trials`), caught: flag(it['caught'], `${path}.caught`),
    ...(it['afterTrials'] === undefined ? {} : { afterTrials: natural(it['afterTrials'], `${path}.afterTrials`) }),
  };
}

function readWitnesses(value: unknown, path: string): number[] {
  const names = WITNESSES.map((it) => it.name);
  const counts = fields(value, path, names);
  return names.map((name) => natural(counts[name], `${path}.${name}`));
}
