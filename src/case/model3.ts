/**
 * Version 3 of how a token says a scenario: version 2, and behind it one section after the other of what else a world may have. Only scenarios
 * that version 2 cannot say have such tokens.
 */
import type { Scenario, World } from '../scenario/scenario.ts';
import type { Section } from './model2.ts';
import { exitsSection } from './model-exits.ts';
import { hooksSection, kretprobesSection, secondHooksSection } from './model-hooks.ts';
import { patches } from './model3-patches.ts';
import { forks } from './model3-forks.ts';
import { soft } from './model3-soft.ts';
import { outOfLine, tracing } from './model3-styles.ts';

/** In the order in which they are written. */
export const SECTIONS: readonly Section[] = [patches, hooksSection, exitsSection, outOfLine, tracing];
/**
 * Those that came later, behind all else of a scenario. Each begins with a flag of which `false` has a weight of 2 or more: where there is nothing behind, it then costs
 * nothing (coder.ts), and a token without it is read as before.
 */
export const LATER_SECTIONS: readonly Section[] = [secondHooksSection, kretprobesSection, soft, forks];

/** The fields of a world that version 2 can say. */
const BEFORE: readonly (keyof World)[] = ['tasks', 'switches', 'sleepers', 'emergency'];

/** Whether a scenario's token is of this version. */
export function needsSections({ world }: Scenario): boolean {
  return world !== undefined && Object.keys(world).some((field) => !(BEFORE as readonly string[]).includes(field));
}
