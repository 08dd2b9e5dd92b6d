import type { Strategy } from '../contract/strategy.ts';
import { ftraceEntry } from '../kernel/ftrace.ts';
import { CALLER_SLOT_AREAS, CALLER_SLOT_RETURN, CALLER_SLOT_SAVE } from './caller-slot.ts';

/**
 * A TOC pointer is a multiple of 256, so its low bit can tell how a function was entered: the GEP of a function that ftrace may see leaves it set,
 * and ftrace entry, which every such function calls before it uses r2, clears it and remembers. Entered by the GEP: the caller restores r2
 * itself, no hook. The remembered bit travels in r12, through the register frame over the callback.
 *
 * Its ftrace entry is written for the in-line call, so where the sequence lies out of line it is not applicable. r2 is right before the entry asks whether
 * tracing is on, so the original may go on.
 *
 * Sound it is not: a function entered by its LEP through a sibling call may return to a caller that called by GEP.
 */
export const oddToc: Strategy = {
  name: 'odd-toc',
  summary: 'an odd r2 tells entry by the GEP: no hook; else caller-slot',
  origin: 'Torsten Duwe, RFC of a frameless solution, 2016-03-23',
  claim: { kind: 'breaks', obligations: ['toc-slot', 'reserved-word'] },
  code: {
    ftrace_entry: ftraceEntry({
      first: `        # r12 = 1: entered by the GEP. r2 is right again before anything else happens
        clrldi  r12, r2, 63
        subf    r2, r12, r2
`,
      save: `        std     r12, GPR12(r1)
`,
      restore: `        ld      r12, GPR12(r1)
`,
    }),
    livepatch_handler: `livepatch_handler:
        cmpdi   r12, 0
        beq     odd_toc_local
        mfctr   r12
        bctr
odd_toc_local:
${CALLER_SLOT_SAVE}`,
    livepatch_return: CALLER_SLOT_RETURN,
    traced_global_entry: `traced_global_entry:
        addis   r2, r12, (.TOC.-traced_global_entry+1)@ha
        addi    r2, r2, (.TOC.-traced_global_entry+1)@l
`,
  },
  areas: CALLER_SLOT_AREAS,
};
