/**
 * Writes the repository's stored cases: `npm run counterexamples`, which then brings verdicts.json up to date as well. To be run when tokens, the
 * generator or the strategies have changed so that the old ones say nothing any more; look at the difference before you commit it.
 *
 * STRATEGY.OBLIGATION.json    the counterexample of a known-bad strategy, for each obligation that it claims to break
 * STRATEGY.ASSUMPTION.json    of a strategy that claims to hold: why it needs that assumption
 * table.ROW.json              the scenario table of the design (test/scenario/table.ts), with what every strategy makes of it
 *
 * Files with other names, such as those that `tocsin fuzz` writes, are left alone.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { canonical } from '../src/scenario/canonical.ts';
import { encodeToken } from '../src/case/token.ts';
import { parseCase, printCase } from '../src/case/file.ts';
import type { CaseVerdict } from '../src/case/file.ts';
import type { Finding } from '../src/campaign/finding.ts';
import { gate } from '../src/campaign/gate.ts';
import { planGate } from '../src/campaign/gate-plan.ts';
import { expectedOf } from '../src/campaign/gate-rules.ts';
import { inProcess, openWorkshop } from '../src/campaign/workshop.ts';
import { caseText } from '../src/cli/cases.ts';
import { writeWhole } from '../src/cli/files.ts';
import { enumerate } from '../src/report/text.ts';
import { sizeOf } from '../src/report/tree.ts';
import { parseScenario } from '../src/scenario/notation.ts';
import { BUILT_IN } from '../src/strategies/index.ts';
import { Trials } from '../src/trial/trials.ts';
import { TABLE } from '../test/scenario/table.ts';

const FOLDER = resolve(import.meta.dirname, '../counterexamples');
/** Of the names that this script gives. */
const OWN = /^[a-z0-9-]+\.[a-z0-9-]+\.json$/;

const weight = (it: Finding): number => Object.values(sizeOf(it.scenario)).reduce((sum, one) => sum + one, 0);

function smallest(findings: readonly Finding[], what: string): Finding {
  const [found] = [...findings].sort((a, b) => weight(a) - weight(b) || a.token.length - b.token.length || (a.token < b.token ? -1 : 1));
  if (found === undefined) throw new Error(`no counterexample: ${what}`);
  return found;
}

/** Minimised by the gate's own campaign, in which each assumption is looked at alone. */
async function counterexamples(): Promise<Map<string, string>> {
  const plan = planGate({ strategies: BUILT_IN, cases: [] });
  const result = await gate(plan, inProcess(openWorkshop(plan.setup)));
  if (result.kind !== 'completed' || result.report.exit !== 0) throw new Error(result.kind === 'completed' ? result.report.reasons.join('; ') : result.kind);
  const files = new Map<string, string>();
  for (const { name, claim, findings } of result.report.strategies) {
    if (claim.kind === 'breaks') {
      for (const obligation of claim.obligations) {
        files.set(`${name}.${obligation}`, caseText(smallest(findings.filter((it) => it.signature.obligation === obligation), `${name}, ${obligation}`)));
      }
    } else {
      for (const assumption of claim.assuming) {
        files.set(`${name}.${assumption}`, caseText(smallest(findings.filter((it) => it.needs.length === 1 && it.needs[0] === assumption), `${name}, ${assumption}`)));
      }
    }
  }
  return files;
}

/** As much of a row's name as a file's name has room for. */
function fileWords(name: string): string {
  const words = name.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== '');
  while (words.join('-').length > 48) words.pop();
  return words.join('-');
}

/** Rows on which a strategy that claims to hold does hold, with what the others break. */
function table(): Map<string, string> {
  const trials = new Trials(BUILT_IN);
  const files = new Map<string, string>();
  for (const { name, text } of TABLE) {
    const scenario = canonical(parseScenario(text));
    trials.load(scenario);
    const expected: Record<string, CaseVerdict> = Object.fromEntries(BUILT_IN.map((it, index) => [it.name, trials.applicable(index) ? expectedOf(trials.run(index)) : { outcome: 'not-applicable', obligations: [] }]));
    const holds = ['livepatch-stack', 'mini-frame', 'manual-restore'].find((it) => expected[it]?.outcome === 'holds');
    if (holds === undefined) continue;
    if (files.has(`table.${fileWords(name)}`)) throw new Error(`two rows of the table would have the file of '${name}'`);
    const broken = Object.entries(expected).filter(([, it]) => it.outcome !== 'holds').map(([who, it]) => `${who} (${it.obligations.join(', ')})`);
    files.set(`table.${fileWords(name)}`, printCase({
      scenario, strategy: holds, signature: null, expected, token: encodeToken({ scenario, strategy: { kind: 'built-in', name: holds } }), provenance: null,
      sentence: `${name}: ${holds} holds${broken.length === 0 ? ', and so do all others' : `; broken are ${enumerate(broken)}`}.`,
    }));
  }
  return files;
}

const files = [...await counterexamples(), ...table()];
mkdirSync(FOLDER, { recursive: true });
for (const name of readdirSync(FOLDER)) if (OWN.test(name)) rmSync(join(FOLDER, name));
for (const [name, text] of files) {
  parseCase(text);
  writeWhole(join(FOLDER, `${name}.json`), text, 'the case');
}
process.stdout.write(`${files.length} cases written to counterexamples/\n`);
