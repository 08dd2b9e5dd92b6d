/** Files, in and out: bounded reading, and writing that is either whole or not there. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError, quoted, systemWords } from './errors.ts';

/** Bytes of a case file, a baseline or a strategy that are read at most. */
export const READ_LIMIT = 4 * 1024 * 1024;

/** Opens a file for reading, and closes it behind `use`. `where`: what it is, for messages. Throws UsageError when it cannot be opened. */
export function withOpenFile<T>(path: string, where: string, use: (file: number) => T): T {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new UsageError(`${where}: cannot be read: ${systemWords(error)}`);
  }
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** A file's text (UTF-8, strictly). Throws UsageError when it cannot be read, is too long, or is not text. */
export function readText(path: string, what: string, limit = READ_LIMIT): string {
  const where = `${what} ${quoted(path)}`;
  return withOpenFile(path, where, (file) => textOf(file, where, limit));
}

function textOf(file: number, where: string, limit: number): string {
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const n = readSync(file, chunk, 0, chunk.length, null);
      if (n === 0) break;
      bytes += n;
      if (bytes > limit) throw new UsageError(`${where}: longer than the ${limit} bytes that are read at most`);
      chunks.push(chunk.subarray(0, n));
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof TypeError) throw new UsageError(`${where}: not UTF-8 text`);
    throw new UsageError(`${where}: cannot be read: ${systemWords(error)}`);
  }
}

/** Creates a folder and those above it. Throws UsageError when that cannot be, or when nothing can be written into it. */
export function makeFolder(path: string, what: string): void {
  try {
    makeFolders(resolve(path));
    const probe = join(path, `.tocsin-${randomBytes(6).toString('hex')}`);
    closeSync(openSync(probe, 'wx'));
    unlinkSync(probe);
  } catch (error) {
    throw new UsageError(`${what} ${quoted(path)}: cannot be written: ${systemWords(error)}`);
  }
}

/** Like `mkdir -p`. Node 20's own `recursive` never comes back where a folder cannot be made in one that exists (as in /proc). */
function makeFolders(path: string): void {
  const above = dirname(path);
  if (above !== path && !existsSync(above)) makeFolders(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Writes a file under another name and renames it: whoever looks sees the old one or the new one. Throws UsageError. */
export function writeWhole(path: string, text: string, what: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const known = lstatSync(path, { throwIfNoEntry: false });
    if (known !== undefined && !known.isFile() && !known.isSymbolicLink()) {
      // A device or a pipe (`--junit /dev/stderr`): nothing to rename over.
      if (known.isDirectory()) throw Object.assign(new Error('directory'), { code: 'EISDIR' });
      writeAndClose(openSync(path, 'w'), text, false);
      return;
    }
    writeAndClose(openSync(temporary, 'wx'), text, true);
    renameSync(temporary, path);
  } catch (error) {
    try { unlinkSync(temporary); } catch { /* it was never there */ }
    throw new UsageError(`${what} ${quoted(path)}: cannot be written: ${systemWords(error)}`);
  }
}

/** Removes a file, if it is there. Throws UsageError. */
export function removeFile(path: string, what: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new UsageError(`${what} ${quoted(path)}: cannot be removed: ${systemWords(error)}`);
  }
}

function writeAndClose(file: number, text: string, sync: boolean): void {
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    if (sync) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
