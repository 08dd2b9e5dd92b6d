/**
 * A strategy out of an object file: `ftrace_caller` and `livepatch_handler` as a kernel was built, word for word but for what is listed. What the object does not
 * supply is a strategy's (the handler of an entry that is alone) or the model's (the entry of a handler that is alone).
 */
import type { Claim } from '../contract/claim.ts';
import { labelsOf } from '../contract/scan.ts';
import { hooksOutOfLine } from '../contract/strategy.ts';
import type { Exemption, Strategy, StrategyCode } from '../contract/strategy.ts';
import { STRATEGY_BOUNDS, validateStrategy } from '../contract/validate-strategy.ts';
import { disassemble } from '../isa/disassemble.ts';
import type { HookingStyle } from '../kernel/core.ts';
import { KERNEL_SYMBOLS } from '../kernel/symbols.ts';
import { btfMembers } from './btf.ts';
import type { ByteSource } from './bytes.ts';
import { codeOf, findSymbols } from './code.ts';
import type { FoundSymbol } from './code.ts';
import { dwarfMembers } from './dwarf.ts';
import type { DwarfMembers } from './dwarf.ts';
import { Elf } from './elf.ts';
import { ObjectError } from './error.ts';
import { lift, textOf } from './lift.ts';
import type { LiftedCode, LiftedText, LiftOptions } from './lift.ts';
import { FIELDS, MEMBERS, fromMembers, pointerInto, resolveOffsets } from './offsets.ts';
import type { Field, Given, Offset, Offsets, Types } from './offsets.ts';
import { OPS_MEMBERS, opsOffsets } from './ops.ts';
import type { OpsOffsets } from './ops.ts';
import { prove } from './prove.ts';
import { checkStyle, entryStyle, handlerStyle } from './style.ts';
import { walk } from './walk.ts';
import type { CodeSection, Target } from './walk.ts';

export interface ObjectOptions {
  /** The file's name, for messages and the strategy's name. */
  readonly file: string;
  /** Default: `ftrace_caller` and `livepatch_handler`, those of them that there are. */
  readonly symbols?: readonly string[];
  /** Offsets that whoever asks knows better. */
  readonly offsets?: Given;
  /** Whose handler stands behind an ftrace entry that is alone, and whose claim is made where none is given. */
  readonly handler: Strategy;
  readonly claim?: Claim;
}

/** One word that the model has otherwise. */
export interface ChangedWord {
  readonly point: LiftedCode;
  /** 64-bit unsigned; in a relocatable file from its section's beginning. */
  readonly address: bigint;
  readonly built: number;
  readonly modelled: number;
  readonly builtText: string;
  readonly modelledText: string;
  readonly why: string;
}

export interface LiftedPart {
  readonly point: LiftedCode;
  readonly symbol: string;
  readonly address: bigint;
  /** Words of the object's. */
  readonly words: number;
  /** Lines behind them that the object does not have. */
  readonly added: readonly string[];
}

/** All that was done to the object, for whoever has to believe it. */
export interface ObjectFacts {
  readonly file: string;
  readonly kind: Elf['kind'];
  readonly buildId?: string;
  readonly parts: readonly LiftedPart[];
  /** The strategy whose handler stands behind the entry; or in line, where the object's is for functions that are hooked out of line. */
  readonly handler?: string;
  readonly offsets: readonly (Offset & { readonly field: Field; readonly modelled: number })[];
  readonly changes: readonly ChangedWord[];
  readonly notes: readonly string[];
}

export interface LiftedObject {
  readonly strategy: Strategy;
  readonly facts: ObjectFacts;
}

interface Part {
  readonly found: FoundSymbol;
  readonly section: CodeSection;
  readonly text: LiftedText;
  readonly words: readonly number[];
}

/** Reads an object file. @throws ObjectError, StrategyError at the first thing that cannot be used. */
export function liftObject(source: ByteSource, options: ObjectOptions): LiftedObject {
  const elf = new Elf(source, options.file);
  const named = findSymbols(elf, options.symbols ?? []);
  const sections = new Map(named.map(({ section }) => [section, codeOf(elf, section)]));
  const handler = named.find(({ point }) => point === 'livepatch_handler');
  const isHandlerFrom = ({ section }: FoundSymbol) => ({ address, symbol }: Target): boolean =>
    (address === undefined ? symbol === 'livepatch_handler' || symbol === handler?.name : handlersIn(elf, section, handler).includes(address));
  const walkOf = (one: FoundSymbol, pointer: (offset: number, register: number) => 'task' | 'toc' | undefined): ReturnType<typeof walk> =>
    walk(sections.get(one.section)!, { entry: one.address, pointer, leaves: one.point === 'ftrace_entry' ? isHandlerFrom(one) : () => false });

  const guess = (one: FoundSymbol): ReturnType<typeof walk> => walkOf(one, (_, register) => pointerInto(register));
  const guessed = named.map(guess), style = styleOf(named, guessed);
  named.forEach((one, i) => { if (one.point === 'ftrace_entry') checkStyle(sections.get(one.section)!, one.name, guessed[i]!, style); });
  const types = typesOf(elf, style), offsets = resolveOffsets(options.file, guessed.flat(), options.offsets ?? {}, types);
  const pointer = (offset: number): 'task' | 'toc' | undefined => (offset === offsets.PACACURRENT?.value ? 'task' : offset === offsets.PACATOC?.value ? 'toc' : undefined);
  const parts = named.map((one): Part => {
    const section = sections.get(one.section)!;
    const how: LiftOptions = { point: one.point, style, entry: one.address, isHandler: one.point === 'ftrace_entry' ? isHandlerFrom(one) : () => false, offsets, ops: types.ops, nameAt: section.nameAt };
    const steps = walkOf(one, pointer), text = lift(section, steps, how);
    return { found: one, section, text, words: prove(section, steps, one.address, text) };
  });
  const notes = [...types.unread.map((it) => `not read for offsets: ${it}`), ...(style === 'in-line' ? [] : outOfLineNotes(parts, options.handler.name))];
  const facts = factsOf(elf, parts, offsets, notes, handler === undefined || style === 'out-of-line' ? options.handler.name : undefined);
  return { strategy: validateStrategy(strategyOf(parts, facts, options), options.file), facts };
}

