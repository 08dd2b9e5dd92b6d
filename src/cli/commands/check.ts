/** `tocsin check`: a certificate of `tocsin prove` gone through by a checker that shares nothing with who wrote it. */
import '../brief.ts';
import { check, Refusal } from '../../check/check.ts';
import type { Strategy } from '../../contract/strategy.ts';
import { differenceFrom } from '../../prove/compare.ts';
import { checkDocument, checkLines } from '../../report/certificate.ts';
import type { CheckOutcome, CheckView, ComparedCode } from '../../report/certificate.ts';
import { documentText } from '../../report/machine-readable.ts';
import { BUILT_IN } from '../../strategies/index.ts';
import { EXIT, UsageError, notJson, oneLine, quoted, worstExit } from '../errors.ts';
import { readText } from '../files.ts';
import { objectRequest } from '../object-options.ts';
import { text } from '../options.ts';
import type { Environment, Options } from '../options.ts';
import { announce, loadStrategy, namedObject } from '../strategies.ts';
import type { NamedStrategy } from '../strategies.ts';

/** Bytes of a certificate that are read at most: twenty times the longest of a built-in strategy. */
const CERTIFICATE_BYTES = 32 * 1024 * 1024;
/** Of a name or a reason in the answer. */
const LONGEST = 300;
/** Lists and objects in each other, at most: a checker goes into sixty splits of a way to a replacement, sixty of each way back, and each is two deep. */
const DEEPEST = 500;

export async function run({ console, json, quiet }: Environment, args: readonly string[], options: Options): Promise<number> {
  const given = await askedFor(options);
  if (given !== undefined) announce(console, [given], json);
  const views = args.map((path) => viewOf(path, given));
  const exit = worstExit(views.map(({ outcome }) => (outcome.kind === 'accepted' && outcome.code.kind !== 'other' ? EXIT.OK : EXIT.REFUTED)));
  process.exitCode = exit;
  console.answer(json ? documentText(checkDocument(views, exit)) : `${views.flatMap((view) => checkLines(view, quiet)).join('\n')}\n`);
  return exit;
}

/** Whose code the certificates must be about, where somebody says so: a strategy's, or an object file's as this package lifts it. */
async function askedFor(options: Options): Promise<NamedStrategy | undefined> {
  const word = text(options, 'strategy'), object = objectRequest(options);
  if (word !== undefined && object !== undefined) throw new UsageError('--strategy and --object: expected one of them');
  return object !== undefined ? namedObject(object) : word === undefined ? undefined : loadStrategy(word);
}

/** @throws UsageError for a file that cannot be read, or that is no certificate at all. */
function viewOf(path: string, given: NamedStrategy | undefined): CheckView {
  const data = parsed(path), claim = (data['claim'] ?? {}) as Record<string, unknown>;
  const words = (it: unknown): string[] => (Array.isArray(it) ? it.slice(0, 100).map(short) : []);
  const strategy = short((data['strategy'] as { name?: unknown } | undefined)?.name);
  return {
    file: path, strategy, model: short(data['model']), features: words(claim['features']), assuming: words(claim['assuming']), obligations: words(claim['obligations']),
    outcome: outcomeOf(data, given?.strategy ?? BUILT_IN.find((it) => it.name === strategy)),
    ...(given === undefined ? {} : { against: given.strategy.name }), ...(given?.object === undefined ? {} : { object: given.object.request.file }),
  };
}

/** What is no text in the place of one is not made one: an object can have a field `toString`. */
const short = (it: unknown): string => { const line = oneLine(typeof it === 'string' ? it : it === undefined ? '(not said)' : '(no text)'); return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line; };

function parsed(path: string): Record<string, unknown> {
  const source = readText(path, 'certificate', CERTIFICATE_BYTES);
  let data: unknown;
  try {
    data = JSON.parse(source);
  } catch (error) {
    throw new UsageError(`certificate ${quoted(path)}: ${notJson(error)}`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new UsageError(`certificate ${quoted(path)}: expected what \`tocsin prove --out\` wrote, an object with "schema": "tocsin/proof@1"`);
  const document = data as Record<string, unknown>;
  if (document['schema'] !== 'tocsin/proof@1') throw new UsageError(`certificate ${quoted(path)}: schema ${quoted(short(document['schema']))}: expected 'tocsin/proof@1', what \`tocsin prove --out\` writes`);
  if (isDeep(document)) throw new UsageError(`certificate ${quoted(path)}: more than ${DEEPEST} lists and objects in each other`);
  return document;
}

/** Looked at level by level: whatever goes into itself for each would run out of stack. */
function isDeep(document: object): boolean {
  let level: object[] = [document];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((it) => Object.values(it).filter((inner): inner is object => typeof inner === 'object' && inner !== null));
  }
  return false;
}

function outcomeOf(certificate: Record<string, unknown>, strategy: Strategy | undefined): CheckOutcome {
  try {
    return { kind: 'accepted', ...check(certificate), code: comparedCode(certificate, strategy) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', why: short(error.message) };
    throw error;
  }
}

function comparedCode(certificate: Record<string, unknown>, strategy: Strategy | undefined): ComparedCode {
  if (strategy === undefined) return { kind: 'not-compared' };
  const part = differenceFrom(strategy, certificate);
  return part === undefined ? { kind: 'same' } : { kind: 'other', part };
}
