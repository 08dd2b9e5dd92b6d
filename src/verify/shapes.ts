/**
 * Shapes of code: what the programs of the model are made of (image/bodies.ts, calls.ts, stubs.ts), beside what gcc and ld make of C. Both are compared with one and the same
 * pattern: registers, sizes and the order of what is independent are a compiler's affair; what a shape is known by is not.
 */
import { disassemble } from '../isa/disassemble.ts';

/**
 * What stands behind each other: a line, in which `rA` to `rC` are some register, the same one each time, `#F` some number (`-#F` a negative one), `#F+96` that and 96, `#` any number and `T` any target;
 * `a|b`: either; `..`: lines of any kind, or none; a list: all of these lines before what follows, in any order, with others between them; `!a|b`: the next line is none of these. Begins at the
 * function's first instruction.
 */
export type Pattern = readonly (string | readonly string[])[];

export interface Shape {
  readonly name: string;
  /** Function of SHAPES_C; a name with a dot: a symbol that ld makes. */
  readonly compiled: string;
  /** A scenario whose function A has the shape; `stub`: the first stub of A's module has. */
  readonly program: string;
  readonly stub?: true;
  readonly pattern: Pattern;
  /** Lines that the function does not have anywhere. */
  readonly without?: readonly string[];
  /** st_other's local entry bits, in one code model or all. */
  readonly entries?: 'single' | 'dual';
  readonly model?: 'medium' | 'large';
}

const FRAME: Pattern = ['..', 'mflr r0', '..', 'std r0,16(r1)', '..', 'stdu r1,-#F(r1)', '..'];
const LEAVE: Pattern = ['..', 'addi r1,r1,#F', '..', 'ld r0,16(r1)', '..', 'mtlr r0', '..', 'blr'];

export const SHAPES: readonly Shape[] = [
  { name: 'global entry, medium code model', compiled: 'dual', program: 'A:K traced', model: 'medium', entries: 'dual', pattern: ['addis r2,r12,#', 'addi r2,r2,#', 'mflr r0', 'bl T'] },
  { name: 'global entry, large code model', compiled: 'dual', program: 'A:M traced', model: 'large', entries: 'dual', pattern: ['ld r2,-8(r12)', 'add r2,r2,r12', 'mflr r0', 'bl T'] },
  { name: 'single entry', compiled: 'leaf', program: 'Z:M -> local A; A:M single', entries: 'single', pattern: ['mflr r0', 'bl T|nop'], without: ['addi r2,r2,#', 'add r2,r2,r12'] },
  { name: 'frame', compiled: 'local_call', program: 'A:M traced -> local B; B:M', pattern: [...FRAME, 'bl T', ...LEAVE] },
  { name: 'local call', compiled: 'local_call', program: 'A:M traced -> local B; B:M', pattern: [...FRAME, 'bl T', '!nop|ld r2,24(r1)'], without: ['std r2,24(r1)'] },
  { name: 'call that may leave the module', compiled: 'global_call', program: 'A:M traced -> global B; B:N', pattern: [...FRAME, 'bl T', 'nop|ld r2,24(r1)'], without: ['std r2,24(r1)'] },
  { name: 'indirect call', compiled: 'indirect_call', program: 'A:M traced -> indirect B; B:N', pattern: [...FRAME.slice(0, 1), ['mr r12,rA|ld r12,#(rA)', 'mtctr rB', 'std r2,24(r1)'], '..', 'bctrl', 'ld r2,24(r1)'] },
  {
    name: 'slot saved once for all', compiled: 'hoisted_slot', program: 'A:M traced hoisted -> indirect B, local C; B:N; C:M',
    pattern: ['..', 'stdu r1,-#F(r1)', '..', 'std r2,24(r1)', '..', 'bctrl', 'ld r2,24(r1)', '..', 'bl T', '!nop|ld r2,24(r1)'],
  },
  { name: 'sibling call', compiled: 'sibling_call', program: 'A:M traced -> sibling B; B:M', pattern: ['..', 'b T'], without: ['blr'] },
  { name: 'saved registers', compiled: 'saved_registers', program: 'A:M traced saves 3 -> global B; B:N', pattern: ['..', ['std r29,-#(r1)', 'std r30,-#(r1)', 'std r31,-#(r1)'], '..', 'stdu r1,-#F(r1)', '..', 'bl T', '..', ['addi r1,r1,#F', 'ld r29,-#(r1)', 'ld r30,-#(r1)', 'ld r31,-#(r1)'], '..', 'blr'] },
  { name: 'saved CR', compiled: 'saved_cr', program: 'A:M traced saves 1 -> global B; B:N', pattern: ['..', 'mfcr rA', '..', 'stw rA,8(r1)', '..', 'stdu r1,-#F(r1)', '..', 'bl T', '..', 'addi r1,r1,#F', '..', 'lwz rB,8(r1)', '..', 'mtocrf #,rB|mtcrf #,rB', '..', 'blr'] },
  { name: 'data in the protected zone', compiled: 'protected_zone', program: 'A:M traced zone', pattern: ['..', 'std rA,-#F(r1)', '..', 'ld rB,-#F(r1)', '..', 'blr'], without: ['stdu r1,-#(r1)'] },
  { name: 'arguments on the stack', compiled: 'stack_arguments', program: 'Z:M -> local A; A:M traced -> global B; B:N args 10', pattern: ['..', 'stdu r1,-#F(r1)', '..', ['std rA,96(r1)', 'std rB,104(r1)'], '..', 'bl T'] },
  { name: 'arguments from the stack', compiled: 'takes_stack_arguments', program: 'Z:M -> local A; A:M args 10 traced -> global B; B:N', pattern: ['..', 'stdu r1,-#F(r1)', '..', 'ld rA,#F+96(r1)', '..', 'ld rB,#F+104(r1)'] },
  { name: 'variadic', compiled: 'variadic', program: 'Z:M -> local A; A:M args 1 variadic traced -> global B; B:N', pattern: ['..', 'stdu r1,-#F(r1)', '..', 'std r4,#F+40(r1)', '..', 'std r5,#F+48(r1)', '..', 'std r10,#F+88(r1)', '..', 'bl T'] },
  { name: 'early exit', compiled: 'early_exit', program: 'A:M traced early-exit -> global B; B:N', pattern: ['..', 'blr', '..', 'blr'] },
  { name: 'stub of a call that leaves the module', compiled: 'plt_call.outside', program: 'A:M traced -> global B; B:N', stub: true, pattern: ['..', 'std r2,24(r1)', 'ld r12,#(rA)', 'mtctr r12', 'bctr'] },
];

