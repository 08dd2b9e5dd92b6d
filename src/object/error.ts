/** An object file, or what was said about it, that cannot be used. `message` is one line: `PLACE: WHAT; expected EXPECTED`. */
export class ObjectError extends Error {
  override readonly name = 'ObjectError';
  /** The file, and where in it. */
  readonly place: string;
  readonly what: string;
  readonly expected: string;
  constructor(place: string, what: string, expected: string) {
    // Names out of a file may be anything.
    const shown = what.replace(/[^\x20-\x7e]/g, '?');
    super(`${place}: ${shown}; expected ${expected}`);
    this.place = place;
    this.what = shown;
    this.expected = expected;
  }
}
