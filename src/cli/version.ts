/** The package's own version and where it lies. */
import { readFileSync } from 'node:fs';

/** The package's folder: this file lies in src/cli or dist/cli. */
export const PACKAGE_FOLDER = new URL('../../', import.meta.url);

function readVersion(): string {
  const found: unknown = JSON.parse(readFileSync(new URL('package.json', PACKAGE_FOLDER), 'utf8'));
  return typeof found === 'object' && found !== null && 'version' in found ? String(found.version) : '0.0.0';
}

export const VERSION = readVersion();
