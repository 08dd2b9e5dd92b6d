/**
 * docs/limitations.md, or the same of other strategies: for each what the author of a patch must not do, why, and the token that proves it, in the words
 * in which the kernel's livepatch documentation lists its limitations. Made from the `envelope` document alone.
 */
import type { Premise } from '../contract/claim.ts';
import { OBLIGATIONS } from '../contract/obligations.ts';
import type { EnvelopeDocument } from './envelope.ts';
import { assumingText, lackText, percent, subsumedText } from './envelope.ts';
import { FEATURE_CLAUSES, UNMET_CLAUSES } from './limitation-words.ts';
import type { Clause } from './limitation-words.ts';
import { count, enumerate, number, printable, wrap } from './text.ts';
import { sizeText } from './tree.ts';

const COLUMNS = 120;

type StrategyPart = EnvelopeDocument['strategies'][number];
type Group = StrategyPart['recorded'];
type Breaking = Group['breaking'][number];

/** A premise that cannot be satisfied with the features at hand says nothing that they do not say. */
function ownUnmet({ unmet, smaller, features }: Breaking): readonly Premise[] {
  return unmet.filter((premise) => {
    const never: readonly string[] = smaller.find((it) => it.assumption === premise)?.never ?? [];
    return !features.some((feature) => never.includes(`no-${feature}`));
  });
}

const clausesOf = (set: Breaking): Clause[] => [...set.features.map((it) => FEATURE_CLAUSES[it]), ...ownUnmet(set).map((it) => UNMET_CLAUSES[it])];

/** Sets that break the same and differ only in the one way in which something is called. */
function alike(sets: readonly Breaking[]): Breaking[][] {
  const groups = new Map<string, Breaking[]>();
  for (const set of sets) {
    const clauses = clausesOf(set);
    const rest = clauses.filter((it) => !('called' in it));
    const key = clauses.length - rest.length === 1 ? JSON.stringify([set.obligation, rest]) : set.token;
    groups.set(key, [...groups.get(key) ?? [], set]);
  }
  return [...groups.values()];
}

/** "A replacement must not .., where ..", of sets that are alike. */
export function ruleText(sets: readonly Breaking[]): string {
  const clauses = clausesOf(sets[0]!);
  const must = clauses.flatMap((it) => ('must' in it ? [it.must] : []));
  const ways = (sets.length === 1 ? clauses : sets.flatMap(clausesOf)).flatMap((it) => ('called' in it ? [it.called] : []));
  const called = ways.length === 0 ? [] : [`a function is called ${sets.length === 1 ? enumerate(ways) : ways.join(' or ')}`];
  const where = [...called, ...clauses.flatMap((it) => ('where' in it ? [it.where] : []))];
  const condition = where.length === 0 ? '' : ` where ${enumerate(where)}`;
  if (must.length > 0) return `A replacement must not ${enumerate(must)}${condition}.`;
  return where.length > 0 ? `A function must not be patched${condition}.` : 'No function may be patched at all.';
}

function item(sets: readonly Breaking[]): string[] {
  const [first] = sets;
  if (first === undefined) return [];
  const more = [...new Set(sets.flatMap((it) => it.obligations))].filter((it) => it !== first.obligation);
  const also = more.length === 0 ? '' : ` Also seen broken: ${more.map((it) => `\`${it}\``).join(', ')}.`;
  const shown = sets.map((it) => `\`${it.token}\` (${sizeText(it)})`);
  return wrap(`${ruleText(sets)} Otherwise \`${first.obligation}\` is broken: ${printable(first.sentence)}${also} Shown by ${enumerate(shown)}.`, '- ', '  ', COLUMNS);
}

const items = (sets: readonly Breaking[]): string[] => alike(sets).flatMap(item);

