// `tocsin check`, spawned: certificates that `tocsin prove` wrote, about the code at hand and about other code, refused ones, and files that are none.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { strategyFileText } from '../../src/contract/strategy-file.ts';
import { folder, tocsin } from './built.ts';

test('a certificate is accepted, refused, or about other code', async () => {
  const cwd = folder(), file = 'livepatch-stack.proof.json';
  expect((await tocsin(['prove', 'livepatch-stack', '--features', 'none,+local,+interrupt', '--out', '.'], { cwd })).code).toBe(0);
  const good = await tocsin(['check', file], { cwd });
  expect({ code: good.code, stderr: good.stderr }).toEqual({ code: 0, stderr: '' });
  expect(good.stdout).toContain(`${file}: accepted\n  livepatch-stack holds for every call graph over local, interrupt\n  assuming stack-room, no-reused-stacks,`);
  expect(good.stdout).toContain("the code is that of livepatch-stack, in this package's model");

  // The same code under another name; and code with the fault that this is all about.
  const mine = strategyFileText({ ...livepatchStack, name: 'mine' });
  writeFileSync(join(cwd, 'mine.s'), mine);
  expect((await tocsin(['check', file, '--strategy', './mine.s'], { cwd })).code).toBe(0);
  const other = mine.replace('livepatch_push:', '        nop\nlivepatch_push:');
  expect(other).not.toBe(mine);
  writeFileSync(join(cwd, 'mine.s'), other);
  const about = await tocsin(['check', file, '--strategy', './mine.s', '--json'], { cwd });
  expect(about.code).toBe(1);
  expect(JSON.parse(about.stdout)).toMatchObject({ schema: 'tocsin/check@1', exit: 1, certificates: [{ outcome: { kind: 'accepted', code: { kind: 'other', part: 'layout' } } }] });

  const text = readFileSync(join(cwd, file), 'utf8');
  writeFileSync(join(cwd, 'forged.json'), text.replace('"interrupt"', '"interrupt","stub-sibling"'));
  const forged = await tocsin(['check', file, 'forged.json', '--quiet'], { cwd });
  expect({ code: forged.code, stderr: forged.stderr }).toEqual({ code: 1, stderr: '' });
  expect(forged.stdout).toMatch(new RegExp(`^${file}: accepted\nforged.json: refused: fragment patched \\S+ M in-line registers: no ending 'stub-sibling ordinary G'\n$`));

  for (const [name, content, why] of [['a', '{', 'not JSON'], ['b', '[]', 'expected what `tocsin prove --out` wrote'], ['c', '{"schema":"tocsin/case@1"}', "schema 'tocsin/case@1': expected 'tocsin/proof@1'"]] as const) {
    writeFileSync(join(cwd, name), content);
    const bad = await tocsin(['check', name], { cwd });
    expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 2, stdout: '' });
    expect(bad.stderr).toMatch(/^tocsin: certificate '.': [^\n]*\n$/);
    expect(bad.stderr).toContain(why);
  }
  expect((await tocsin(['check'], { cwd })).code).toBe(2);
  expect((await tocsin(['check', 'nowhere.json'], { cwd })).stderr).toContain('no such file');
});
