/** One fragment of a certificate: from the assertion at its first instruction to the last, each from the one before. Rules: docs/proof.md, "How a fragment begins" to "At the end". */
import { execute, type Place } from './instructions.ts';
import { number, parse, plus, refuse, same, word, type Facts, type Known, type Word } from './words.ts';

/** A certificate's tree of runs as it is hoped to be: what has another shape is stumbled over, and refused (`check`). Nothing in it is believed before it was parsed, or compared with what is the checker's own. */
export interface Run { readonly steps: readonly { readonly at?: unknown; readonly set?: Readonly<Record<string, unknown>>; readonly drop?: readonly unknown[] }[]; readonly split?: readonly Run[]; readonly endings?: readonly Ending[] }
interface Ending { readonly by: unknown; readonly exit?: unknown; readonly who?: unknown; readonly shape?: unknown; readonly run: Run; readonly body?: { readonly from: unknown; readonly to: unknown; readonly jump?: unknown } }
/** Memory: so many bytes from `at` on behind the symbols `of`; `cell`: its name in a certificate. */
export interface Span { readonly of: string; readonly at: bigint; readonly bytes: bigint; readonly cell: string }
export const span = (of: string, at: bigint, bytes = 8n): Span => ({ of, at, bytes, cell: `[${word(of, at).text}]${bytes === 8n ? '' : `/${bytes}`}` });
/** What is the same in all fragments. `entries`: the symbols of an entry's address. `range`: what x may be, where it is bounded. */
export interface World {
  readonly has: (feature: string) => boolean; readonly assumes: (premise: string) => boolean; readonly vmlinux: Word; readonly nip: bigint; readonly fixed: readonly (readonly [Span, Word])[]; readonly range: readonly bigint[];
  readonly published?: { readonly cell: Span; readonly origin: bigint; readonly entry: bigint; readonly entries: string }; readonly memory: readonly Span[]; readonly areas: readonly Span[]; readonly frame: readonly Span[]; readonly marker?: Span;
}
/** What is this fragment's own. `text`: the word at an address, and whether it may run. `keeps`: what the contract of (who, shape) promises. */
export interface Subject {
  readonly world: World; readonly kind: string; readonly shape: string; readonly args: string; readonly style: string; readonly replacement?: string | undefined; readonly inReplacements: boolean;
  readonly toc: Word; readonly callback: Word; readonly from: Word; readonly behind: Word; readonly replaces: Word; readonly steps: { count: number };
  readonly text: (address: Word) => { readonly code: number; readonly runs: boolean } | undefined; readonly keeps: (who: string, shape: string) => readonly string[];
}

const cells = (name: string, from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `${name}${from + i}`);
const ARGUMENTS = cells('r', 3, 10), KEPT = [...cells('r', 13, 31), ...cells('cr', 8, 19), 'msr'], VOLATILE = ['r0', ...cells('r', 2, 12), 'lr', 'ctr', ...cells('cr', 0, 7), ...cells('cr', 20, 31)];
/** Symbols of words that are addresses of something, which is not 0. */
const PLACES = ['R', 'B', 'T', 'F', 'P', 'C'];
const show = (a: Known): string => a?.text ?? 'nothing';
const must = (is: boolean, what: string): void => { if (!is) refuse(what); };
const ofF = (at: bigint | number, bytes = 8n): Span => span('F', BigInt(at), bytes);
const ON_STACK = [96, 104, 112, 120].map((at) => ofF(at));
const inside = (it: Span, its: Span): boolean => it.of === its.of && it.at >= its.at && it.at + it.bytes <= its.at + its.bytes;
export const meet = (a: Span, b: Span): boolean => a.of === b.of && a.at < b.at + b.bytes && b.at < a.at + a.bytes;
const behindPaca = ({ of }: { readonly of: string }): boolean => of === 'paca' || (of.length > 4 && /\bpaca\b/.test(of));

