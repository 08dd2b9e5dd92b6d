// Proofs that share fragments say what proofs by themselves say, to the byte, in whatever order they are asked for.
import { expect, test } from 'vitest';
import type { Strategy } from '../../src/contract/strategy.ts';
import type { Promised } from '../../src/prove/certificate.ts';
import { provable } from '../../src/prove/covered.ts';
import { endBy } from '../../src/prove/ending.ts';
import type { Ended } from '../../src/prove/ending.ts';
import { Fragments } from '../../src/prove/fragments.ts';
import { proveStrategy } from '../../src/prove/prove.ts';
import type { Proof, Scope } from '../../src/prove/prove.ts';
import { Texts } from '../../src/prove/texts.ts';
import { wordText } from '../../src/prove/words.ts';
import { certificateOf } from '../../src/prove/write.ts';
import { FEATURES } from '../../src/scenario/features.ts';
import type { Feature } from '../../src/scenario/features.ts';
import { livepatchStackLatePublish } from '../../src/strategies/livepatch-stack-late-publish.ts';
import { oddToc } from '../../src/strategies/odd-toc.ts';
import { shadowStackPerCpu } from '../../src/strategies/shadow-stack-per-cpu.ts';

const told = (proof: Proof): string => JSON.stringify([certificateOf(proof, { model: '', assuming: [], obligations: [] }),
  proof.flaws.map((it) => (it.kind === 'call' ? [it.edge, it.who, it.promise] : [it.explored.row, it.failure.obligation, it.failure.what])), proof.rounds, proof.steps]);

const without = (strategy: Strategy, ...less: readonly Feature[]): readonly Feature[] => provable(strategy, FEATURES).filter((it) => !less.includes(it));

const endedText = ({ endings, lost, failures }: Ended): string => JSON.stringify([endings, lost.map((it) => [it.promise, wordText(it.found)]), failures.map((it) => [it.obligation, it.what])]);

/** Each ending once more, by what the contracts keep in the end. */
function endedAnew({ fragments, keeps }: Proof): [string, string][] {
  return fragments.flatMap(({ explorer, endings }) => endings.map(({ arrival, way, target, ended }): [string, string] => {
    const kept = target === undefined ? new Set<Promised>(['r2', 'slot', 'w12']) : keeps.get(target)!;
    return [endedText(ended), endedText(endBy(explorer, arrival, way, kept))];
  }));
}

test.each([[livepatchStackLatePublish], [oddToc], [shadowStackPerCpu]])('$name', (strategy) => {
  const texts = new Texts(strategy), shared = new Fragments(strategy, texts);
  const sets = [[], ['stub-sibling'], ['preempt'], ['preempt', 'sleep'], ['preempt', 'sleep', 'interrupt'], ['preempt', 'migration'], []] as const;
  const scopes = sets.map((less): Scope => ({ features: without(strategy, 'single-entry', 'caller-saved-toc', ...less), premises: new Set(['bounded-hook-depth']) }));
  const kinds = new Set<string>();
  let lost = 0, endings = 0;
  for (const scope of scopes) {
    const proof = proveStrategy(strategy, texts, scope, shared), together = told(proof), ended = endedAnew(proof);
    kinds.add(together);
    lost += [...proof.keeps.values()].filter((it) => !it.has('slot')).length;
    expect([scope.features, together === told(proveStrategy(strategy, new Texts(strategy), scope)), ended.filter(([one, other]) => one !== other).length])
      .toEqual([scope.features, true, 0]);
    endings += ended.length;
  }
  // The sets are not one set many times, and not all is kept in them.
  expect([kinds.size, lost > 5, endings > 200]).toEqual([scopes.length - 1, true, true]);
}, 300_000);
