/**
 * `--shard`: which part of a campaign is this process's. `I/N` says it; `auto` and `auto/N` read what the CI system or the batch scheduler says of
 * this job, and only then: an environment alone never makes a campaign a part of one.
 */
import { shardText } from '../campaign/shard.ts';
import type { Shard } from '../campaign/shard.ts';
import { UsageError, quoted } from './errors.ts';
import { wholeNumber } from './numbers.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

interface Source {
  readonly variable: string;
  readonly index: number;
  /** Absent where the system does not say. */
  readonly of?: number;
}

/** Of an index, a total, a task's id; how many shards there may be is the campaign's to say. */
const MOST_NUMBER = 1_000_000_000n;

const EXPECTED = 'expected I/N with I from 1 to N, auto, or auto/N';

/** Throws UsageError. */
export function parseShard(text: string, environment: Variables): Shard {
  const auto = /^auto(?:\/(.+))?$/.exec(text);
  return auto === null ? shardOf(text, `--shard ${quoted(text)}`, EXPECTED) : automatic(auto[1], environment);
}

function shardOf(text: string, where: string, expected: string): Shard {
  const [index, of] = text.split('/').map(count);
  if (index === undefined || of === undefined || text.split('/').length !== 2 || index < 1 || index > of) throw new UsageError(`${where}: ${expected}`);
  return { index, of };
}

function count(text: string): number | undefined {
  const value = wholeNumber(text.trim());
  return value === undefined || value > MOST_NUMBER ? undefined : Number(value);
}

function automatic(given: string | undefined, environment: Variables): Shard {
  const total = given === undefined ? undefined : count(given);
  if (given !== undefined && (total === undefined || total < 1)) throw new UsageError(`--shard ${quoted(`auto/${given}`)}: ${EXPECTED}`);
  const own = value(environment, 'TOCSIN_SHARD');
  const sources = own !== undefined ? [{ variable: 'TOCSIN_SHARD', ...shardOf(own, `TOCSIN_SHARD ${quoted(own)}`, 'expected I/N with I from 1 to N') }]
    : [gitlab(environment), slurm(environment), kubernetes(environment)].flatMap((it) => it ?? []);
  const [source, other] = sources;
  // GitLab says so of every job without `parallel`.
  if (source === undefined && value(environment, 'CI_NODE_TOTAL') === '1' && (total ?? 1) === 1) return { index: 1, of: 1 };
  if (source === undefined) {
    throw new UsageError('--shard auto: none of TOCSIN_SHARD, CI_NODE_INDEX (GitLab), SLURM_ARRAY_TASK_ID (Slurm), JOB_COMPLETION_INDEX (Kubernetes) is set');
  }
  const said = (it: Source): string => `${it.variable} says ${it.of === undefined ? it.index : shardText({ index: it.index, of: it.of })}`;
  if (other !== undefined) throw new UsageError(`--shard auto: ${said(source)} and ${said(other)}; expected one of them, or TOCSIN_SHARD to decide`);
  const of = source.of ?? total;
  if (of === undefined) throw new UsageError(`--shard auto: ${said(source)} and nothing says of how many; expected --shard auto/N`);
  if (total !== undefined && total !== of) throw new UsageError(`--shard auto/${total}: ${said(source)}`);
  if (source.index > of) throw new UsageError(`--shard auto/${of}: ${source.variable} is the number ${source.index} of them`);
  return { index: source.index, of };
}

function value(environment: Variables, name: string): string | undefined {
  const found = environment[name];
  return found === undefined || found === '' ? undefined : found;
}

function natural(environment: Variables, name: string, least: number): number {
  const found = environment[name] ?? '';
  const parsed = count(found);
  if (parsed === undefined || parsed < least) throw new UsageError(`--shard auto: ${name} is ${quoted(found)}; expected a whole number from ${least} to ${MOST_NUMBER}`);
  return parsed;
}

/** https://docs.gitlab.com/ci/variables/predefined_variables: from 1; absent in a job without `parallel`. */
function gitlab(environment: Variables): Source | undefined {
  const variable = 'CI_NODE_INDEX';
  if (value(environment, variable) === undefined) return undefined;
  if (value(environment, 'CI_NODE_TOTAL') === undefined) throw new UsageError('--shard auto: CI_NODE_INDEX is set and CI_NODE_TOTAL is not');
  const index = natural(environment, variable, 1);
  const of = natural(environment, 'CI_NODE_TOTAL', 1);
  if (index > of) throw new UsageError(`--shard auto: CI_NODE_INDEX is ${index} of CI_NODE_TOTAL ${of}`);
  return { variable, index, of };
}

/** `man sbatch`, OUTPUT ENVIRONMENT VARIABLES: task ids go from MIN to MAX by STEP, as in `--array=0-15` or `--array=1-31:2`; any first id will do. */
function slurm(environment: Variables): Source | undefined {
  const variable = 'SLURM_ARRAY_TASK_ID';
  if (value(environment, variable) === undefined) return undefined;
  for (const name of ['SLURM_ARRAY_TASK_COUNT', 'SLURM_ARRAY_TASK_MIN', 'SLURM_ARRAY_TASK_MAX']) {
    if (value(environment, name) === undefined) throw new UsageError(`--shard auto: ${variable} is set and ${name} is not`);
  }
  const id = natural(environment, variable, 0);
  const of = natural(environment, 'SLURM_ARRAY_TASK_COUNT', 1);
  const least = natural(environment, 'SLURM_ARRAY_TASK_MIN', 0);
  const most = natural(environment, 'SLURM_ARRAY_TASK_MAX', 0);
  const step = value(environment, 'SLURM_ARRAY_TASK_STEP') === undefined ? 1 : natural(environment, 'SLURM_ARRAY_TASK_STEP', 1);
  const position = (id - least) / step;
  if (Math.floor((most - least) / step) + 1 !== of || !Number.isInteger(position) || position < 0 || position >= of) {
    throw new UsageError(`--shard auto: ${variable} ${id} of ${of} from ${least} to ${most} by ${step} is not one of an even row; `
      + `expected an array such as --array=1-${of}, or TOCSIN_SHARD`);
  }
  return { variable, index: position + 1, of };
}

/** https://kubernetes.io/docs/tasks/job/indexed-parallel-processing-static: from 0, and the number of completions is not said. */
function kubernetes(environment: Variables): Source | undefined {
  const variable = 'JOB_COMPLETION_INDEX';
  return value(environment, variable) === undefined ? undefined : { variable, index: natural(environment, variable, 0) + 1 };
}
