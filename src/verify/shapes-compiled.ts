/** What gcc and ld make of SHAPES_C, word by word. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CODE_MODELS, SHAPES_C, compilerFlags } from './shapes-source.ts';
import type { CodeModel } from './shapes-source.ts';
import { GCC, LD, OBJDUMP, runTool, withFolder } from './tools.ts';

export interface CompiledFunction {
  readonly name: string;
  readonly model: CodeModel;
  /** Bits of st_other as `objdump -t` shows them: 0x60 says that the local entry is two instructions behind the global one; 0: one entry. */
  readonly stOther: number;
  readonly words: readonly number[];
}

/** Compiles and disassembles, in both code models, and links once for the stub of a call that leaves. @throws Error with the tool's message. */
export function compileShapes(): CompiledFunction[] {
  return withFolder((folder) => {
    const source = join(folder, 'shapes.c');
    writeFileSync(source, SHAPES_C);
    const compiled = CODE_MODELS.flatMap((model) => {
      const object = join(folder, `${model}.o`);
      runTool(GCC, [...compilerFlags(model), '-c', source, '-o', object]);
      return functionsOf(object, model);
    });
    const shared = join(folder, 'shapes.so');
    runTool(LD, ['-shared', '-o', shared, join(folder, 'medium.o')]);
    return [...compiled, ...functionsOf(shared, 'medium').filter(({ name }) => name.includes('.plt_call.')).map((it) => ({ ...it, name: it.name.replace(/^[0-9a-f]+\./, '') }))];
  });
}

function functionsOf(file: string, model: CodeModel): CompiledFunction[] {
  const entries = new Map<string, number>();
  for (const line of runTool(OBJDUMP, ['-t', file]).split('\n')) {
    const symbol = /^[0-9a-f]+ .{7} \.text\t[0-9a-f]+ (?:0x([0-9a-f]+) )?(\S+)$/.exec(line);
    if (symbol !== null) entries.set(symbol[2]!, parseInt(symbol[1] ?? '0', 16));
  }
  return runTool(OBJDUMP, ['-d', '--section=.text', file]).split(/\n\n/).flatMap((block) => {
    const head = /^[0-9a-f]+ <(\S+)>:$/m.exec(block);
    if (head === null || !entries.has(head[1]!)) return [];
    return [{ name: head[1]!, model, stOther: entries.get(head[1]!)!, words: trimmed([...block.matchAll(/^\s*[0-9a-f]+:\t([0-9a-f ]{11}) \t/gm)].map((match) => littleEndian(match[1]!))) }];
  });
}

/** Without the traceback table and padding behind the last instruction that leaves the function. */
function trimmed(words: readonly number[]): number[] {
  const last = words.findLastIndex((word) => word === BLR || word === BCTR || (word >>> 26 === 18 && (word & 1) === 0));
  return words.slice(0, last + 1);
}

const BLR = 0x4e800020, BCTR = 0x4e800420;

const littleEndian = (bytes: string): number => parseInt(bytes.split(' ').toReversed().join(''), 16);
