/**
 * Why a proof fails, as a chain of calls: who calls whom how, how each hands its return on, and what is lost in the end. Every promise that was dropped leads to the fragment that dropped it, and that one
 * to the promise that it had needed itself.
 */
import type { ObligationName } from '../contract/obligations.ts';
import type { HookingStyle } from '../kernel/core.ts';
import type { EntryShape } from '../scenario/scenario.ts';
import type { Arguments, Promised } from './certificate.ts';
import { endBy } from './ending.ts';
import type { Lost, Way } from './ending.ts';
import { OBLIGATION_OF } from './prove.ts';
import type { Explored, Flaw, Proof } from './prove.ts';
import { handsOn, rowKey, shapeText } from './shapes.ts';
import type { CallEdge, Row, Shape, Who } from './shapes.ts';
import { wordText } from './words.ts';

/** A function that was entered, and how it ends. */
export interface Link {
  readonly who: Who | 'own' | 'self';
  readonly shape: Shape;
  /** How it was entered. */
  readonly by: CallEdge['kind'];
  readonly ends: 'returns' | 'early' | 'sibling' | 'stub-sibling';
  readonly args: Arguments;
  readonly module?: string;
  /** Of its replacement. */
  readonly replacement?: EntryShape;
}

export interface Chain {
  readonly obligation: ObligationName;
  readonly links: readonly Link[];
  /** What is wrong in the end, with the place in the code where there is one. */
  readonly what: string;
  readonly style: HookingStyle;
}

const ALL: ReadonlySet<Promised> = new Set<Promised>(['r2', 'slot', 'w12']);
const SUBJECT = { r2: 'r2', slot: '24(r1)', w12: '12(r1)' } as const satisfies Record<Promised, string>;

export function chainOf(proof: Proof, flaw: Flaw): Chain {
  if (flaw.kind === 'call') {
    const found = reason(proof, rowKey(flaw.who, shapeText(flaw.edge.shape)), flaw.promise, flaw.edge.kind, new Set());
    return { obligation: OBLIGATION_OF[flaw.promise], links: found.links, what: `${SUBJECT[flaw.promise]} comes back as ${found.found}`, style: found.style };
  }
  const { explored, failure, way } = flaw, { plan } = explored;
  const path = explored.row === 'self' ? [] : pathTo(proof, explored.row);
  const ends = way === undefined ? 'returns' : endsBy(way);
  const own: Link = explored.row === 'self'
    ? { who: 'self', shape: plan.shape, by: 'local', ends, ...detailsOf(explored) }
    : { who: proof.rows.get(explored.row)!.who, shape: plan.shape, by: proof.rows.get(explored.row)!.by, ends, ...detailsOf(explored) };
  const at = placeOf(proof, explored, failure.at);
  return { obligation: failure.obligation, links: [...path, own, ...targetOf(way)], what: at === '' ? failure.what : `${at}: ${failure.what}`, style: plan.site.style };
}

const detailsOf = ({ plan }: Explored): Pick<Link, 'args' | 'module' | 'replacement'> =>
  ({ args: plan.args, module: plan.site.module, ...(plan.replacement === undefined ? {} : { replacement: plan.replacement.entry }) });

const endsBy = ({ by, site }: Way): Link['ends'] => (by === 'returns' ? (site?.exit === 'early' ? 'early' : 'returns') : by);

/** Whoever is called last in that way, and returns. */
const targetOf = (way: Way | undefined): Link[] =>
  (way?.who === undefined || way.shape === undefined ? [] : [{ who: way.who, shape: way.shape, by: way.by === 'sibling' ? 'sibling' : 'stub-sibling', ends: 'returns', args: 'registers' }]);

/** The rows before this one, oldest first: each hands its return on. */
function pathTo(proof: Proof, key: string): Link[] {
  const links: Link[] = [];
  let row: Row | undefined = proof.rows.get(key);
  while (row?.before !== undefined) {
    const by = row.by === 'sibling' ? 'sibling' : 'stub-sibling';
    row = proof.rows.get(row.before);
    if (row !== undefined) links.unshift({ who: row.who, shape: row.shape, by: row.by, ends: by, args: 'registers' });
  }
  return links;
}

interface Reason { readonly links: readonly Link[]; readonly found: string; readonly style: HookingStyle }

