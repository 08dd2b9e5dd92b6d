/** Checks a certificate of `tocsin prove` (docs/proof.md, "The certificate"): which fragments and contracts there must be, and each of them. No search, no fixpoint: what has to be found is in the certificate. */
import { checkFragment, list, part, record, text, type Subject, type World } from './fragment.ts';
import { number, parse, refuse, Refusal, show, word, type Word } from './words.ts';

export { Refusal };
export interface Checked { readonly fragments: number; readonly steps: number; readonly contracts: number }

const NAMES = ['local', 'global', 'indirect', 'hoisted-slot', 'sibling', 'stub-sibling', 'nested', 'recursive', 'callback', 'stack-args', 'variadic', 'far', 'single-entry', 'caller-saved-toc', 'leaf-zone', 'nonvolatile', 'patched-core',
  'interrupt', 'interrupt-nested', 'irq-stack', 'tasks', 'preempt', 'sleep', 'migration', 'unwind', 'emergency-stack', 'out-of-line'];
/** What a claim about call graphs of every size needs whatever the code is, and the obligations that fragments are asked for. */
const ALWAYS = ['no-reused-stacks', 'abi-conforming-code', 'entry-model'];
const OBLIGATIONS = ['return-address', 'progress', 'toc', 'stack-pointer', 'back-chain', 'toc-slot', 'arguments', 'nonvolatile', 'protected-zone', 'interrupt-transparency', 'replacement-ran', 'reserved-word', 'frame-condition'];
const PREMISES = ['stack-room', 'bounded-sibling-chains', 'no-traced-replacements', 'no-replacement-siblings', 'bounded-hook-depth', 'no-reused-stacks', 'abi-conforming-code', 'entry-model'];
/** Symbols of words that are addresses of something, which is not 0. */
const PLACES = ['R', 'B', 'T', 'F', 'P', 'C'];
const OWNERS: Readonly<Record<string, string>> = { cpu: 'paca', task: 'task', stack: 'stack' };
/** So many at most of what is gone through at each instruction (a strategy's memory is 16 KB at most): else a file can be made that takes hours. */
const TEXTS = 64, MEMORY = 2048;
const SHAPE = /^(G|[LSV]=?)~?!?$/;
const strings = (it: unknown, what: string): readonly string[] => list(it, what).map((one, i, all) => (all.indexOf(one) === i ? text(one, what) : refuse(`${what}: ${text(one, what)} twice`)));
const few = (it: unknown, most: number, what: string): readonly unknown[] => (list(it, what).length <= most ? list(it, what) : refuse(`${what}: more than ${most}`));
const integer = (it: unknown, what: string): bigint => (Number.isSafeInteger(it) ? BigInt(it as number) : refuse(`${what}: expected an integer`));
const oneOf = (it: unknown, names: readonly string[], what: string): string => (names.includes(it as string) ? it as string : refuse(`${what}: expected ${names.join(', ')}`));

