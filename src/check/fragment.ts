/** One fragment of a certificate: from the assertion at its first instruction to the last, each from the one before. Rules: docs/proof.md, "How a fragment begins" to "At the end". */
import { execute, type Place } from './instructions.ts';
import { number, parse, plus, refuse, same, show, symbols, word, type Facts, type Known, type Word } from './words.ts';

export interface Span { readonly at: bigint; readonly bytes: bigint }
/** What is the same in all fragments. Memory by the symbol that it lies behind; `entries`: the symbols of an entry's address; `cell`: the published one. */
export interface World {
  readonly zone: bigint; readonly vmlinux: Word; readonly nip: bigint; readonly has: (feature: string) => boolean;
  readonly fixed: readonly (readonly [cell: string, value: Word])[];
  readonly published?: { readonly cell: string; readonly owner: string; readonly at: bigint; readonly origin: bigint; readonly entry: bigint; readonly entries: string };
  readonly memory: readonly (Span & { readonly of: string })[]; readonly areas: readonly Span[]; readonly frame?: Span & { readonly marker: string }; readonly range?: readonly bigint[];
}
/** What is this fragment's own. `text`: the word at an address, and whether it may run. `keeps`: what the contract of (patched, shape) promises. */
export interface Subject {
  readonly world: World; readonly shape: string; readonly toc: Word; readonly kind: string; readonly args: string; readonly outOfLine: boolean; readonly replacement?: string;
  readonly callbacks: readonly Word[]; readonly from: Word; readonly behind: Word; readonly replaces: Word; readonly text: (address: Word) => { readonly code: number; readonly runs: boolean } | undefined;
  readonly keeps: (who: string, shape: string) => readonly string[]; readonly mustEnd: (marker: Known, subject: Subject) => readonly string[]; readonly steps: { count: number };
}
type Json = Readonly<Record<string, unknown>>;
export const record = (it: unknown, what: string): Json => (typeof it === 'object' && it !== null && !Array.isArray(it) ? it as Json : refuse(`${what}: expected an object`));
export const text = (it: unknown, what: string): string => (typeof it === 'string' ? it : refuse(`${what}: expected words`));
/** Part of a name. Parts that are words, each where it belongs, make one name in one way only: no other thing can have it. */
export const part = (it: unknown, what: string): string => (typeof it === 'string' && /^\S+$/.test(it) ? it : refuse(`${what}: expected a word`));
export const list = (it: unknown, what: string): readonly unknown[] => (Array.isArray(it) ? it : refuse(`${what}: expected a list`));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const KEPT = [...range(13, 31).map((n) => `r${n}`), ...range(8, 19).map((n) => `cr${n}`), 'msr'];
const ARGUMENTS = range(3, 10).map((n) => `r${n}`), ON_STACK = [96, 104, 112, 120].map((o) => `[F+${o}]`);
const VOLATILE = [0, ...range(2, 12)].map((n) => `r${n}`).concat('lr', 'ctr', ...range(0, 7).concat(range(20, 31)).map((n) => `cr${n}`));
const inside = (at: bigint, bytes: bigint, its: Span): boolean => at >= its.at && at + bytes <= its.at + its.bytes;

type Placed = Span & { readonly of: string };
/** What stands at an address in place of code: does it, and says where it goes on. */
type Rule = readonly [at: Word, what: (cells: Cells) => Word];
const places = new Map<string, Placed>();
function placeOf(cell: string): Placed | undefined {
  const parts = cell[0] !== '[' || places.has(cell) ? null : /^\[(.+)\](?:\/([14]))?$/.exec(cell);
  if (parts !== null) places.set(cell, { ...parse(parts[1]), bytes: BigInt(parts[2] ?? 8) });
  return cell[0] === '[' ? places.get(cell) : undefined;
}
const isPaca = (of = ''): boolean => of === 'paca' || of.includes('paca') && symbols(of).some(([name]) => name === 'paca');
const cellAt = (address: Word, bytes: number): string => `[${show(address)}]${bytes === 8 ? '' : `/${bytes}`}`;

/**
 * What is known at one instruction, and which rules were used on the way to it. `said`: of each cell that has changed since the last assertion, what that has said. `settled`: what others may change was
 * forgotten, and nothing has changed since that decides what that is: memory, r1, a value that names the PACA.
 */
