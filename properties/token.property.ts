import fc from 'fast-check';
import { test } from 'vitest';
import { scenarioArbitrary } from '../src/arbitraries/scenario.ts';
import { parseCase, printCase } from '../src/case/file.ts';
import { ALPHABET } from '../src/case/coder.ts';
import { BUILT_IN_CODES, decodeToken, encodeToken, placeMatches, shortHash, TokenError, tokenPlace, type TokenStrategy } from '../src/case/token.ts';
import { OBLIGATIONS } from '../src/contract/obligations.ts';
import { canonical, equalScenarios } from '../src/scenario/canonical.ts';
import { REGIONS } from '../src/scenario/scenario.ts';

const seed = 20160309;
const scenarios = scenarioArbitrary();
const builtIn = (name: string): TokenStrategy => ({ kind: 'built-in', name });
const strategies = fc.oneof(fc.constantFrom(...BUILT_IN_CODES).map(builtIn), fc.string().map((text): TokenStrategy => ({ kind: 'user', hash: shortHash(text) })));
const places = fc.oneof(fc.constantFrom('livepatch_handler', 'livepatch_return', ...REGIONS), fc.string());
const obligations = fc.constantFrom(...OBLIGATIONS.map(({ name }) => name));
const edges = fc.constantFrom('local', 'global', 'indirect', 'sibling', 'stub-sibling', 'root', 'none' as const);

test('a token says what it was made of', () => {
  fc.assert(fc.property(scenarios, strategies, places, obligations, edges, (scenario, strategy, place, obligation, edge) => {
    const content = decodeToken(encodeToken({ scenario, strategy, signature: { obligation, edge, place: tokenPlace(place) } }));
    return equalScenarios(content.scenario, canonical(scenario)) && JSON.stringify(content.strategy) === JSON.stringify(strategy)
      && content.signature?.obligation === obligation && content.signature.edge === edge && placeMatches(content.signature.place, place);
  }), { numRuns: 600, seed });
});

test('equal cases have equal tokens', () => {
  fc.assert(fc.property(scenarios, (scenario) => {
    const strategy = builtIn('mini-frame');
    return encodeToken({ scenario, strategy }) === encodeToken({ scenario: canonical(scenario), strategy });
  }), { numRuns: 200, seed });
});

test('any text is a token or a TokenError', () => {
  const texts = fc.oneof(fc.string(), fc.array(fc.constantFrom(...ALPHABET), { maxLength: 120 }).map((chars) => `toc1-${chars.join('')}`));
  fc.assert(fc.property(texts, (text) => {
    try {
      decodeToken(text);
      return true;
    } catch (error) {
      return error instanceof TokenError && !error.message.includes('\n');
    }
  }), { numRuns: 2_000, seed });
});

test('case files round-trip', () => {
  fc.assert(fc.property(scenarios, obligations, edges, places, fc.string({ maxLength: 200 }), (drawn, obligation, edge, place, sentence) => {
    const scenario = canonical(drawn);
    const strategy = builtIn('odd-toc');
    const file = {
      scenario, strategy: 'odd-toc', signature: { obligation, edge, place }, expected: { 'odd-toc': { outcome: 'violated' as const, obligations: [obligation] } },
      token: encodeToken({ scenario, strategy, signature: { obligation, edge, place: tokenPlace(place) } }), provenance: null, sentence,
    };
    const text = printCase(file);
    return printCase(parseCase(text)) === text;
  }), { numRuns: 300, seed });
});
