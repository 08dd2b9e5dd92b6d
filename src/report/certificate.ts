/** What `tocsin check` says of certificates. */
import { number, wrap } from './text.ts';

/** A certificate that was looked at. */
export interface CheckView {
  readonly file: string;
  readonly strategy: string;
  readonly model: string;
  readonly features: readonly string[];
  readonly assuming: readonly string[];
  readonly obligations: readonly string[];
  readonly outcome: CheckOutcome;
}

export type CheckOutcome =
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'accepted'; readonly fragments: number; readonly steps: number; readonly contracts: number; readonly code: ComparedCode };

/** Whether the code in the certificate is that of a strategy at hand. `other`: which part differs. */
export type ComparedCode = { readonly kind: 'same' | 'not-compared' } | { readonly kind: 'other'; readonly part: string };

export function checkLines({ file, strategy, model, features, assuming, obligations, outcome }: CheckView, quiet: boolean): string[] {
  if (outcome.kind === 'refused') return [`${file}: refused: ${outcome.why}`];
  const { code } = outcome;
  const about = code.kind === 'same' ? `the code is that of ${strategy}, in this package's model`
    : code.kind === 'other' ? `ABOUT OTHER CODE: its ${code.part} are not what this package makes of ${strategy}` : `its code was compared with no strategy: none of that name is built in (--strategy FILE does)`;
  const lines = [`${file}: ${code.kind === 'other' ? 'accepted, but not for this strategy' : 'accepted'}`];
  if (quiet) return lines;
  return [
    ...lines, ...wrap(`${strategy} holds for every call graph over ${features.join(', ')}`, '  ', '    '), ...wrap(`assuming ${assuming.length === 0 ? 'nothing' : assuming.join(', ')}`, '  ', '    '),
    ...wrap(`obligations: ${obligations.join(', ')}`, '  ', '    '),
    ...wrap(`each of ${number(outcome.fragments, 'fragment')} that there must be, ${number(outcome.steps, 'assertion')}, ${number(outcome.contracts, 'contract')}; model ${model}`, '  ', '    '), ...wrap(about, '  ', '    '),
  ];
}

export function checkDocument(views: readonly CheckView[], exit: number): object {
  return { schema: 'tocsin/check@1', certificates: views, exit };
}
