// Hand-made data that the tests of reports share: a local call of a patched function whose replacement leaves its own TOC in r2.
import type { Finding } from '../../src/campaign/finding.ts';
import type { FuzzReport } from '../../src/campaign/report.ts';
import type { Violation } from '../../src/contract/verdict.ts';
import type { Body, Scenario } from '../../src/scenario/scenario.ts';
import type { TraceStep } from '../../src/trial/record.ts';

const empty: Body = { calls: [], nonvolatile: 0, zone: false, hoisted: false, earlyExit: false };

export const scenario: Scenario = {
  places: { M: 1, N: 0, P: 0 },
  functions: [
    { id: 0, module: 'M', entry: 'dual', args: 0, variadic: false, traced: false, body: { ...empty, calls: [{ id: 1, kind: 'local', callee: 1 }] } },
    {
      id: 1, module: 'M', entry: 'dual', args: 10, variadic: true, traced: false, body: empty,
      replacement: { entry: 'dual', traced: true, body: { ...empty, calls: [{ id: 2, kind: 'global', callee: 0, limit: 2 }] } },
    },
    { id: 2, module: 'K', entry: 'single', args: 0, variadic: false, traced: false, body: { ...empty, zone: true } },
  ],
  start: 0,
  interrupts: [{ id: 1, at: { context: 'task', call: 1, occurrence: 2, region: 'hook-entry', step: 3 }, handler: 2, ownStack: true }],
};

const TOC_M = 0xc008000000108000n;
const TOC_P = 0xc008000000508000n;

export const violation: Violation = {
  obligation: 'toc', address: 0xc008000000000024n, call: 1, edge: 'local', place: 'livepatch_handler', region: 'return-site',
  subject: 'r2', expected: TOC_M, found: TOC_P, cause: 0xc008000000400004n, step: 6,
};

export const finding: Finding = {
  strategy: 'branch-only',
  signature: { strategy: 'branch-only', obligation: 'toc', edge: 'local', place: 'livepatch_handler' },
  withinClaim: true,
  needs: [],
  violation,
  at: { address: violation.address, symbol: 'f0+0x24', text: 'addis   r3,r2,0' },
  cause: { address: 0xc008000000400004n, symbol: "f1'+0x4", text: 'addi    r2,r2,32760' },
  expectedSymbol: '.TOC. of M',
  foundSymbol: '.TOC. of P',
  scenario,
  original: scenario,
  drawn: { functions: 3, calls: 2, patches: 1, interrupts: 1 },
  provenance: { seed: '7', block: 3, run: 41, features: ['local', 'global'], generator: 1 },
  token: 'tocsin1abcdef',
  afterTrials: 12,
  certificate: { tried: 37, what: ['without call 1', 'without function 1', 'without the patch of function 1'], complete: true },
  expected: { 'branch-only': { outcome: 'violated', obligations: ['toc'] } },
  instructions: 40,
  sentence: 'branch-only breaks toc: after call 1, r2 is the TOC of P where the TOC of M is expected.',
};

