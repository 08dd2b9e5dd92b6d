/**
 * What the harness is, in 64 bits: the kernel's text, the call kinds, the permission table, the obligations, and what generated code destroys. Two
 * builds with the same hash judge alike, so far as data tells.
 */
import { PERMISSIONS } from '../abi/permissions.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import { CALL_KIND_TABLE } from '../image/call-kinds.ts';
import { POISON } from '../image/poison.ts';
import { BOUNDS } from '../scenario/scenario.ts';
import { Hash } from './hash.ts';

/** `kernelText`: the assembled words of the control hook's core page. 16 hexadecimal digits. */
export function modelHash(kernelText: ArrayLike<number>): string {
  const hash = new Hash();
  hash.words(kernelText);
  hash.words(POISON);
  hash.text(JSON.stringify([PERMISSIONS, CALL_KIND_TABLE, OBLIGATIONS, BOUNDS]));
  return hash.hex();
}
