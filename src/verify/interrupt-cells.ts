/** What the code that takes interrupts in the emulated process (privileged.ts) must know of a run, as bytes for its cells. */
import { stackOf } from '../machine/delivery.ts';
import { PAGE_BYTES } from '../kernel/layout.ts';
import type { Engine } from '../trial/engine.ts';
import type { Landing } from './landings.ts';
import type { Twin } from './moved.ts';
import { CELL, INTERRUPT, MOST_SITES, SITE } from './privileged.ts';
import { CELLS } from './runner.ts';

export interface Site {
  /** Flat word before which interrupts arrive. */
  readonly word: number;
  /** Where the process goes on there behind one. */
  readonly resume: bigint;
}

/**
 * Addresses and what is to be written there.
 * @throws RangeError for more sites or data pages than there is room for.
 */
export function cellsOf(engine: Engine, twin: Twin, sites: readonly Site[], landings: readonly Landing[]): readonly (readonly [address: bigint, bytes: Uint8Array])[] {
  const pages = twin.mapped.filter(({ text }) => !text);
  if (sites.length > MOST_SITES) throw new RangeError(`interrupts arrive before ${sites.length} words; at most ${MOST_SITES}`);
  if (8 * (pages.length + 1) > CELL.BYTES - CELL.PAGES) throw new RangeError(`${pages.length} data pages`);
  return [
    [CELLS + BigInt(CELL.ENTRY), interruptCells(engine, twin, sites, landings)],
    [CELLS + BigInt(CELL.PAGES), new Uint8Array(BigUint64Array.from([...pages.map(({ address }) => address), 0n]).buffer)],
  ];
}

/** What lies from `ENTRY` to `PAGES`. */
function interruptCells({ image, set }: Engine, twin: Twin, sites: readonly Site[], landings: readonly Landing[]): Uint8Array {
  const { machine, space } = twin, cells = new BigUint64Array((CELL.PAGES - CELL.ENTRY) / 8);
  const put = (offset: number, value: bigint): void => { cells[(offset - CELL.ENTRY) / 8] = value; };
  put(CELL.ENTRY, twin.addressOf(set.current.interruptEntry));
  sites.forEach(({ word, resume }, i) => {
    put(CELL.SITES + i * SITE.BYTES + SITE.WORD, twin.addressOf(word));
    put(CELL.SITES + i * SITE.BYTES + SITE.RESUME, resume);
  });
  landings.forEach(({ interrupt, word, arrival }, i) => {
    const at = CELL.INTERRUPTS + i * INTERRUPT.BYTES, lastWord = (stackOf(machine, image, interrupt) + 1) * PAGE_BYTES - 4;
    put(at + INTERRUPT.SITE, BigInt(sites.findIndex((it) => it.word === word)));
    put(at + INTERRUPT.ARRIVAL, BigInt(arrival));
    put(at + INTERRUPT.HANDLER, twin.addressOf(image.versionGlobal[image.interruptHandler[interrupt]!]!));
    put(at + INTERRUPT.OWN_STACK, image.scenario.interrupts[interrupt]!.ownStack ? 1n : 0n);
    put(at + INTERRUPT.TOP, space.addressOf(lastWord) + 4n);
  });
  put(CELL.INTERRUPTS + landings.length * INTERRUPT.BYTES, BigInt.asUintN(64, -1n));
  return new Uint8Array(cells.buffer);
}
