/**
 * Where an exhaustive run stands, as JSON: which run it is, how many slices of each part are done, and what they came to. The smallest scenarios
 * are in it as tokens. Read back as input that may be hostile.
 */
import { decodeToken, TokenError } from '../case/token.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { ReturnEdge } from '../contract/verdict.ts';
import { measureOf } from '../enumerate/measure.ts';
import { CALL_KINDS } from '../scenario/scenario.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ForkCounts } from '../trial/forked.ts';
import { assumptionsOf } from './assumptions.ts';
import { CampaignError } from './error.ts';
import { caseToken, freshState } from './exhaust.ts';
import type { ExhaustState } from './exhaust.ts';
import type { ExhaustPlan } from './exhaust-plan.ts';
import { exhaustKey } from './exhaust-tally.ts';
import type { Tally } from './exhaust-tally.ts';
import { PARTS, SLICE } from './exhaust-task.ts';
import type { AboutResult, ExhaustSignature } from './exhaust-task.ts';
import { KEPT_FAULTS } from './fold.ts';
import { differenceOf, fields, list, member, natural, parseJson, schemaOf, text, wrong } from './reader.ts';
import type { Fault } from './task.ts';

export const EXHAUST_CHECKPOINT_SCHEMA = 'tocsin/exhaust-checkpoint@1';
/** Bytes of a checkpoint file, at most. */
export const EXHAUST_CHECKPOINT_BYTES = 32 * 1024 * 1024;

const OBLIGATION_NAMES = OBLIGATIONS.map((it) => it.name);
const EDGES: readonly ReturnEdge[] = [...CALL_KINDS, 'root', 'none'];
const FAULTS = ['program', 'not-deterministic', 'invalid', 'crash', 'not-reproduced'] as const satisfies readonly Fault['kind'][];
const COUNTS = ['trials', 'notApplicable', 'open', 'openWithin', 'instructions', 'compared'] as const;
const FORKS = [
  'boundaries', 'unnamed', 'interrupts', 'violated', 'different', 'long', 'cut', 'instructions',
] as const satisfies readonly (keyof ForkCounts)[];
const MOST_SIGNATURES = 10_000;
const MOST_TEXT = 2_000;

/** What must be the same for a run to go on: everything that its result is a function of. */
function identity(plan: ExhaustPlan, about: AboutResult): object {
  return {
    bound: plan.setup.bound, interrupts: plan.setup.interrupts, switches: plan.setup.switches, pairs: plan.setup.pairs, slice: SLICE, modelHash: about.modelHash,
    strategies: plan.strategies.map((it, index) => ({ name: it.name, hash: about.hashes[index] })),
  };
}

/** One line. */
export function printExhaustCheckpoint(plan: ExhaustPlan, about: AboutResult, state: ExhaustState): string {
  return `${JSON.stringify({
    schema: EXHAUST_CHECKPOINT_SCHEMA, ...identity(plan, about),
    faultCount: state.faultCount, faults: state.faults,
    parts: state.parts.map(({ plan: { part }, next, scenarios, tallies }) => ({
      part, next, scenarios,
      strategies: tallies.map(({ data }, index) => ({
        ...data,
        signatures: data.signatures.map(({ smallest, ...it }) => ({
          ...it, index: smallest.index, turn: smallest.turn,
          token: caseToken(plan.strategies[index]!, about.hashes[index]!, it, smallest.scenario),
        })),
      })),
    })),
  })}\n`;
}

/** The state that a checkpoint holds. Throws CampaignError with the JSON path, also where it is one of another run. */
export function parseExhaustCheckpoint(source: string, plan: ExhaustPlan, about: AboutResult): ExhaustState {
  const data = parseJson(source);
  schemaOf(data, EXHAUST_CHECKPOINT_SCHEMA);
  const whole = fields(data, '', ['schema', 'bound', 'interrupts', 'switches', 'pairs', 'slice', 'modelHash', 'strategies', 'faultCount', 'faults', 'parts']);
  const { bound, interrupts, switches, pairs, slice, modelHash, strategies } = whole;
  const difference = differenceOf({ bound, interrupts, switches, pairs, slice, modelHash, strategies }, JSON.parse(JSON.stringify(identity(plan, about))));
  if (difference !== undefined) throw new CampaignError(`it is of another run: ${difference}`);
  const state = freshState(plan);
  state.faultCount = natural(whole['faultCount'], 'faultCount');
  state.faults.push(...list(whole['faults'], 'faults', KEPT_FAULTS, readFault));
  if (state.faults.length > state.faultCount) wrong('faultCount', state.faultCount, `at least ${state.faults.length}`);
  const parts = list(whole['parts'], 'parts', PARTS.length, (item, path) => fields(item, path, ['part', 'next', 'scenarios', 'strategies']));
  if (parts.length !== state.parts.length) wrong('parts', parts, `${state.parts.length} of them`);
  state.parts.forEach((part, i) => {
    const path = `parts[${i}]`;
    const read = parts[i]!;
    member(read['part'], `${path}.part`, [part.plan.part]);
    part.next = natural(read['next'], `${path}.next`, part.plan.slices);
    part.scenarios = natural(read['scenarios'], `${path}.scenarios`);
    const due = Math.min(part.plan.expected, part.next * SLICE[part.plan.part]);
    if (part.scenarios !== due) wrong(`${path}.scenarios`, part.scenarios, `${due}, which is what so many slices have`);
    const tallies = list(read['strategies'], `${path}.strategies`, plan.strategies.length, (item, at) => ({ item, at }));
    if (tallies.length !== plan.strategies.length) wrong(`${path}.strategies`, tallies, `${plan.strategies.length} of them`);
    tallies.forEach(({ item, at }, strategy) => {
      const accused = plan.strategies[strategy]!;
      readTally(part.tallies[strategy]!, item, at, {
        assumptions: assumptionsOf(accused.claim).length, scenarios: part.scenarios,
        token: (it, scenario) => caseToken(accused, about.hashes[strategy]!, it, scenario),
      });
    });
  });
  return state;
}

