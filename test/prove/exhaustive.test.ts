// Proofs beside every scenario of a bound: where a set is proved nothing in it fails, and a proof that says too much is found out.
import { beforeAll, expect, test } from 'vitest';
import { wholeBound } from '../../src/enumerate/bound.ts';
import type { Bound } from '../../src/enumerate/bound.ts';
import { confrontBound } from '../../src/prove/exhaustive.ts';
import type { Landings } from '../../src/prove/exhaustive.ts';
import { proveEnvelopes } from '../../src/prove/envelope-session.ts';
import type { ProofEnvelopeReport } from '../../src/prove/envelope-session.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';

/** `PROOF_EXHAUST=1`: as large as docs/proof.md says; else what some seconds allow. */
const WHOLE = process.env['PROOF_EXHAUST'] !== undefined;
const BOUNDS: readonly (readonly [Landings, Bound])[] = [
  ['nothing', WHOLE ? { ...wholeBound(3, 2, 0), hooked: ['in-line', 'out-of-line'] } : wholeBound(2, 2, 0)],
  ['interrupts', WHOLE ? { ...wholeBound(2, 1, 0), hooked: ['in-line', 'out-of-line'] } : { ...wholeBound(2, 1, 0), modules: ['M', 'P'] }],
  ['switches', WHOLE ? { ...wholeBound(2, 1, 0), hooked: ['in-line', 'out-of-line'] } : { ...wholeBound(2, 1, 0), modules: ['M', 'P'] }],
];
const SOME = ['branch-only', 'livepatch-stack', 'livepatch-stack-late-publish', 'livepatch-stack-early-release', 'shadow-stack-per-cpu', 'shadow-stack-parallel'];
/** What is proved of these has no interrupts in it. */
const WITHOUT_INTERRUPTS = ['livepatch-stack-late-publish', 'livepatch-stack-early-release'];
let report: ProofEnvelopeReport;

beforeAll(async () => { report = await proveEnvelopes(BUILT_IN.filter(({ name }) => WHOLE || SOME.includes(name)), FEATURES, true, []); });

test.each(BOUNDS)('no scenario of a proved set fails: %s at every instruction', (what, bound) => {
  const all = report.strategies.map((it) => confrontBound(it, bound, what));
  if (WHOLE) console.log(what, JSON.stringify(all));
  expect(all.flatMap((it) => it.contradictions)).toEqual([]);
  // Everything that was proved was looked for; the bound has what breaks the bad ones.
  for (const it of all) expect([it.name, it.scenarios > 10, what === 'nothing' || it.landings > 100]).toEqual([it.name, ...(what === 'interrupts' && WITHOUT_INTERRUPTS.includes(it.name) ? [false, false] : [true, true])]);
  const broken = (name: string): number => all.find((it) => it.name === name)!.broken;
  if (what === 'nothing') expect(broken('branch-only')).toBeGreaterThan(100);
  if (what === 'interrupts') expect(Math.min(broken('livepatch-stack-late-publish'), broken('livepatch-stack-early-release'))).toBeGreaterThan(20);
  if (what === 'switches') expect(broken('shadow-stack-per-cpu')).toBeGreaterThan(20);
}, WHOLE ? 36_000_000 : 120_000);

test('a proof of what fails is found out', () => {
  for (const [name, what] of [['branch-only', 'nothing'], ['livepatch-stack-late-publish', 'interrupts'], ['shadow-stack-per-cpu', 'switches']] as const) {
    const { prover, envelope } = report.strategies.find((it) => it.envelope.name === name)!;
    const lying = { ...envelope, fatal: { ...envelope.fatal, proved: [{ ...envelope.fatal.proved[0]!, mask: envelope.universe }] } };
    expect([name, confrontBound({ prover, envelope: lying }, { ...wholeBound(2, 1, 0), modules: ['M', 'P'] }, what).contradictions.length > 0]).toEqual([name, true]);
  }
}, 120_000);
