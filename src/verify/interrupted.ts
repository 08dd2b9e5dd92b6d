/** Counts the interrupts of a comparison's runs: how many arrived, where, and what became of the others. */
import type { Engine } from '../trial/engine.ts';
import { REGIONS } from '../scenario/scenario.ts';
import type { Workbench, Run } from './workbench.ts';
import type { Tally } from './result.ts';

/** Of an interrupt that has arrived: in which region, and on which stack its handler is called; each is counted. */
export const INTERRUPTS_WANTED: readonly string[] = [
  ...REGIONS.map((region) => `interrupt in ${region}`),
  'interrupt in a handler', 'handler on the interrupted stack', 'handler on the interrupt stack', 'handler on the emergency stack', 'handler on the soft irq stack',
];

/** Notes the interrupts of the run that the bench has just made. */
export function noteInterrupts(tally: Tally, bench: Workbench, { scenario: { interrupts } }: Run): void {
  const { engine, recorder: { landings }, fates } = bench;
  for (const fate of fates) if (fate !== 'delivered') tally.note(`interrupt that never arrives: ${fate}`);
  if (landings.length === 0) return;
  tally.note('interrupted runs');
  for (const { interrupt } of landings) {
    const { at: { region, context }, ownStack } = interrupts[interrupt]!;
    tally.note('interrupts');
    tally.note(`interrupt in ${region}`);
    if (typeof context === 'number') tally.note('interrupt in a handler');
    tally.note(`handler on the ${ownStack ? ownStackOf(engine, interrupt) : 'interrupted stack'}`);
  }
}

function ownStackOf({ image }: Engine, interrupt: number): string {
  return image.interruptEmergency[interrupt] !== 0 ? 'emergency stack' : image.interruptSoft[interrupt] !== 0 ? 'soft irq stack' : 'interrupt stack';
}
