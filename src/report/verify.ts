/** What `tocsin verify` says: what was compared, what differed, and loudly what was not run. */
import { columns, count, number, printable, wrap } from './text.ts';

export interface VerifyLayer {
  readonly name: string;
  readonly compared: number;
  readonly differed: number;
  readonly differences: readonly { readonly what: string; readonly ours: string; readonly theirs: string }[];
  /** Of the tools that it was compared with. */
  readonly versions: Readonly<Record<string, string>>;
  /** `all`: nothing was run. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  /** What whole scenarios have reached, by name. */
  readonly reached?: Readonly<Record<string, number>>;
}

export interface VerifyView {
  /** `binutils`, `shapes`, `qemu`, `scenarios`, `kernel`, or `all` of the default ones. */
  readonly layer: string;
  readonly layers: readonly VerifyLayer[];
  /** Of the model that was compared. */
  readonly modelHash: string;
  readonly seed: bigint;
  readonly exit: number;
}

/** Differences shown at most. */
const SHOWN = 20;

export function verifyLines(view: VerifyView, quiet = false): string[] {
  const lines: string[] = [];
  for (const layer of view.layers) {
    if (layer.compared === 0) lines.push(...wrap(`${layer.name}: NOT RUN: ${layer.skipped.find((it) => it.what === 'all')?.why ?? 'nothing was compared'}`, '', '  '));
    else lines.push(`${layer.name}: ${number(layer.compared, 'comparison')}, ${layer.differed === 0 ? 'all equal' : `${count(layer.differed)} DIFFER`}`);
    for (const one of layer.differences.slice(0, SHOWN)) {
      lines.push(...wrap(printable(one.what), '  ', '    '), ...columns([['ours', printable(one.ours)], ['theirs', printable(one.theirs)]], '    '));
    }
    if (layer.differences.length > SHOWN) lines.push(`  and ${number(layer.differed - SHOWN, 'more difference')}`);
    if (quiet) continue;
    if (layer.compared > 0) lines.push(...layerLines(layer).flatMap((line) => wrap(line, '  ', '    ')));
    const left = layer.skipped.filter((it) => it.what !== 'all');
    for (const why of new Set(left.map((it) => it.why))) {
      lines.push(...wrap(`not compared (${why}): ${left.filter((it) => it.why === why).map((it) => it.what).join(', ')}`, '  ', '    '));
    }
  }
  if (!quiet) for (const [tool, version] of Object.entries(allVersions(view))) lines.push(...wrap(`${tool}: ${version}`, '  ', '    '));
  return lines;
}

const allVersions = ({ layers }: VerifyView): Readonly<Record<string, string>> => Object.assign({}, ...layers.map((it) => it.versions)) as Record<string, string>;

/** What a layer that runs programs has reached, a sentence a line. Nothing of the others. */
export function layerLines({ name, reached }: Pick<VerifyLayer, 'name' | 'reached'>): string[] {
  if (reached === undefined) return [];
  return (name.startsWith('kernel') ? kernelLines : reachedLines)(reached);
}

/** What was run and what it came to. */
function reachedLines(reached: Readonly<Record<string, number>>): string[] {
  const of = (name: string): number => reached[name] ?? 0;
  const group = (prefix: string): string => Object.entries(reached).filter(([name]) => name.startsWith(prefix)).map(([name, times]) => `${name.slice(prefix.length)} ${count(times)}`).join('; ');
  return [
    `${number(of('scenarios'), 'scenario')}, ${number(of('patched'), 'run')} patched, ${count(of('unpatched'))} unpatched; all registers at ${number(of('events'), 'event')} and behind ${number(of('instructions'), 'instruction')}, memory and registers at ${number(of('ends'), 'end')}`,
    `how runs ended: ${group('end: ')}`,
    `runs with a call: ${group('call ')}`,
    `${number(of('interrupts'), 'interrupt')} in ${number(of('interrupted runs'), 'run')}: ${group('interrupt in ')}; ${group('handler on ')}; never arrived: ${group('interrupt that never arrives: ')}`,
    ...injectionLines(reached),
    `of ${count(of('drawn with all features'))} scenarios drawn with all features ${count(of('cannot be run'))} cannot be run here: ${group('cannot be run: ')}`,
  ];
}

