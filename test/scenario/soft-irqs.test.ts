/** Soft irqs in a scenario: notation, canonical form, rules, shapes, editing, shrinking, drawing, tokens. */
import { expect, test } from 'vitest';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { reductions, weight } from '../../src/arbitraries/shrink.ts';
import type { TokenContent } from '../../src/case/token.ts';
import { decodeToken, encodeToken, tokenPlace } from '../../src/case/token.ts';
import { scenarioTree } from '../../src/report/tree.ts';
import { canonical, equalScenarios } from '../../src/scenario/canonical.ts';
import { settle } from '../../src/scenario/edit.ts';
import { ScenarioError } from '../../src/scenario/error.ts';
import { featuresOf } from '../../src/scenario/features-of.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { parseScenario, printScenario } from '../../src/scenario/notation.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { validateScenario } from '../../src/scenario/validate.ts';
import { refusal } from '../refusal.ts';

const TEXT = `
  A:M -> 1 local B
  B:M patched
  irq 7 at 1 callee+20 runs A own-stack
  irq 3 at 1 callee+2 runs A own-stack
  irq 4 in 3 at 0 callee+8 runs A own-stack
  softirq 7
  softirq 3`;

test('are written and read, in canonical order, and compared; they use no feature of their own', () => {
  const scenario = parseScenario(TEXT);
  expect(parseScenario(printScenario(scenario))).toEqual(scenario);
  expect(canonical(scenario).world).toEqual({ tasks: [], switches: [], sleepers: [], soft: [1, 2] });
  expect(canonical(canonical(scenario))).toEqual(canonical(scenario));
  expect(equalScenarios(scenario, parseScenario(TEXT.replace('softirq 3', 'softirq 4')))).toBe(false);
  expect([...featuresOf(scenario)]).toEqual(['local', 'interrupt', 'interrupt-nested', 'irq-stack']);
});

test.each([
  ['softirq 9', 'world.soft[2]: no interrupt has id 9'],
  ['softirq 3', 'world.soft[2]: interrupt 3 twice'],
  ['emergency 3', 'world.soft[1]: interrupt 3 is on the emergency stack; expected one of the two'],
  ['irq 5 at 0 callee+1 runs A\n  softirq 5', 'world.soft[2]: interrupt 5 has no stack of its own; expected ownStack'],
])('rules: %s', (more, message) => {
  expect(refusal(ScenarioError, () => parseScenario(`${TEXT}\n  ${more}`))).toBe(message);
});

test.each([
  [[], 'world.soft: empty; expected at least 1'],
  [[0], 'world.soft[0]: 0; expected an integer, 1 to 65535'],
  [Array.from({ length: 9 }, () => 1), 'world.soft: 9 entries; at most 8'],
  ['7', 'world.soft: "7"; expected an array'],
])('shapes: %j', (soft, message) => {
  const scenario = JSON.parse(JSON.stringify(parseScenario(TEXT))) as { world: { soft: unknown } };
  scenario.world.soft = soft;
  expect(refusal(ScenarioError, () => validateScenario(scenario))).toBe(message);
});

test('go with their interrupt, and with its stack', () => {
  const scenario = parseScenario(TEXT);
  expect(settle({ ...scenario, interrupts: scenario.interrupts.filter(({ id }) => id !== 3 && id !== 4) }).world).toMatchObject({ soft: [7] });
  expect(settle({ ...scenario, interrupts: scenario.interrupts.map((it) => ({ ...it, ownStack: false })) }).world).toBeUndefined();
});

test('each is made a hard interrupt again', () => {
  const steps = [...reductions(parseScenario(TEXT))];
  for (const step of steps) expect(weight(step.scenario), step.what).toBeLessThan(weight(parseScenario(TEXT)));
  expect(steps.flatMap(({ kind, what }) => (kind === 'soft' ? [what] : []))).toEqual(['interrupt 7 no soft irq', 'interrupt 3 no soft irq']);
});

const content = (scenario: Scenario): TokenContent => ({
  scenario: canonical(scenario), strategy: { kind: 'built-in', name: 'livepatch-stack' }, signature: { obligation: 'toc', edge: 'local', place: tokenPlace('livepatch_push') },
});
test('tokens say which; one without any is what it was before there were any', () => {
  const texts = [TEXT, TEXT.replace('softirq 7', ''), TEXT.replace('softirq 3', ''), TEXT.replace('softirq 3', 'softirq 4'), TEXT.replace('softirq 3', 'emergency 3')];
  const tokens = texts.map((text) => {
    const said = content(parseScenario(text));
    const token = encodeToken(said);
    expect(token.startsWith('toc3-')).toBe(true);
    expect(decodeToken(token)).toEqual(said);
    return token;
  });
  expect(new Set(tokens).size).toBe(texts.length);
  // Of docs/findings.md, from before.
  for (const token of ['toc3-Zd2pjbtESbReMYAS', 'toc3-7KF72YprtNfB8MDZZN', 'toc3-uNBRvMRLnf3nWmoj8ER']) expect(encodeToken(decodeToken(token))).toBe(token);
});

test('are drawn, often enough, and never without what they need', () => {
  const all = scenarioArbitrary({ features: FEATURES });
  const without = scenarioArbitrary({ features: FEATURES.filter((it) => it !== 'irq-stack' && it !== 'emergency-stack') });
  let soft = 0;
  for (let run = 0; run < 1_500; run++) {
    const drawn = scenarioAt(all, 5n, 0, run);
    expect(() => validateScenario(drawn)).not.toThrow();
    if (drawn.world?.soft !== undefined) soft++;
    expect(scenarioAt(without, 5n, 0, run).world?.soft).toBeUndefined();
  }
  expect(soft).toBeGreaterThan(20);
});

test('are told', () => {
  // Lines are wrapped.
  const told = (text: string): string => scenarioTree(parseScenario(text)).join(' ').replaceAll(/\s+/g, ' ');
  expect(told(TEXT)).toContain('interrupt 7 in call 1: at instruction 20 of the callee, a soft irq, on the soft irq stack');
  expect(told(TEXT.replace('softirq 3', 'emergency 3'))).toContain('on the emergency stack');
});
