/**
 * What the formats for other tools (KTAP, JUnit, SARIF, GitHub, Markdown) are written from: a gate as a list of named checks.
 * One shape, so that no format can say something that another does not.
 */

/** pass; fail: exit 1; inconclusive: exit 3; untrusted: exit 4; skip: not decided here and said so. */
export type CheckState = 'pass' | 'fail' | 'inconclusive' | 'untrusted' | 'skip';

export interface Check {
  /** `counterexamples`, `claims`, `baseline`, `proofs`, `harness`: checks are shown group by group, in the order of first appearance. */
  readonly group: string;
  /** One line, the same from run to run. */
  readonly name: string;
  readonly state: CheckState;
  /** One line: what was seen, and what was expected. Empty when it passed without remark. */
  readonly message: string;
  /** More, line by line: commands, a finding. */
  readonly details: readonly string[];
  readonly strategy?: string;
  readonly obligation?: string;
  readonly token?: string;
  /** The command that shows it again; absent: the token says it all. */
  readonly replay?: string;
  /** The file that it is about, relative to the working directory. */
  readonly file?: string;
}

export type GateOutcome = 'pass' | 'fail' | 'inconclusive' | 'untrusted';

export interface ChecksView {
  readonly outcome: GateOutcome;
  /** One sentence. */
  readonly sentence: string;
  readonly seed: string;
  readonly modelHash: string;
  /** The version of the package. */
  readonly version: string;
  readonly checks: readonly Check[];
}

/** Checks by group, in the order of first appearance. */
export function grouped(checks: readonly Check[]): readonly (readonly [string, readonly Check[]])[] {
  const groups = new Map<string, Check[]>();
  for (const check of checks) groups.set(check.group, [...(groups.get(check.group) ?? []), check]);
  return [...groups];
}

/** A check that keeps the gate from passing. */
export const isBad = (check: Check): boolean => check.state !== 'pass' && check.state !== 'skip';

/** The token's command, wherever a format has room for one. */
export function replayHint(check: Check): string | undefined {
  return check.replay ?? (check.token === undefined ? undefined : `tocsin replay ${check.token}`);
}