/** What is known at one instruction. `said`: of each cell that has changed since the last assertion, what that has said. `passed`: which code of nobody's was gone through. */
export class Cells implements Place {
  readonly known = new Map<string, Word>(); readonly memory = new Map<string, Span>(); readonly said = new Map<string, unknown>(); passed = '';
  readonly facts: Facts; readonly subject: Subject;
  constructor(subject: Subject, facts: Facts) { this.subject = subject; this.facts = facts; }
  copy(): Cells {
    const copy = new Cells(this.subject, this.facts);
    for (const [cell, value] of this.known) copy.known.set(cell, value);
    for (const [cell, its] of this.memory) copy.memory.set(cell, its);
    return copy;
  }
  get(cell: string): Known { return this.known.get(cell); }
  at(its: Span): Known { return this.known.get(its.cell); }
  set(cell: string, value: Known): void {
    if (!this.said.has(cell)) this.said.set(cell, this.known.get(cell)?.text);
    if (value !== undefined) this.known.set(cell, value);
    else if (this.known.delete(cell)) this.memory.delete(cell);
  }
  put(its: Span, value: Known): void {
    this.overwrite(its);
    this.set(its.cell, value);
    if (value !== undefined) this.memory.set(its.cell, its);
  }
  forget(which: (its: Span) => boolean): void { for (const its of this.memory.values()) if (which(its)) this.set(its.cell, undefined); }
  overwrite(by: Span): void { this.forget((its) => meet(its, by)); }
  /** Allowed are texts; F's stack up to the end of F's header, more of it where a fragment has it; what the kernel's symbols lie at; entries; and the first 16 KB that vmlinux's TOC pointer reaches. */
  load(address: Word, size: number): Known {
    const { world, args, text } = this.subject, { of, at } = address, it = span(of, at, BigInt(size)), low = text(address), high = low && size === 8 ? text(word(of, at + 4n)) : undefined;
    if (low !== undefined && size >= 4) return size === 4 ? number(low.code) : high === undefined ? refuse('a load across the end of a text') : number(BigInt(low.code) | (BigInt(high.code) << 32n));
    const there = of === 'F' ? at + it.bytes <= (args === 'stack' ? 128n : 32n) || [...world.areas, ...world.frame].some((its) => inside(it, its))
      : low !== undefined || inside(it, span('', world.vmlinux.at - 32768n, 16384n)) || ['paca', 'task', 'stack', world.published?.entries].includes(of);
    return there ? this.at(it) : refuse(`a load of ${size} bytes from ${address.text}, where nothing is known to be`);
  }
  store(address: Word, size: number, value: Known): void {
    const { world: { published, areas, memory, frame }, shape } = this.subject, { of, at } = address, it = span(of, at, BigInt(size));
    const there = (of === 'F' && at + it.bytes <= 0n) || [ofF(8, 4n), ofF(16), ...areas, ...memory, ...(shape.includes('!') ? [] : frame)].some((its) => inside(it, its))
      || (published !== undefined && (it.cell === published.cell.cell || (of === published.entries && at >= published.origin)));
    if (!there) refuse(`a store of ${size} bytes to ${address.text}, which nobody allows`);
    this.put(it, value);
  }
  /** What a handler may have changed of the strategy's: entries that are not published, and memory that nothing protects. */
  forgetOwn(): void {
    const { published, memory } = this.subject.world, now = published && this.at(published.cell), from = now?.of === 'x' ? now.at + published!.origin : undefined;
    this.forget((its) => (its.of === published?.entries && (from === undefined || its.at + its.bytes > from)) || (its.cell !== published?.cell.cell && memory.some((own) => meet(own, its))));
  }
  /** What other tasks may have changed; and after a migration this is another CPU. */
  forgetCpu(): void {
    const { fixed, published, has } = this.subject.world;
    if (!has('tasks') && !has('migration')) return;
    this.forget((its) => (behindPaca(its) && !fixed.some(([one]) => one.cell === its.cell)) || (published?.cell.of === 'paca' && its.of === published.entries));
    if (has('migration')) for (const [cell, value] of this.known) if (cell !== 'r13' && behindPaca(value)) this.set(cell, undefined);
  }
  /** What may have happened in front of an instruction. A handler's calls walk the chain of frames above the interrupted r1: those of the hook, up to F. */
  between(): this {
    const { has } = this.subject.world, r1 = this.get('r1'), interrupted = has('interrupt');
    must(same(this.get('r13'), word('paca')), 'r13 is changed');
    if (interrupted || has('preempt')) this.forget(({ of, at }) => of === 'F' && (r1?.of !== 'F' || at < r1.at - 288n));
    if (interrupted) this.forgetOwn();
    if (has('preempt')) this.forgetCpu();
    for (let up = r1; interrupted && up?.text !== 'F';) {
      const next = up?.of === 'F' && up.at < 0n && up.at % 16n === 0n ? this.at(ofF(up.at)) : undefined;
      up = next?.of === 'F' && next.at > up!.at ? next : refuse(`no chain of frames leads from ${show(r1)} to F, where an interrupt may come`);
    }
    return this;
  }
  /** What a C function may have done that was called at r1 = F + `r1`. */
  callee(r1: bigint, spared: readonly string[] = []): void {
    for (const cell of VOLATILE) if (!spared.includes(cell)) this.set(cell, undefined);
    const [saved, crs] = [ofF(r1 + 16n), ofF(r1 + 8n, 4n)];
    this.forget((its) => (its.of === 'F' && its.at < r1 && !spared.includes(its.cell)) || meet(its, crs) || meet(its, saved));
    this.forgetOwn();
    if (this.subject.world.has('preempt') || this.subject.world.has('sleep')) this.forgetCpu();
  }
}

