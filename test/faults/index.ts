// All known faults, by name.
import { COMMON } from './common.ts';
import type { Fault } from './fault.ts';
import { ONE_FEATURE } from './one-feature.ts';
import { ONE_OBLIGATION } from './one-obligation.ts';

export { ONE_FEATURE } from './one-feature.ts';
export { ONE_OBLIGATION } from './one-obligation.ts';
export { strategyOf } from './fault.ts';
export type { Fault } from './fault.ts';

export const FAULTS: readonly Fault[] = [...COMMON, ...ONE_OBLIGATION, ...ONE_FEATURE];