/** Why the row does not keep the promise. */
function reason(proof: Proof, key: string, promise: Promised, by: Link['by'], seen: ReadonlySet<string>): Reason {
  const row = proof.rows.get(key), deeper = new Set([...seen, key]);
  const fallback: Reason = { links: row === undefined ? [] : [{ who: row.who, shape: row.shape, by, ends: 'returns', args: 'registers' }], found: 'not known', style: 'in-line' };
  if (row === undefined) return fallback;
  if (row.who === 'ordinary') {
    const next = handsOn(row.shape, new Set(proof.scope.features)).flatMap((shape) => (['patched', 'ordinary'] as const).map((who) => rowKey(who, shapeText(shape))))
      .find((it) => !deeper.has(it) && proof.keeps.get(it)?.has(promise) === false);
    if (next === undefined) return fallback;
    const rest = reason(proof, next, promise, 'sibling', deeper);
    return { ...rest, links: [{ who: 'ordinary', shape: row.shape, by, ends: 'sibling', args: 'registers' }, ...rest.links] };
  }
  const candidates = proof.fragments.filter((it) => it.row === key).flatMap((explored) => explored.endings.flatMap((ending) => ending.ended.lost.filter((it) => it.promise === promise).map((lost) => ({ explored, ending, lost }))));
  for (const { explored, ending, lost } of candidates) {
    if (ending.target === undefined) return endOf(row, explored, by, lost, targetOf(ending.way));
  }
  for (const { explored, ending } of candidates) {
    const direct = endBy(explored.explorer, ending.arrival, ending.way, ALL).lost.find((it) => it.promise === promise);
    if (direct !== undefined) return endOf(row, explored, by, direct, targetOf(ending.way));
  }
  for (const { explored, ending, lost } of candidates) {
    if (ending.target === undefined || deeper.has(ending.target)) continue;
    const rest = reason(proof, ending.target, promise, 'stub-sibling', deeper);
    return { links: [...endOf(row, explored, by, lost, []).links, ...rest.links], found: rest.found, style: rest.style };
  }
  return fallback;
}

function endOf(row: Row, explored: Explored, by: Link['by'], { way, found }: Lost, rest: readonly Link[]): Reason {
  return { links: [{ who: row.who, shape: row.shape, by, ends: endsBy(way), ...detailsOf(explored) }, ...rest], found: wordText(found) ?? '(not known)', style: explored.plan.site.style };
}

/** Where in the code, by the nearest label; '' where no code is. */
function placeOf(proof: Proof, { plan }: Explored, at: { readonly of: string; readonly offset: bigint } | null): string {
  if (at === null) return '';
  if (at.of === '' && proof.texts.inCore(plan.site.style, at.offset)) return proof.texts.nameOf(plan.site.style, at.offset);
  return at.of === 'P' ? 'replacement' : '';
}

const NAMES = 'BDEGHIJKLMNOPQRSTUVWXYZ';
const CALLED = { root: 'is entered by', local: 'locally calls', global: 'calls through a stub', indirect: 'calls through a pointer', sibling: '', 'stub-sibling': '' } as const;

/** In words: `A locally calls B (patched, L); its replacement returns; r2 comes back as (not known)`. */
export function chainWords({ links, what }: Chain): string {
  const words = links.map(({ who, shape, by, ends, args }, i) => {
    const name = NAMES[i] ?? `f${i}`, next = NAMES[i + 1] ?? `f${i + 1}`;
    const party = who === 'patched' ? 'patched' : who === 'own' ? 'of the patch' : who === 'self' ? 'a replacement, by its own LEP' : 'not patched';
    const many = args === 'registers' ? '' : args === 'stack' ? ', arguments on the stack' : ', variadic';
    const start = i === 0 ? (by === 'root' ? `a context begins with ${name}` : `A ${CALLED[by]} ${name}`) : '';
    const whose = who === 'patched' ? 'its replacement' : name;
    const end = ends === 'returns' ? (who === 'patched' || who === 'self' ? `; ${whose} returns` : '') : ends === 'early' ? `; ${whose} leaves by its early exit`
      : `; ${whose} ends in a ${ends} call of ${next}`;
    return `${start} (${party}, ${shapeText(shape)}${many})${end}`;
  });
  return `${words.join('')}; ${what}`;
}
