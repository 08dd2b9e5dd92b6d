/**
 * The fragments of one strategy, and what becomes of each: followed once, however many proofs ask for it. What one comes to depends on how it is entered, its code, what others may change meanwhile, and what the
 * contract of whoever is called last keeps; on nothing else of the features. So proofs for many feature sets share most of their work.
 */
import type { Strategy } from '../contract/strategy.ts';
import type { HookingStyle } from '../kernel/core.ts';
import type { EntryShape } from '../scenario/scenario.ts';
import type { Kept, Promised, Run } from './certificate.ts';
import { endBy, mayEnter, wayText } from './ending.ts';
import type { Ended, Way } from './ending.ts';
import { Explorer } from './fragment.ts';
import type { Arrival, Failure, FragmentPlan } from './fragment.ts';
import { findKept } from './kept.ts';
import { relyText } from './rely.ts';
import { shape, shapeText } from './shapes.ts';
import type { ReplacementSite, Site, SiteModule, Texts } from './texts.ts';
import { constant } from './words.ts';

/** A fragment up to its replacement. */
export interface Entered {
  readonly explorer: Explorer;
  readonly run: Run;
  readonly failures: readonly Failure[];
  /** At the replacement, with all that it must find. */
  readonly arrivals: readonly Arrival[];
}

export class Fragments {
  readonly strategy: Strategy;
  readonly texts: Texts;
  readonly kept: Kept;
  readonly #sites = new Map<string, Site>();
  readonly #replacements = new Map<string, ReplacementSite>();
  readonly #entered = new Map<string, Entered>();
  readonly #ended = new Map<Arrival, Map<string, Ended>>();

  constructor(strategy: Strategy, texts: Texts) {
    this.strategy = strategy;
    this.texts = texts;
    this.kept = findKept(strategy, (kept, rely) => {
      const explorer = this.#explorer({ kind: 'patched', shape: shape('G'), args: 'registers', site: this.site('M', 'dual', 'in-line'), core: texts.core('in-line'), kept, rely, ...this.replacement('dual', 'in-line') });
      explorer.enter();
      return explorer;
    });
  }

  entered(plan: FragmentPlan): Entered {
    const key = planText(plan), known = this.#entered.get(key) ?? this.#enter(plan);
    this.#entered.set(key, known);
    return known;
  }

  ended({ explorer }: Entered, arrival: Arrival, way: Way, keeps: ReadonlySet<Promised>): Ended {
    // r2 is the caller's own affair: of whoever was called last only the slot and the reserved word are asked for.
    const key = `${wayText(way)} ${keeps.has('slot')} ${keeps.has('w12')}`, endings = this.#ended.get(arrival) ?? new Map<string, Ended>();
    this.#ended.set(arrival, endings);
    const known = endings.get(key) ?? endBy(explorer, arrival, way, keeps);
    endings.set(key, known);
    return known;
  }

  site(module: SiteModule, entry: EntryShape, style: HookingStyle): Site {
    const key = `${module} ${entry} ${style}`, known = this.#sites.get(key) ?? this.texts.site(module, entry, style);
    this.#sites.set(key, known);
    return known;
  }

  /** Nothing where the strategy has no code in replacements. */
  replacement(entry: EntryShape, style: HookingStyle): { replacement?: ReplacementSite } {
    if (!this.texts.inReplacements) return {};
    const key = `${entry} ${style}`, known = this.#replacements.get(key) ?? this.texts.replacement(entry, style);
    this.#replacements.set(key, known);
    return { replacement: known };
  }

  #enter(plan: FragmentPlan): Entered {
    const explorer = this.#explorer(plan), run = explorer.enter();
    const arrivals = explorer.arrivals.filter((arrival) => mayEnter(explorer, arrival));
    return { explorer, run, failures: explorer.failures.splice(0), arrivals };
  }

  #explorer(plan: FragmentPlan): Explorer {
    return new Explorer(plan, constant(this.texts.label(plan.site.style, 'klp_callback')!));
  }
}

/** All that tells one fragment of a strategy from another. */
function planText({ kind, shape: entered, args, site, replacement, rely, onlyAt, range }: FragmentPlan): string {
  return [kind, shapeText(entered), args, site.module, site.entry, site.style, replacement?.entry ?? '', relyText(rely), onlyAt ?? '', range?.join() ?? ''].join(' ');
}