/** Of interrupts at every instruction: how many, and where it was wrong, on both sides alike. */
function injectionLines(reached: Readonly<Record<string, number>>): string[] {
  const name = 'injection points, ', points = Object.entries(reached).filter(([it]) => it.startsWith(name));
  if (points.length === 0) return ['an interrupt at every instruction of hooks: NOT RUN'];
  const wrong = points.map(([it, times]) => ({ it, times, wrong: reached[`wrong at ${it}`] ?? 0 })).filter((row) => row.wrong > 0);
  return [
    `an interrupt at each of ${count(points.reduce((sum, [, times]) => sum + times, 0))} instructions of ${number(points.length, 'strategy', 'strategies')}; the model and the process find the same of them wrong: `
    + (wrong.length === 0 ? 'none' : wrong.map((row) => `${row.it.slice(name.length)} ${count(row.wrong)} of ${count(row.times)}`).join('; ')),
  ];
}

/** The same of booted kernels. */
function kernelLines(reached: Readonly<Record<string, number>>): string[] {
  const of = (name: string): number => reached[name] ?? 0;
  const group = (prefix: string): string => Object.entries(reached).filter(([name]) => name.startsWith(prefix)).map(([name, times]) => `${name.slice(prefix.length)} ${count(times)}`).join('; ');
  const wrong = Object.keys(reached).filter((name) => name.startsWith('wrong r2 ')).map((name) => name.slice('wrong r2 '.length));
  return [
    `${number(of('scenarios'), 'scenario')} in ${number(of('boots'), 'boot')}${of('far scenarios') === 0 ? '' : `, of them with modules far from each other ${count(of('far scenarios'))}`}, ${number(of('ends'), 'run')}; registers at ${number(of('events'), 'event')}`,
    `how runs ended: ${group('end: ')}`,
    ...(of('traces') === 0 ? [] : [`reliable traces of sleeping tasks: ${count(of('traces'))}; ${meanwhile(of)}`]),
    ...(of('vmlinux called, patched') === 0 ? [] : [`functions of vmlinux itself were called ${number(of('vmlinux called, unpatched'), 'time')} unpatched, ${count(of('vmlinux called, patched'))} with the patch, of them through the hook ${count(of('vmlinux hooked, patched'))}`]),
    ...(group('strategy ') === '' ? [] : [`runs: ${group('strategy ')}`]),
    `of them with a wrong r2 in use, in model and kernel: ${wrong.length === 0 ? 'none' : wrong.map((name) => `${name} ${count(of(`wrong r2 ${name}`))}`).join('; ')}`,
    `calls in their text: ${group('call ')}`,
    ...(group('not run: ') === '' ? [] : [`runs that were not made: ${group('not run: ')}`]),
  ];
}

/** What became, while tasks slept, of the second patch's transition; or of the module of a patch that was turned off. */
function meanwhile(of: (name: string) => number): string {
  const all = (names: readonly string[]): string => names.filter((it) => of(it) > 0).map((it) => `${it} ${count(of(it))}`).join('; ');
  return of('removals') > 0 ? `the first patch's module: ${all(REMOVED)}` : `the second patch's transition meanwhile: ${all(SWITCHED)}`;
}

const SWITCHED = ['switched', 'switched behind the hook', 'held', 'held behind the hook'];
/** As kernel-unload counts. */
const REMOVED = ['removed while it sleeps', 'removed while it sleeps, and returned to', 'removed behind its end'];

export function verifyDocument(view: VerifyView): object {
  return {
    schema: 'tocsin/verify@1', layer: view.layer,
    compared: view.layers.reduce((sum, it) => sum + it.compared, 0), differed: view.layers.reduce((sum, it) => sum + it.differed, 0),
    skipped: view.layers.flatMap((it) => it.skipped.map(({ what, why }) => ({ layer: it.name, what, why }))),
    versions: allVersions(view), modelHash: view.modelHash,
    layers: view.layers.map(({ name, compared, differed, differences, versions, reached }) => ({ layer: name, compared, differed, differences, versions, ...(reached === undefined ? {} : { reached }) })),
    seed: view.seed, exit: view.exit,
  };
}
