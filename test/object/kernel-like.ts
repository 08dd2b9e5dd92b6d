/** An object as a kernel's build makes it, out of texts of our own: the model's ftrace entry and livepatch-stack's handler, with the offsets of another configuration. */
import { assemble } from '../../src/isa/assemble.ts';
import { KERNEL_SYMBOLS } from '../../src/kernel/symbols.ts';
import { FTRACE_ENTRY } from '../../src/kernel/ftrace.ts';
import { livepatchStack } from '../../src/strategies/livepatch-stack.ts';
import { TEXT_ADDRESS, elfFile } from './elf-file.ts';
import type { FileParts } from './elf-file.ts';

/** None of them is the model's. */
export const BUILT_OFFSETS = { PACACURRENT: 2400, PACA_THREAD_INFO: 2400, PACATOC: 32, PACA_FTRACE_ENABLED: 2580, TI_livepatch_sp: 40 } as const;

/** vmlinux's variable that says which ops are called: found from the TOC pointer, as compiled code does it. */
const FUNCTION_TRACE_OP = `        addis   r5, r2, 346
        addi    r5, r5, -1424
        ld      r5, 0(r5)
`;

export const ENTRY = FTRACE_ENTRY.replace(/\bftrace_entry:/, 'ftrace_caller:').replace('        li      r5, 0\n', FUNCTION_TRACE_OP).replace('bl      klp_callback', 'bl      ftrace_stub');
/** A kernel without live patching has nothing behind the tracer but the way to the NIP. */
export const ENTRY_ALONE = ENTRY.replace('        bne     livepatch_handler\n', '');
export const HANDLER = livepatchStack.code.livepatch_handler! + livepatchStack.code.livepatch_return!;

/** In front of the code lies something else, as in a kernel. */
const FRONT = '        nop\n        blr\n';
const STUB = 'ftrace_stub:\n        blr\n';

export interface Kernel {
  readonly kind?: FileParts['kind'];
  /** Default: entry and handler. */
  readonly text?: string;
  readonly offsets?: Readonly<Record<string, number>>;
  readonly btf?: Uint8Array;
  readonly sections?: FileParts['sections'];
  /** Changes words: index in .text to word. */
  readonly patch?: (words: Uint32Array, indexOf: (label: string) => number) => void;
}

/** The object; in a relocatable one the call of the tracer and the TOC offsets are relocations. */
export function kernelFile({ kind = 'relocatable', text = ENTRY + HANDLER, offsets = BUILT_OFFSETS, btf, sections = [], patch }: Kernel = {}): Uint8Array {
  const base = kind === 'linked' ? TEXT_ADDRESS : 0n;
  const symbols = { ...KERNEL_SYMBOLS, ...Object.fromEntries(Object.entries(offsets).map(([name, value]) => [name, BigInt(value)])) };
  const { bytes, labels } = assemble(FRONT + text + STUB, { base, symbols });
  const named = [...labels].map(([name, address]) => ({ name, section: 1, value: Number(address - base) }));
  const all = [...named, { name: 'function_trace_op', section: 0, value: 0 }];
  const words = new Uint32Array(bytes.buffer.slice(0));
  const indexOf = (label: string): number => Number(labels.get(label)! - base) / 4;
  const relocations: { offset: number; type: number; symbol: number }[] = [];
  if (kind === 'relocatable') {
    words.forEach((word, i) => {
      if (word === 0x3ca2015a) { words[i] = 0x3ca20000; relocations.push({ offset: 4 * i, type: 50, symbol: all.length - 1 }); }
      if (word === 0x38a5fa70) { words[i] = 0x38a50000; relocations.push({ offset: 4 * i, type: 48, symbol: all.length - 1 }); }
      if (word >>> 26 === 18 && (word & 1) === 1) { words[i] = 0x48000001; relocations.push({ offset: 4 * i, type: 10, symbol: named.findIndex((it) => it.name === 'ftrace_stub') }); }
    });
  }
  patch?.(words, indexOf);
  return elfFile({
    kind, text: new Uint8Array(words.buffer), symbols: all, relocations, sections, ...(btf === undefined ? {} : { btf }),
    ...(kind === 'linked' ? { buildId: '8602a9ae90d1aa01f3180ec1c0b53cb1a3c6b82c' } : {}),
  });
}
