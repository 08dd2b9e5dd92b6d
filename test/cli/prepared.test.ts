// What the build prepares of `tocsin list` is what the command says: the same bytes, and gone with the file.
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PREPARED_LINES } from '../../src/cli/prepared.ts';
import { modelHash } from '../../src/trial/model-hash.ts';
import { folder, packageFolder, spawned, tocsin } from './built.ts';

/** A copy of the built package that a test may change. */
function ownPackage(): { readonly main: string; readonly answers: string } {
  const copy = folder();
  for (const name of ['dist', 'package.json']) cpSync(join(packageFolder(), name), join(copy, name), { recursive: true });
  symlinkSync(join(packageFolder(), 'node_modules'), join(copy, 'node_modules'));
  return { main: join(copy, 'dist/cli/main.js'), answers: join(copy, 'dist/cli/list-answers.json') };
}

describe('answers prepared by the build', () => {
  test('are what the command answers without them', async () => {
    const { main, answers } = ownPackage();
    expect(existsSync(answers)).toBe(true);
    writeFileSync(answers, '{ "list": 1');
    for (const line of PREPARED_LINES) {
      const whole = await spawned(line, { main });
      expect({ line, code: whole.code, stderr: whole.stderr }).toEqual({ line, code: 0, stderr: '' });
      expect(await tocsin(line), line.join(' ')).toEqual(whole);
    }
  });

  test('are what is printed, and for these command lines alone', async () => {
    const { main, answers } = ownPackage();
    const prepared = JSON.parse(readFileSync(answers, 'utf8')) as Record<string, string>;
    expect(Object.keys(prepared)).toEqual(PREPARED_LINES.map((line) => line.join(' ')));
    writeFileSync(answers, JSON.stringify({ ...prepared, list: 'prepared\n' }));
    expect((await spawned(['list'], { main })).stdout).toBe('prepared\n');
    expect((await spawned(['list', '--offsets'], { main })).stdout).toMatch(/^\.set /);
    expect((await spawned(['--json', 'list'], { main })).stdout).toBe(prepared['list --json']);
    expect((await spawned(['list', 'x'], { main })).code).toBe(2);
  });

  test("have the model's hash, which certificates name, and do without it", async () => {
    const { main, answers } = ownPackage(), file = join(answers, '../model-hash.txt'), cwd = folder();
    const named = async (): Promise<string> => {
      expect((await spawned(['prove', 'mini-frame', '--features', 'none,+local', '--out', '.'], { cwd, main })).code).toBe(0);
      return (JSON.parse(readFileSync(join(cwd, 'mini-frame.proof.json'), 'utf8')) as { model: string }).model;
    };
    expect(readFileSync(file, 'utf8')).toBe(modelHash());
    for (const [text, hash] of [['0123456789abcdef', '0123456789abcdef'], ['half', modelHash()]] as const) {
      writeFileSync(file, text);
      expect(await named()).toBe(hash);
    }
  });
});
