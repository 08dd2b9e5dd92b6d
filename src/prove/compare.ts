/**
 * Is a certificate about this strategy's code, in this package's model? A checker cannot know: it takes the code that the certificate has. Nothing is proved here: what a
 * certificate says of code, layout and memory is compared with what would be said today.
 */
import type { Strategy } from '../contract/strategy.ts';
import type { EntryShape } from '../scenario/scenario.ts';
import type { Certificate, Fragment, Run, Text } from './certificate.ts';
import { Fragments } from './fragments.ts';
import { Texts } from './texts.ts';
import type { ReplacementSite, Site } from './texts.ts';
import { layoutOf } from './write.ts';
import { wordText } from './words.ts';

/** What a certificate must have in common with one that would be made now: all that no assertion of its says. */
export type Stated = 'layout' | 'kept' | 'texts' | 'fragments';

/**
 * Which part of an accepted certificate is not what this package makes of the strategy; undefined: it is about this code, as this model has it.
 * `certificate` must have been accepted by the checker.
 */
export function differenceFrom(strategy: Strategy, certificate: Readonly<Record<string, unknown>>): Stated | undefined {
  const { layout, kept, texts, fragments } = certificate as unknown as Certificate;
  const ours = new Texts(strategy), same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  if (!same(layout, layoutOf(ours))) return 'layout';
  if (!same(kept, new Fragments(strategy, ours).kept)) return 'kept';
  const places = new Places(ours);
  for (const fragment of fragments) {
    // Whoever leaves the strategy's code in replacements out has nothing that is other code.
    if (fragment.kind === 'patched' && (fragment.replacement !== undefined) !== ours.inReplacements) return 'texts';
    const its = places.of(fragment);
    if (!same(fragment.texts.map((index) => texts[index]), its.texts)) return 'texts';
    const { from, behind, replaces, enter } = fragment;
    if (!same([from, behind, replaces], [its.from, its.behind, its.replaces]) || !bodiesOf(enter).every((body) => its.bodies.has(body))) return 'fragments';
  }
  return undefined;
}

interface Place {
  readonly texts: readonly Text[];
  readonly from: string | undefined;
  readonly behind: string | undefined;
  readonly replaces: string | undefined;
  /** Where code in replacements begins and ends, by way to end. */
  readonly bodies: ReadonlySet<string>;
}

const ENTRY: Readonly<Record<string, EntryShape>> = { L: 'dual', G: 'dual', S: 'single', V: 'clobber' };

/** Where the code of a fragment lies; each that is alike looked for once. */
class Places {
  readonly #texts: Texts;
  readonly #known = new Map<string, Place>();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  of({ kind, shape, module, style, replacement }: Fragment): Place {
    const key = [kind, shape[0], module, style, replacement].join(), known = this.#known.get(key);
    if (known !== undefined) return known;
    const site = this.#site(module, ENTRY[shape[0]!]!, style), replaced = replacement === undefined ? undefined : this.#replacement(replacement, style), self = kind === 'self';
    const found: Place = {
      texts: [...(self ? [] : [this.#texts.core(style), ...site.texts]), ...replaced?.texts ?? []],
      from: wordText(self ? replaced!.local : shape[0] === 'L' ? site.local : site.global), behind: wordText(site.behind),
      replaces: replaced === undefined || self ? undefined : wordText(replaced.global),
      bodies: new Set(replaced?.ends.map(({ by, exit, to, jump }) => bodyKey(by, exit, wordText(replaced.bodyFrom), wordText(to), jump === undefined ? undefined : wordText(jump)))),
    };
    this.#known.set(key, found);
    return found;
  }

  readonly #sites = new Map<string, Site>();
  #site(module: Fragment['module'], entry: EntryShape, style: Fragment['style']): Site {
    const key = `${module} ${entry} ${style}`, known = this.#sites.get(key) ?? this.#texts.site(module, entry, style);
    this.#sites.set(key, known);
    return known;
  }

  readonly #replacements = new Map<string, ReplacementSite>();
  #replacement(entry: EntryShape, style: Fragment['style']): ReplacementSite {
    const key = `${entry} ${style}`, known = this.#replacements.get(key) ?? this.#texts.replacement(entry, style);
    this.#replacements.set(key, known);
    return known;
  }
}

const bodyKey = (by: string, exit: string | undefined, from: string | undefined, to: string | undefined, jump: string | undefined): string => [by, exit, from, to, jump].join();

function bodiesOf({ split, endings }: Run): string[] {
  return [...(split ?? []).flatMap(bodiesOf), ...(endings ?? []).flatMap(({ by, exit, body }) => (body === undefined ? [] : [bodyKey(by, exit, body.from, body.to, body.jump)]))];
}