function worldOf(certificate: Readonly<Record<string, unknown>>, features: readonly string[], assuming: readonly string[]): World {
  const layout = record(certificate['layout'], 'layout'), kept = record(certificate['kept'], 'kept'), at = (name: string): bigint => integer(layout[name], `layout.${name}`);
  if (at('zone') !== 288n || at('stackBytes') !== 16384n) refuse('layout: interrupts keep 288 bytes, and a kernel stack has 16384');
  const vmlinux = parse(layout['vmlinux']), fixed = [[at('current'), 8, word('task')], [at('kernelToc'), 8, vmlinux], [at('enabled'), 1, number(1)], [at('kernelBase'), 8, parse(layout['base'])]] as const;
  const memory = few(kept['memory'], MEMORY, 'kept.memory').map((it) => { const own = record(it, 'kept.memory'); return { of: OWNERS[oneOf(own['owner'], Object.keys(OWNERS), 'owner')]!, at: integer(own['from'], 'from'), bytes: integer(own['bytes'], 'bytes') }; });
  if (memory.some((own) => own.of === 'paca' && fixed.some(([from, bytes]) => own.at < from + BigInt(bytes) && own.at + own.bytes > from))) refuse('kept.memory: what the kernel keeps behind the PACA is nobody\'s');
  const names = new Set(features), areas = few(kept['areas'], MEMORY, 'kept.areas').map((it) => ({ at: integer(record(it, 'kept.areas')['offset'], 'offset'), bytes: integer(record(it, 'kept.areas')['bytes'], 'bytes') }));
  if (areas.some((it) => it.at < 8n || it.at + it.bytes > 32n)) refuse('kept.areas: they lie in the header of F');
  const base: World = {
    zone: 288n, vmlinux, nip: at('nip'), has: (name) => names.has(name), memory, areas,
    fixed: fixed.map(([from, bytes, value]) => [`[${show(word('paca', from))}]${bytes === 8 ? '' : `/${bytes}`}`, value]),
  };
  const own = kept['frame'] === null ? undefined : record(kept['frame'], 'kept.frame'), cell = kept['published'] === null ? undefined : record(kept['published'], 'kept.published');
  const frame = own && { at: integer(own['from'], 'from'), bytes: integer(own['bytes'], 'bytes'), marker: `[${show(word('F', integer(own['marker'], 'marker')))}]` };
  if (frame !== undefined && (frame.at < 16384n || frame.bytes > 32n)) refuse('kept.frame: memory of two frames would be one');
  if (cell === undefined) return { ...base, ...(frame ? { frame } : {}) };
  const owner = OWNERS[oneOf(cell['owner'], Object.keys(OWNERS), 'owner')]!, from = integer(cell['at'], 'at'), entry = integer(cell['entry'], 'entry');
  const published = { cell: `[${show(word(owner, from))}]`, owner, at: from, origin: integer(cell['origin'], 'origin'), entry, entries: cell['address'] === true ? 'x' : [owner, 'x'].sort().join('+') };
  const range = assuming.includes('bounded-hook-depth') && cell['address'] === false ? { range: Array.from({ length: 64 }, (_, i) => parse(cell['least']).at + BigInt(i) * entry) } : {};
  return { ...base, published, ...(frame ? { frame } : {}), ...range };
}

/** Ways to be entered, and what each caller needs: from the features alone. */
function neededRows(has: (feature: string) => boolean): readonly (readonly [shape: string, needs: readonly string[]])[] {
  const far = (shape: string, needs: readonly string[]): [string, readonly string[]][] => [[shape, needs], ...(has('far') ? [[`${shape}~`, needs] as [string, readonly string[]]] : [])];
  const rows = far('G', ['w12']);
  if (has('local')) for (const shape of has('single-entry') ? ['L', 'S'] : ['L']) rows.push([shape, ['r2', 'w12']], ...(has('hoisted-slot') ? [[`${shape}=`, ['r2', 'slot', 'w12']] as [string, string[]]] : []));
  if (has('global') || has('indirect')) rows.push(...far('G', ['slot', 'w12']), ...['single-entry', 'caller-saved-toc'].filter(has).map((name): [string, string[]] => [name === 'single-entry' ? 'S=' : 'V=', ['slot', 'w12']]));
  return rows;
}