interface Known {
  readonly assumptions: number;
  readonly scenarios: number;
  readonly token: (it: Pick<ExhaustSignature, 'obligation' | 'edge' | 'place'>, scenario: Scenario) => string;
}

function readTally(tally: Tally, item: unknown, path: string, known: Known): void {
  const { assumptions } = known;
  const most = 2 ** assumptions - 1;
  const read = fields(item, path, [...COUNTS, 'forks', 'byOutside', 'signatures']);
  for (const name of COUNTS) tally[name] = natural(read[name], `${path}.${name}`);
  if (read['forks'] !== null) {
    const forks = fields(read['forks'], `${path}.forks`, FORKS);
    tally.forks = Object.fromEntries(FORKS.map((name) => [name, natural(forks[name], `${path}.forks.${name}`)])) as unknown as ForkCounts;
  }
  for (const [outside, trials] of list(read['byOutside'], `${path}.byOutside`, 2 ** assumptions, pair)) {
    if (outside > most || tally.byOutside.has(outside)) wrong(`${path}.byOutside`, outside, `sets of ${assumptions} assumptions, none twice`);
    tally.byOutside.set(outside, trials);
  }
  const sum = [...tally.byOutside.values()].reduce((a, b) => a + b, 0);
  if (tally.notApplicable > known.scenarios) wrong(`${path}.notApplicable`, tally.notApplicable, `at most ${known.scenarios}, which is how many scenarios there were`);
  if (sum !== tally.trials) wrong(`${path}.byOutside`, sum, `${tally.trials} trials together`);
  for (const signature of list(read['signatures'], `${path}.signatures`, MOST_SIGNATURES, (one, at) => readSignature(one, at, known))) {
    if (signature.outside > most) wrong(`${path}.signatures`, signature.outside, `sets of ${assumptions} assumptions`);
    const key = exhaustKey(signature);
    if (tally.signatures.has(key)) {
      throw new CampaignError(`${path}.signatures: ${signature.obligation} at ${signature.edge} in ${signature.place} twice`);
    }
    tally.signatures.set(key, signature);
  }
}

function pair(item: unknown, path: string): readonly [number, number] {
  const both = list(item, path, 2, (one, at) => natural(one, at));
  if (both.length !== 2) wrong(path, item, 'a pair');
  return [both[0]!, both[1]!];
}

function readSignature(item: unknown, path: string, { scenarios, token: tokenOf }: Known): ExhaustSignature {
  const read = fields(item, path, ['obligation', 'edge', 'place', 'outside', 'count', 'index', 'turn', 'token']);
  const it = {
    obligation: member(read['obligation'], `${path}.obligation`, OBLIGATION_NAMES), edge: member(read['edge'], `${path}.edge`, EDGES),
    place: text(read['place'], `${path}.place`, MOST_TEXT),
    outside: natural(read['outside'], `${path}.outside`), count: natural(read['count'], `${path}.count`),
  };
  const token = text(read['token'], `${path}.token`, MOST_TEXT);
  let scenario: Scenario;
  try {
    ({ scenario } = decodeToken(token));
  } catch (error) {
    if (error instanceof TokenError) throw new CampaignError(`${path}.token: ${error.message}`);
    throw error;
  }
  // The token says who is accused of what; it must be this.
  if (tokenOf(it, scenario) !== token) throw new CampaignError(`${path}.token: it is of another strategy, obligation or place`);
  const index = natural(read['index'], `${path}.index`, Math.max(0, scenarios - 1));
  return { ...it, smallest: { scenario, measure: measureOf(scenario), index, turn: natural(read['turn'], `${path}.turn`) } };
}

function readFault(item: unknown, path: string): Fault {
  const read = fields(item, path, ['kind', 'block', 'run', 'message'], ['strategy']);
  return {
    kind: member(read['kind'], `${path}.kind`, FAULTS), block: natural(read['block'], `${path}.block`), run: natural(read['run'], `${path}.run`),
    message: text(read['message'], `${path}.message`, MOST_TEXT),
    ...(read['strategy'] === undefined ? {} : { strategy: text(read['strategy'], `${path}.strategy`, MOST_TEXT) }),
  };
}
