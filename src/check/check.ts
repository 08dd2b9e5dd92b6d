/** Checks a certificate of `tocsin prove` (docs/proof.md, "The certificate"): which fragments and contracts there must be, and each of them. No search, no fixpoint: what has to be found is in the certificate. */
import { checkFragment, meet, span, type Run, type Span, type Subject, type World } from './fragment.ts';
import { number, parse, refuse, Refusal, word, type Word } from './words.ts';

export { Refusal };
export interface Checked { readonly fragments: number; readonly steps: number; readonly contracts: number }

const FEATURES = ['local', 'global', 'indirect', 'hoisted-slot', 'sibling', 'stub-sibling', 'nested', 'recursive', 'callback', 'stack-args', 'variadic', 'far', 'single-entry', 'caller-saved-toc', 'leaf-zone', 'nonvolatile', 'patched-core',
  'interrupt', 'interrupt-nested', 'irq-stack', 'tasks', 'preempt', 'sleep', 'migration', 'unwind', 'emergency-stack', 'out-of-line'];
const OBLIGATIONS = ['return-address', 'progress', 'toc', 'stack-pointer', 'back-chain', 'toc-slot', 'arguments', 'nonvolatile', 'protected-zone', 'interrupt-transparency', 'replacement-ran', 'reserved-word', 'frame-condition'];
/** What a claim about call graphs of every size needs whatever the code is, and what it may need besides. */
const ALWAYS = ['no-reused-stacks', 'abi-conforming-code', 'entry-model'], PREMISES = [...ALWAYS, 'stack-room', 'bounded-sibling-chains', 'no-traced-replacements', 'no-replacement-siblings', 'bounded-hook-depth'];
const OWNERS = new Map([['cpu', 'paca'], ['task', 'task'], ['stack', 'stack']]), PARTIES = ['ordinary', 'patched'];
/** A certificate as it is hoped to be: what has another shape is stumbled over, and refused (`check`). What is unknown here is believed only as `parse`, `integer`, `words` and comparisons make it known. */
interface Certificate {
  readonly schema: unknown; readonly claim: { readonly features: unknown; readonly assuming: unknown; readonly obligations: unknown }; readonly texts: readonly TextParts[]; readonly fragments: readonly FragmentParts[];
  readonly layout: Readonly<Record<string, unknown>> & { readonly callbacks: readonly unknown[] }; readonly kept: Kept; readonly contracts: readonly { readonly who: unknown; readonly shape: unknown; readonly keeps: unknown }[];
}
interface Kept {
  readonly published: { readonly owner: unknown; readonly at: unknown; readonly address: unknown; readonly origin: unknown; readonly least: unknown; readonly entry: unknown } | null; readonly frame: { readonly from: unknown; readonly bytes: unknown; readonly marker: unknown } | null;
  readonly memory: readonly { readonly owner: unknown; readonly from: unknown; readonly bytes: unknown }[]; readonly areas: readonly { readonly offset: unknown; readonly bytes: unknown }[];
}
interface TextParts { readonly at: unknown; readonly words: unknown; readonly data?: readonly unknown[] }
type Named<T> = Readonly<Record<'kind' | 'shape' | 'module' | 'style' | 'args', T>> & { readonly replacement?: T | undefined };
interface FragmentParts extends Named<unknown> { readonly texts: readonly number[]; readonly from: unknown; readonly behind: unknown; readonly replaces?: unknown; readonly enter: Run }

/** So many at most of what is gone through at each instruction (a strategy's memory is 16 KB at most): else a file can be made that takes hours. */
const few = <T>(it: readonly T[], what: string, most = 2048): readonly T[] => (Array.isArray(it) && it.length <= most ? it : refuse(`${what}: expected a list of at most ${most}`));
const integer = (it: unknown): bigint => (Number.isSafeInteger(it) ? BigInt(it as number) : refuse(`'${JSON.stringify(it)}': expected an integer`));
/** Each one once: who prints a list cuts it where it is long, and what is assumed must be seen. */
const words = (it: unknown, what: string): readonly string[] => few(it as readonly unknown[], what).map((name, i, all) => (typeof name !== 'string' ? refuse(`${what}: expected words`) : all.indexOf(name) === i ? name : refuse(`${what}: ${name} twice`)));

