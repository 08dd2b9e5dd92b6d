/** What a kernel does otherwise than the model, in words: the first one made smaller, and with the instruction of the model that has written what differs; the others as they are. */
import { maskOf } from '../../scenario/features-of.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { Tally } from '../result.ts';
import type { Found } from './found.ts';
import { GuestError } from './guest-error.ts';
import { LogError } from './log.ts';
import { BUILT } from './plan.ts';
import { smaller } from './smaller.ts';

/** `run`: what differs when these are run as `about` was, in a boot of their own; `boots` there were before. */
export async function tellFound(
  bench: { readonly found: readonly Found[]; readonly tally: Tally; say(what: string): void }, run: (given: readonly Scenario[], about: Found, boots: number) => Promise<readonly Found[]>,
): Promise<void> {
  const { found: [first, ...others], tally } = bench;
  if (first === undefined) return;
  tell(tally, ...await smallest(first, run, (what) => { bench.say(what); }));
  for (const it of others) tell(tally, it);
}

async function smallest(first: Found, run: (given: readonly Scenario[], about: Found, boots: number) => Promise<readonly Found[]>, say: (what: string) => void): Promise<[Found, string]> {
  let boots = 0;
  try {
    const small = await smaller({ scenario: first.drawn, found: first }, {
      allowed: maskOf(BUILT) | maskOf(['far']),
      run: async (given) => {
        say(`it differs; boot ${boots + 1} to make it smaller, ${given.length} candidates`);
        const all = await run(given, first, boots++);
        return given.map((scenario) => all.find(({ drawn, name }) => drawn === scenario && name === first.name));
      },
    });
    return [small.found, `; made smaller in ${small.boots} boots of ${small.tried} candidates, ${small.minimal ? 'none of those one step smaller differs' : 'not to the end'}`];
  } catch (error) {
    if (!(error instanceof GuestError || error instanceof LogError)) throw error;
    return [first, `; it could not be made smaller: ${error.message}`];
  }
}

function tell(tally: Tally, { name, token, what, ours, theirs, where }: Found, how = ''): void {
  const last = where?.();
  tally.differ(`${name}, ${token}: ${what}${last === undefined ? '' : `, in the model last written by ${last}`}${how}`, ours, theirs);
}
