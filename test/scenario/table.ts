/**
 * The scenario table of the design ("Derived verdicts"), all rows but the last (a reliable trace is a later subject): one scenario
 * a row, and what reasoning said of each strategy: ok all hold, T wrong TOC, J jump to garbage, L endless loop, S stack arguments
 * wrong. The golden test runs them; where the machine disagrees, docs/findings.md says who is right.
 *
 * Roles: A caller, B original, its replacement is the design's C, D another function (in K unless said otherwise), Z caller of A.
 */
export type DerivedVerdict = 'ok' | 'T' | 'J' | 'L' | 'S' | 'T or J' | 'T, late';

export const TABLE_STRATEGIES = [
  'branch-only', 'manual-restore', 'mini-frame', 'caller-slot', 'caller-distance', 'odd-toc', 'livepatch-stack',
] as const;
export type TableStrategy = (typeof TABLE_STRATEGIES)[number];

export interface TableRow {
  readonly name: string;
  /** In the notation of src/scenario/notation.ts. */
  readonly text: string;
  readonly derived: Readonly<Record<TableStrategy, DerivedVerdict>>;
}

function row(name: string, text: string, ...cells: DerivedVerdict[]): TableRow {
  if (cells.length !== TABLE_STRATEGIES.length) throw new RangeError(name);
  return { name, text, derived: Object.fromEntries(TABLE_STRATEGIES.map((strategy, i) => [strategy, cells[i]!])) as TableRow['derived'] };
}

export const TABLE: readonly TableRow[] = [
  row('local call',
    'A:M -> local B; B:M patched',
    'T', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  row('global call, near modules',
    'A:M -> global B; B:N patched',
    'ok', 'ok', 'ok', 'T', 'T', 'ok', 'ok'),
  row('far stub call (M to K)',
    'places M=1 P=1; A:M -> global B; B:K patched',
    'ok', 'ok', 'ok', 'J', 'ok', 'ok', 'ok'),
  row('B has st_other 0, global',
    'A:M -> global B; B:N single patched',
    'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  row('local call, 10 arguments',
    'A:M -> local B; B:M args 10 patched',
    'T', 'ok', 'S', 'ok', 'ok', 'ok', 'ok'),
  row('C calls back into M through a stub',
    'A:M -> local B; B:M patched -> global E; E:M',
    'T', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  row('C calls patched D (nested), D in K',
    'places M=1 P=1; A:M -> local B; B:M patched -> global D; D:K patched',
    'T', 'ok', 'ok', 'J', 'ok', 'ok', 'ok'),
  row('the same, D near P',
    'places M=1 N=1 P=1; A:M -> local B; B:M patched -> global D; D:N patched',
    'T', 'ok', 'ok', 'T', 'T', 'ok', 'ok'),
  row('Z locally to A, A sibling to B',
    'Z:M -> local A; A:M -> sibling B; B:M patched',
    'T', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  row('Z globally to A, A sibling to B',
    'Z:N -> global A; A:M -> sibling B; B:M patched',
    'ok', 'ok', 'ok', 'T', 'T', 'T', 'ok'),
  row('local A; C sibling to D through a stub',
    'A:M -> local B; B:M patched -> stub-sibling D; D:K',
    'T', 'T', 'T', 'J', 'J', 'J', 'ok'),
  row('global A, near; C sibling to D through a stub',
    'A:N -> global B; B:M patched -> stub-sibling D; D:K',
    'T', 'T', 'ok', 'J', 'J', 'T', 'T'),
  row('global A, far; C sibling to D through a stub',
    'places M=1 P=1; A:M -> global B; B:K patched -> stub-sibling D; D:K',
    'T', 'T', 'ok', 'J', 'T', 'T', 'T'),
  row('same-module indirect A; C sibling to D through a stub',
    'A:M -> indirect B; B:M patched -> stub-sibling D; D:K',
    'T', 'T', 'ok', 'J', 'J', 'T', 'T'),
  row('local A; C sibling to patched D',
    'A:M -> local B; B:M patched -> stub-sibling D; D:K patched',
    'T', 'T', 'T', 'L', 'L', 'J', 'ok'),
  row('Z globally to unpatched A, A sibling to patched B by its LEP, C sibling to D through a stub',
    'Z:N -> global A; A:M -> sibling B; B:M patched -> stub-sibling D; D:K',
    'T', 'T', 'ok', 'J', 'J', 'T or J', 'T'),
  row('hoisted slot save, then local call, C sibling to D',
    'A:M hoisted -> local B, indirect E; B:M patched -> stub-sibling D; D:K; E:N',
    'T', 'T', 'T', 'J', 'J', 'J', 'T, late'),
];
