// Interrupt entry on trial: faults planted in its words are seen by the judge, under any strategy, and laid at the program's door (exit code 4).
import { describe, expect, test } from 'vitest';
import type { CorePage } from '../../src/image/core-page.ts';
import { scenarioArbitrary } from '../../src/arbitraries/scenario.ts';
import { scenarioAt } from '../../src/arbitraries/seeded.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { KERNEL_SYMBOLS } from '../../src/kernel/symbols.ts';
import { parseScenario } from '../../src/scenario/notation.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import type { Engine } from '../../src/trial/engine.ts';
import { Trials } from '../../src/trial/trials.ts';

const wordOf = (line: string): number => assemble(line, { base: 0n, symbols: KERNEL_SYMBOLS }).words[0]! | 0;

/** livepatch-stack, with `line` of interrupt entry replaced wherever it stands between its label and the `rfid`, also under the control hook. */
function planted(line: string, instead: string): Trials {
  const trials = new Trials([livepatchStack]);
  const { set, space, machine } = (trials as unknown as { readonly engine: Engine }).engine;
  const [from, to] = [wordOf(line), wordOf(instead)];
  const plant = ({ labels, pristine, page }: CorePage): void => {
    let found = 0;
    for (let at = labels.get('interrupt_entry')!; at <= labels.get('interrupt_exit')!; at++) {
      if (space.words[at] !== from) continue;
      space.words[at] = pristine[at % (space.words.length / space.pageAccess.length)] = to;
      found++;
    }
    expect(found, `${line} on page ${page}`).toBeGreaterThan(0);
  };
  plant(set.pages[0]!);
  plant(set.control);
  machine.undecode(0, space.words.length);
  return trials;
}

const IN_FTRACE = 'A:M -> 1 local B; B:M patched; H:N -> 2 local E; E:N patched; irq 1 at 1 ftrace-entry+9 runs H';
const OWN_STACK = `${IN_FTRACE} own-stack`;

/** What the judge says first, and of whose doing it is. */
function said(trials: Trials, scenario: string): string {
  trials.load(parseScenario(scenario));
  const [first] = trials.run(0).violations;
  const what = first === undefined ? 'holds' : `${first.obligation} ${first.subject}`;
  return `${what}${trials.isProgramFault() ? ', in every run' : ''}`;
}

const FAULTS: readonly (readonly [what: string, line: string, instead: string, scenario: string, seen: string])[] = [
  ['the kernel’s TOC pointer is not loaded', 'ld r2, PACATOC(r13)', 'nop', IN_FTRACE, 'toc r2, in every run'],
  ['another TOC pointer is loaded', 'ld r2, PACATOC(r13)', 'ld r2, PACATOC+8(r13)', IN_FTRACE, 'toc r2, in every run'],
  ['EE is not set before the handler', 'ori r10, r10, MSR_EE+MSR_RI', 'ori r10, r10, MSR_RI', IN_FTRACE, 'interrupt-transparency msr, in every run'],
  ['RI is not set before the handler', 'ori r10, r10, MSR_EE+MSR_RI', 'ori r10, r10, MSR_EE', IN_FTRACE, 'interrupt-transparency msr, in every run'],
  ['EE is not cleared behind it', 'li r10, MSR_RI', 'mfmsr r10', IN_FTRACE, 'interrupt-transparency msr, in every run'],
  ['the depth is never lowered', 'subf r10, r9, r10', 'nop', OWN_STACK, 'interrupt-transparency irq depth, in every run'],
  ['the depth is never raised', 'add r10, r10, r9', 'nop', OWN_STACK, 'interrupt-transparency irq depth, in every run'],
  ['the interrupt stack is never used', 'ld r11, PACA_HARDIRQ_STACK(r13)', 'nop', OWN_STACK, 'interrupt-transparency stack, in every run'],
  ['the interrupt stack is used unasked', 'ld r9, PACA_IRQ_OWN_STACK(r13)', 'li r9, 1', IN_FTRACE, 'interrupt-transparency stack, in every run'],
  ['a second interrupt begins the interrupt stack again', 'cmpdi cr1, r10, 0', 'cmpd cr1, r10, r10',
    `${OWN_STACK}; irq 2 in 1 at 2 callee+2 runs F own-stack; F:K`, 'protected-zone -256(r1), in every run'],
];

describe('a fault of interrupt entry', () => {
  test.each(FAULTS)('%s', (_, line, instead, scenario, seen) => {
    expect(said(planted(line, line), scenario)).toBe('holds');
    expect(said(planted(line, instead), scenario)).toBe(seen);
  });

  test('is seen within a thousand scenarios of a campaign', () => {
    const arbitrary = scenarioArbitrary();
    for (const [what, line, instead] of FAULTS) {
      const trials = planted(line, instead);
      let seen = -1;
      for (let run = 0; run < 1_000 && seen < 0; run++) {
        trials.load(scenarioAt(arbitrary, 41n, Math.floor(run / 500), run % 500));
        if (trials.run(0).outcome !== 'holds' && trials.isProgramFault()) seen = run;
      }
      expect(seen, what).toBeGreaterThanOrEqual(0);
    }
  });
});
