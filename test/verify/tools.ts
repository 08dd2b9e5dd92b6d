/** What the tests of this folder share: tools or a loud skip. */
import { ensureTools } from '../../src/verify/tools.ts';

let missing: string | undefined | null = null;

/** Why the outside tools cannot be used, or undefined; says so on stderr. Installs them once where it may. */
export function missingTools(): string | undefined {
  if (missing === null) {
    missing = ensureTools((line) => process.stderr.write(`verify: ${line}\n`));
    if (missing !== undefined) process.stderr.write(`verify: SKIPPED, nothing compared: ${missing}\n`);
  }
  return missing;
}
