// Who is called a twin has the same run: instruction after instruction, register after register; and the same at every boundary that is interrupted.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { handlersOf, turnsOf } from '../../src/campaign/exhaust-slice.ts';
import { corpusOf } from '../../src/campaign/mutant-corpus.ts';
import { mutantsOf } from '../../src/campaign/mutants.ts';
import { parseCase } from '../../src/case/file.ts';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { wholeBound } from '../../src/enumerate/bound.ts';
import { Cursor } from '../../src/enumerate/cursor.ts';
import type { HookingStyle } from '../../src/kernel/core.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { hookedIn, styleOf } from '../../src/scenario/world.ts';
import { BUILT_IN } from '../../src/strategies/index.ts';
import { Fork } from '../../src/trial/fork.ts';
import type { Landing } from '../../src/trial/forked.ts';
import { Trials } from '../../src/trial/trials.ts';
import { Twins } from '../../src/trial/twins.ts';

const CASES = resolve(import.meta.dirname, '../../counterexamples');
const STORED = readdirSync(CASES).sort().map((name) => parseCase(readFileSync(join(CASES, name), 'utf8')).scenario);
const built = (name: string): Strategy => BUILT_IN.find((it) => it.name === name)!;
const ALL = -1;

/** The strategy with every fault of it that changes one word for another; all of them may be asked about. */
function lineup(name: string): Lineup {
  const known = lineups.get(name) ?? made(name);
  lineups.set(name, known);
  return known;
}

interface Lineup { readonly trials: Trials; readonly twins: Twins; readonly others: readonly number[]; readonly names: readonly string[] }
const lineups = new Map<string, Lineup>();

function made(name: string): Lineup {
  const strategy = built(name);
  const { mutants } = mutantsOf(strategy, ['register', 'width', 'offset', 'invert', 'drop-branch', 'always-branch', 'swap']);
  const trials = new Trials([strategy, ...mutants.map((it) => it.strategy)]);
  return { trials, twins: new Twins(trials.engine, 0), others: mutants.map((_, i) => i + 1), names: [name, ...mutants.map((it) => it.name)] };
}

const words = ({ outcome, violations, instructions }: Verdict): string =>
  `${outcome} ${instructions} ${violations.map((it) => [it.obligation, it.edge, it.subject, it.expected, it.found, it.address, it.call, it.place, it.step].join('|')).join(' ')}`;

/** All that a run is: its verdict, what it has shown, and a hash of where every instruction is and of what it does to registers. (A narrower store is another store, so of memory what is read.) */
function whole(trials: Trials, scenario: Scenario, strategy: number): string {
  trials.load(scenario);
  trials.resetWitnesses();
  const verdict = words(trials.run(strategy));
  const shown = [...trials.witnesses].join();
  let steps = '';
  trials.follow(strategy, ({ address, registers }) => {
    steps += `\n${address.toString(16)}`;
    for (const { name, after } of registers) steps += ` ${name} ${after.toString(16)}`;
  });
  return `${verdict} ${shown} ${createHash('sha1').update(steps).digest('hex')}`;
}

test.each(['livepatch-stack', 'mini-frame', 'shadow-stack-per-cpu', 'shadow-stack-parallel', 'return-stack'])('a twin of %s has its run, interrupts or none, in either style', (name) => {
  const { trials, twins, others, names } = lineup(name);
  const { claim } = built(name);
  let [same, apart] = [0, 0];
  for (const style of ['in-line', 'out-of-line'] as const) {
    const scenarios = [...corpusOf(STORED, 'off', claim, ALL, style), ...corpusOf(STORED, 'on', claim, ALL, style).filter((_, i) => i % 200 === 7)];
    for (const [nth, scenario] of scenarios.entries()) {
      trials.load(scenario);
      twins.begin(styleOf(scenario), others);
      trials.run(0);
      twins.end();
      const found = others.filter((it) => twins.has(it));
      apart += others.length - found.length;
      const own = whole(trials, scenario, 0);
      // Those whose words this run does not come to are many; of them some.
      for (const it of found.filter((_, i) => i % 32 === nth % 32)) {
        same++;
        if (whole(trials, scenario, it) !== own) throw new Error(`${names[it]} is no twin in ${JSON.stringify(scenario)}`);
      }
    }
  }
  expect([same > 100, apart > 1_000]).toEqual([true, true]);
});

/** What each single interrupt or switch makes of the run. */
function everywhere(trials: Trials, scenario: Scenario, strategy: number, landings: readonly Landing[]): { readonly landed: number; readonly found: string[] } {
  trials.load(scenario);
  const { outcome, violations, instructions } = trials.run(strategy);
  const fork = new Fork(trials.engine);
  const found: string[] = [];
  fork.run(scenario, strategy, { outcome, violations: [...violations], instructions }, landings,
    ({ handler, boundary, verdict }) => { found.push(`${handler} ${boundary} ${words(verdict)}`); }, (handler, boundary, _, steps) => { found.push(`${handler} ${boundary} ${steps} holds`); });
  // What does not go on as if nothing had been runs on, and says the same: `holds` in both.
  return { landed: fork.counts.interrupts, found: found.map((it) => it.replace(/^(\d+ \d+) holds (\d+) $/, '$1 $2 holds')) };
}

test.each(['livepatch-stack', 'shadow-stack-per-cpu', 'return-stack'])('a twin of %s at every boundary is one in each of these runs', (name) => {
  const { trials, twins, others, names } = lineup(name);
  let [same, landed] = [0, 0];
  const styles: readonly HookingStyle[] = ['in-line', 'out-of-line'];
  new Cursor(wholeBound(2, 1, 0)).visit(0, Infinity, (plain, index) => {
    if (index % 90 !== 31) return;
    const scenario = hookedIn(plain, styles[index % 2]!);
    for (const landings of [handlersOf(scenario, ['shared', 'own']), turnsOf(scenario, ['back', 'migration', 'switch'])]) {
      twins.begin(styleOf(scenario), others);
      const own = everywhere(trials, scenario, 0, landings);
      twins.end();
      landed += own.landed;
      for (const it of others.filter((other) => twins.has(other)).filter((_, i) => i % 9 === 0)) {
        same++;
        const { found } = everywhere(trials, scenario, it, landings);
        if (found.join('\n') !== own.found.join('\n')) throw new Error(`${names[it]} is no twin at every boundary of ${JSON.stringify(scenario)}`);
      }
    }
  });
  expect([same > 10, landed > 1_000]).toEqual([true, true]);
});

test('those faults of livepatch-stack that have a reason are its twins where it holds, what else is caught is none where it is', () => {
  const { trials, twins, others, names } = lineup('livepatch-stack');
  const marker = names.indexOf('width livepatch_return:8 ld r12, -8(r11) -> lwz r12, -8(r11)');
  const halfPointer = names.indexOf('width livepatch_handler:6 std r11, TI_livepatch_sp(r12) -> stw r11, TI_livepatch_sp(r12)');
  const halfToc = names.indexOf('width livepatch_return:15 ld r2, -24(r11) -> lwz r2, -24(r11)');
  const [scenario] = corpusOf(STORED, 'off', built('livepatch-stack').claim, ALL).filter((it) => it.functions.some((fn) => fn.replacement !== undefined));
  trials.load(scenario!);
  twins.begin('in-line', others);
  trials.run(0);
  expect([twins.has(marker), twins.has(halfPointer), twins.has(halfToc)]).toEqual([true, true, false]);
  // Nobody was asked about.
  twins.begin('in-line', []);
  trials.run(0);
  expect(others.some((it) => twins.has(it))).toBe(false);
});