export class Cells implements Place {
  readonly known = new Map<string, Word>(); readonly memory = new Map<string, Placed>(); readonly said = new Map<string, Known>(); readonly facts: Facts; readonly subject: Subject; passed: string; settled = false;
  constructor(subject: Subject, facts: Facts, known: Iterable<readonly [string, Word]>, passed = '') { this.subject = subject; this.facts = facts; this.passed = passed; for (const [cell, value] of known) this.set(cell, value); }
  copy(): Cells { return new Cells(this.subject, this.facts, this.known, this.passed); }
  get(cell: string): Known { return this.known.get(cell); }
  set(cell: string, value: Known): void {
    const place = placeOf(cell);
    if (!this.said.has(cell)) this.said.set(cell, this.known.get(cell));
    if (place !== undefined || cell === 'r1' || isPaca(value?.of)) this.settled = false;
    if (value === undefined) this.known.delete(cell); else this.known.set(cell, value);
    if (place !== undefined) if (value === undefined) this.memory.delete(cell); else this.memory.set(cell, place);
  }
  forget(which: (place: Placed, cell: string) => boolean): void { for (const [cell, place] of this.memory) if (which(place, cell)) this.set(cell, undefined); }
  load(address: Word, bytes: number): Known {
    const [low, high] = [this.subject.text(address), this.subject.text(word(address.of, address.at + 4n))];
    if (low !== undefined && bytes >= 4) return bytes === 4 ? number(low.code) : high === undefined ? refuse('a load across the end of a text') : number(BigInt(low.code) | (BigInt(high.code) << 32n));
    if (low === undefined) this.mayLoad(address, BigInt(bytes));
    return this.get(cellAt(address, bytes));
  }
  /** What is there: F's stack up to the end of F's header, more of it where a fragment has it, the memory that the kernel's symbols lie at, entries, and the first 16 KB that vmlinux's TOC pointer reaches. */
  mayLoad({ of, at }: Word, bytes: bigint): void {
    const { world: { areas, published, frame, vmlinux }, args } = this.subject;
    const there = of === 'F' ? at + bytes <= (args === 'stack' ? 128n : 32n) || [...areas, ...(frame ? [frame] : [])].some((it) => inside(at, bytes, it)) : of === '' ? inside(at, bytes, { at: vmlinux.at - 32768n, bytes: 16384n }) : ['paca', 'task', 'stack', published?.entries].includes(of);
    if (!there) refuse(`a load of ${bytes} bytes from ${show({ of, at })}, where nothing is known to be`);
  }
  store({ of, at }: Word, size: number, value: Known): void {
    const { world: { areas, memory, published, frame }, shape } = this.subject, bytes = BigInt(size);
    const allowed = of === 'F' ? at + bytes <= 0n || (at === 8n && size === 4) || (at === 16n && size === 8) || areas.some((it) => inside(at, bytes, it)) || (frame !== undefined && !shape.includes('!') && inside(at, bytes, frame))
      : memory.some((it) => it.of === of && inside(at, bytes, it)) || (published !== undefined && ((of === published.owner && at === published.at && size === 8) || (of === published.entries && at >= published.origin)));
    if (!allowed) refuse(`a store of ${size} bytes to ${show({ of, at })}, which nobody allows`);
    this.overwrite(of, at, bytes);
    this.set(cellAt({ of, at }, size), value);
  }
  overwrite(of: string, at: bigint, bytes: bigint): void { this.forget((it) => it.of === of && it.at < at + bytes && it.at + it.bytes > at); }
  /** Entries that are not published, and the strategy's memory that nothing protects. */
  forgetOwn(): void {
    const { published, memory } = this.subject.world, now = published && this.get(published.cell), from = now?.of === 'x' ? now.at + (published?.origin ?? 0n) : undefined;
    this.forget((it, cell) => (it.of === published?.entries && (from === undefined || it.at + it.bytes > from))
      || (cell !== published?.cell && memory.some((own) => own.of === it.of && it.at < own.at + own.bytes && it.at + it.bytes > own.at)));
  }
  forgetCpu(): void {
    const { fixed, published, has } = this.subject.world;
    this.forget((it, cell) => (isPaca(it.of) && !fixed.some(([its]) => its === cell)) || (published?.owner === 'paca' && it.of === published.entries));
    if (has('migration')) for (const [cell, value] of this.known) if (cell !== 'r13' && isPaca(value.of)) this.set(cell, undefined);
  }
  /** What a handler's calls find above the interrupted r1: frames of the hook, each linked to one above it, up to F. */
  chained(): void {
    const up = (at: bigint): bigint => { const next = this.get(cellAt(word('F', at), 8)); return next?.of === 'F' && at < 0n && at % 16n === 0n && next.at > at ? next.at : refuse(`no chain of frames leads from ${show(this.get('r1'))} to F, where an interrupt may come`); };
    const r1 = this.get('r1');
    for (let at = r1?.of === 'F' ? r1.at : 1n; at !== 0n;) at = up(at);
  }
  /** What may have happened in front of an instruction. */
  between(): this {
    if (!same(this.get('r13'), word('paca'))) refuse('r13 is changed');
    if (this.settled) return this;
    const { zone, has } = this.subject.world, r1 = this.get('r1'), others = has('tasks') || has('migration');
    if (has('interrupt') || has('preempt')) this.forget((it) => it.of === 'F' && (r1?.of !== 'F' || it.at < r1.at - zone));
    if (has('interrupt')) this.forgetOwn();
    if (has('preempt') && others) this.forgetCpu();
    if (has('interrupt')) this.chained();
    this.settled = true;
    return this;
  }
  /** What a C function may have done that was called at r1 = F + `r1`. */
  callee(r1: bigint, spared: readonly string[] = []): void {
    const { has } = this.subject.world;
    for (const cell of VOLATILE) if (!spared.includes(cell)) this.set(cell, undefined);
    this.forget((it, cell) => it.of === 'F' && it.at < r1 && !spared.includes(cell));
    this.overwrite('F', r1 + 8n, 4n);
    this.overwrite('F', r1 + 16n, 8n);
    this.forgetOwn();
    if (has('tasks') || has('migration')) if (has('preempt') || has('sleep')) this.forgetCpu();
  }
}

