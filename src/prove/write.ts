/** A proof that holds, as its certificate. */
import { FRAME_STATE, KERNEL_REDZONE_SIZE, PACA, STACK_BYTES } from '../kernel/layout.ts';
import { CALLBACK } from '../kernel/callback.ts';
import { KERNEL_BASE } from '../image/stubs.ts';
import { CERTIFICATE_SCHEMA } from './certificate.ts';
import type { Certificate, Ending, Fragment, Layout, Run, Text } from './certificate.ts';
import { textsOf } from './fragment.ts';
import type { Explored, Proof } from './prove.ts';
import { shapeText } from './shapes.ts';
import { VMLINUX } from './texts.ts';
import type { Texts } from './texts.ts';
import { constant, wordText } from './words.ts';

export interface CertificateFacts {
  readonly model: string;
  readonly assuming: readonly string[];
  readonly obligations: readonly string[];
}

export function certificateOf(proof: Proof, { model, assuming, obligations }: CertificateFacts): Certificate {
  const texts: Text[] = [], known = new Map<string, number>();
  const indexOf = (text: Text): number => {
    const key = `${text.name} ${text.at}`, index = known.get(key) ?? texts.push(text) - 1;
    known.set(key, index);
    return index;
  };
  const fragments = proof.fragments.map((it) => fragmentOf(it, textsOf(it.plan).map(indexOf)));
  return {
    schema: CERTIFICATE_SCHEMA, strategy: { name: proof.strategy.name, hash: proof.texts.hash }, model,
    claim: { features: proof.scope.features, assuming, obligations },
    layout: layoutOf(proof.texts), kept: proof.kept, texts,
    contracts: [...proof.rows.entries()].map(([key, { who, shape }]) => ({ who, shape: shapeText(shape), keeps: [...proof.keeps.get(key)!] })),
    fragments,
  };
}

/** The kernel that the strategy's code was taken from. */
export const layoutOf = (texts: Texts): Layout => ({
  zone: KERNEL_REDZONE_SIZE, stackBytes: STACK_BYTES, vmlinux: wordText(VMLINUX)!,
  current: PACA.PACACURRENT, kernelToc: PACA.PACATOC, enabled: PACA.PACA_FTRACE_ENABLED, kernelBase: PACA.PACAKBASE, base: wordText(constant(KERNEL_BASE))!,
  callbacks: texts.styles.map((style) => wordText(constant(texts.label(style, 'klp_callback')!))!), nip: CALLBACK.NIP, beside: FRAME_STATE,
});

function fragmentOf({ plan, enter, endings, explorer }: Explored, texts: readonly number[]): Fragment {
  const { kind, shape, site, args, replacement } = plan;
  const endingsAt = (run: Run): Ending[] => endings.filter(({ arrival }) => arrival.run === run).flatMap(({ ended }) => ended.endings);
  const whole = (run: Run): Run => {
    const its = endingsAt(run);
    return {
      steps: run.steps, ...(run.split === undefined ? {} : { split: [whole(run.split[0]), whole(run.split[1])] as const }), ...(its.length === 0 ? {} : { endings: its }),
    };
  };
  return {
    kind, shape: shapeText(shape), module: site.module, style: site.style, args, ...(replacement === undefined ? {} : { replacement: replacement.entry }), texts,
    from: wordText(explorer.start().pc)!, ...(replacement === undefined || kind === 'self' ? {} : { replaces: wordText(replacement.global)! }), behind: wordText(site.behind)!, enter: whole(enter),
  };
}