function nothingFound({ clean, subsumed, undecided, complete }: Group): string[] {
  const lines = clean.map(({ assuming, trials, below, never }) => wrap(
    `assuming ${assumingText(assuming)}: ${number(trials, 'trial')}, failing share below ${percent(below)}${never.length === 0 ? '' : `; never tried: ${never.map(lackText).join(', ')}`}`,
    '- ', '  ', COLUMNS));
  if (subsumed.length > 0) lines.push(wrap(subsumedText(subsumed.length), '- ', '  ', COLUMNS));
  const open = undecided.map(({ assuming, why }) => wrap(`undecided: assuming ${assumingText(assuming)} (${why})`, '- ', '  ', COLUMNS));
  return [...(lines.length === 0 ? [] : ['Within these limits nothing was found:', '', ...lines.flat(), '']),
    ...(open.length === 0 ? [] : ['Not known:', '', ...open.flat(), '']), ...(complete ? [] : ['There are more limits than are kept; some are not listed.', ''])];
}

function section(it: StrategyPart): string[] {
  const { name, claim, breaking, recorded } = it;
  const rules = breaking.length === 0 ? ['Nothing was found that a patch must not do.'] : items(breaking);
  const conventions = recorded.breaking.length === 0 ? [] : ['Conventions, after whose breach everything still runs:', '', ...items(recorded.breaking), ''];
  return [`## ${name}`, '', `Its claim: ${claim}.`, '', ...rules, '', ...nothingFound(it), ...conventions];
}

function summary({ name, breaking, clean, recorded, undecided }: StrategyPart): string {
  const sets = breaking.map((set) => [...set.features, ...ownUnmet(set).map((it) => `not ${it}`)].join(' + ') || 'anything');
  const open = undecided.length + recorded.undecided.length;
  return `| \`${name}\` | ${sets.join('; ') || 'nothing found'} | ${clean.map((it) => assumingText(it.assuming)).join('; ') || 'no set'} | ${
    recorded.breaking.length} | ${open === 0 ? 'none' : open} |`;
}

/** What the names of obligations stand for, of those that are named. */
function obligations(strategies: readonly StrategyPart[]): string[] {
  const seen = new Set(strategies.flatMap((it) => [...it.breaking, ...it.recorded.breaking]).flatMap((it) => it.obligations));
  return OBLIGATIONS.filter(({ name }) => seen.has(name)).flatMap(({ name, reason }) => wrap(`\`${name}\`: ${reason}`, '- ', '  ', COLUMNS));
}

function preface({ runs, smallerRuns, generator, confidence }: EnvelopeDocument, command: string): string[] {
  const paragraphs = [
    `Made by \`${command}\` (generator ${generator}); not to be edited. For each way to restore r2 and the return address: what the author of a live patch must `
      + 'not do under it, why, and the counterexample that proves it (`tocsin explain TOKEN` argues it).',
    `Each rule is a smallest set of features. Its case uses exactly these, cannot be made smaller by any single step, and campaigns of ${count(smallerRuns)} scenarios `
      + 'without any single one of them found nothing. Where the generator draws one only together with another, such a campaign says little: the JSON document '
      + 'names what was never drawn.',
    `Where nothing was found, a campaign of ${count(runs)} scenarios looked in a largest set of what remains; scenarios that do not satisfy its premises are not among the `
      + `trials. The bound on the failing share is of that set by itself, at ${confidence * 100} %, under this generator's distribution: no statement about real patches.`,
  ];
  return paragraphs.flatMap((text) => [...wrap(text, '', '', COLUMNS), '']);
}

/** The whole page. `command` is what makes it. */
export function limitationsPage(document: EnvelopeDocument, command: string): string {
  const { strategies } = document;
  const names = obligations(strategies);
  return `${[
    '# Temporary limitations', '', ...preface(document, command),
    '| strategy | smallest sets that break it | nothing found assuming | conventions broken by | undecided |', '|---|---|---|---|---|', ...strategies.map(summary), '',
    ...(names.length === 0 ? [] : ['What must hold, and is broken otherwise:', '', ...names, '']), ...strategies.flatMap(section),
  ].join('\n').trimEnd()}\n`;
}
