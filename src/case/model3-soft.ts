/** Section of version 3 (model3.ts): which handlers are soft irqs'. One that says no at a token's end adds nothing to it, so tokens from before it are what they were. */
import { onSoftStack } from '../scenario/world.ts';
import type { Section } from './model2.ts';

export const soft: Section = (walk, from, { emergency = [] }, interrupts) =>
  onSoftStack(interrupts.filter(({ id, ownStack }) => ownStack && !emergency.includes(id) && walk.flag(1, 3, from.soft?.includes(id) === true)).map(({ id }) => id));