/** The kernel around the code, and the strategy's memory in it. */
function worldOf({ layout, kept }: Certificate, has: (feature: string) => boolean, assumes: (premise: string) => boolean): World {
  const owned = (owner: unknown, at: unknown, bytes: unknown = 8): Span => span(OWNERS.get(owner as string) ?? refuse(`owner: expected ${[...OWNERS.keys()].join(', ')}`), integer(at), integer(bytes));
  const vmlinux = parse(layout.vmlinux), fixed = [[owned('cpu', layout.current), word('task')], [owned('cpu', layout.kernelToc), vmlinux], [owned('cpu', layout.enabled, 1), number(1)], [owned('cpu', layout.kernelBase), parse(layout.base)]] as const;
  const memory = few(kept.memory, 'kept.memory').map((it) => owned(it.owner, it.from, it.bytes)), areas = few(kept.areas, 'kept.areas').map((it) => span('F', integer(it.offset), integer(it.bytes)));
  const frame = kept.frame === null ? [] : [span('F', integer(kept.frame.from), integer(kept.frame.bytes))], marker = kept.frame === null ? {} : { marker: span('F', integer(kept.frame.marker)) };
  if (layout.zone !== 288 || layout.stackBytes !== 16384) refuse('layout: interrupts keep 288 bytes, and a kernel stack has 16384');
  if (memory.some((own) => fixed.some(([its]) => meet(own, its)))) refuse('kept.memory: what the kernel keeps behind the PACA is nobody\'s');
  if (areas.some((it) => it.at < 8n || it.at + it.bytes > 32n)) refuse('kept.areas: they lie in the header of F');
  if (frame.some((it) => it.at < 16384n || it.bytes > 32n)) refuse('kept.frame: memory of two frames would be one');
  const base = { has, assumes, vmlinux, nip: integer(layout.nip), fixed, memory, areas, frame, ...marker }, its = kept.published;
  if (has('emergency-stack') && [...memory, ...(its === null ? [] : [owned(its.owner, its.at)])].some(({ of }) => of === 'stack')) refuse('claim.features: emergency stacks have no memory of the strategy\'s at their low end');
  if (its === null) return { ...base, range: [] };
  if (!assumes('stack-room') && !assumes('bounded-hook-depth')) refuse('claim.assuming: entries are disjoint from all else where there is room for them: stack-room or bounded-hook-depth');
  const cell = owned(its.owner, its.at), entry = integer(its.entry);
  return {
    ...base, published: { cell, entry, origin: integer(its.origin), entries: its.address === true ? 'x' : [cell.of, 'x'].sort().join('+') },
    range: assumes('bounded-hook-depth') && its.address === false ? Array.from({ length: 64 }, (_, i) => parse(its.least).at + BigInt(i) * entry) : [],
  };
}

/** Ways to be entered, and what each caller needs: from the features alone. */
function neededRows(has: (feature: string) => boolean): readonly (readonly [shapes: readonly string[], needs: readonly string[]])[] {
  const g = has('far') ? ['G', 'G~'] : ['G'], local = has('single-entry') ? ['L', 'S'] : ['L'], all = (is: boolean, shapes: readonly string[]): readonly string[] => (is ? shapes : []);
  return [
    [g, ['w12']], [all(has('local'), local), ['r2', 'w12']], [all(has('local') && has('hoisted-slot'), local.map((shape) => `${shape}=`)), ['r2', 'slot', 'w12']],
    [all(has('global') || has('indirect'), [...g, ...all(has('single-entry'), ['S=']), ...all(has('caller-saved-toc'), ['V='])]), ['slot', 'w12']],
  ];
}