/** @throws Refusal with the first thing that does not follow. */
export function check(input: unknown): Checked {
  const certificate = record(input, 'a certificate'), claim = record(certificate['claim'], 'claim');
  if (certificate['schema'] !== 'tocsin/proof@1') refuse('schema: expected tocsin/proof@1');
  const features = strings(claim['features'], 'claim.features'), assuming = strings(claim['assuming'], 'claim.assuming'), has = (name: string): boolean => features.includes(name);
  for (const name of features) if (!NAMES.includes(name)) refuse(`claim.features: no proof covers ${name}`);
  for (const name of assuming) if (!PREMISES.includes(name) && !(name.startsWith('no-') && !has(name.slice(3)))) refuse(`claim.assuming: ${name} is no premise, or says what the features deny`);
  for (const name of ALWAYS) if (!assuming.includes(name)) refuse(`claim.assuming: ${name} is not there, and nothing is proved without it`);
  for (const name of strings(claim['obligations'], 'claim.obligations')) if (!OBLIGATIONS.includes(name)) refuse(`claim.obligations: no proof covers ${name}`);
  const world = worldOf(certificate, features, assuming);
  if (has('emergency-stack') && (world.published?.owner === 'stack' || world.memory.some(({ of }) => of === 'stack'))) refuse('claim.features: emergency stacks have no memory of the strategy\'s at their low end');
  if (world.published !== undefined && !assuming.includes('stack-room') && !assuming.includes('bounded-hook-depth')) refuse('claim.assuming: entries are disjoint from all else where there is room for them: stack-room or bounded-hook-depth');
  const contracts = new Map<string, readonly string[]>();
  for (const it of list(certificate['contracts'], 'contracts')) {
    const row = record(it, 'a contract'), who = oneOf(row['who'], ['ordinary', 'patched'], 'who'), shape = text(row['shape'], 'shape'), keeps = strings(row['keeps'], 'keeps');
    if (!SHAPE.test(shape) || contracts.has(`${who} ${shape}`) || keeps.some((name) => !['r2', 'slot', 'w12'].includes(name) || (name === 'r2' && /^[GV]/.test(shape)))) refuse(`a contract of ${who} ${shape} that is none`);
    contracts.set(`${who} ${shape}`, keeps);
  }
  const keeps = (who: string, shape: string): readonly string[] => contracts.get(`${who} ${shape}`) ?? refuse(`no contract of ${who} ${shape}`);
  for (const [shape, needs] of neededRows(has)) for (const who of ['ordinary', 'patched']) for (const need of needs) if (!keeps(who, shape).includes(need)) refuse(`${who} ${shape} does not keep ${need}, which its caller needs`);
  for (const [row, kept] of contracts) {
    const [who, shape] = row.split(' ') as [string, string];
    if (who !== 'ordinary' || !has('sibling') || !/^[LG]/.test(shape)) continue;
    for (const entry of has('single-entry') ? 'LS' : 'L') {
      const target = `${entry}${shape.slice(1)}`;
      for (const party of ['ordinary', 'patched']) {
        const theirs = keeps(party, target);
        for (const name of kept) if (!theirs.includes(name)) refuse(`${row} keeps ${name}, and ${party} ${target}, to which it may hand on, does not`);
      }
    }
  }
  const texts = list(certificate['texts'], 'texts').map((it) => textOf(record(it, 'a text')));
  const steps = { count: 0 }, all = list(certificate['fragments'], 'fragments').map((it) => record(it, 'a fragment'));
  const inReplacements = all.some((it) => it['replacement'] !== undefined);
  const mustEnd: Subject['mustEnd'] = (marker, { kind, replacement }) => {
    const hooked = world.frame === undefined ? '' : marker?.of === '' && marker.at === 0n ? '' : marker === undefined || (marker.of === '' ? false : marker.of !== 'owed' && !PLACES.includes(marker.of)) ? refuse('whether a hook waits on F is not known at the replacement') : '!';
    const shapes = ['G', ...(has('far') ? ['G~'] : []), ...(has('single-entry') ? ['S=', ...(has('far') ? ['S=~'] : [])] : [])], free = !assuming.includes('no-replacement-siblings') && (replacement === undefined || replacement === 'dual');
    return [...(inReplacements ? ['returns late', 'returns early'] : ['returns']), ...(free && has('sibling') && inReplacements ? ['sibling own L'] : []),
      ...(free && has('stub-sibling') && kind !== 'self' ? ['ordinary', 'patched'].flatMap((who) => shapes.map((shape) => { keeps(who, `${shape}${hooked}`); return `stub-sibling ${who} ${shape}${hooked}`; })) : [])];
  };
  const nameOf = (it: Readonly<Record<string, unknown>>): string => ['kind', 'shape', 'module', 'style', 'args', ...(it['replacement'] === undefined ? [] : ['replacement'])].map((name) => part(it[name], `a fragment's ${name}`)).join(' ');
  const names = new Set(all.map(nameOf));
  if (names.size < all.length) refuse('a fragment is there twice');
  for (const name of neededFragments([...contracts.keys()], has, inReplacements, assuming)) if (!names.has(name)) refuse(`no fragment ${name}`);
  for (const it of all) {
    const { kind, args, replacement } = it, name = nameOf(it), module = oneOf(it['module'], ['K', 'M', 'N', 'P'], 'module'), style = oneOf(it['style'], ['in-line', 'out-of-line'], 'style'), shape = String(it['shape']);
    try {
      if (!SHAPE.test(shape)) refuse('a shape that is none');
      const own = few(it['texts'], TEXTS, 'texts').map((index) => texts[Number(integer(index, 'texts'))] ?? refuse('a text that is not there'));
      own.forEach((one, i) => { if (own.some((other, j) => j !== i && other.at.of === one.at.of && other.at.at < one.at.at + BigInt(4 * one.codes.length) && one.at.at < other.at.at + BigInt(4 * other.codes.length))) refuse('two texts at one place'); });
      const find = (address: Word): { readonly code: number; readonly runs: boolean } | undefined => {
        for (const { at, codes, data } of own) {
          const index = at.of === address.of ? Number(address.at - at.at) / 4 : -1;
          if (Number.isInteger(index) && index >= 0 && index < codes.length) return { code: codes[index]!, runs: !data.has(index) };
        }
        return undefined;
      };
      checkFragment({
        world, shape, kind: oneOf(kind, ['patched', 'traced', 'self'], 'kind'), args: oneOf(args, ['registers', 'stack', 'variadic'], 'args'), outOfLine: style === 'out-of-line',
        toc: kind === 'self' ? word('P') : module === 'K' ? world.vmlinux : word('B'), ...(replacement === undefined ? {} : { replacement: oneOf(replacement, ['dual', 'single', 'clobber'], 'replacement') }),
        callbacks: [parse(list(record(certificate['layout'], 'layout')['callbacks'], 'layout.callbacks')[style === 'out-of-line' ? 1 : 0])], from: parse(it['from']), behind: parse(it['behind']), replaces: it['replaces'] === undefined ? word('C') : replacement !== undefined && parse(it['replaces']).of === 'P' ? parse(it['replaces']) : refuse('a replacement whose code is not at P, or no fragment\'s, lies at C'), text: find, keeps, mustEnd, steps,
      }, it['enter']);
    } catch (error) {
      throw error instanceof Refusal ? new Refusal(`fragment ${name}: ${error.message}`) : error;
    }
  }
  return { fragments: all.length, steps: steps.count, contracts: contracts.size };
}