export const report: FuzzReport = {
  seed: 7n, features: ['local', 'global'], generator: 1, runs: 1000, blocks: 2, shard: { index: 1, of: 1, first: 0, runs: 1000 }, keepGoing: false, modelHash: 'abc123',
  strategies: [
    {
      name: 'branch-only', hash: 'h1', claim: { kind: 'breaks', obligations: ['toc'] }, outcome: 'broken', asClaimed: true, trials: 1000, within: 1000,
      byOutside: [{ outside: [], trials: 1000 }], openWithin: 0,
      notApplicable: 0, notApplicableObligations: [], outOfBudget: 0, undecided: 0, instructions: 912345, findings: [finding],
      signatures: [{ signature: finding.signature, within: 900, outside: 0, afterTrials: 12, seen: [{ outside: [], count: 900, block: 0, run: 11, afterTrials: 12 }] }], unseen: [], assumptions: [], sites: [],
    },
    {
      name: 'livepatch-stack', hash: 'h2', claim: { kind: 'holds', assuming: ['no-stub-sibling', 'stack-room', 'no-variadic'] }, outcome: 'holds', asClaimed: true,
      trials: 1000, within: 620, byOutside: [{ outside: [], trials: 620 }, { outside: ['no-stub-sibling'], trials: 360 }, { outside: ['no-variadic'], trials: 20 }], openWithin: 2,
      notApplicable: 0, notApplicableObligations: [], outOfBudget: 2, undecided: 0, instructions: 1_912_345, findings: [], signatures: [], unseen: [],
      assumptions: [
        { assumption: 'no-stub-sibling', exercised: 360, least: 300, standing: 'idle' }, { assumption: 'stack-room', exercised: 0, least: 300, standing: 'unexercised' },
        { assumption: 'no-variadic', exercised: 20, least: 300, standing: 'undecided' },
      ],
      bound: { clusters: 620, confidence: 0.95, below: 0.004821 },
      sites: [
        { kind: 'interrupt', place: 'livepatch_handler', least: 0.001, allFeatures: false, from: 20713, shown: 9, of: 1000, low: 0.001726, high: 0.0456, standing: 'met' },
        { kind: 'interrupt', place: 'livepatch_handler+0x4', least: 0.001, allFeatures: false, from: 20713, shown: 0, of: 1000, low: 0, high: 0.03599, standing: 'undecided' },
        { kind: 'interrupt', place: 'masked', least: 0.001, allFeatures: false, exempt: 'EE is off', from: 20713, shown: 0, of: 1000, low: 0, high: 0.03599, standing: 'exempt' },
      ],
    },
  ],
  canaries: [{ name: 'branch-only', trials: 1000, caught: true, afterTrials: 12 }],
  witnesses: { 'interrupts-in-hook': 562, 'stack-argument-calls': 743, 'events-not-delivered': 12, 'self-calls': 0 },
  missingWitnesses: [], shown: { 'interrupts-in-hook': 238, 'stack-argument-calls': 303, 'events-not-delivered': 12, 'self-calls': 0 },
  shares: [{ name: 'interrupts-in-hook', shown: 238, of: 1000, least: 0.005, low: 0.166, high: 0.3286, standing: 'met' }],
  situations: { once: [3, 9], more: [1], unseen: 0.002 }, compared: 10, faults: [], faultCount: 0, exit: 0, reasons: [],
};

const step = (n: number, address: bigint, symbol: string, text: string, more: Partial<TraceStep> = {}): TraceStep =>
  ({ index: n - 1, address, symbol, text, registers: [], memory: [], notes: [], ...more });

/** f0 calls f1 with its TOC; f1's replacement loads its own and returns. */
export const steps: readonly TraceStep[] = [
  step(1, 0xc008000000000018n, 'f0+0x18', 'addi    r2,r2,32760', { registers: [{ name: 'r2', before: 0n, after: TOC_M }] }),
  step(2, 0xc008000000000020n, 'f0+0x20', 'bl      c008000000000108', { registers: [{ name: 'lr', before: 0n, after: 0xc008000000000024n }], notes: ['call 1'] }),
  step(3, 0xc000000000010400n, 'livepatch_handler', 'bctr'),
  step(4, 0xc008000000400004n, "f1'+0x4", 'addi    r2,r2,32760', { registers: [{ name: 'r2', before: TOC_M, after: TOC_P }] }),
  step(5, 0xc008000000400008n, "f1'+0x8", 'std     r2,-8(r1)', { memory: [{ address: 0xc000000003e23ff8n, bytes: 8, after: TOC_P }] }),
  step(6, 0xc00800000040000cn, "f1'+0xc", 'blr'),
  step(7, 0xc008000000000024n, 'f0+0x24', 'addis   r3,r2,0'),
];