type Contracts = ReadonlyMap<string, readonly string[]>;
/** The certificate's contracts, where every caller gets what it needs: his own, and whoever is handed on to by a sibling call. */
function contractsOf(rows: Certificate['contracts'], has: (feature: string) => boolean): { readonly contracts: Contracts; readonly keeps: Subject['keeps'] } {
  const contracts = new Map<string, readonly string[]>(), keeps = (who: string, shape: string): readonly string[] => contracts.get(`${who} ${shape}`) ?? refuse(`no contract of ${who} ${shape}`);
  for (const { who, shape, keeps: kept } of few(rows, 'contracts')) {
    const row = `${who} ${shape}`, names = words(kept, 'keeps');
    if (!/^(ordinary|patched) (G|[LSV]=?)~?!?$/.test(row) || contracts.has(row) || names.some((name) => !['slot', 'w12', ...(/ [LS]/.test(row) ? ['r2'] : [])].includes(name))) refuse(`a contract of ${row} that is none`);
    contracts.set(row, names);
  }
  for (const [shapes, needs] of neededRows(has)) for (const shape of shapes) for (const who of PARTIES) for (const need of needs) if (!keeps(who, shape).includes(need)) refuse(`${who} ${shape} does not keep ${need}, which its caller needs`);
  for (const [row, kept] of contracts) {
    const [, marks] = /^ordinary [LG](.*)$/.exec(row) ?? [];
    if (marks === undefined || !has('sibling')) continue;
    for (const target of has('single-entry') ? [`L${marks}`, `S${marks}`] : [`L${marks}`]) for (const who of PARTIES) {
      const theirs = keeps(who, target), lost = kept.find((name) => !theirs.includes(name));
      if (lost !== undefined) refuse(`${row} keeps ${lost}, and ${who} ${target}, to which it may hand on, does not`);
    }
  }
  return { contracts, keeps };
}

type Needed = Named<string>;
const nameOf = ({ kind, shape, module, style, args, replacement }: Named<unknown>): string => [kind, shape, module, style, args, ...(replacement === undefined ? [] : [replacement])].join(' ');

function neededFragments(rows: Contracts, { has, assumes }: World, inReplacements: boolean): readonly Needed[] {
  const all: Needed[] = [], ways = ['registers', ...['stack-args', 'variadic'].filter(has).map((name) => (name === 'variadic' ? name : 'stack'))], modules = ['M', 'N', ...(has('patched-core') ? ['K'] : [])];
  const entries = inReplacements ? ['dual', ...(has('single-entry') ? ['single'] : []), ...(has('caller-saved-toc') ? ['clobber'] : [])] : [undefined];
  const add = (kind: string, shape: string, module: string, args = 'registers', replacement?: string): void => { for (const style of has('out-of-line') ? ['in-line', 'out-of-line'] : ['in-line']) all.push({ kind, shape, module, style, args, replacement }); };
  for (const row of rows.keys()) {
    const [who, shape] = row.split(' ') as [string, string], dual = /^[LG]/.test(shape);
    if (who === 'patched') for (const module of modules) for (const entry of entries) for (const args of dual && (entry ?? 'dual') === 'dual' ? ways : ['registers']) add('patched', shape, module, args, entry);
    else if (dual) for (const module of shape.length === 1 ? ['M', 'N', 'K', 'P'] : ['M', 'N', 'K']) add('traced', shape, module);
  }
  if (inReplacements && has('local')) for (const shape of has('hoisted-slot') ? ['L', 'L='] : ['L']) for (const args of ways) add('self', shape, 'P', args, 'dual');
  if (inReplacements && !assumes('no-traced-replacements')) refuse('code in replacements is proved for replacements that are not traced');
  return all;
}

