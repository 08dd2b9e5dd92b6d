/**
 * At a replacement, and behind it: what it must find, what it may have done, by contract, in each way in which it can end, and whether the hook's return keeps what was promised. Rules:
 * docs/proof.md, "At the replacement" and "At the end".
 */
import { FRAME, parameterOffset } from '../abi/frame.ts';
import { RESULT_REGISTERS } from '../abi/permissions.ts';
import type { ObligationName } from '../contract/obligations.ts';
import type { Ending, Promised, Run } from './certificate.ts';
import type { Arrival, Explorer, Failure } from './fragment.ts';
import { STACK_ARGUMENTS } from './fragment.ts';
import { claimsOf } from './outline.ts';
import { forgetCallee, fromFrame, publishedValue, stubStores } from './rely.ts';
import { promisesOf, shapeText } from './shapes.ts';
import type { Shape, Who } from './shapes.ts';
import type { Cell, Tagged } from './tagged.ts';
import { Refused } from './tagged.ts';
import type { ReplacementSite } from './texts.ts';
import { ZERO, constant, named, sameWord, wordText } from './words.ts';
import type { Word } from './words.ts';

const R = named('R'), F = named('F'), P = named('P');
/** End of the parameter save area of the most arguments that a function has, from its caller's frame. */
const AREA_END = parameterOffset(12);

/** How a replacement may end: who is called last, and in which shape. */
export interface Way {
  readonly by: Ending['by'];
  readonly who?: Who | 'own';
  readonly shape?: Shape;
  readonly site?: ReplacementSite['ends'][number];
}

export const wayText = ({ by, who, shape, site }: Way): string => `${by}${who === undefined || shape === undefined ? '' : ` ${who}.${shapeText(shape)}`}${site?.exit === 'early' ? ' early' : ''}`;

/** A promise that an ending does not keep. */
export interface Lost {
  readonly promise: Promised;
  readonly way: Way;
  /** What stands in its place. */
  readonly found: Word;
}

export interface Ended {
  readonly endings: readonly Ending[];
  readonly lost: readonly Lost[];
  readonly failures: readonly Failure[];
}

/** What the replacement must find. Failures go to the explorer. True: it may run. */
export function mayEnter(explorer: Explorer, { state }: Arrival): boolean {
  const { plan, domain } = explorer, before = explorer.failures.length;
  const expect = (obligation: ObligationName, name: string, found: Word, expected: Word): void => {
    if (!sameWord(found, expected)) explorer.fail(obligation, `the replacement finds ${name} = ${wordText(found) ?? '(not known)'}, expected ${wordText(expected) ?? ''}`, state);
  };
  const r1 = fromFrame(state.gpr(1));
  if (r1 === undefined || r1 > 0 || r1 % 16 !== 0 || (r1 < 0 && r1 > -32)) explorer.fail('stack-pointer', `the replacement finds r1 = ${wordText(state.gpr(1)) ?? '(not known)'}`, state);
  else if (r1 < 0) expect('back-chain', '0(r1)', state.value('F', r1), F);
  if (plan.kind === 'patched') expect('return-address', 'r12', state.gpr(12), explorer.replaces);
  for (let n = 3; n <= 10; n++) expect('arguments', `r${n}`, state.gpr(n), named(`a${n}`));
  if (plan.args === 'stack' && r1 !== undefined) for (const offset of STACK_ARGUMENTS) expect('arguments', `${offset}(r1)`, state.value('F', r1 + offset), named(`f${offset}`));
  if (plan.args === 'variadic' && r1 !== 0) explorer.fail('back-chain', 'a variadic replacement spills its arguments to where no parameter save area is', state);
  if (state.special('lr') === null) explorer.fail('return-address', 'the replacement finds an LR that is not known', state);
  explorer.expectKept(state);
  const { published, frame } = plan.kept;
  if (published !== null) {
    const found = publishedValue(plan.kept, state);
    if (!sameWord(found, named('x')) && !sameWord(found, domain.add(named('x'), constant(BigInt(published.entry))))) explorer.fail('hook-balance', `the published cell is ${wordText(found) ?? 'not known'} when the replacement is entered`, state);
  }
  if (frame !== null && waits(explorer, state) === undefined) explorer.fail('hook-balance', "the frame's marker is not known when the replacement is entered", state);
  return explorer.failures.length === before;
}