/** The handler's, where there is one: it needs less to be told. */
function styleOf(found: readonly FoundSymbol[], steps: readonly ReturnType<typeof walk>[]): HookingStyle {
  const handler = found.findIndex(({ point }) => point === 'livepatch_handler');
  return handler >= 0 ? handlerStyle(steps[handler]!) : entryStyle(steps[0]!);
}

const outOfLineNotes = (parts: readonly Part[], handler: string): readonly string[] => [
  ...(parts.some(({ text: { direct } }) => direct.length > 0) ? ['direct calls are not judged: the model has none, and what is there for them need not be seen'] : []),
  `it is for functions that are hooked out of line; where they are hooked in line, as in five of six scenarios, the code is ${handler}'s, not the object's`,
];

/** Addresses in a section at which the handler begins: the chosen one, or the kernel's, which the code leaves for although it is not looked at. */
function handlersIn(elf: Elf, section: number, chosen: FoundSymbol | undefined): readonly bigint[] {
  if (chosen !== undefined) return chosen.section === section ? [chosen.address] : [];
  return elf.symbols.flatMap((it) => (it.name === 'livepatch_handler' && it.section === section ? [it.value] : []));
}

/** BTF says the same as DWARF in a hundredth of the bytes. */
function typesOf(elf: Elf, style: HookingStyle): Types & Pick<DwarfMembers, 'unread'> & { readonly ops: OpsOffsets | undefined } {
  const section = elf.section('.BTF'), wanted = [...FIELDS.flatMap((field) => MEMBERS[field]), ...(style === 'in-line' ? [] : OPS_MEMBERS)];
  const source = section === undefined ? 'dwarf' : 'btf';
  const { members, unread } = section === undefined ? dwarfMembers(elf, wanted) : { members: btfMembers(elf.contents(section), wanted), unread: [] };
  return { source, offsets: fromMembers(members), unread, ops: opsOffsets(members, source) };
}

function factsOf(elf: Elf, parts: readonly Part[], offsets: Offsets, notes: readonly string[], handler: string | undefined): ObjectFacts {
  const { buildId } = elf;
  const changes = parts.flatMap(({ section, text, words }) => text.lines.flatMap((line, i): ChangedWord[] => {
    if (line.change === undefined) return [];
    const { address, word } = line.step;
    return [{
      point: text.code, address, built: word, modelled: words[i]!, builtText: disassemble(word, address, section.nameAt),
      modelledText: line.text.replace(/\s+/, ' '), why: line.change.why,
    }];
  }));
  const lifted = parts.find(({ found }) => found.point === 'livepatch_handler')?.text;
  const used = new Set(changes.map(({ modelledText }) => FIELDS.find((field) => modelledText.includes(field))));
  return {
    file: elf.file, kind: elf.kind, ...(buildId === undefined ? {} : { buildId }), ...(handler === undefined ? {} : { handler }),
    parts: parts.map(({ found: { name, address }, text }) => ({ point: text.code, symbol: name, address, words: text.lines.length, added: text.added })),
    offsets: FIELDS.flatMap((field) => (used.has(field) ? [{ field, ...offsets[field]!, modelled: Number(KERNEL_SYMBOLS[field]) }] : [])),
    changes,
    notes: [
      ...(lifted !== undefined && lifted.pushes.length === 0 ? ['no entries of TI_livepatch_sp are made and taken back: hook-balance is not judged'] : []),
      ...notes,
    ],
  };
}

