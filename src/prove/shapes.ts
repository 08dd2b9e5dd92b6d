/**
 * How functions are entered, and which ways to be entered a call graph can have: computed from the features that it may use, never assumed. Rules: docs/proof.md, "Which fragments and contracts there
 * must be"; what a call needs of its callee is the call-kind table's (scenario/call-kinds.ts).
 */
import { CALL_KIND_TABLE } from '../scenario/call-kinds.ts';
import type { Feature } from '../scenario/features.ts';
import type { CallKind } from '../scenario/scenario.ts';
import type { Contract, Promised, ShapeText } from './certificate.ts';

export interface Shape {
  readonly entry: 'L' | 'G' | 'S' | 'V';
  /** 24(F) is what r2 is at the ftrace call. */
  readonly same: boolean;
  /** The return address may be far from r2 at the ftrace call. */
  readonly far: boolean;
  /** An older hook waits on the frame. */
  readonly busy: boolean;
}

export const shapeText = ({ entry, same, far, busy }: Shape): ShapeText => `${entry}${same ? '=' : ''}${far ? '~' : ''}${busy ? '!' : ''}`;
export const shape = (entry: Shape['entry'], marks = ''): Shape => ({ entry, same: marks.includes('='), far: marks.includes('~'), busy: marks.includes('!') });
export const shapeOf = (text: ShapeText): Shape => shape(text[0] as Shape['entry'], text.slice(1));

/** What the names of `--features` allow. */
export type Allowed = ReadonlySet<Feature>;
export type Who = Contract['who'];

/** A call that some body can make, or a context: how it enters, and what its caller needs of it. */
export interface CallEdge {
  readonly kind: CallKind | 'root';
  readonly shape: Shape;
  readonly needs: readonly Promised[];
}

/** All calls that return to their caller. */
export function callEdges(allowed: Allowed): CallEdge[] {
  const far = allowed.has('far'), single = allowed.has('single-entry'), clobber = allowed.has('caller-saved-toc');
  const edges: CallEdge[] = [];
  const add = (kind: CallEdge['kind'], entered: Shape, hoisted = false): void => {
    const { needsR2, slotLive } = CALL_KIND_TABLE[kind];
    edges.push({ kind, shape: entered, needs: [...(needsR2 ? ['r2' as const] : []), ...(slotLive || hoisted ? ['slot' as const] : []), 'w12'] });
  };
  const global = (kind: CallEdge['kind']): void => {
    add(kind, shape('G'));
    if (far) add(kind, shape('G', '~'));
  };
  if (allowed.has('local')) {
    add('local', shape('L'));
    if (single) add('local', shape('S'));
    if (allowed.has('hoisted-slot')) {
      add('local', shape('L', '='), true);
      if (single) add('local', shape('S', '='), true);
    }
  }
  for (const kind of ['global', 'indirect'] as const) {
    if (!allowed.has(kind)) continue;
    global(kind);
    if (single) add(kind, shape('S', '='));
    if (clobber) add(kind, shape('V', '='));
  }
  // Last: where another call leads to the same row, a chain begins with that one.
  global('root');
  return edges;
}

/** How an ordinary function that was entered so enters whom it hands its return on to, by a sibling call. */
export function handsOn({ entry, same, far, busy }: Shape, allowed: Allowed): Shape[] {
  if (!allowed.has('sibling') || (entry !== 'L' && entry !== 'G')) return [];
  const marks = { same: entry === 'L' && same, far, busy };
  return [{ entry: 'L', ...marks }, ...(allowed.has('single-entry') ? [{ entry: 'S' as const, ...marks }] : [])];
}

/** How a replacement enters whom it hands its return on to through a stub, which stores r2 on the way. `busy`: a hook waits on the frame. */
export function throughStub(allowed: Allowed, busy: boolean): Shape[] {
  if (!allowed.has('stub-sibling')) return [];
  const mark = busy ? '!' : '', far = allowed.has('far');
  return [
    shape('G', mark), ...(far ? [shape('G', `~${mark}`)] : []),
    ...(allowed.has('single-entry') ? [shape('S', `=${mark}`), ...(far ? [shape('S', `=~${mark}`)] : [])] : []),
  ];
}

export const rowKey = (who: Who, text: ShapeText): string => `${who}.${text}`;

/** A way to be entered, and how a call graph comes to it first: from which row, by what; a call from any body has no row before it. */
export interface Row {
  readonly who: Who;
  readonly shape: Shape;
  readonly by: CallEdge['kind'];
  readonly before?: string;
}

/** What a function that is entered so may keep at best. */
export const promisesOf = ({ entry }: Shape): readonly Promised[] => (entry === 'G' || entry === 'V' ? ['slot', 'w12'] : ['r2', 'slot', 'w12']);

/**
 * The rows that calls, and sibling calls of ordinary functions, lead to from `rows` on; with `more`, rows that a replacement's ending leads to.
 * Filled in place, in an order that depends on nothing but the features.
 */
export function closeRows(rows: Map<string, Row>, allowed: Allowed, more: readonly Row[]): void {
  const queue: Row[] = [...more];
  for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
    const key = rowKey(row.who, shapeText(row.shape));
    if (rows.has(key)) continue;
    rows.set(key, row);
    if (row.who !== 'ordinary') continue;
    for (const next of handsOn(row.shape, allowed)) {
      for (const who of ['ordinary', 'patched'] as const) queue.push({ who, shape: next, by: 'sibling', before: key });
    }
  }
}

/** The rows that calls lead to at once. */
export function calledRows(allowed: Allowed): Row[] {
  return callEdges(allowed).flatMap(({ kind, shape: entered }) => (['ordinary', 'patched'] as const).map((who) => ({ who, shape: entered, by: kind })));
}