function textOf(it: Readonly<Record<string, unknown>>): { readonly at: Word; readonly codes: readonly number[]; readonly data: ReadonlySet<unknown> } {
  const words = text(it['words'], 'words'), at = parse(it['at']);
  if (!/^([0-9a-f]{8}){1,100000}$/.test(words) || !['', 'B', 'P'].includes(at.of) || at.at % 4n !== 0n) refuse('a text whose words or address are none');
  return { at, codes: (words.match(/.{8}/g) ?? []).map((code) => parseInt(code, 16)), data: new Set(list(it['data'] ?? [], 'data')) };
}

function neededFragments(rows: readonly string[], has: (feature: string) => boolean, inReplacements: boolean, assuming: readonly string[]): string[] {
  const modules = ['M', 'N', ...(has('patched-core') ? ['K'] : [])], styles = ['in-line', ...(has('out-of-line') ? ['out-of-line'] : [])];
  const entries = inReplacements ? ['dual', ...(has('single-entry') ? ['single'] : []), ...(has('caller-saved-toc') ? ['clobber'] : [])] : [''];
  const names: string[] = [];
  const add = (kind: string, shape: string, module: string, args: string, entry = ''): void => { for (const style of styles) names.push([kind, shape, module, style, args, entry].filter((part) => part !== '').join(' ')); };
  for (const row of rows) {
    const [who, shape] = row.split(' ') as [string, string], dual = /^[LG]/.test(shape);
    if (who === 'ordinary') { if (dual) for (const module of ['M', 'N', 'K']) add('traced', shape, module, 'registers'); continue; }
    const ways = dual ? ['registers', ...(has('stack-args') ? ['stack'] : []), ...(has('variadic') ? ['variadic'] : [])] : ['registers'];
    for (const module of modules) for (const entry of entries) for (const args of entry === '' || entry === 'dual' ? ways : ['registers']) add('patched', shape, module, args, entry);
  }
  if (inReplacements && has('local')) for (const shape of has('hoisted-slot') ? ['L', 'L='] : ['L']) for (const args of ['registers', ...(has('stack-args') ? ['stack'] : []), ...(has('variadic') ? ['variadic'] : [])]) add('self', shape, 'P', args, 'dual');
  if (inReplacements && !assuming.includes('no-traced-replacements')) refuse('code in replacements is proved for replacements that are not traced');
  if (!assuming.includes('no-traced-replacements')) for (const shape of ['L', 'G']) if (rows.includes(`ordinary ${shape}`)) add('traced', shape, 'P', 'registers');
  return names;
}

