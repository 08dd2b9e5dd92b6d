/** Strategies out of object files, as a command line or a configuration names them (`--object FILE --symbols ...`). */
import { fstatSync, readSync } from 'node:fs';
import { ClaimError, parseClaim } from '../contract/claim-text.ts';
import type { Claim } from '../contract/claim.ts';
import type { ByteSource } from '../object/bytes.ts';
import type { Field, Given } from '../object/offsets.ts';
import { FIELDS } from '../object/offsets.ts';
import { liftObject } from '../object/object.ts';
import type { LiftedObject } from '../object/object.ts';
import { BUILT_IN } from '../strategies/index.ts';
import { UsageError, quoted, systemWords } from './errors.ts';
import { withOpenFile } from './files.ts';
import type { ObjectRequest } from './object-options.ts';
import { suggestion } from './suggest.ts';

/** Stands behind an entry that is alone; its claim is what the kernel's own handler is held to. */
const DEFAULT_HANDLER = 'livepatch-stack';
/** Bytes from r13 or from thread_info that an instruction can say. */
const MOST_OFFSET = 32_767;

/** Reads the file and lifts its code. Throws UsageError, ObjectError, StrategyError. */
export function loadObject(request: ObjectRequest): LiftedObject {
  const { file, symbols, offset, handler: word = DEFAULT_HANDLER, claim } = request;
  const handler = BUILT_IN.find((it) => it.name === word);
  if (handler === undefined) throw new UsageError(`--handler: unknown strategy ${quoted(word)}${suggestion(word, BUILT_IN.map((it) => it.name))}`);
  const options = {
    file, handler,
    ...(symbols === undefined ? {} : { symbols: parseSymbols(symbols) }),
    ...(offset === undefined ? {} : { offsets: parseOffsets(offset) }),
    ...(claim === undefined ? {} : { claim: readClaim(claim) }),
  };
  const lifted = withFile(file, (source) => liftObject(source, options));
  if (BUILT_IN.some((it) => it.name === lifted.strategy.name)) throw new UsageError(`${file}: a built-in strategy is called ${quoted(lifted.strategy.name)} too; expected another file name`);
  return lifted;
}

function parseSymbols(words: string): string[] {
  const symbols = words.split(',').map((it) => it.trim());
  if (symbols.some((it) => it === '')) throw new UsageError(`--symbols ${quoted(words)}: expected names with commas between them`);
  return symbols;
}

/** NAME=N with commas between them; N decimal or 0x.. */
export function parseOffsets(words: string): Given {
  const offsets: Partial<Record<Field, number>> = {};
  for (const word of words.split(',')) {
    const [, name = '', value = ''] = /^\s*(\w+)=(0[xX][0-9a-fA-F]+|\d+)\s*$/.exec(word) ?? [];
    if (name === '') throw new UsageError(`--offset ${quoted(word)}: expected NAME=N, as PACACURRENT=2312`);
    // Two names of one offset in the kernel's asm-offsets.c.
    const field = FIELDS.find((it) => it === (name === 'PACA_THREAD_INFO' ? 'PACACURRENT' : name));
    if (field === undefined) throw new UsageError(`--offset: unknown field ${quoted(name)}${suggestion(name, FIELDS)}; expected one of ${FIELDS.join(', ')}`);
    if (offsets[field] !== undefined) throw new UsageError(`--offset: ${field} is given twice`);
    const number = Number(value);
    if (number > MOST_OFFSET) throw new UsageError(`--offset ${quoted(word)}: expected at most ${MOST_OFFSET}`);
    offsets[field] = number;
  }
  return offsets;
}

function readClaim(words: string): Claim {
  try {
    return parseClaim(words);
  } catch (error) {
    if (error instanceof ClaimError) throw new UsageError(`--claim ${quoted(words)}: ${error.what}; expected ${error.expected}`);
    throw error;
  }
}

/** A kernel with its debug information has hundreds of megabytes, of which a few are read. */
function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const where = `object ${quoted(path)}`;
  return withOpenFile(path, where, (file) => {
    const about = fstatSync(file);
    if (!about.isFile()) throw new UsageError(`${where}: expected a file`);
    return use({ size: about.size, read: (offset, length) => readAt(file, offset, length, where) });
  });
}

function readAt(file: number, offset: number, length: number, where: string): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    let n: number;
    try {
      n = readSync(file, bytes, done, length - done, offset + done);
    } catch (error) {
      throw new UsageError(`${where}: cannot be read: ${systemWords(error)}`);
    }
    if (n === 0) throw new UsageError(`${where}: it became shorter while it was read`);
    done += n;
  }
  return bytes;
}
