/** What the tests of this folder share: tools or a loud skip. */
import { spawnSync } from 'node:child_process';
import { AS, GCC, LD, OBJCOPY, OBJDUMP, QEMU, findTools } from '../../src/verify/tools.ts';

const WANTED = [AS, GCC, LD, OBJDUMP, OBJCOPY, QEMU];
/** Debian packages that bring all of them. */
const PACKAGES = ['qemu-user', 'binutils-powerpc64le-linux-gnu', 'gcc-powerpc64le-linux-gnu'];

const say = (line: string): void => {
  process.stderr.write(`verify: ${line}\n`);
};

/** Makes sure that the tools are there; installs the Debian packages where it may (root, apt-get). Returns why not, or undefined when all is well. */
function ensureTools(): string | undefined {
  const { missing } = findTools(WANTED);
  if (missing.length === 0) return undefined;
  if (process.getuid?.() !== 0 || findTools(['apt-get']).missing.length > 0) return `${missing.join(', ')} not found; install ${PACKAGES.join(' ')}`;
  say(`installing ${PACKAGES.join(' ')} (${missing.join(', ')} not found)`);
  const apt = (...args: string[]): string => spawnSync('apt-get', args, {
    encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000,
  }).stderr ?? '';
  // A fresh container has no package lists yet.
  apt('update');
  const said = apt('install', '-y', '--no-install-recommends', ...PACKAGES);
  const left = findTools(WANTED).missing;
  return left.length === 0 ? undefined : `${left.join(', ')} not found and apt-get failed: ${said.trim().split('\n').at(-1) ?? ''}`;
}

let missing: string | undefined | null = null;

/** Why the outside tools cannot be used, or undefined; says so on stderr. Installs them once where it may. */
export function missingTools(): string | undefined {
  if (missing === null) {
    missing = ensureTools();
    if (missing !== undefined) say(`SKIPPED, nothing compared: ${missing}`);
  }
  return missing;
}
