/**
 * What one compiled file imports from another becomes a constant of the file that imports it:
 *
 *     import { CALLED as C } from './bounds.js';   ->   import * as imported0 from './bounds.js'; const { CALLED: C } = imported0;
 *
 * An imported name may change at any time, as far as V8 (11.3, of Node 20) knows: at each use it fetches the value anew, asks whether there is one yet, and of what kind it
 * is. A constant of the file it compiles in as a number, and calls of a constant function it can take into the caller. The hot path is full of such names, so a
 * trial takes 6 to 8 % less (docs/fidelity.md, How fast). The sources stay as they are, and each statement stays on its line.
 *
 * It means the same as long as no file exports a variable that is assigned to again, and no files import each other in a circle (test/floors.test.ts).
 */
export function folded(compiled: string): string {
  let count = 0;
  return compiled.replace(/^import \{ ([^}]+) \} from '(\.[^']*)';$/gm, (_, names: string, file: string) => {
    const space = `imported${count++}`;
    return `import * as ${space} from '${file}'; const { ${names.replaceAll(' as ', ': ')} } = ${space};`;
  });
}