/** A hook waits on the frame, in a strategy that has memory for each; undefined: not known. */
export function waits(explorer: Explorer, state: Tagged): boolean | undefined {
  const { frame } = explorer.plan.kept;
  if (frame === null) return false;
  const marker = state.value('F', frame.marker);
  if (marker === null) return undefined;
  if (marker.of === '') return marker.offset !== 0n;
  return (marker.of === 'owed' || marker.of === 'R') && marker.offset === 0n ? true : undefined;
}

/** What comes of an end, but for the name of who was called last. */
interface Followed { readonly run: Run; readonly missed: readonly Omit<Lost, 'way'>[]; readonly failures: readonly Failure[] }

/** Ends from one arrival. Whoever is called last is known by what he keeps, and many keep the same. */
const followed = new WeakMap<Arrival, Map<string, Followed>>();

/** Follows one way to end from an arrival. `keeps`: what the contract of whoever is called last keeps. */
export function endBy(explorer: Explorer, arrival: Arrival, way: Way, keeps: ReadonlySet<Promised>): Ended {
  const known = followed.get(arrival) ?? new Map<string, Followed>(), { site } = way;
  followed.set(arrival, known);
  const key = [way.by, way.who === 'own', wordText(site?.to ?? null), wordText(site?.jump ?? null), ...[...keeps].sort()].join();
  const found = known.get(key) ?? follow(explorer, arrival, way, keeps);
  known.set(key, found);
  return { endings: [endingOf(explorer, way, found.run)], lost: found.missed.map((it) => ({ ...it, way })), failures: found.failures };
}

function follow(explorer: Explorer, arrival: Arrival, way: Way, keeps: ReadonlySet<Promised>): Followed {
  const state = arrival.state.copy(), failures = explorer.failures.length, missed: Omit<Lost, 'way'>[] = [];
  explorer.returning = true;
  const finished = (at: Tagged): 'over' | 'none' => {
    if (!sameWord(at.pc, R)) return 'none';
    missed.push(...atEnd(explorer, at));
    return 'over';
  };
  let run: Run;
  if (way.site === undefined) {
    callLast(explorer, state, fromFrame(state.gpr(1))!, way, keeps);
    run = explorer.follow(state, claimsAfter(arrival, state), arrival.executed + 1, (at) => finished(at));
  } else {
    const { site } = way, from = explorer.plan.replacement!.bodyFrom;
    run = explorer.follow(state, claimsAfter(arrival, state), arrival.executed, (at) => {
      if (sameWord(at.pc, from)) { runBody(explorer, at, site.to); return 'moved'; }
      if (site.jump !== undefined && sameWord(at.pc, site.jump)) { jump(explorer, at, way, keeps); return 'moved'; }
      return finished(at);
    });
  }
  explorer.returning = false;
  return { run, missed, failures: explorer.failures.splice(failures) };
}

function endingOf(explorer: Explorer, { by, who, shape, site }: Way, run: Run): Ending {
  const from = explorer.plan.replacement?.bodyFrom ?? null;
  return {
    by, ...(who === undefined || shape === undefined ? {} : { who, shape: shapeText(shape) }),
    ...(site === undefined ? {} : {
      ...(site.exit === undefined ? {} : { exit: site.exit }),
      body: { from: wordText(from)!, to: wordText(site.to)!, ...(site.jump === undefined ? {} : { jump: wordText(site.jump)! }) },
    }),
    run,
  };
}

/** The claims of the arrival, less what is not known any more; what differs is in `touched`. */
const claimsAfter = (arrival: Arrival, state: Tagged): Map<string, string> => {
  const claims = new Map(arrival.claims);
  // What the replacement did is not said by a step, but known to whoever checks.
  for (const [key, text] of claims) if (state.textOf(key) !== text) claims.delete(key);
  for (const [key, text] of claimsOf(state)) claims.set(key, text);
  return claims;
};

