/** The words of the notation (notation.ts) for the second patch, and for what becomes of both over time. */
import type { Anchor, Change, PatchNumber, Scenario, Transition } from './scenario.ts';
import { CHANGES } from './scenario.ts';
import { worldOf } from './world.ts';

/** What is needed of whoever reads a statement. */
interface Words {
  next(expected: string): string;
  take(word: string): boolean;
  fail(what: string): never;
}

/** `1` or `2` */
export function readPatch(words: Words): PatchNumber {
  const text = words.next('a patch, 1 or 2');
  return text === '1' ? 1 : text === '2' ? 2 : words.fail(`'${text}'; expected a patch, 1 or 2`);
}

/** Behind the anchor: `enable 2`, `disable 1 unload`, `replace`. */
export function readTransition(words: Words): Pick<Transition, 'change' | 'patch' | 'unload'> {
  const text = words.next(CHANGES.join(', '));
  const change: Change = CHANGES.find((name) => name === text) ?? words.fail(`'${text}'; expected one of ${CHANGES.join(', ')}`);
  const patch = change === 'replace' ? 2 : readPatch(words);
  return { change, patch, ...(words.take('unload') ? { unload: true as const } : {}) };
}

/** `disable 1 unload` */
export const changeWords = ({ change, patch, unload }: Omit<Transition, 'id' | 'at'>): string =>
  `${change}${change === 'replace' ? '' : ` ${patch}`}${unload === true ? ' unload' : ''}`;

/** The statements of a scenario, a line each. `anchorWords` begins with a blank. */
export function patchWords(scenario: Scenario, name: (id: number) => string, anchorWords: (at: Anchor) => string): string[] {
  const { second = [], off = [], transitions = [] } = worldOf(scenario);
  return [
    ...second.map((it) => `second ${name(it.function)}${it.body === 'first' ? ' first' : ''}`),
    ...off.map((patch) => `off ${patch}`),
    ...transitions.map((one) => `transition ${one.id}${anchorWords(one.at)} ${changeWords(one)}`),
  ];
}