function beginning(subject: Subject): Cells {
  const { world: { fixed, published, marker, range }, shape, from, args, toc, behind, replaces } = subject, ownToc = /^[LG]/.test(shape) ? toc : word('T'), r2 = shape[0] === 'G' ? undefined : ownToc;
  const start = new Cells(subject, { d: plus(word('R'), ownToc, -1), far: shape.includes('~'), apart: [behind, replaces], range });
  for (const [cell, value] of Object.entries({ r1: 'F', lr: 'R', r13: 'paca', msr: 'msr' })) start.set(cell, word(value));
  for (const cell of [...ARGUMENTS, ...cells('r', 14, 31), ...cells('cr', 8, 19)]) start.set(cell, word(cell.replace(/^\D+/, ARGUMENTS.includes(cell) ? 'a' : cell.startsWith('cr') ? 'c' : 'n')));
  start.set('r2', r2);
  if (/^[GV]/.test(shape)) start.set('r12', from);
  for (const [its, value] of [[ofF(0), word('f0')], [ofF(12, 4n), word('f12')], [ofF(24), shape.includes('=') ? r2 : word('f24')], ...fixed] as const) start.put(its, value);
  if (args === 'stack') for (const its of ON_STACK) start.put(its, word(`f${its.at}`));
  if (published) start.put(published.cell, word('x'));
  if (marker) start.put(marker, shape.includes('!') ? word('owed') : number(0));
  return start.between();
}

/** How the replacement may end: it returns, by which exit; or hands on, by what kind of call, to whom, of which shape. `marker`: whether a hook waits on F then. */
function endings({ world: { has, assumes, marker: cell }, kind, replacement, inReplacements, keeps }: Subject, marker: Known): string[] {
  const hooked = cell === undefined || marker?.text === '0' ? '' : marker !== undefined && ['', 'owed', ...PLACES].includes(marker.of) ? '!' : refuse('whether a hook waits on F is not known at the replacement');
  const free = !assumes('no-replacement-siblings') && (replacement ?? 'dual') === 'dual', shapes = ['G', ...(has('single-entry') ? ['S='] : [])].flatMap((shape) => (has('far') ? [shape, `${shape}~`] : [shape]));
  const siblings = free && has('stub-sibling') && kind !== 'self' ? ['ordinary', 'patched'].flatMap((who) => shapes.map((shape) => [who, `${shape}${hooked}`] as const)) : [];
  for (const [who, shape] of siblings) keeps(who, shape);
  return [...(inReplacements ? ['returns late', 'returns early'] : ['returns']), ...(free && has('sibling') && inReplacements ? ['sibling own L'] : []), ...siblings.map(([who, shape]) => `stub-sibling ${who} ${shape}`)];
}

/** Code that is nobody's, which stands for itself: what becomes of the cells where it is, and where it goes on. */
type Rule = readonly [at: Word, what: (now: Cells) => Word];
type Leaf = (now: Cells, pc: Word, run: Run) => void;

