/** JUnit XML in the common subset that GitLab, Jenkins and GitHub's reporters read: testsuites, testsuite, testcase, failure, error, skipped. */
import type { Check, ChecksView } from './checks.ts';
import { grouped, isBad, replayHint } from './checks.ts';
import { escaped } from './machine-readable.ts';

/** A line break in an attribute would become a blank anyway (XML 1.0, 3.3.3). */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

function testcase(check: Check): string {
  const file = check.file === undefined ? '' : ` file="${escaped(check.file)}"`;
  const open = `    <testcase classname="tocsin.${escaped(check.group)}" name="${escaped(check.name)}"${file}`;
  if (check.state === 'pass') return `${open}/>`;
  if (check.state === 'skip') return `${open}><skipped message="${escaped(oneLine(check.message))}"/></testcase>`;
  // A refuted claim is a failure; what could not be decided or trusted is an error.
  const element = check.state === 'fail' ? 'failure' : 'error';
  const hint = replayHint(check);
  const body = [...check.details, ...(hint === undefined ? [] : [hint])].join('\n');
  return `${open}><${element} type="${check.state}" message="${escaped(oneLine(check.message))}">${escaped(body)}</${element}></testcase>`;
}

const counts = (checks: readonly Check[]): string => {
  const failures = checks.filter((check) => check.state === 'fail').length;
  return `tests="${checks.length}" failures="${failures}" errors="${checks.filter(isBad).length - failures}" skipped="${checks.filter((check) => check.state === 'skip').length}"`;
};

export function junitText(view: ChecksView): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="tocsin gate" ${counts(view.checks)}>`];
  for (const [group, checks] of grouped(view.checks)) {
    lines.push(`  <testsuite name="${escaped(group)}" ${counts(checks)}>`, ...checks.map(testcase), '  </testsuite>');
  }
  lines.push('</testsuites>');
  return `${lines.join('\n')}\n`;
}
