/** The library's face. Needs no Node: everything here runs in a browser as well. */

// What a strategy is, and what is asked of it.
export type { CodePoint, Strategy, StrategyCode, StrategyState } from './contract/strategy.ts';
export { CODE_POINTS } from './contract/strategy.ts';
export type { Assumption, Claim, Premise } from './contract/claim.ts';
export { PREMISES } from './contract/claim.ts';
export { claimText, parseClaim } from './contract/claim-text.ts';
export type { ObligationName } from './contract/obligations.ts';
export { OBLIGATIONS } from './contract/obligations.ts';
export type { Outcome, ReturnEdge, Signature, Verdict, Violation } from './contract/verdict.ts';
export { parseStrategyText } from './contract/strategy-text.ts';
export { validateStrategy } from './contract/validate-strategy.ts';
export { StrategyError } from './contract/strategy-error.ts';
export { WITNESSES } from './contract/witnesses.ts';
export { BUILT_IN } from './strategies/index.ts';

// Scenarios: data, arbitraries, text.
export type { Anchor, Body, Call, CallKind, EntryShape, Interrupt, ModuleName, Place, Region, Replacement, Scenario, ScenarioFunction } from './scenario/scenario.ts';
export { BOUNDS } from './scenario/scenario.ts';
export type { Feature } from './scenario/features.ts';
export { FEATURES } from './scenario/features.ts';
export { featuresOf } from './scenario/features-of.ts';
export { canonical } from './scenario/canonical.ts';
export { validateScenario } from './scenario/validate.ts';
export { parseScenario, printScenario } from './scenario/notation.ts';
export type { ScenarioOptions } from './arbitraries/scenario.ts';
export { ScenarioArbitrary, scenarioArbitrary } from './arbitraries/scenario.ts';
export { idiomaticArbitrary } from './arbitraries/idiomatic.ts';
export { GENERATOR_VERSION, scenarioAt } from './arbitraries/seeded.ts';

// Trials, and a claim as a property.
export type { StrategyHoldsOptions } from './campaign/strategy-holds.ts';
export { strategyHolds } from './campaign/strategy-holds.ts';
export type { MemoryWrite, RegisterChange, TraceStep } from './trial/record.ts';
export type { TrialOptions } from './trial/trials.ts';
export { Trials } from './trial/trials.ts';

// Tokens and counterexample files.
export type { TokenContent } from './case/token.ts';
export { decodeToken, encodeToken } from './case/token.ts';
export type { CaseFile } from './case/file.ts';
export { parseCase, printCase } from './case/file.ts';

// The machine, the assembler.
export type { AssembleOptions, Assembly } from './isa/assemble.ts';
export { AssemblyError, assemble } from './isa/assemble.ts';
export { disassemble } from './isa/disassemble.ts';
export { KERNEL_SYMBOLS, setLines } from './kernel/symbols.ts';
export { ACCESS, AddressSpace } from './image/space.ts';
export type { Observer, Stop } from './machine/observer.ts';
export { Machine } from './machine/machine.ts';
