import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/notation.ts';

/** Counters are the call's and the version's: where tracing goes off in between, originals and replacements nest in one run. */
const DEEP = `
  A:M saves 5 -> 1 local B x1
  B:M args 6 variadic saves 18 -> 2 local B x53, 3 local A x3, 4 local B x3 patched same`;

test('what originals and replacements need together must fit on a stack where tracing is switched', () => {
  expect(parseScenario(DEEP).world).toBeUndefined();
  expect(() => parseScenario(`${DEEP}\n  tracing off at 2 callee+0\n  tracing on at 4 caller+3`)).toThrow(/pending frames may take/);
});