function strategyOf(parts: readonly Part[], facts: ObjectFacts, { file, handler, claim = handler.claim }: ObjectOptions): Strategy {
  const code: { -readonly [K in keyof StrategyCode]: StrategyCode[K] } = {};
  for (const { text } of parts) code[text.code] = textOf(text);
  const direct = parts.flatMap(({ text }) => text.direct.map((label) => ({ label, reason: 'for direct calls, of which the model has none' })));
  const symbols = facts.parts.map(({ symbol, words }) => `${symbol} (${words} words)`).join(' and ');
  const common = {
    name: nameOf(file), claim,
    summary: bounded(`machine code: ${symbols}${facts.handler === undefined ? '' : `, ${code.livepatch_handler_ool === undefined ? 'with' : 'in line'} the handler of ${facts.handler}`}`),
    origin: bounded(`${baseName(file)}${facts.buildId === undefined ? '' : `, build-id ${facts.buildId}`}`),
  };
  const lifted = parts.find(({ found }) => found.point === 'livepatch_handler')?.text;
  if (lifted !== undefined) {
    const { pushes, pops, usesLivepatchSp } = lifted;
    if (lifted.code === 'livepatch_handler_ool') return { ...withInLine(file, handler, lifted, code.ftrace_entry_ool, direct), ...common };
    return { ...common, code, ...(pushes.length === 0 ? {} : { pushes, pops }), ...(usesLivepatchSp ? { published: 'TI_livepatch_sp' } : {}) };
  }
  return { ...(code.ftrace_entry_ool === undefined ? withEntry(file, handler, code) : withEntryOutOfLine(file, handler, code, direct)), ...common };
}

/** A strategy with this ftrace entry in place of the kernel's; in line alone, as the entry is. */
function withEntry(file: string, handler: Strategy, own: StrategyCode): Strategy {
  if (handler.code.ftrace_entry !== undefined) throw new ObjectError(file, `${handler.name} has an ftrace entry of its own`, 'a strategy with a handler alone (--handler)');
  const { livepatch_handler_ool: second, ...code } = handler.code;
  const gone = new Set(second === undefined ? [] : labelsOf(second, handler.name));
  const { pushes, pops, exempt, ...rest } = handler;
  const kept = (labels: readonly string[]): string[] => labels.filter((it) => !gone.has(it));
  return {
    ...rest, code: { ...code, ...own },
    ...(pushes === undefined ? {} : { pushes: kept(pushes) }), ...(pops === undefined ? {} : { pops: kept(pops) }),
    ...(exempt === undefined ? {} : { exempt: exempt.filter(({ label }) => !gone.has(label)) }),
  };
}

/** A strategy with this ftrace entry out of line. */
function withEntryOutOfLine(file: string, handler: Strategy, { ftrace_entry_ool: entry }: StrategyCode, direct: readonly Exemption[]): Strategy {
  if (!hooksOutOfLine(handler) || handler.code.ftrace_entry_ool !== undefined) {
    throw new ObjectError(file, `${handler.name} does not stand behind an entry out of line`, 'a strategy with a handler for functions that are hooked so (--handler)');
  }
  return { ...handler, code: { ...handler.code, ftrace_entry_ool: entry! }, exempt: [...handler.exempt ?? [], ...direct] };
}

/** A strategy with this handler out of line, its entry too if there is one, and in line its own. */
function withInLine(file: string, handler: Strategy, lifted: LiftedText, entry: string | undefined, direct: readonly Exemption[]): Strategy {
  const { livepatch_handler: own, livepatch_return: back, livepatch_handler_ool: _, ...others } = handler.code;
  const published = lifted.usesLivepatchSp ? 'TI_livepatch_sp' : undefined;
  if (own === undefined || Object.keys(others).length > 0 || handler.published !== published || handler.recovers !== undefined) {
    throw new ObjectError(file, `in line ${handler.name} cannot stand in for a handler out of line`, `a strategy of a handler alone that publishes ${published ?? 'nothing'} (--handler)`);
  }
  // What comes back in line lies behind the object's text too, where nothing leads to it.
  const code = { ...(entry === undefined ? {} : { ftrace_entry_ool: entry }), livepatch_handler: own, livepatch_handler_ool: textOf(lifted), ...(back === undefined ? {} : { livepatch_return: back }) };
  const labels = new Set(labelsOf(`${own}\n${back ?? ''}`, handler.name));
  const { pushes = [], pops = [], exempt, ...rest } = handler;
  const kept = (names: readonly string[]): string[] => names.filter((it) => labels.has(it));
  return {
    ...rest, code, pushes: [...kept(pushes), ...lifted.pushes], pops: [...kept(pops), ...lifted.pops],
    ...(exempt === undefined && direct.length === 0 ? {} : { exempt: [...(exempt ?? []).filter(({ label }) => labels.has(label)), ...direct] }),
  };
}

const baseName = (file: string): string => file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
const bounded = (text: string): string => text.replace(/[\x00-\x1f\x7f]/g, '?').slice(0, STRATEGY_BOUNDS.line);

/** As a strategy file's is made, but that a version's number stays: `vmlinux-6.1.0-50` is vmlinux-6-1-0-50. */
function nameOf(file: string): string {
  const stem = baseName(file).replace(/\.(?:o|ko|elf)$/i, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+/, '').slice(0, STRATEGY_BOUNDS.name).replace(/-+$/, '');
  return stem === '' ? 'object' : stem;
}