interface Text { readonly place: Span; readonly codes: readonly number[]; readonly data: ReadonlySet<unknown> }
function textOf({ at: from, words: code, data = [] }: TextParts): Text {
  const at = parse(from);
  if (typeof code !== 'string' || !/^([0-9a-f]{8}){1,100000}$/.test(code) || !['', 'B', 'P'].includes(at.of) || at.at % 4n !== 0n) refuse('a text whose words or address are none');
  return { place: span(at.of, at.at, BigInt(code.length / 2)), codes: code.match(/.{8}/g)!.map((one) => parseInt(one, 16)), data: new Set(data) };
}

/** The replacement's GEP: of code in replacements in the livepatch module, else nobody's. */
function replacesOf(it: unknown, { replacement }: Needed): Word {
  if (it === undefined) return word('C');
  return replacement !== undefined && parse(it).of === 'P' ? parse(it) : refuse('a replacement whose code is not at P, or no fragment\'s, lies at C');
}

/** @throws Refusal with the first thing that does not follow. What has another shape than a certificate is stumbled over, and refused as well. */
export function check(certificate: unknown): Checked {
  try {
    return checked(certificate as Certificate);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(`it has not the shape of a certificate: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checked(certificate: Certificate): Checked {
  const { schema, claim, layout } = certificate;
  if (schema !== 'tocsin/proof@1') refuse('schema: expected tocsin/proof@1');
  const features = new Set(words(claim.features, 'claim.features')), assuming = new Set(words(claim.assuming, 'claim.assuming')), has = (name: string): boolean => features.has(name), assumes = (name: string): boolean => assuming.has(name);
  for (const name of features) if (!FEATURES.includes(name)) refuse(`claim.features: no proof covers ${name}`);
  for (const name of assuming) if (!PREMISES.includes(name) && !(name.startsWith('no-') && !has(name.slice(3)))) refuse(`claim.assuming: ${name} is no premise, or says what the features deny`);
  for (const name of ALWAYS) if (!assumes(name)) refuse(`claim.assuming: ${name} is not there, and nothing is proved without it`);
  for (const name of words(claim.obligations, 'claim.obligations')) if (!OBLIGATIONS.includes(name)) refuse(`claim.obligations: no proof covers ${name}`);
  const world = worldOf(certificate, has, assumes), { contracts, keeps } = contractsOf(certificate.contracts, has), texts: Text[] = certificate.texts.map(textOf), steps = { count: 0 };
  const inReplacements = certificate.fragments.some((it) => it.replacement !== undefined), needed = neededFragments(contracts, world, inReplacements);
  const named = new Map(certificate.fragments.map((it) => [nameOf(it), it]));
  const pairs = needed.map((one) => [one, named.get(nameOf(one)) ?? refuse(`no fragment ${nameOf(one)}`)] as const);
  if (needed.length !== certificate.fragments.length) refuse(`a fragment that is there twice, or that nobody needs: ${[...named.keys()].find((name) => !needed.some((one) => nameOf(one) === name))}`);
  for (const [one, it] of pairs) {
    const own: Text[] = few(it.texts, 'texts', 64).map((index) => texts[index] ?? refuse('a text that is not there'));
    try {
      if (own.some(({ place }, i) => own.slice(0, i).some((other) => meet(place, other.place)))) refuse('two texts at one place');
      const text = ({ of, at }: Word): ReturnType<Subject['text']> => {
        for (const { place, codes, data } of own) {
          const index = of === place.of ? Number(at - place.at) / 4 : -1, code = codes[index];
          if (code !== undefined) return { code, runs: !data.has(index) };
        }
        return undefined;
      };
      const { kind, module, style } = one, toc = kind === 'self' ? word('P') : module === 'K' ? world.vmlinux : word('B'), callback = parse(layout.callbacks[style === 'in-line' ? 0 : 1]);
      checkFragment({ ...one, world, inReplacements, toc, callback, from: parse(it.from), behind: parse(it.behind), replaces: replacesOf(it.replaces, one), text, keeps, steps }, it.enter);
    } catch (error) {
      throw error instanceof Refusal ? new Refusal(`fragment ${nameOf(one)}: ${error.message}`) : error;
    }
  }
  return { fragments: needed.length, steps: steps.count, contracts: contracts.size };
}
