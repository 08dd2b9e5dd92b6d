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
  // Objects where names belong are refused by the checker or shown as none; what is nested too deeply is looked at by nobody.
  const odd = { toString: 1, valueOf: 1 }, whole = JSON.parse(text) as Record<string, any>;
  for (const [change, code, why] of [
    [{ model: odd }, 0, 'model (no text)'], [{ model: undefined }, 0, 'model (not said)'], [{ strategy: { name: odd } }, 0, '(no text) holds for every call graph'],
    [{ claim: { ...whole['claim'], features: [odd] } }, 1, 'refused: claim.features: expected words'],
  ] as const) {
    writeFileSync(join(cwd, 'odd.json'), JSON.stringify({ ...whole, ...change }));
    const answer = await tocsin(['check', 'odd.json'], { cwd });
    expect({ code: answer.code, stderr: answer.stderr }).toEqual({ code, stderr: '' });
    expect(answer.stdout.replace(/\s+/g, ' ')).toContain(why);
  }
  for (const [content, why] of [[JSON.stringify({ schema: odd }), "schema '(no text)'"], [text.replace('"layout":{', `"layout":{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},`), 'more than 500 lists and objects in each other']] as const) {
    writeFileSync(join(cwd, 'odd.json'), content);
    const bad = await tocsin(['check', 'odd.json'], { cwd });
    expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 2, stdout: '' });
    expect(bad.stderr).toMatch(/^tocsin: certificate 'odd.json': [^\n]*\n$/);
    expect(bad.stderr).toContain(why);
  }
  expect((await tocsin(['check'], { cwd })).code).toBe(2);
  expect((await tocsin(['check', 'nowhere.json'], { cwd })).stderr).toContain('no such file');
});