const must = (is: boolean, what: string): void => { if (!is) refuse(what); };
const r2At = ({ shape, toc }: Subject): Word | undefined => (shape[0] === 'L' ? toc : shape[0] === 'G' ? undefined : word('T'));

function beginning(subject: Subject): Cells {
  const { world, shape, from, args, toc } = subject, d = plus(word('R'), /^[LG]/.test(shape) ? toc : word('T'), -1n), r2 = r2At(subject), cell = (name: string, value: Known): readonly [string, Word][] => (value === undefined ? [] : [[name, value]]);
  return new Cells(subject, { d, far: shape.includes('~'), apart: [subject.behind, subject.replaces], ...(world.range === undefined ? {} : { range: world.range }) }, [
    ['r1', word('F')], ['lr', word('R')], ['r13', word('paca')], ['msr', word('msr')], ...range(3, 10).map((n): [string, Word] => [`r${n}`, word(`a${n}`)]), ...range(14, 31).map((n): [string, Word] => [`r${n}`, word(`n${n}`)]),
    ...range(8, 19).map((n): [string, Word] => [`cr${n}`, word(`c${n}`)]), ['[F]', word('f0')], ['[F+12]/4', word('f12')], ...cell('[F+24]', shape.includes('=') ? r2 : word('f24')), ...cell('r2', r2), ...(/^[GV]/.test(shape) ? cell('r12', from) : []),
    ...(args === 'stack' ? ON_STACK.map((name): [string, Word] => [name, word(`f${name.slice(3, -1)}`)]) : []), ...world.fixed, ...(world.published ? cell(world.published.cell, word('x')) : []),
    ...(world.frame ? cell(world.frame.marker, shape.includes('!') ? word('owed') : number(0)) : []),
  ]).between();
}

