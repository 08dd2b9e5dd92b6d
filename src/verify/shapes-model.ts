/** The model's side of a shape (shapes.ts): the text of function A of a program, or of a stub, as lines. */
import { CONTROL } from '../image/core.ts';
import type { ProgramImage } from '../image/program.ts';
import { PAGE_SHIFT, PAGE_WORDS } from '../image/space.ts';
import { parseScenario } from '../scenario/notation.ts';
import { Engine } from '../trial/engine.ts';
import { lineOf } from './shapes.ts';
import type { Shape } from './shapes.ts';

const STUB_LINES = 6;

export class ModelShapes {
  readonly #engine = new Engine([], {});

  /** @throws RangeError where the program has no function A, or no stub. */
  lines({ program: text, stub, name }: Pick<Shape, 'program' | 'stub' | 'name'>): string[] {
    const { image, version } = this.#load(text);
    if (stub !== true) return this.#between(Math.min(image.versionGlobal[version]!, image.versionLocal[version]!), image.versionEnd[version]!);
    const calling = Array.from({ length: image.stubs }, (_, i) => i).find((i) => image.stubModule[i] === image.versionModule[version] && image.stubTarget[i]! >= 0);
    if (calling === undefined) throw new RangeError(`the program of the shape '${name}' has no stub`);
    const start = image.stubWord[calling]!;
    return this.#between(start, start + STUB_LINES);
  }

  /** Bytes from function A's global entry to its local one. @throws RangeError where the program has no function A. */
  localEntry({ program }: Pick<Shape, 'program'>): number {
    const { image, version } = this.#load(program);
    return 4 * (image.versionLocal[version]! - image.versionGlobal[version]!);
  }

  #load(program: string): { readonly image: ProgramImage; readonly version: number } {
    const engine = this.#engine;
    engine.load(parseScenario(program));
    engine.begin(CONTROL, true, false);
    // Functions have ids in the order of their lines; Z, where there is one, comes first.
    return { image: engine.image, version: program.startsWith('Z:') ? 1 : 0 };
  }

  #between(first: number, end: number): string[] {
    const { space } = this.#engine;
    return Array.from({ length: end - first }, (_, i) => {
      const word = first + i, page = word >>> PAGE_SHIFT - 2;
      const address = BigInt.asUintN(64, (BigInt(space.pageHi[page]!) << 32n) + BigInt((space.pageLo[page]! >>> 0) + 4 * (word & PAGE_WORDS - 1)));
      return lineOf(space.words[word]! >>> 0, address);
    });
  }
}
