/**
 * The control hook: a host function in the strategy's place (trial/host.ts). At CONTROL_ENTRY the host keeps r2, LR and the live slots where no
 * simulated code can write; at CONTROL_RETURN it puts them back. What fails under it is the program's fault, not a strategy's.
 */
import type { AddressSpace } from './space.ts';
import type { CorePage, Hook } from './core-page.ts';
import { POINT } from './points.ts';

/** Of its pages. */
export const CONTROL_NAME = 'control';

export const CONTROL_HOOK: Hook = {
  name: CONTROL_NAME,
  code: {
    livepatch_handler: `livepatch_handler:
        mfctr   r12
        bctrl
`,
    livepatch_handler_ool: `livepatch_handler_ool:
        mflr    r12
        mtctr   r12
        mtlr    r0
control_entry_ool:
        mfctr   r12
        bctrl
`,
    livepatch_return: `control_return:
        blr
`,
  },
};

export function markControl(space: AddressSpace, page: CorePage): void {
  if (page.style === 'out-of-line') space.pointKind[page.labels.get('livepatch_handler_ool')!] = POINT.NONE;
  // Where LR is the return address.
  space.pointKind[page.labels.get(page.style === 'in-line' ? 'livepatch_handler' : 'control_entry_ool')!] = POINT.CONTROL_ENTRY;
  space.pointKind[page.labels.get('control_return')!] = POINT.CONTROL_RETURN;
}
