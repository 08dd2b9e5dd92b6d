import { DEFAULT_LIVEPATCH_HANDLER, DEFAULT_LIVEPATCH_HANDLER_OOL } from '../contract/default-handler.ts';
import type { Strategy } from '../contract/strategy.ts';

/** What architectures without a TOC do. The replacement's TOC pointer stays in r2 and goes home with it to a caller that restores nothing. */
export const branchOnly: Strategy = {
  name: 'branch-only',
  summary: 'branch to the replacement, restore nothing',
  origin: 'what architectures without a TOC do; the starting point of the ppc64le live patching thread of 2016',
  claim: { kind: 'breaks', obligations: ['toc'] },
  code: { livepatch_handler: DEFAULT_LIVEPATCH_HANDLER, livepatch_handler_ool: DEFAULT_LIVEPATCH_HANDLER_OOL },
};
