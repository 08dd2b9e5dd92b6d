// What interrupts leave on their stacks, and a strategy beside them, is in the sums at the end: one wrong bit there, of which no register ever knows, is seen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BESIDE_OF, IRQ_STACKS, PAGE, SOFTIRQ_STACKS, TASK_STACKS } from '../../src/image/pages.ts';
import { PAGE_BYTES } from '../../src/kernel/layout.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Emulated } from '../../src/verify/emulated.ts';
import { SUMMED } from '../../src/verify/summed.ts';
import { Workbench } from '../../src/verify/workbench.ts';
import type { Fault } from '../../src/verify/workbench.ts';
import { missingTools } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** In the model the callback leaves one bit more below its caller's frame, or beside it, where that frame is on this stack. Counts how often. */
function bitMore(stack: number, beside: boolean): Fault & { times: number } {
  const fault = {
    times: 0,
    model: (_engine: unknown, { host, machine, space }: Parameters<NonNullable<Fault['model']>>[1]) => {
      const { callback } = Object.getPrototypeOf(host) as typeof host;
      host.callback = () => {
        const sent = callback.call(host), frame = machine.flat(machine.regs[2]!, machine.regs[3]!);
        if (frame >> 14 === stack) {
          const at = beside ? BESIDE_OF[stack]! * PAGE_BYTES + frame % PAGE_BYTES + 64 : frame - 16;
          space.words[at >> 2]! ^= 1;
          space.dirty[at >> 12] = 1;
          fault.times++;
        }
        return sent;
      };
    },
  };
  return fault;
}

const STACKS: readonly (readonly [name: string, stack: number, how: string])[] = [
  ['stack', TASK_STACKS[0], ''],
  ['interrupt stack', IRQ_STACKS[0], ' own-stack'],
  ['soft irq stack', SOFTIRQ_STACKS[0], ' own-stack; softirq 1'],
  ['emergency stack', PAGE.EMERGENCY_STACK, ' own-stack; emergency 1'],
];

const missing = missingTools();

describe('memory at the end', () => {
  const emulated = missing === undefined ? new Emulated(folder) : undefined;
  const cases = STACKS.flatMap(([stack, page, how]) => [
    { range: stack, page, how, strategy: 'livepatch-stack', beside: false },
    { range: `memory for frames of the ${stack}`, page, how, strategy: 'shadow-stack-parallel', beside: true },
  ]);
  for (const { range, page, how, strategy, beside } of cases) {
    it(`has the ${range} in it, and what ${strategy} leaves there`, (ctx) => {
      if (emulated === undefined) return ctx.skip(missing);
      const scenario = parseScenario(`A:M -> 1 local B; B:M patched; H:N -> 2 global E; E:K patched; irq 1 at 1 callee+0 runs H${how}`);
      const run = { scenario, strategy: 0, patched: true }, strategies = BUILT_IN.filter(({ name }) => name === strategy);
      expect(new Workbench(strategies, emulated).alone(run)).toMatchObject({ end: true, difference: undefined });
      const fault = bitMore(page, beside);
      const { difference } = new Workbench(strategies, emulated, fault).alone(run);
      expect(fault.times).toBeGreaterThan(0);
      expect(difference).toMatchObject({ what: `memory at the end: ${range}` });
    });
  }

  it('leaves no range out of it', () => {
    expect(SUMMED.slice(0, STACKS.length).map(({ name }) => name)).toEqual(STACKS.map(([name]) => name));
    expect(SUMMED.filter(({ name }) => name.startsWith('memory for frames'))).toHaveLength(STACKS.length);
  });
});