/** The replacement, called at F + `r1`, has come to its end, and whoever it called last has returned. */
function callLast(explorer: Explorer, state: Tagged, r1: number, way: Way, keeps: ReadonlySet<Promised>, spared?: (cell: Cell) => boolean): void {
  const { kept, rely, args } = explorer.plan, lr = state.special('lr');
  forgetCallee(kept, state, r1, rely, spared);
  for (const n of RESULT_REGISTERS) state.setGpr(n, named(`s${n}`));
  if (args !== 'registers') state.overwrite('F', r1 + FRAME.PARAMETERS, AREA_END - FRAME.PARAMETERS);
  if (way.by === 'stub-sibling') stubStores(state, r1, keeps);
  state.pc = lr;
}

/** The code of a replacement between the strategy's: from behind its mcount site to its exit. */
function runBody(explorer: Explorer, state: Tagged, to: Word): void {
  const { kept, rely, args, replacement } = explorer.plan, lr = state.special('lr'), r2 = state.gpr(2), { entry } = replacement!;
  if (!sameWord(state.gpr(1), F)) throw new Refused(`a branch into the replacement's body with r1 = ${wordText(state.gpr(1)) ?? '(not known)'}`);
  if (lr === null) throw new Refused("a branch into the replacement's body with an LR that is not known");
  if (entry === 'dual' && !sameWord(r2, P)) explorer.fail('toc', `the replacement's body runs with r2 = ${wordText(r2) ?? '(not known)'}`, state);
  forgetCallee(kept, state, 0, rely, ({ of, at, width }) => of === 'F' && at >= -16 && at + width <= 0);
  for (const n of RESULT_REGISTERS) state.setGpr(n, named(`s${n}`));
  if (args !== 'registers') state.overwrite('F', FRAME.PARAMETERS, AREA_END - FRAME.PARAMETERS);
  state.setSpecial('lr', lr);
  if (entry !== 'clobber') state.setGpr(2, r2);
  state.pc = to;
}

/** The sibling call of a replacement that has the strategy's code in front of it. */
function jump(explorer: Explorer, state: Tagged, way: Way, keeps: ReadonlySet<Promised>): void {
  if (!sameWord(state.gpr(1), F)) throw new Refused(`a branch out of the replacement with r1 = ${wordText(state.gpr(1)) ?? '(not known)'}`);
  if (state.special('lr') === null) throw new Refused('a branch out of the replacement with an LR that is not known');
  if (!sameWord(state.gpr(2), P)) explorer.fail('toc', `what the replacement hands on to finds r2 = ${wordText(state.gpr(2)) ?? '(not known)'}, expected P`, state);
  callLast(explorer, state, 0, way, keeps);
  // A function of the patch keeps all, and it had P.
  if (way.who === 'own') state.setGpr(2, P);
}

/** At R: all that is always demanded, and which promises are not kept. */
function atEnd(explorer: Explorer, state: Tagged): Omit<Lost, 'way'>[] {
  const expect = (obligation: ObligationName, name: string, found: Word, expected: Word): void => {
    if (!sameWord(found, expected)) explorer.fail(obligation, `back at the caller ${name} is ${wordText(found) ?? 'not known'}, expected ${wordText(expected) ?? ''}`, state);
  };
  expect('stack-pointer', 'r1', state.gpr(1), F);
  for (const n of RESULT_REGISTERS) expect('arguments', `r${n}`, state.gpr(n), named(`s${n}`));
  explorer.expectKept(state);
  explorer.expectOwn(state, ZERO);
  const lost: Omit<Lost, 'way'>[] = [];
  for (const promise of promisesOf(explorer.plan.shape)) {
    const [found, expected] = promise === 'r2' ? [state.gpr(2), explorer.toc]
      : promise === 'slot' ? [state.value('F', FRAME.TOC), explorer.slot()] : [state.value('F', FRAME.RESERVED, 4), named('f12')];
    if (!sameWord(found, expected)) lost.push({ promise, found });
  }
  return lost;
}
