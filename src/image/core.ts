/**
 * The set of strategies on trial: one core page each for each style of hooking that it has code for, the control hook's page, and the code variants of generated text. Assembled once;
 * switching from one strategy to another maps one page and unmaps another.
 */
import { hooksOutOfLine } from '../contract/strategy.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { hasFrameState, strategySymbols } from '../contract/state.ts';
import { CONTROL_HOOK, markControl } from './control.ts';
import { buildCorePage } from './core-page.ts';
import type { CorePage } from './core-page.ts';
import { strategyHash } from './hash.ts';
import { FIXED, PAGE } from './pages.ts';
import { HANDLER_CALL, ROOT_CALL } from './program.ts';
import type { ProgramImage } from './program.ts';
import { ACCESS, DIRTY_SHIFT, PAGE_SHIFT, PAGE_WORDS } from './space.ts';
import type { AddressSpace } from './space.ts';
import { CodeVariant, variantKey } from './templates.ts';

/** Index of the control hook, for `select` and `page`. */
export const CONTROL = -1;
const BLOCKS = 1 << PAGE_SHIFT - DIRTY_SHIFT;

export class StrategySet {
  readonly strategies: readonly Strategy[];
  readonly pages: readonly CorePage[];
  readonly control: CorePage;
  /** The same where profile sequences lie out of line; undefined: the strategy has no code for that. */
  readonly outOfLine: readonly (CorePage | undefined)[];
  readonly controlOutOfLine: CorePage;
  /** Generated code comes in so many variants; 0 is that of strategies without pieces in it. */
  readonly variants: readonly (CodeVariant | null)[];
  /** Index in `variants` of each strategy. */
  readonly variantOf: readonly number[];
  /** Strategies in the order in which to run all of them on one scenario is cheapest: by code variant. */
  readonly order: readonly number[];
  /** The page that is mapped. */
  current: CorePage;
  readonly #space: AddressSpace;
  readonly #programs: ProgramImage[] = [];

  /**
   * `space` has room for so many strategies (createSpace).
   * @throws AssemblyError when a strategy's text cannot be taken.
   */
  constructor(space: AddressSpace, strategies: readonly Strategy[]) {
    this.#space = space;
    this.strategies = strategies;
    this.pages = strategies.map((strategy, i) => buildCorePage(space, PAGE.CORE + i, strategy));
    this.control = buildCorePage(space, PAGE.CORE + strategies.length, CONTROL_HOOK);
    markControl(space, this.control);
    let next = PAGE.CORE + strategies.length + 1;
    this.controlOutOfLine = buildCorePage(space, next++, CONTROL_HOOK, 'out-of-line');
    this.outOfLine = strategies.map((strategy) => (hooksOutOfLine(strategy) ? buildCorePage(space, next++, strategy, 'out-of-line') : undefined));
    markControl(space, this.controlOutOfLine);
    const keys = [''];
    const variants: (CodeVariant | null)[] = [null];
    this.variantOf = strategies.map((strategy) => {
      const key = variantKey(strategy);
      const known = keys.indexOf(key);
      if (known >= 0) return known;
      variants.push(new CodeVariant(strategy, strategySymbols(strategy)));
      return keys.push(key) - 1;
    });
    this.variants = variants;
    // Pieces in originals first, which cost a lowering of their own; what the control hook runs last, since it often follows.
    const late = (strategy: number): number => (variants[this.variantOf[strategy]!]?.hasTracedEntry === true ? variants.length : this.variantOf[strategy]!);
    this.order = strategies.map((_, strategy) => strategy).sort((a, b) => late(b) - late(a) || a - b);
    this.current = this.control;
    this.select(CONTROL);
  }

  /** @throws RangeError for a style that the strategy has no code for. */
  page(strategy: number, style: HookingStyle = 'in-line'): CorePage {
    if (style === 'in-line') return strategy === CONTROL ? this.control : this.pages[strategy]!;
    const page = strategy === CONTROL ? this.controlOutOfLine : this.outOfLine[strategy];
    if (page === undefined) throw new RangeError(`${this.strategies[strategy]?.name ?? strategy} has no code for functions that are hooked out of line`);
    return page;
  }

  /** Every core page that there is. */
  get everyPage(): readonly CorePage[] {
    return [...this.pages, this.control, ...this.outOfLine.filter((page) => page !== undefined), this.controlOutOfLine];
  }

  /** Maps a strategy's core page (or the control hook's) in the place of the one before. */
  select(strategy: number, style: HookingStyle = 'in-line'): CorePage {
    const page = this.page(strategy, style), { pageAccess } = this.#space;
    if (page !== this.current || pageAccess[page.page] !== ACCESS.TEXT) {
      pageAccess[this.current.page] = ACCESS.NONE;
      pageAccess[page.page] = ACCESS.TEXT;
      this.#space.mappingVersion++;
      this.current = page;
    }
    this.#beside(strategy !== CONTROL && hasFrameState(this.strategies[strategy]!));
    for (const program of this.#programs) this.#bind(program);
    return page;
  }

  /** Maps or unmaps the memory for each frame, so that whoever goes astray there under a strategy without it finds nothing. */
  #beside(wanted: boolean): void {
    const { pageAccess } = this.#space, access = wanted ? ACCESS.DATA : ACCESS.NONE;
    if (pageAccess[PAGE.BESIDE] === access) return;
    pageAccess.fill(access, PAGE.BESIDE, FIXED.length);
    this.#space.mappingVersion++;
  }

  /** From now on `program` has the words of the selected page in its two context calls. A Lowering does this with its program. */
  attach(program: ProgramImage): void {
    if (!this.#programs.includes(program)) this.#programs.push(program);
    this.#bind(program);
  }

  #bind(program: ProgramImage): void {
    const { threadCall, threadReturn, interruptCall, interruptReturn } = this.current;
    program.callSite[ROOT_CALL] = threadCall;
    program.callLand[ROOT_CALL] = program.callResume[ROOT_CALL] = threadReturn;
    program.callSite[HANDLER_CALL] = interruptCall;
    program.callLand[HANDLER_CALL] = program.callResume[HANDLER_CALL] = interruptReturn;
  }

  /** Hash of all that a strategy is but its texts of words: its code as assembled, its declarations. 16 hexadecimal digits. */
  hashOf(strategy: number): string {
    return strategyHash(this.strategies[strategy]!, this.pages[strategy]!, this.outOfLine[strategy], this.variants[this.variantOf[strategy]!]!);
  }

  /** Rewrites core pages into which simulated code has stored. True: some were, and their decoded forms are stale. Needs AddressSpace.tracksDirty. */
  repair(): boolean {
    const { dirty, words } = this.#space;
    let repaired = false;
    for (const page of this.everyPage) {
      for (let i = page.page * BLOCKS; i < (page.page + 1) * BLOCKS; i++) {
        if (dirty[i] === 0) continue;
        words.fill(0, page.page * PAGE_WORDS, (page.page + 1) * PAGE_WORDS);
        words.set(page.pristine, page.page * PAGE_WORDS);
        dirty.fill(0, page.page * BLOCKS, (page.page + 1) * BLOCKS);
        repaired = true;
        break;
      }
    }
    return repaired;
  }
}