/** A line as patterns have it: one blank, `T` for the target of a branch, decimal numbers. */
export function lineOf(word: number, address: bigint): string {
  const text = disassemble(word, address).replace(/\s+/g, ' ').replace(/^nop$/, 'nop');
  return text.replace(/^(b|bl|b(?:eq|ne|lt|gt|le|ge)[+-]?) .*$/, '$1 T');
}

type Binding = Readonly<Record<string, string>>;
const NUMBER = '-?(?:0x[0-9a-f]+|\\d+)';

/** What the line gives to the names of one alternative; undefined: it is another line. */
function matchOne(alternative: string, line: string, known: Binding): Binding | undefined {
  const names: string[] = [];
  const source = alternative.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\br([A-C])\b|(-?)#([A-Z])?(?:\\\+(\d+))?/g, (_, register: string | undefined, minus: string, name: string | undefined, more: string | undefined) => {
    if (register !== undefined) {
      const key = `r${register}`;
      if (known[key] !== undefined) return known[key];
      names.push(key);
      return '(r\\d+)';
    }
    if (name === undefined) return `(?:${NUMBER})`;
    if (known[name] !== undefined) return `${minus}${Number(known[name]) + Number(more ?? 0)}`;
    names.push(name);
    return `${minus}(\\d+)`;
  });
  const match = new RegExp(`^${source}$`).exec(line);
  return match === null ? undefined : { ...known, ...Object.fromEntries(names.map((name, i) => [name, match[i + 1]!])) };
}

function match(text: string, line: string | undefined, known: Binding): Binding | undefined {
  if (line === undefined) return undefined;
  for (const alternative of text.split('|')) {
    const found = matchOne(alternative, line, known);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a line is one that a pattern's text can stand for, whatever its names stand for. */
export const isLine = (text: string, line: string): boolean => match(text.replace(/#[A-Z](?:\+\d+)?/g, '#'), line, {}) !== undefined;

/** Whether lines from `at` on are as the rest of a pattern says. */
function rest(pattern: Pattern, lines: readonly string[], at: number, known: Binding): boolean {
  const [first, ...behind] = pattern;
  if (first === undefined) return true;
  if (first === '..') {
    for (let skip = at; skip <= lines.length; skip += 1) if (rest(behind, lines, skip, known)) return true;
    return false;
  }
  if (typeof first !== 'string') return all(first, behind, lines, at, known);
  if (first.startsWith('!')) return lines[at] !== undefined && match(first.slice(1), lines[at], known) === undefined && rest(behind, lines, at + 1, known);
  const found = match(first, lines[at], known);
  return found !== undefined && rest(behind, lines, at + 1, found);
}

/** All of `wanted` from `at` on in any order, then the rest behind the last of them. */
function all(wanted: readonly string[], behind: Pattern, lines: readonly string[], at: number, known: Binding): boolean {
  if (wanted.length === 0) return rest(behind, lines, at, known);
  for (let i = at; i < lines.length; i += 1) {
    for (const one of wanted) {
      const found = match(one, lines[i], known);
      if (found !== undefined && all(wanted.filter((it) => it !== one), behind, lines, i + 1, found)) return true;
    }
  }
  return false;
}

/** Whether a function's lines have the shape. */
export function hasShape({ pattern, without = [] }: Pick<Shape, 'pattern' | 'without'>, lines: readonly string[]): boolean {
  return rest(pattern, lines, 0, {}) && !lines.some((line) => without.some((one) => match(one, line, {}) !== undefined));
}