/** Checks a fragment's whole tree of runs. @throws Refusal */
export function checkFragment(subject: Subject, enter: unknown): void {
  const start = beginning(subject), { world, behind, kind, args } = subject, { published, frame } = world;
  const asAtFirst = (cells: Cells, names: readonly string[]): void => { for (const name of names) if (!same(cells.get(name), start.get(name))) refuse(`${name} is ${show(cells.get(name))}, and not ${show(start.get(name))} as at the beginning`); };
  const offset = (cells: Cells): bigint => { const r1 = cells.get('r1'); return r1?.of === 'F' ? r1.at : refuse('r1 is not known to be F and a constant'); };
  const back = (cells: Cells): Word => cells.get('lr') ?? refuse('lr is not known');
  const callback = (cells: Cells): Word => {
    const [at, regs] = [offset(cells), cells.get('r6')], nip = regs && plus(regs, number(world.nip)), to = back(cells);
    must(at < 0n && same(cells.get('r2'), world.vmlinux) && same(cells.get('r3'), plus(behind, number(-4))) && nip?.of === 'F' && same(cells.get(cellAt(nip, 8)), behind), 'the callback is not called as it must be');
    cells.callee(at);
    cells.overwrite('F', nip!.at, 8n);
    cells.set(cellAt(nip!, 8), kind === 'patched' ? subject.replaces : behind);
    return to;
  };
  /** What a C function leaves that ran from `cells` on, with its results, the argument words of F gone. */
  const body = (cells: Cells, r1: bigint, spared: readonly string[] = []): void => {
    cells.callee(r1, spared);
    for (const n of [3, 4]) cells.set(`r${n}`, word(`s${n}`));
    if (args !== 'registers') cells.overwrite('F', r1 + 32n, 96n);
  };
  /** The same, and a function was entered that way, on the frame at r1, and has returned. */
  const handedOn = (cells: Cells, by: string, who: string, shape: string, r1: bigint): Word => {
    const to = back(cells), kept = by === 'stub-sibling' ? subject.keeps(who, shape) : ['slot', 'w12'];
    body(cells, r1);
    if (by === 'sibling') cells.set('r2', word('P'));
    if (by === 'stub-sibling') cells.overwrite('F', r1 + 24n, 8n), cells.set(cellAt(word('F', r1 + 24n), 8), kept.includes('slot') ? word('P') : undefined);
    if (!kept.includes('w12')) cells.overwrite('F', r1 + 12n, 4n);
    return to;
  };
  const follow = (run: Json, now: Cells, at: Word, rules: readonly Rule[], leaf: (cells: Cells, pc: Word, run: Json) => void, depth = 0): void => {
    const steps = list(run['steps'], 'steps');
    must(steps.length > 0 && depth < 60, 'a run without steps, or in too many splits');
    let [pc, next] = [at, at];
    now.said.clear();
    for (let i = 0; ; i++) {
      const step = record(steps[i], 'a step');
      const said = step['at'] === undefined ? (i === 0 ? at : next) : parse(step['at']);
      if (!same(said, pc)) refuse(`step ${i} is said to be at ${show(said)}, and is at ${show(pc)}`);
      for (const cell of list(step['drop'] ?? [], 'drop')) now.said.set(text(cell, 'drop'), undefined);
      for (const [cell, value] of Object.entries(record(step['set'] ?? {}, 'set'))) now.said.set(cell, parse(value));
      for (const [cell, value] of now.said) {
        if (value === undefined) now.set(cell, undefined);
        else if (!same(now.get(cell), value)) refuse(`step ${i}, at ${show(pc)}: ${cell} is said to be ${show(value)}, and is ${show(now.get(cell))}`);
      }
      now.said.clear();
      subject.steps.count++;
      const last = i === steps.length - 1, split = run['split'];
      if (last && split === undefined) return leaf(now, pc, run);
      const [, rule] = rules.find(([at]) => same(at, pc)) ?? [], code = rule === undefined ? subject.text(pc) : undefined;
      if (rule === undefined && code?.runs !== true) refuse(`no code at ${show(pc)}`);
      const jump = rule === undefined ? execute(code!.code, pc, now) : { to: rule(now), when: true };
      next = plus(pc, number(4))!;
      now.between();
      const to = jump?.when === false || jump === undefined ? next : jump.to ?? refuse(`step ${i}, at ${show(pc)}: a branch to what is not known`);
      if (last) {
        must(jump !== undefined && jump.when === undefined, `step ${i}, at ${show(pc)}: a split where nothing is open`);
        const ways = list(split, 'split');
        must(ways.length === 2, 'a split goes two ways');
        return ways.forEach((way, n) => follow(record(way, 'a run'), now.copy(), n === 0 ? to : next, rules, leaf, depth + 1));
      }
      if (jump !== undefined && jump.when === undefined) refuse(`step ${i}, at ${show(pc)}: a branch that may go both ways`);
      pc = to;
    }
  };
  const ended = (cells: Cells, pc: Word): void => {
    must(same(pc, word('R')), `it ends at ${show(pc)}, and not at R`);
    asAtFirst(cells, ['r1', '[F]', ...KEPT, ...(published ? [published.cell] : []), ...(frame ? [frame.marker] : [])]);
    must(same(cells.get('r3'), word('s3')) && same(cells.get('r4'), word('s4')), 'the results are not those of the replacement');
    for (const promise of kind === 'self' ? ['r2', 'w12', ...(subject.shape.includes('=') ? ['slot'] : [])] : subject.keeps('patched', subject.shape)) asAtFirst(cells, [promise === 'r2' ? 'r2' : promise === 'slot' ? '[F+24]' : '[F+12]/4']);
  };
  const traced = (cells: Cells, pc: Word): void => {
    must(same(pc, behind) && cells.passed === 'callback', `a traced function does not go on behind its site, but at ${show(pc)}`);
    asAtFirst(cells, ['r1', ...ARGUMENTS, ...KEPT, '[F]', '[F+12]/4', '[F+24]', ...(args === 'stack' ? ON_STACK : []), ...(published ? [published.cell] : []), ...(frame ? [frame.marker] : [])]);
    must(same(cells.get('r2'), subject.shape[0] === 'G' ? subject.toc : r2At(subject)), 'r2 behind the site is not the function\'s');
    must(same(cells.get('lr'), word('R')) && (!subject.outOfLine || same(cells.get('r0'), word('R'))), 'the return address behind the site is not the caller\'s');
  };
  const replaced = (cells: Cells, pc: Word, run: Json): void => {
    must(kind === 'self' || (same(pc, subject.replaces) && cells.passed === 'callback'), `a patched function's hook comes to ${show(pc)}, and not by the callback to its replacement`);
    const r1 = offset(cells), stack = ON_STACK.map((_, i) => cellAt(word('F', r1 + 96n + 8n * BigInt(i)), 8));
    must(kind === 'self' || same(cells.get('r12'), pc), 'r12 is not the replacement\'s GEP');
    asAtFirst(cells, [...ARGUMENTS, ...KEPT, '[F]']);
    must(r1 === 0n || (r1 <= -32n && r1 % 16n === 0n && same(cells.get(cellAt(word('F', r1), 8)), word('F'))), 'the replacement is not entered on a frame');
    if (args === 'stack') stack.forEach((cell, i) => must(same(cells.get(cell), start.get(ON_STACK[i]!)), 'an argument on the stack is not where the replacement looks for it'));
    must(args !== 'variadic' || r1 === 0n, 'a variadic replacement is entered on another frame than its caller\'s');
    if (published) must([0n, published.entry].some((by) => same(cells.get(published.cell), word('x', by))), 'the published cell has moved by something else than an entry');
    const endings = list(run['endings'], 'endings').map((it) => record(it, 'an ending'));
    const key = (it: Json): string => ['by', 'exit', 'who', 'shape'].filter((name) => it[name] !== undefined).map((name) => part(it[name], `an ending's ${name}`)).join(' ');
    const required = subject.mustEnd(frame && cells.get(frame.marker), subject), there = endings.map(key);
    for (const name of required) must(there.includes(name), `no ending '${name}'`);
    for (const ending of endings) {
      must(required.includes(key(ending)), `an ending '${key(ending)}' that is none`);
      const [by, who, shape] = [String(ending['by']), String(ending['who']), String(ending['shape'])], after = cells.copy();
      after.passed = '';
      if (subject.replacement === undefined) {
        const to = handedOn(after, by, who, shape, r1);
        follow(record(ending['run'], 'a run'), after.between(), to, [], (its, end) => { ended(its, end); });
        continue;
      }
      const span = record(ending['body'], 'body'), dual = subject.replacement === 'dual';
      const rules: Rule[] = [[parse(span['from']), (its) => {
        must(offset(its) === 0n && its.get('lr') !== undefined && (!dual || same(its.get('r2'), word('P'))), 'a replacement\'s body does not begin as it must');
        its.passed += 'body';
        body(its, 0n, ['[F-8]', '[F-16]', 'lr', ...(subject.replacement === 'clobber' ? [] : ['r2'])]);
        return parse(span['to']);
      }]];
      if (by !== 'returns') rules.push([parse(span['jump']), (its) => {
        must(offset(its) === 0n && same(its.get('r2'), word('P')), 'a sibling call is not made as it must be');
        its.passed += ' jump';
        return handedOn(its, by, who, shape, 0n);
      }]);
      follow(record(ending['run'], 'a run'), after, pc, rules, (its, end) => { must(its.passed === (by === 'returns' ? 'body' : 'body jump'), 'a replacement\'s body is not run once'); ended(its, end); });
    }
  };
  const rules = subject.callbacks.map((at): Rule => [at, (cells) => { cells.passed += 'callback'; return callback(cells); }]);
  follow(record(enter, 'enter'), start.copy(), subject.from, rules, kind === 'traced' ? traced : replaced);
}