/** Follows a run, and those that it splits into, up to `leaf`. */
function follow(run: Run, now: Cells, at: Word, rules: readonly Rule[], leaf: Leaf, depth = 0): void {
  const { steps, split } = run, last = steps.length - 1, { subject } = now;
  must(last >= 0 && depth < 60, 'a run without steps, or in too many splits');
  now.said.clear();
  for (let i = 0, pc = at, next = at; ; i++) {
    const { at: said = next.text, set = {}, drop = [] } = steps[i] ?? refuse('a run ends in the middle'), wrong = (what: string): never => refuse(`step ${i}, at ${pc.text}: ${what}`);
    if (said !== pc.text) refuse(`step ${i} is said to be at ${said}, and is at ${pc.text}`);
    for (const cell of drop) now.said.set(String(cell), undefined);
    for (const [cell, value] of Object.entries(set)) now.said.set(cell, value);
    for (const [cell, value] of now.said) if (value === undefined) now.set(cell, undefined); else if (now.get(cell)?.text !== value) wrong(`${cell} is said to be ${value}, and is ${show(now.get(cell))}`);
    now.said.clear();
    subject.steps.count++;
    if (i === last && split === undefined) return leaf(now, pc, run);
    const rule = rules.find(([place]) => same(place, pc)), code = rule === undefined ? subject.text(pc) : undefined;
    if (rule === undefined && code?.runs !== true) refuse(`no code at ${pc.text}`);
    const jump = rule === undefined ? execute(code!.code, pc, now) : { to: rule[1](now), when: true }, open = jump !== undefined && jump.when === undefined;
    now.between();
    next = plus(pc, number(4))!;
    const to = jump === undefined || jump.when === false ? next : jump.to ?? wrong('a branch to what is not known');
    if (i === last) {
      const [taken, notTaken, ...more] = split ?? [];
      if (!open || taken === undefined || notTaken === undefined || more.length > 0) return wrong('a split where nothing is open, or that does not go two ways');
      for (const [way, place] of [[taken, to], [notTaken, next]] as const) follow(way, Object.assign(now.copy(), { passed: now.passed }), place, rules, leaf, depth + 1);
      return;
    }
    if (open) wrong('a branch that may go both ways');
    pc = to;
  }
}

