// `--shard`: what is typed, and what `auto` reads of an environment.
import { expect, test } from 'vitest';
import { parseShard } from '../../src/cli/shards.ts';
import type { Variables } from '../../src/cli/shards.ts';
import { UsageError } from '../../src/cli/errors.ts';

const said = (text: string, environment: Variables = {}): string => {
  try {
    const { index, of } = parseShard(text, environment);
    return `${index} of ${of}`;
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
};

const slurm = (id: number, count: number, least: number, most: number, step?: number): Variables => ({
  SLURM_ARRAY_TASK_ID: String(id), SLURM_ARRAY_TASK_COUNT: String(count), SLURM_ARRAY_TASK_MIN: String(least), SLURM_ARRAY_TASK_MAX: String(most),
  ...(step === undefined ? {} : { SLURM_ARRAY_TASK_STEP: String(step) }),
});

test.each<[string, string]>([
  ['1/1', '1 of 1'], ['2/4', '2 of 4'], ['1_000/1e6', '1000 of 1000000'],
  ['0/4', "--shard '0/4': expected I/N with I from 1 to N, auto, or auto/N"], ['5/4', "--shard '5/4': expected I/N with I from 1 to N, auto, or auto/N"],
  ['4', "--shard '4': expected I/N with I from 1 to N, auto, or auto/N"], ['1/2/3', "--shard '1/2/3': expected I/N with I from 1 to N, auto, or auto/N"],
  ['-1/2', "--shard '-1/2': expected I/N with I from 1 to N, auto, or auto/N"], ['', "--shard '': expected I/N with I from 1 to N, auto, or auto/N"],
  ['automatic', "--shard 'automatic': expected I/N with I from 1 to N, auto, or auto/N"], ['auto/0', "--shard 'auto/0': expected I/N with I from 1 to N, auto, or auto/N"],
  ['auto/x', "--shard 'auto/x': expected I/N with I from 1 to N, auto, or auto/N"],
])('%s', (text, expected) => {
  // What the environment says counts for `auto` only.
  expect(said(text, { TOCSIN_SHARD: '7/9' })).toBe(expected);
});

test.each<[string, string, Variables, string]>([
  ['GitLab', 'auto', { CI_NODE_INDEX: '3', CI_NODE_TOTAL: '4' }, '3 of 4'],
  ['GitLab, a job without parallel', 'auto', { CI_NODE_TOTAL: '1' }, '1 of 1'],
  ['Slurm from such a job', 'auto', { CI_NODE_TOTAL: '1', ...slurm(2, 4, 0, 3) }, '3 of 4'],
  ['GitLab, with the total said as well', 'auto/4', { CI_NODE_INDEX: '3', CI_NODE_TOTAL: '4' }, '3 of 4'],
  ['GitLab, with another total said', 'auto/5', { CI_NODE_INDEX: '3', CI_NODE_TOTAL: '4' }, '--shard auto/5: CI_NODE_INDEX says 3/4'],
  ['GitLab, from 0', 'auto', { CI_NODE_INDEX: '0', CI_NODE_TOTAL: '4' }, "--shard auto: CI_NODE_INDEX is '0'; expected a whole number from 1 to 1000000000"],
  ['GitLab, beyond the end', 'auto', { CI_NODE_INDEX: '5', CI_NODE_TOTAL: '4' }, '--shard auto: CI_NODE_INDEX is 5 of CI_NODE_TOTAL 4'],
  ['GitLab, half of it', 'auto', { CI_NODE_INDEX: '1' }, '--shard auto: CI_NODE_INDEX is set and CI_NODE_TOTAL is not'],
  ['Slurm, 0-3', 'auto', slurm(0, 4, 0, 3, 1), '1 of 4'],
  ['Slurm, 1-4', 'auto', slurm(4, 4, 1, 4, 1), '4 of 4'],
  ['Slurm, 10-40:10', 'auto', slurm(30, 4, 10, 40, 10), '3 of 4'],
  ['Slurm, 1-8:2', 'auto', slurm(7, 4, 1, 7, 2), '4 of 4'],
  ['Slurm, without a step', 'auto', slurm(2, 4, 0, 3), '3 of 4'],
  ['Slurm, 1,3,7', 'auto', slurm(7, 3, 1, 7, 1), '--shard auto: SLURM_ARRAY_TASK_ID 7 of 3 from 1 to 7 by 1 is not one of an even row; expected an array such as --array=1-3, or TOCSIN_SHARD'],
  ['Slurm, off the step', 'auto', slurm(2, 4, 1, 7, 2), '--shard auto: SLURM_ARRAY_TASK_ID 2 of 4 from 1 to 7 by 2 is not one of an even row; expected an array such as --array=1-4, or TOCSIN_SHARD'],
  ['Slurm, without a count', 'auto', { SLURM_ARRAY_TASK_ID: '1' }, '--shard auto: SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_COUNT is not'],
  ['Slurm, words', 'auto', { ...slurm(0, 4, 0, 3), SLURM_ARRAY_TASK_ID: 'x' }, "--shard auto: SLURM_ARRAY_TASK_ID is 'x'; expected a whole number from 0 to 1000000000"],
  ['Kubernetes', 'auto/8', { JOB_COMPLETION_INDEX: '7' }, '8 of 8'],
  ['Kubernetes, without a total', 'auto', { JOB_COMPLETION_INDEX: '7' }, '--shard auto: JOB_COMPLETION_INDEX says 8 and nothing says of how many; expected --shard auto/N'],
  ['Kubernetes, beyond the end', 'auto/7', { JOB_COMPLETION_INDEX: '7' }, '--shard auto/7: JOB_COMPLETION_INDEX is the number 8 of them'],
  ['its own', 'auto', { TOCSIN_SHARD: '2/3' }, '2 of 3'],
  ['its own, before all others', 'auto', { TOCSIN_SHARD: '2/3', CI_NODE_INDEX: '3', CI_NODE_TOTAL: '4', JOB_COMPLETION_INDEX: '1' }, '2 of 3'],
  ['its own, wrong', 'auto', { TOCSIN_SHARD: '4/3' }, "TOCSIN_SHARD '4/3': expected I/N with I from 1 to N"],
  ['its own does not mean auto', 'auto', { TOCSIN_SHARD: 'auto' }, "TOCSIN_SHARD 'auto': expected I/N with I from 1 to N"],
  ['two that may disagree', 'auto', { CI_NODE_INDEX: '3', CI_NODE_TOTAL: '4', ...slurm(0, 4, 0, 3) }, '--shard auto: CI_NODE_INDEX says 3/4 and SLURM_ARRAY_TASK_ID says 1/4; expected one of them, or TOCSIN_SHARD to decide'],
  ['none', 'auto', { CI_NODE_INDEX: '', CI_NODE_TOTAL: '' }, '--shard auto: none of TOCSIN_SHARD, CI_NODE_INDEX (GitLab), SLURM_ARRAY_TASK_ID (Slurm), JOB_COMPLETION_INDEX (Kubernetes) is set'],
])('%s', (_name, text, environment, expected) => {
  expect(said(text, environment)).toBe(expected);
});
