/** Bad scenario data: where it is (a JSON path), what was found there and what was expected. One line, no stack trace for the user. */
export interface Problem {
  /** As in `functions[2].body.calls[0].callee`; empty for the whole. */
  readonly path: string;
  readonly what: string;
}

export class ScenarioError extends Error {
  readonly path: string;

  constructor(problem: Problem) {
    super(problem.path === '' ? problem.what : `${problem.path}: ${problem.what}`);
    this.name = 'ScenarioError';
    this.path = problem.path;
  }
}

/** A value in few words, for messages: never long, never recursive, whatever it is. */
export function brief(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string': return JSON.stringify(value.length > 24 ? `${value.slice(0, 24)}...` : value);
    case 'number': case 'boolean': case 'undefined': return String(value);
    case 'object': return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
    default: return `a ${typeof value}`;
  }
}
