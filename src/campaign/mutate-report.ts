/** What `mutate` found, as plain data. */
import type { Claim } from '../contract/claim.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { HookingStyle } from '../kernel/core.ts';
import type { Part } from './exhaust-task.ts';
import type { MutantBound } from './mutant-bound.ts';
import type { Phase } from './mutant-corpus.ts';
import type { FaultKind } from './mutant-fault.ts';

/** Reviewed reasons why a mutant that nothing caught is one that nothing could: by strategy and mutant's name. */
export type Reviewed = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * `equivalent`: proved. `equivalent-to-bound`: nothing that was run, every scenario of an exhaustive bound among it, tells it from the original, not even
 * a witness, and someone has said why. `survived`: the same without a reason, or with a difference.
 */
export type MutantOutcome = 'caught' | 'equivalent' | 'equivalent-to-bound' | 'survived';

export interface MutantRow {
  readonly mutant: string;
  readonly kind: FaultKind;
  /** The styles of hooking in which it is judged: those that run the code that the fault is in. */
  readonly hooked: readonly HookingStyle[];
  /** With its code; its name is the mutant's file name. */
  readonly strategy: Strategy;
  /** Names of faults that come to the same bytes. */
  readonly also: readonly string[];
  readonly outcome: MutantOutcome;
  /** Of a caught one. */
  readonly caught?: {
    readonly obligation: ObligationName;
    readonly hooked: HookingStyle;
    readonly phase: Phase;
    /** Trials of this mutant within the claim, up to and including that one, both phases and all its styles. */
    readonly afterTrials: number;
    /** Of them with interrupts. */
    readonly withInterrupts: number;
    /** By a scenario of the bound. There one that is interrupted everywhere is one trial. */
    readonly inBound: boolean;
    readonly token: string;
    readonly sentence: string;
    readonly needsInterrupt: boolean;
  };
  /** Of an equivalent one. */
  readonly proof?: 'same bytes' | 'same effect';
  /** Of one that is equal to the bound. */
  readonly reason?: string;
  /** Of a survivor: runs that ended out of budget or undecided, and the first witness in which it differs from the original. */
  readonly open?: number;
  readonly differs?: string;
}

/** One part of the bound, as far as it was run. */
export interface BoundPart {
  readonly hooked: HookingStyle;
  readonly part: Part;
  /** Scenarios, counted by another road than the enumeration. */
  readonly expected: number;
  readonly enumerated: number;
  /** All of it was run. It is not where everybody was caught before its end. */
  readonly complete: boolean;
  /** Of those the ones that the claim speaks of and on which the original holds. */
  readonly within: number;
  /** Single interrupts, or switches, that the original was given in them; a mutant is given as many, but for instructions that it has more or less. */
  readonly interrupts: number;
  /** Scenarios and single interrupts under which the original does not end. */
  readonly undecided: number;
}

/** The exhaustive bound over which those were run that nothing had caught and no proof spoke of. */
export interface ExhaustiveFacts {
  readonly bound: MutantBound;
  /** How many those were. */
  readonly suspects: number;
  /** Of each style in which somebody is left. */
  readonly parts: readonly BoundPart[];
  /** Whoever is left has met all of it. Nobody is where everybody was caught before its end. */
  readonly complete: boolean;
}

export interface Sample extends Readonly<Record<Phase, { readonly corpus: number; readonly generated: number }>> {
  readonly hooked: HookingStyle;
}

export interface StrategyMutants {
  readonly name: string;
  readonly claim: Claim;
  /** Faults made; of them those that do not assemble, which are no mutants. Mutants are counted once per sequence of bytes. */
  readonly made: number;
  readonly unassembled: number;
  readonly rows: readonly MutantRow[];
  /** Styles of hooking in which it is judged. */
  readonly hooked: readonly HookingStyle[];
  /**
   * Scenarios of the sample of each style, which every survivor has met: stored ones and neighbours, and generated ones, by phase; those outside the
   * claim are drawn and not tried.
   */
  readonly samples: readonly Sample[];
  /** null: nobody was left for it. */
  readonly exhaustive: ExhaustiveFacts | null;
  /** The strategy breaks its own claim: there is nothing to hold its mutants against. */
  readonly refuted?: { readonly obligation: ObligationName; readonly phase: Phase; readonly scenario: string };
  /** Reviewed names that are no mutant, or need no reason any more. */
  readonly staleReasons: readonly string[];
}

export interface MutateReport {
  readonly seed: bigint;
  readonly features: readonly string[];
  readonly kinds: readonly FaultKind[];
  readonly strategies: readonly StrategyMutants[];
  readonly exit: 0 | 1 | 3 | 4;
  readonly reasons: readonly string[];
}

export const countOf = (rows: readonly MutantRow[], outcome: MutantOutcome): number => rows.filter((it) => it.outcome === outcome).length;

/**
 * Exit code and why: a refuted claim or a survivor is 1; where a survivor's runs did not all end, nothing is decided: 3; an enumeration that is not what
 * it should be is 4.
 */
export function rulingOf(strategies: readonly StrategyMutants[]): Pick<MutateReport, 'exit' | 'reasons'> {
  const reasons: string[] = [];
  let failed = false;
  let open = false;
  let wrong = false;
  for (const { name, rows, refuted, exhaustive } of strategies) {
    for (const { hooked, part, expected, enumerated, complete } of exhaustive?.parts ?? []) {
      if (!complete || enumerated === expected) continue;
      wrong = true;
      reasons.push(`${name}: ${enumerated} scenarios were enumerated (${part}, ${hooked}), ${expected} expected`);
    }
    if (refuted !== undefined) {
      failed = true;
      reasons.push(`${name} breaks ${refuted.obligation} within its own claim (${refuted.scenario}): its mutants were not judged`);
    }
    const survivors = rows.filter((it) => it.outcome === 'survived');
    const undecided = survivors.filter((it) => (it.open ?? 0) > 0).length;
    if (survivors.length > undecided) failed = true;
    if (undecided > 0) open = true;
    const left = undecided === 0 ? '' : `, ${undecided} of them with runs that did not end`;
    if (survivors.length > 0) reasons.push(`${name}: ${survivors.length} of ${rows.length} mutants survive without a reviewed reason${left}`);
  }
  return { exit: wrong ? 4 : failed ? 1 : open ? 3 : 0, reasons };
}
