// The counts of docs/exhaust.md are those of the bounds that its commands name.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_BOUND, DEFAULT_INTERRUPT_SIZES } from '../../src/campaign/exhaust-plan.ts';
import { wholeBound } from '../../src/enumerate/bound.ts';
import type { Bound } from '../../src/enumerate/bound.ts';
import { expected } from '../../src/enumerate/expected.ts';

test('docs/exhaust.md', () => {
  const rows = [...readFileSync(resolve(import.meta.dirname, '../../docs/exhaust.md'), 'utf8').matchAll(/^\|[^|]*\| `(--functions[^`]*)` \| ([\d,]+)([^|]*)\|/gm)];
  expect(rows.length).toBeGreaterThanOrEqual(6);
  for (const [, options = '', count = '', interrupted = ''] of rows) {
    const size = (option: string): number | undefined => { const found = new RegExp(`--${option} (\\d+)`).exec(options)?.[1]; return found === undefined ? undefined : Number(found); };
    const of = (name: 'functions' | 'calls' | 'special'): number => {
      const whole = size(name) ?? DEFAULT_BOUND[name];
      return interrupted.includes('interrupted') ? size(`interrupt-${name}`) ?? Math.min(whole, DEFAULT_INTERRUPT_SIZES[name]) : whole;
    };
    const hooked = / --hooked ([\w,-]+)/.exec(options)?.[1]?.split(',') as Bound['hooked'] | undefined ?? DEFAULT_BOUND.hooked;
    expect([options, Number(count.replaceAll(',', ''))]).toEqual([options, expected({ ...wholeBound(of('functions'), of('calls'), of('special')), hooked })]);
  }
});