/** Checks a fragment's whole tree of runs. @throws Refusal */
export function checkFragment(subject: Subject, enter: Run): void {
  const start = beginning(subject), { world: { published, marker, vmlinux, nip }, kind, shape, args, behind, replaces, replacement, keeps } = subject, own = [published?.cell, marker].flatMap((its) => (its ? [its.cell] : []));
  const asAtFirst = (now: Cells, these: readonly string[]): void => { for (const cell of these) if (!same(now.get(cell), start.get(cell))) refuse(`${cell} is ${show(now.get(cell))}, and not ${show(start.get(cell))} as at the beginning`); };
  const back = (now: Cells): Word => now.get('lr') ?? refuse('lr is not known');
  const callback = (now: Cells): Word => {
    const r1 = now.get('r1'), its = plus(now.get('r6'), number(nip)), to = back(now), saved = span(its?.of ?? '', its?.at ?? 0n);
    must(r1?.of === 'F' && r1.at < 0n && same(now.get('r2'), vmlinux) && same(now.get('r3'), plus(behind, number(-4))) && saved.of === 'F' && same(now.at(saved), behind), 'the callback is not called as it must be');
    now.callee(r1!.at);
    now.put(saved, kind === 'patched' ? replaces : behind);
    now.passed += 'callback';
    return to;
  };
  /** What a C function leaves that ran from `now` on, with its results, the argument words of F gone. */
  const body = (now: Cells, r1: bigint, spared: readonly string[] = []): void => {
    now.callee(r1, spared);
    for (const n of [3, 4]) now.set(`r${n}`, word(`s${n}`));
    if (args !== 'registers') now.overwrite(ofF(r1 + 32n, 96n));
  };
  /** The same; where it has not returned itself, whom it handed on to has, on the frame at r1. */
  const handedOn = (now: Cells, [by, who, its]: readonly string[], r1: bigint): Word => {
    const to = back(now), kept = by === 'stub-sibling' ? keeps(who!, its!) : ['slot', 'w12'];
    body(now, r1);
    if (by === 'sibling') now.set('r2', word('P'));
    if (by === 'stub-sibling') now.put(ofF(r1 + 24n), kept.includes('slot') ? word('P') : undefined);
    if (!kept.includes('w12')) now.overwrite(ofF(r1 + 12n, 4n));
    return to;
  };
  const ended: Leaf = (now, pc) => {
    must(same(pc, word('R')), `it ends at ${pc.text}, and not at R`);
    asAtFirst(now, ['r1', '[F]', ...KEPT, ...own]);
    must(same(now.get('r3'), word('s3')) && same(now.get('r4'), word('s4')), 'the results are not those of the replacement');
    const promised = kind === 'self' ? ['r2', 'w12', ...(shape.includes('=') ? ['slot'] : [])] : keeps('patched', shape);
    asAtFirst(now, promised.map((promise) => (promise === 'slot' ? '[F+24]' : promise === 'w12' ? '[F+12]/4' : promise)));
  };
  const traced: Leaf = (now, pc) => {
    must(same(pc, behind) && now.passed === 'callback', `a traced function does not go on behind its site, but at ${pc.text}`);
    asAtFirst(now, ['r1', ...ARGUMENTS, ...KEPT, '[F]', '[F+12]/4', '[F+24]', ...own]);
    must(same(now.get('r2'), shape[0] === 'G' ? subject.toc : start.get('r2')), 'r2 behind the site is not the function\'s');
    must(same(now.get('lr'), word('R')) && (subject.style === 'in-line' || same(now.get('r0'), word('R'))), 'the return address behind the site is not the caller\'s');
  };
  /** From the replacement, entered as `now`, to the end, in one way in which it can end. Where the strategy has code in replacements, through that, around a body that is nobody's. */
  const ending = (way: readonly string[], { run, body: part }: Ending, now: Cells, pc: Word, r1: bigint): void => {
    if (replacement === undefined) {
      const to = handedOn(now, way, r1);
      return follow(run, now.between(), to, [], ended);
    }
    if (part === undefined) return refuse('a replacement without a body');
    const returns = way[0] === 'returns', as = (its: Cells, dual: boolean): boolean => its.get('r1')?.text === 'F' && its.get('lr') !== undefined && (!dual || same(its.get('r2'), word('P')));
    const rules: Rule[] = [[parse(part.from), (its) => {
      must(as(its, replacement === 'dual'), 'a replacement\'s body does not begin as it must');
      body(its, 0n, ['[F-8]', '[F-16]', 'lr', ...(replacement === 'clobber' ? [] : ['r2'])]);
      its.passed += 'body';
      return parse(part.to);
    }]];
    if (!returns) rules.push([parse(part.jump), (its) => {
      must(as(its, true), 'a sibling call is not made as it must be');
      its.passed += ' jump';
      return handedOn(its, way, 0n);
    }]);
    follow(run, now, pc, rules, (its, end) => { must(its.passed === (returns ? 'body' : 'body jump'), 'a replacement\'s body is not run once'); ended(its, end, run); });
  };
  const replaced: Leaf = (now, pc, run) => {
    const { of, at: r1 } = now.get('r1') ?? refuse('r1 is not known'), required = endings(subject, marker && now.at(marker));
    must(kind === 'self' || (same(pc, replaces) && now.passed === 'callback'), `a patched function's hook comes to ${pc.text}, and not by the callback to its replacement`);
    must(kind === 'self' || same(now.get('r12'), pc), 'r12 is not the replacement\'s GEP');
    asAtFirst(now, [...ARGUMENTS, ...KEPT, '[F]']);
    must(of === 'F' && (r1 === 0n || (r1 <= -32n && r1 % 16n === 0n && same(now.at(ofF(r1)), word('F')))), 'the replacement is not entered on a frame');
    if (args === 'stack') for (const its of ON_STACK) must(same(now.at(ofF(r1 + its.at)), start.at(its)), 'an argument on the stack is not where the replacement looks for it');
    must(args !== 'variadic' || r1 === 0n, 'a variadic replacement is entered on another frame than its caller\'s');
    if (published) must([0n, published.entry].some((by) => same(now.at(published.cell), word('x', by))), 'the published cell has moved by something else than an entry');
    const its = run.endings ?? refuse('a run that comes to the replacement has no endings'), there = new Map(its.map((it) => [[it.by, it.exit, it.who, it.shape].filter((name) => name !== undefined).join(' '), it]));
    must(there.size === its.length, 'an ending is there twice');
    for (const name of there.keys()) must(required.includes(name), `an ending '${name}' that is none`);
    for (const name of required) ending(name.split(' '), there.get(name) ?? refuse(`no ending '${name}'`), now.copy(), pc, r1);
  };
  follow(enter, start.copy(), subject.from, [[subject.callback, callback]], kind === 'traced' ? traced : replaced);
}
