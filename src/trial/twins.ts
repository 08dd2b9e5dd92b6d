/**
 * Which strategies have the same run as one that runs: where their pages differ in some words only, and wherever one of these words is come to the other's would do
 * the same to registers, memory and the way on (machine/effect.ts). Then both runs are the same state after state, in each instruction and each point, and so are
 * verdict and witnesses; nobody need run the other one.
 *
 * That goes for each of the runs that fork.ts makes, too. Of those that it does not make, since an interrupt left no trace, nothing was compared; but there the
 * registers are what they were (SRR0 and SRR1 excepted, which no word of a twin may read, and r13 on another CPU, which it uses in the same way as the
 * original's), and so is all memory that the rest reads: a twin's word reads no other, and what a narrower store leaves as it was counts as read (liveness.ts).
 */
import type { CorePage } from '../image/core-page.ts';
import type { StrategySet } from '../image/core.ts';
import { PAGE_WORDS } from '../image/space.ts';
import type { AddressSpace } from '../image/space.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { Effect, sameStore } from '../machine/effect.ts';
import { pacaUse, readsInterruptState } from './accesses.ts';
import type { Engine } from './engine.ts';

/** A word of another strategy's page, in the place of the original's. */
interface Stand { readonly strategy: number; readonly word: number }

export class Twins {
  readonly #engine: Engine;
  /** By style: nonzero for each strategy that may be a twin there. */
  readonly #candidates: Readonly<Record<HookingStyle, Uint8Array>>;
  /** By flat word of the original's pages. */
  readonly #stands = new Map<number, Stand[]>();
  /** Nonzero: not a twin in the runs that are watched. */
  readonly #apart: Uint8Array;
  readonly #own: Effect;
  readonly #other: Effect;

  /** `original`: index of the strategy that runs. */
  constructor(engine: Engine, original: number) {
    const { set, space, machine } = engine;
    this.#engine = engine;
    this.#own = new Effect(machine);
    this.#other = new Effect(machine);
    this.#apart = new Uint8Array(set.strategies.length).fill(1);
    const inStyle = (style: HookingStyle): Uint8Array => Uint8Array.from(set.strategies, (_, i) => (i !== original && this.#compare(set, space, original, i, style) ? 1 : 0));
    this.#candidates = { 'in-line': inStyle('in-line'), 'out-of-line': inStyle('out-of-line') };
    for (const pc of this.#stands.keys()) machine.marksSite(pc);
  }

  /** Runs of the original, of a scenario in that style, begin; the question is about these strategies (indexes). */
  begin(style: HookingStyle, strategies: readonly number[]): void {
    this.#apart.fill(1);
    for (const it of strategies) this.#apart[it] = this.#candidates[style][it] === 0 ? 1 : 0;
    this.#engine.machine.site = this.#look;
  }

  /** They are over. */
  end(): void {
    this.#engine.machine.site = () => undefined;
  }

  /** Its runs would have been the same as those between `begin` and `end`. */
  has(strategy: number): boolean {
    return this.#apart[strategy] === 0;
  }

  readonly #look = (pc: number): void => {
    const { machine, space } = this.#engine, own = space.words[pc]!;
    let looked = false;
    for (const { strategy, word } of this.#stands.get(pc)!) {
      if (this.#apart[strategy] !== 0) continue;
      let same = sameStore(machine, own, word);
      if (same === undefined) {
        if (!looked) this.#own.of(own);
        looked = true;
        same = this.#own.isMatchedBy(this.#other.of(word));
      }
      if (!same) this.#apart[strategy] = 1;
    }
  };

  /** Notes the words in which `other` differs. False: more than words is different, or there is no code for the style. */
  #compare(set: StrategySet, space: AddressSpace, original: number, other: number, style: HookingStyle): boolean {
    const own = pageOf(set, original, style), its = pageOf(set, other, style);
    if (own === undefined || its === undefined || set.variantOf[original] !== set.variantOf[other]) return false;
    if (!sameDeclarations(set.strategies[original]!, set.strategies[other]!) || !sameLayout(space, own, its)) return false;
    const differs = [...own.pristine.keys()].filter((i) => own.pristine[i] !== its.pristine[i]);
    if (differs.some((i) => readsInterruptState(its.pristine[i]!) || pacaUse(its.pristine[i]!) !== pacaUse(own.pristine[i]!))) return false;
    for (const i of differs) {
      const pc = own.page * PAGE_WORDS + i, stands = this.#stands.get(pc) ?? [];
      stands.push({ strategy: other, word: its.pristine[i]! });
      this.#stands.set(pc, stands);
    }
    return true;
  }
}

function pageOf(set: StrategySet, strategy: number, style: HookingStyle): CorePage | undefined {
  return style === 'in-line' ? set.pages[strategy] : set.outOfLine[strategy];
}

/** Everything that host and judge know of a strategy but its code. */
function sameDeclarations(one: Strategy, other: Strategy): boolean {
  const declared = ({ state, areas, pushes, pops, published, recovers }: Strategy): string =>
    JSON.stringify([state, areas, pushes, pops, published, recovers], (_, it: unknown) => (typeof it === 'bigint' ? String(it) : it));
  return declared(one) === declared(other);
}

/** The same labels and points at the same words. */
function sameLayout({ pointKind, pointData, textTag }: AddressSpace, one: CorePage, other: CorePage): boolean {
  const from = one.page * PAGE_WORDS, to = other.page * PAGE_WORDS;
  if (one.pristine.length !== other.pristine.length || one.tracingTest - from !== other.tracingTest - to || one.labels.size !== other.labels.size) return false;
  for (const [label, word] of one.labels) if (other.labels.get(label) !== word - from + to) return false;
  for (let i = 0; i < one.pristine.length; i++) {
    if (pointKind[from + i] !== pointKind[to + i] || pointData[from + i] !== pointData[to + i] || textTag[from + i] !== textTag[to + i]) return false;
  }
  return true;
}
