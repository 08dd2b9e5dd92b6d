/** From the first trial that showed a signature to a finding: minimised with the signature held fixed, run again, and described. */
import type { ScenarioArbitrary } from '../arbitraries/scenario.ts';
import { GENERATOR_VERSION } from '../arbitraries/seeded.ts';
import { encodeToken, shortHash, tokenPlace } from '../case/token.ts';
import type { TokenStrategy } from '../case/token.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import { inLinePlace } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { Signature, Violation } from '../contract/verdict.ts';
import { canonical } from '../scenario/canonical.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { sizeOf } from '../scenario/size.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { Classified, assumptionsOf, namesOf } from './assumptions.ts';
import type { Court } from './court.ts';
import type { Certificate, ExpectedVerdict, Finding, Located } from './finding.ts';
import { severityOf } from './fold.ts';
import { minimise } from './minimise.ts';
import { sentenceOf } from './sentence.ts';
import type { MinimiseResult, MinimiseTask } from './task.ts';

export interface Sources {
  readonly court: Court;
  readonly arbitrary: ScenarioArbitrary;
  /** As drawn. */
  readonly original: Scenario;
}

export function findCase({ court, arbitrary, original }: Sources, task: MinimiseTask): MinimiseResult {
  const { strategy, tally, drawing, candidates, any } = task;
  const accused = court.strategies[strategy];
  if (accused === undefined) throw new RangeError(`no strategy ${strategy}`);
  const { obligation, edge, place } = tally;
  const assumptions = assumptionsOf(accused.claim);
  const shown = (scenario: Scenario): Violation | undefined => {
    court.load(scenario);
    if (!court.applicable(strategy)) return undefined;
    const { violations } = court.run(strategy);
    if (any === undefined) return violations.find((it) => it.obligation === obligation && it.edge === edge && inLinePlace(it.place) === inLinePlace(place));
    return violations.filter((it) => any.includes(it.obligation)).sort((a, b) => severityOf(a.obligation) - severityOf(b.obligation))[0];
  };
  /** The same bug (or any that will do), of the same claim, and not the program's fault. It may be shown by the other style of hooking. */
  const shows = (candidate: Scenario): boolean => {
    // As it will be kept: where code lies may decide what a branch astray leads to.
    const scenario = canonical(candidate);
    const classified = new Classified(scenario);
    if ((classified.outside(assumptions) & ~tally.outside) !== 0) return false;
    if ((classified.features & ~arbitrary.allowed) !== 0 || !drawing.premises.every((it) => classified.satisfies(it))) return false;
    return shown(scenario) !== undefined && !court.isProgramFault();
  };
  const fault = (message: string): MinimiseResult => ({ kind: 'minimise', fault: { kind: 'not-reproduced', block: tally.block, run: tally.run, strategy: accused.name, message } });
  if (!shows(original)) return fault(`${obligation} at ${edge} in ${place} did not recur`);
  const { scenario, certificate } = candidates === 0 ? { scenario: canonical(original), certificate: UNTRIED } : minimise(original, {
    shows, candidates, allowed: arbitrary.allowed,
    shrink: function* (it) { for (const value of arbitrary.shrink(it)) yield value.value; },
  });
  const small = canonical(scenario);
  const violation = shown(small);
  if (violation === undefined) return fault(`${obligation} at ${edge} in ${place} does not recur in the minimised scenario`);
  const signature: Signature = { strategy: accused.name, obligation: violation.obligation, edge: violation.edge, place: violation.place };
  return { kind: 'minimise', finding: described(court, task, accused, { signature, violation: { ...violation }, scenario: small, original, certificate }) };
}

const UNTRIED: Certificate = { tried: 0, what: [], complete: false };

type Found = Pick<Finding, 'signature' | 'violation' | 'scenario' | 'original' | 'certificate'>;

function described(court: Court, { strategy, tally, drawing, given }: MinimiseTask, accused: Strategy, found: Found): Finding {
  const { scenario, violation, signature } = found;
  const assumptions = assumptionsOf(accused.claim);
  const needs = namesOf(new Classified(scenario).outside(assumptions), assumptions);
  const expected = expectedVerdicts(court, scenario);
  // Once more, for the names and texts of its program.
  const { instructions } = court.run(strategy);
  const located = (address: bigint): Located => {
    const text = court.textOf(address);
    return { address, symbol: court.symbolOf(address), ...(text === undefined ? {} : { text }) };
  };
  const at = located(violation.address);
  const cause = violation.cause === undefined || violation.cause === violation.address ? undefined : located(violation.cause);
  const expectedSymbol = nameOf(court, violation.expected);
  const foundSymbol = nameOf(court, violation.found);
  return {
    ...found, drawn: sizeOf(found.original), strategy: accused.name, withinClaim: needs.length === 0, needs, at, instructions, expected, afterTrials: tally.afterTrials,
    provenance: given?.provenance ?? { seed: String(drawing.seed), block: tally.block, run: tally.run, features: drawing.features, generator: GENERATOR_VERSION },
    ...(given !== undefined && given.provenance === undefined ? { handedIn: true } : {}),
    token: encodeToken({ scenario, strategy: named(accused, court.strategyHash(strategy)), signature: { obligation: signature.obligation, edge: signature.edge, place: tokenPlace(signature.place) } }),
    sentence: sentenceOf(violation, scenario, {
      at: at.symbol, ...(cause === undefined ? {} : { cause: cause.symbol }),
      ...(expectedSymbol === undefined ? {} : { expected: expectedSymbol }), ...(foundSymbol === undefined ? {} : { found: foundSymbol }),
    }),
    ...(cause === undefined ? {} : { cause }),
    ...(expectedSymbol === undefined ? {} : { expectedSymbol }), ...(foundSymbol === undefined ? {} : { foundSymbol }),
  };
}

/** The symbol of a value, where it is an address of something. */
function nameOf(court: Court, value: bigint): string | undefined {
  const symbol = court.symbolOf(value);
  return symbol.startsWith('0x') ? undefined : symbol;
}

/** Of every strategy of the workshop, on one scenario; a name that is there twice stands for the first. */
function expectedVerdicts(court: Court, scenario: Scenario): Record<string, ExpectedVerdict> {
  court.load(scenario);
  const verdicts: Record<string, ExpectedVerdict> = {};
  court.strategies.forEach(({ name }, index) => {
    if (Object.hasOwn(verdicts, name)) return;
    if (!court.applicable(index)) {
      verdicts[name] = { outcome: 'not-applicable', obligations: [] };
      return;
    }
    const { outcome, violations } = court.run(index);
    verdicts[name] = { outcome, obligations: OBLIGATIONS.map((it) => it.name).filter((it) => violations.some((one) => one.obligation === it)) };
  });
  return verdicts;
}

/** A user's strategy by its content, also where it has a built-in's name. */
function named(strategy: Strategy, hash: string): TokenStrategy {
  return BUILT_IN.includes(strategy) ? { kind: 'built-in', name: strategy.name } : { kind: 'user', hash: shortHash(hash) };
}
