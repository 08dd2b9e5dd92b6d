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
  /** The strategy that it was to be compared with, where one was asked for. */
  readonly against?: string;
  /** The object file that this strategy was lifted out of. */
  readonly object?: string;
}

export type CheckOutcome =
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'accepted'; readonly fragments: number; readonly steps: number; readonly contracts: number; readonly code: ComparedCode };

/** Whether the code in the certificate is that of a strategy at hand. `other`: which part differs. */
export type ComparedCode = { readonly kind: 'same' | 'not-compared' } | { readonly kind: 'other'; readonly part: string };

/** Parts of a certificate (docs/proof.md, "The certificate"). */
const PARTS: Readonly<Record<string, string>> = { layout: "the kernel's layout is", kept: 'what the hook keeps in memory is', texts: 'the words of its code are', fragments: 'the ways through its code are' };

/** With what the certificate's code was compared, and what came of it. Of an object it is the lifted code: the object's words but for the fields that `lift` lists. */
function comparedWords({ strategy, against = strategy, object }: CheckView, code: ComparedCode): string {
  if (code.kind === 'not-compared') return 'its code was compared with no strategy: none of that name is built in (--strategy FILE or --object FILE does)';
  if (code.kind === 'other') return `ABOUT OTHER CODE: ${PARTS[code.part] ?? `${code.part} is`} not what this package makes of ${object ?? against} (${code.part})`;
  return object === undefined ? `the code is that of ${against}, in this package's model`
    : `the code is the machine code of ${object}, word for word but for what \`tocsin lift\` lists, in this package's model: compared were the lifted code with the model's kernel around it, and the kernel's layout as the model has it`;
}

export function checkLines(view: CheckView, quiet: boolean): string[] {
  const { file, strategy, model, features, assuming, obligations, outcome } = view;
  if (outcome.kind === 'refused') return [`${file}: refused: ${outcome.why}`];
  const { code } = outcome;
  const lines = [`${file}: ${code.kind === 'other' ? 'accepted, but not for this strategy' : 'accepted'}`];
  if (quiet) return lines;
  return [
    ...lines, ...wrap(`${strategy} holds for every call graph over ${features.join(', ')}`, '  ', '    '), ...wrap(`assuming ${assuming.length === 0 ? 'nothing' : assuming.join(', ')}`, '  ', '    '),
    ...wrap(`obligations: ${obligations.join(', ')}`, '  ', '    '),
    ...wrap(`each of ${number(outcome.fragments, 'fragment')} that there must be, ${number(outcome.steps, 'assertion')}, ${number(outcome.contracts, 'contract')}; model ${model}`, '  ', '    '), ...wrap(comparedWords(view, code), '  ', '    '),
  ];
}

export function checkDocument(views: readonly CheckView[], exit: number): object {
  return { schema: 'tocsin/check@1', certificates: views, exit };
}
