/** A strategy that cannot be used. `message` is one line: `PLACE: WHAT; expected EXPECTED`. */
export class StrategyError extends Error {
  /** `file:line:column` of a text, or `file: path` of a value. */
  readonly place: string;
  readonly what: string;
  readonly expected: string;
  constructor(place: string, what: string, expected: string) {
    super(`${place}: ${what}; expected ${expected}`);
    this.name = 'StrategyError';
    this.place = place;
    this.what = what;
    this.expected = expected;
  }
}
