/** What is known at an instruction, as a certificate has it: claims by cell, and a step as what differs from the claims before. */
import type { CellText, Step, WordText } from './certificate.ts';
import type { Tagged } from './tagged.ts';
import { sameWord, wordText } from './words.ts';
import type { Word } from './words.ts';

/** All that is known, as claims. */
export function claimsOf(state: Tagged): Map<CellText, WordText> {
  const claims = new Map<CellText, WordText>();
  const add = (key: CellText): void => {
    const text = state.textOf(key);
    if (text !== undefined) claims.set(key, text);
  };
  for (let n = 0; n < 32; n++) { add(`r${n}`); add(`cr${n}`); }
  for (const name of ['lr', 'ctr', 'msr'] as const) add(name);
  for (const key of state.memory.keys()) add(key);
  state.touched.clear();
  return claims;
}

/** The assertion as what differs from the one before, which becomes this one. `next`: where the instruction is expected to lie; null: nowhere. */
export function stepOf(state: Tagged, claims: Map<CellText, WordText>, next: Word): Step {
  const set: Record<CellText, WordText> = {}, drop: CellText[] = [];
  const touched = state.touched.size > 1 ? [...state.touched].sort() : state.touched;
  for (const key of touched) {
    const text = state.textOf(key), before = claims.get(key);
    if (text === before) continue;
    if (text === undefined) {
      drop.push(key);
      claims.delete(key);
    } else {
      set[key] = text;
      claims.set(key, text);
    }
  }
  state.touched.clear();
  const at = next !== null && sameWord(next, state.pc) ? undefined : wordText(state.pc);
  return { ...(at === undefined ? {} : { at }), ...(Object.keys(set).length > 0 ? { set } : {}), ...(drop.length > 0 ? { drop } : {}) };
}
