/** What was made of an object file, in words: short, in front of a campaign's answer, and whole, as comments of the assembly. */
import { claimText } from '../contract/claim-text.ts';
import type { Strategy } from '../contract/strategy.ts';
import type { ChangedWord, ObjectFacts } from '../object/object.ts';
import { SOURCES } from '../object/offsets.ts';
import { number, printable } from './text.ts';

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const wordText = (word: number): string => word.toString(16).padStart(8, '0');

/** What the file is, in a few words. */
const fileWords = ({ file, kind, buildId }: ObjectFacts): string => `${printable(file)}, ${kind}${buildId === undefined ? '' : `, build-id ${buildId}`}`;

function partWords(facts: ObjectFacts): string[] {
  return [
    ...facts.parts.map(({ point, symbol, address, words, added }) => `${point}: ${printable(symbol)} at ${hex(address)}, ${number(words, 'word')}${added.length === 0 ? '' : point === 'ftrace_entry_ool' ? ', and a `bctr` behind it' : ', and a stub of a module behind it'}`),
    ...(facts.handler === undefined ? [] : [`livepatch_handler: that of ${facts.handler}`]),
    ...(facts.parts.some(({ point }) => point === 'ftrace_entry') ? [] : ["ftrace_entry: the model's"]),
    ...(facts.parts.length === 1 && facts.parts[0]!.point === 'livepatch_handler_ool' ? ["ftrace_entry_ool: the model's"] : []),
  ];
}

const offsetWords = ({ offsets }: ObjectFacts): string[] => offsets.map(({ field, value, source, modelled }) => `${field} ${value} (${SOURCES[source]})${value === modelled ? '' : `, here ${modelled}`}`);

/** A few lines in front of a campaign's answer. */
export function objectLines(facts: ObjectFacts): string[] {
  const [differ, same] = [facts.changes.filter(({ built, modelled }) => built !== modelled).length, facts.parts.reduce((sum, { words }) => sum + words, 0)];
  return [
    `object ${fileWords(facts)}`,
    ...partWords(facts).map((it) => `  ${it}`),
    `  ${same - differ} of ${number(same, 'word')} as built, ${differ} differ in a field; \`tocsin lift\` lists them`,
    ...(facts.offsets.length === 0 ? [] : [`  offsets: ${offsetWords(facts).join('; ')}`]),
    ...facts.notes.map((it) => `  ${it}`),
  ];
}

function changeLine({ address, built, modelled, builtText, modelledText, why }: ChangedWord): string {
  const from = builtText.replace(/\s+/, ' ');
  return `${hex(address)}: ${from} -> ${modelledText}${built === modelled ? ' (the same word)' : ''}: ${why}`;
}

/** The strategy as an assembly file, with all that was done to the object as comments in front. `text` is the strategy's. */
export function liftedText(facts: ObjectFacts, text: string): string {
  const comments = [
    fileWords(facts), ...partWords(facts), ...offsetWords(facts).map((it) => `offset ${it}`), ...facts.notes,
    ...facts.changes.map(changeLine), ...facts.parts.flatMap(({ added }) => added.map((line) => `added:${line.startsWith(' ') ? ` ${line.trim()}` : ` ${line}`}`)),
  ];
  return `${comments.map((it) => `# ${printable(it)}\n`).join('')}\n${text}`;
}

/** The same as a JSON document. */
export function liftDocument(facts: ObjectFacts, strategy: Strategy, text: string): object {
  return {
    schema: 'tocsin/lift@1', file: facts.file, kind: facts.kind, buildId: facts.buildId ?? null, strategy: strategy.name, claim: claimText(strategy.claim),
    parts: facts.parts, handler: facts.handler ?? null, offsets: facts.offsets,
    changes: facts.changes.map((it) => ({ ...it, built: wordText(it.built), modelled: wordText(it.modelled) })), notes: facts.notes, text,
  };
}
