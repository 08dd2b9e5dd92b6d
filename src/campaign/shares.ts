/**
 * What a campaign must have been at, and how often: witnesses by the share of scenarios that showed them, sites of a strategy's own code by the
 * share of its trials. A share is decided as QuickCheck's `checkCoverage` does it, by Wilson's interval at a certainty of 1e9: met, missed, or
 * undecided, which more scenarios decide. Besides, what was never seen is missing once so many have been made that a share of `least` would
 * have shown it, but for one time in 1e9.
 */
import type { WitnessName } from '../contract/witnesses.ts';
import type { Feature } from '../scenario/features.ts';
import { FEATURES } from '../scenario/features.ts';
import { SHARES_FROM, WITNESSES, siteText } from '../contract/witnesses.ts';
import { LOCAL_ENTRY } from '../image/sites.ts';
import type { Site, SiteKind } from '../image/sites.ts';
import { rounded, standingOf, trialsUntilSeen, wilson } from './statistics.ts';

/**
 * The least share of scenarios of the generator's own distribution, all features on, that must show a witness. Measured with one strategy on trial
 * (livepatch-stack, mini-frame, manual-restore, branch-only, manual-restore-slot) in 4,000 scenarios each, with all features and without each one that the witness
 * does not need: each is a third of the least share seen, or less. With fewer features on nothing is asked but that they be seen.
 */
export const LEAST_SHARE: Partial<Readonly<Record<WitnessName, number>>> = {
  'hooked-calls': 0.5, 'interrupts-in-hook': 0.005, 'patched-local': 0.1, 'patched-global': 0.08, 'patched-indirect': 0.1, 'hoisted-slot-calls': 0.01,
  'calls-sibling': 0.05, 'calls-stub-sibling': 0.02, 'nested-hooks': 0.05, 'patched-recursion': 0.02, callbacks: 0.03, 'hooked-stack-arguments': 0.05,
  'variadic-calls': 0.05, 'far-calls': 0.05, 'single-entry-calls': 0.05, 'caller-saved-toc-calls': 0.05, 'zone-leaves': 0.05, 'nonvolatile-users': 0.1,
  'patched-core-calls': 0.05, 'interrupts-nested': 0.01, 'irq-stack-runs': 0.03,
  // Least seen: 0.047, 0.004, 0.053 and 0.0013 (with all features, and without each of nine, in 4,000 and 1,500 scenarios), 0.027 and 0.007.
  'task-switches': 0.015, 'preempted-in-hook': 0.0013, 'sleeps-under-hook': 0.017, 'migrations-in-hook': 0.0004, 'walks-under-hook': 0.007, 'hooked-on-emergency-stack': 0.002,
  // Least seen: 0.0175 (five strategies, 4,000 scenarios each, all features).
  'looked-at-under-hook': 0.005,
  // 0.11 and 0.12 of 3,000 scenarios with all features, and less where fewer are in a world.
  'return-hooks-under-hook': 0.03, 'exits-under-hook': 0.03,
  // 0.071 and 0.079.
  'kretprobes-under-hook': 0.02,
  // 0.16 and 0.073 of 60,000 and of 4,000.
  'hooked-out-of-line': 0.05, 'untraced-calls': 0.02,
  'hook-depth-0': 0.5, 'hook-depth-1': 0.05, 'hook-depth-2': 0.01, 'hook-depth-3': 0.002,
  'patched-sibling': 0.03, 'patched-stub-sibling': 0.015,
  'original-unpatched-local': 0.04, 'original-unpatched-global': 0.02, 'original-unpatched-indirect': 0.04, 'original-unpatched-sibling': 0.01,
  'original-patched-global': 0.05, 'original-patched-indirect': 0.1,
  'replacement-unpatched-local': 0.04, 'replacement-unpatched-global': 0.04, 'replacement-unpatched-indirect': 0.04, 'replacement-unpatched-sibling': 0.01,
  'replacement-unpatched-stub-sibling': 0.015, 'replacement-patched-global': 0.02, 'replacement-patched-indirect': 0.02,
};

/** Each call kind under each patch state, and nesting: required with all features, from as many scenarios on as its least share says. */
export const STATE_WITNESSES: readonly WitnessName[] = WITNESSES.map((it) => it.name)
  .filter((name) => /^(hook-depth|original|replacement)-/.test(name) || name === 'patched-sibling' || name === 'patched-stub-sibling');

/** From how many scenarios on a witness of STATE_WITNESSES is missing when it was never seen. */
export function requiredFrom(name: WitnessName): number {
  return Math.max(SHARES_FROM, trialsUntilSeen(LEAST_SHARE[name] ?? 1));
}

export const SITE_KINDS: readonly SiteKind[] = ['interrupt', 'taken', 'not-taken'];

/** A site as documents have it: what is asked of it does not depend on the campaign. */
export interface SiteFacts {
  readonly kind: SiteKind;
  readonly place: string;
  /** Least share of trials. */
  readonly least: number;
  /** Only with all features on: without some of them no call may come by. */
  readonly allFeatures: boolean;
  readonly exempt?: string;
}

