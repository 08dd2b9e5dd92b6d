/**
 * Which features a scenario uses. Read off the scenario as it is written, reachable or not; a replacement with body `same` is
 * read as what it is in P (`sameBody`). One pass, no allocation in the mask form: campaigns ask for every scenario.
 *
 * Where a name leaves room, it means: `nested`: code of P calls a patched function (`self` is none: no hook sees it);
 * `transitions`: there is a second patch, or a patch is off at some time; its versions are read as what they are in the second module;
 * `callback`: a replacement calls into the module of its original, or a function of P into a module that has patched functions;
 * `recursive`: some call lies on a cycle; `migration`: the second CPU runs tasks (tracing may be switched on it all the same); `far`: a module in use does not lie at place 0, where K lies.
 */
import type { Feature } from './features.ts';
import { FEATURES } from './features.ts';
import type { Body, CallKind, ModuleName, Scenario, ScenarioFunction, SecondVersion, World } from './scenario.ts';
import { changesPatches, isPatched, secondOf } from './world.ts';

/** The bit of each feature in a mask: bit i for FEATURES[i]. A mask is a signed 32-bit integer: ask it for `!== 0`, not for `> 0`. */
export const FEATURE_BIT: Readonly<Record<Feature, number>> = Object.freeze(
  Object.fromEntries(FEATURES.map((name, i) => [name, 1 << i])) as Record<Feature, number>,
);
/** All 32 of them may be there: as a signed integer, that is -1. */
export const ALL_FEATURES = -1 >>> (32 - FEATURES.length) | 0;

const BIT = FEATURE_BIT;
const KIND_BIT: Readonly<Record<CallKind, number>> = {
  local: BIT.local, global: BIT.global, indirect: BIT.indirect, sibling: BIT.sibling, 'stub-sibling': BIT['stub-sibling'],
};
const MODULE_BIT: Readonly<Record<ModuleName, number>> = { K: 1, M: 2, N: 4, P: 8 };

function entryBits(entry: ScenarioFunction['entry']): number {
  return entry === 'dual' ? 0 : entry === 'single' ? BIT['single-entry'] : BIT['caller-saved-toc'];
}

function flagBits(body: Body): number {
  return (body.zone ? BIT['leaf-zone'] : 0) | (body.nonvolatile > 0 ? BIT.nonvolatile : 0) | (body.hoisted ? BIT['hoisted-slot'] : 0);
}

/**
 * Bits of the calls of a body. `from`: code of P; `home`: bit of the original's module (0: a function of P or an original);
 * `same`: calls as they are once compiled into P.
 */
function callBits(scenario: Scenario, body: Body, inP: boolean, home: number, patchedModules: number, same: boolean): number {
  let mask = 0;
  const { functions } = scenario;
  const second = secondOf(scenario);
  for (const call of body.calls) {
    const { kind, callee } = call;
    mask |= same && (kind === 'local' || kind === 'sibling') ? BIT.global : KIND_BIT[kind];
    if (call.limit !== undefined) mask |= BIT.recursive;
    if (!inP || callee === 'self') continue;
    for (const fn of functions) {
      if (fn.id !== callee) continue;
      if (isPatched(fn, second)) mask |= BIT.nested;
      if (MODULE_BIT[fn.module] & (home === 0 ? patchedModules : home)) mask |= BIT.callback;
      break;
    }
  }
  return mask;
}

/** The features of a scenario as a bit mask, see FEATURE_BIT. */
export function featureMask(scenario: Scenario): number {
  const { functions, interrupts, places } = scenario;
  let mask = 0;
  let used = 0;
  let patchedModules = 0;
  const second = secondOf(scenario);
  for (const fn of functions) {
    used |= MODULE_BIT[fn.module];
    if (isPatched(fn, second)) {
      used |= MODULE_BIT.P;
      patchedModules |= MODULE_BIT[fn.module];
    }
  }
  for (const fn of functions) {
    mask |= entryBits(fn.entry) | flagBits(fn.body) | callBits(scenario, fn.body, fn.module === 'P', 0, patchedModules, false);
    if (fn.args > 8) mask |= BIT['stack-args'];
    if (fn.variadic) mask |= BIT.variadic;
    const { replacement } = fn;
    if (replacement === undefined) continue;
    if (fn.module === 'K') mask |= BIT['patched-core'];
    const same = replacement.body === 'same';
    const body = replacement.body === 'same' ? fn.body : replacement.body;
    mask |= entryBits(replacement.entry) | flagBits(body) | callBits(scenario, body, true, MODULE_BIT[fn.module], patchedModules, same);
  }
  if ((used & MODULE_BIT.M && places.M !== 0) || (used & MODULE_BIT.N && places.N !== 0) || (used & MODULE_BIT.P && places.P !== 0)) mask |= BIT.far;
  for (const interrupt of interrupts) {
    mask |= BIT.interrupt;
    if (typeof interrupt.at.context === 'number') mask |= BIT['interrupt-nested'];
    if (interrupt.ownStack) mask |= BIT['irq-stack'];
  }
  for (const version of second) mask |= secondBits(scenario, version, patchedModules);
  return scenario.world === undefined ? mask : mask | worldBits(scenario.world);
}

function secondBits(scenario: Scenario, version: SecondVersion, patchedModules: number): number {
  const fn = scenario.functions.find(({ id }) => id === version.function);
  if (fn === undefined) return 0;
  const copied = version.body === 'first' ? fn.replacement?.body : fn.body;
  const body = copied === undefined || copied === 'same' ? fn.body : copied;
  return (fn.module === 'K' ? BIT['patched-core'] : 0) | flagBits(body) | callBits(scenario, body, true, MODULE_BIT[fn.module], patchedModules, body === fn.body);
}

function worldBits(world: World): number {
  const { tasks, switches, sleepers, emergency, hooks, exits, outOfLine, tracing } = world;
  let mask = (tasks.length > 0 ? BIT.tasks : 0) | (switches.length > 0 ? BIT.preempt : 0) | (sleepers.length > 0 ? BIT.sleep : 0);
  if (emergency !== undefined) mask |= BIT['emergency-stack'];
  if (exits !== undefined) mask |= BIT.exit;
  for (const { kind } of hooks ?? []) mask |= kind === 'graph' ? BIT['graph-tracer'] : BIT['other-hooks'];
  if (outOfLine !== undefined) mask |= BIT['out-of-line'];
  if (tracing !== undefined) mask |= BIT['tracing-off'];
  if (sleepers.some(({ walked }) => walked === true)) mask |= BIT.unwind;
  if (changesPatches(world)) mask |= BIT.transitions;
  for (const list of [tasks, switches, sleepers]) for (const { cpu } of list) if (cpu !== 0) mask |= BIT.migration;
  return mask;
}

export function featuresOfMask(mask: number): ReadonlySet<Feature> {
  return new Set(FEATURES.filter((_, i) => (mask >>> i) & 1));
}

export function maskOf(features: Iterable<Feature>): number {
  let mask = 0;
  for (const name of features) mask |= FEATURE_BIT[name];
  return mask;
}

export function featuresOf(scenario: Scenario): ReadonlySet<Feature> {
  return featuresOfMask(featureMask(scenario));
}