/**
 * The share of trials that have an interrupt before an instruction, at least. Measured in 150,000 scenarios of all built-in strategies: 0.4 % of what
 * every hooked call runs, in any feature set that has interrupts (1 in 1,000 is asked for, so one is required from 20,713 trials on); 0.17 % behind a
 * conditional branch (1 in 5,000); 0.023 % in the entry of a replacement with one entry, 0.022 % at a replacement's local entry (which only its call of
 * itself enters), and 0.037 % in an ftrace entry of the strategy's own, of 60 instructions (1 in 20,000). In 60,000 scenarios of four strategies 0.13 % in a
 * handler for hooks out of line, and 0.03 % behind its conditional branches (1 in 20,000); 0.008 % where that ftrace entry goes on when tracing is
 * off (1 in 100,000). Where such an entry is out of line, 30,000 scenarios had an interrupt at each of its first 60 instructions in 0.02 %, and one scenario in six hooks so (1 in 600,000
 * where tracing is off). The generator's short steps end at 13 (59 in
 * ftrace entry, 3 at a local entry), those up to 63 are 40 times as rare, those up to 255 a thousand times (arbitraries/dice.ts, drawStep).
 */
export function siteFacts({ kind, place, point, step, conditional, exempt }: Site): SiteFacts {
  const local = place.startsWith(LOCAL_ENTRY);
  const second = point === 'livepatch_handler_ool', entry = point === 'ftrace_entry' || point === 'ftrace_entry_ool';
  const rare = local || second || point === 'replacement_single_entry' || point === 'traced_global_entry' || entry;
  const untraced = place.startsWith(UNTRACED_LABEL) && kind === 'interrupt';
  const base = untraced ? (point === 'ftrace_entry' ? 100_000 : 600_000) : rare && (kind === 'interrupt' || second) ? 20_000 : kind === 'interrupt' && !conditional ? 1_000 : 5_000;
  const short = entry ? 59 : local ? 3 : 13;
  // What is long at a local entry is met in one step of so many, of one call in so few.
  const factor = kind !== 'interrupt' || step <= short ? 1 : step <= 63 && !local ? 40 : 1_000;
  return { kind, place, least: 1 / (base * factor), allFeatures: conditional, ...(exempt === undefined ? {} : { exempt }) };
}

/** In an ftrace entry: what runs where tracing is off (kernel/ftrace.ts). */
const UNTRACED_LABEL = 'ftrace_no_trace';

export type Standing =
  | 'met' | 'missed' | 'undecided'
  /** never, in as many trials as it is required from */
  | 'unseen'
  /** need not be seen, and was not; or was, so that the reason is wrong */
  | 'exempt' | 'contradicted'
  /** the features that are on do not ask for it */
  | 'off';

export interface Share {
  /** So many of `of` showed it. */
  readonly shown: number;
  readonly of: number;
  /** Ends of Wilson's interval at a certainty of 1e9, to 4 digits, outwards. */
  readonly low: number;
  readonly high: number;
  readonly least: number;
  readonly standing: Standing;
}

export interface WitnessShare extends Share {
  readonly name: string;
}

export interface SiteShare extends Share, SiteFacts {
  /** From so many trials on it must have been seen. */
  readonly from: number;
}

function shareOf(shown: number, of: number, least: number, from: number): Share {
  const interval = wilson(shown, of);
  return {
    shown, of, low: rounded(interval.low, 'down'), high: rounded(interval.high, 'up'), least,
    standing: shown === 0 && of >= from ? 'unseen' : standingOf(interval, least),
  };
}

/** @param names of witnesses that are required in so many scenarios */
export function witnessShares(names: readonly string[], shown: Readonly<Record<string, number>>, runs: number, features: readonly Feature[]): WitnessShare[] {
  if (runs < SHARES_FROM || features.length < FEATURES.length) return [];
  return names.flatMap((name) => {
    const least = LEAST_SHARE[name as WitnessName];
    return least === undefined ? [] : [{ name, ...shareOf(shown[name] ?? 0, runs, least, 1) }];
  });
}

/** @param shown by index of the site */
export function siteShares(sites: readonly SiteFacts[], shown: readonly number[], trials: number, features: readonly Feature[]): SiteShare[] {
  return sites.map((site, index) => {
    const count = shown[index] ?? 0;
    const from = trialsUntilSeen(site.least);
    const share = { ...site, from, ...shareOf(count, trials, site.least, from) };
    if (site.exempt !== undefined) return { ...share, standing: count > 0 ? 'contradicted' : 'exempt' };
    const off = (site.kind === 'interrupt' && !features.includes('interrupt')) || (site.allFeatures && features.length < FEATURES.length);
    return off ? { ...share, standing: 'off' } : share;
  });
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`;

/** Why a campaign is inconclusive for a strategy's sites; one line each, at most 8. */
export function siteReasons(strategy: string, sites: readonly SiteShare[]): string[] {
  const lines = sites.flatMap((it): string[] => {
    switch (it.standing) {
      case 'unseen': return [`${strategy}: ${siteText(it)} was never seen in ${it.of} trials; it must be from ${it.from} on`];
      case 'missed': return [`${strategy}: ${siteText(it)} was seen in ${percent(it.low)} to ${percent(it.high)} of the trials; ${percent(it.least)} is required`];
      case 'contradicted': return [`${strategy}: ${siteText(it)} was seen in ${it.shown} trials and is exempt ("${it.exempt ?? ''}")`];
      default: return [];
    }
  });
  return lines.length <= 8 ? lines : [...lines.slice(0, 7), `${strategy}: ${lines.length - 7} more sites of its code were not seen often enough`];
}

export function shareReasons(shares: readonly WitnessShare[]): string[] {
  return shares.filter((it) => it.standing === 'missed')
    .map((it) => `the required witness ${it.name} was seen in ${percent(it.low)} to ${percent(it.high)} of the scenarios; ${percent(it.least)} is required`);
}
