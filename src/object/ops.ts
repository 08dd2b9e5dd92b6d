/**
 * What the entry of functions that are hooked out of line does with the ftrace_ops of its call (CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS and _WITH_DIRECT_CALLS, Linux 6.13 and later;
 * arch/powerpc/kernel/trace/ftrace_entry.S, include/linux/ftrace.h). The doubleword in front of a function's stub points to one. Where its `direct_call` is not 0 the entry leaves for it before all
 * else; its `func`, the tracer, is called through CTR. The model has neither: no direct calls are made, and what is called is the host's callback.
 */
import { rt } from '../isa/fields.ts';
import type { Members } from './btf.ts';
import { SOURCES } from './offsets.ts';
import type { Types } from './offsets.ts';
import { distance } from './value.ts';
import type { Value } from './value.ts';
import { OPS_FROM_LR, wrong } from './walk.ts';
import type { CodeSection, Step } from './walk.ts';

/** Members that an entry may read. */
export const OPS_MEMBERS = [['ftrace_ops', 'func'], ['ftrace_ops', 'direct_call']] as const;

/** Their offsets in bytes as the file's types have them; absent: it says nothing of ftrace_ops. */
export interface OpsOffsets {
  readonly func: number;
  readonly directCall: number;
  readonly source: Types['source'];
}

export function opsOffsets(members: Members, source: Types['source']): OpsOffsets | undefined {
  const [func, directCall] = OPS_MEMBERS.map((path) => members.get(path.join('.')));
  return func === undefined || directCall === undefined ? undefined : { func, directCall, source };
}

/** The call of `func`. */
export const callsOps = ({ isCall, ctr }: Step): boolean => isCall && isOpsField(ctr);
/** Where the entry is left for `direct_call`. */
export const leavesForDirect = ({ instruction: { mnemonic }, ends, ctr }: Step): boolean => mnemonic === 'bcctr' && ends && isOpsField(ctr);
const isOpsField = (value: Value): boolean => value?.from === 'ops-field';

/** What there is instead of a word that reads the ops, or what it points to: 0, in the same register. */
export interface NoOps {
  readonly text: string;
  readonly why: string;
  /** Bits of the word that differ, and what they are: all of `addi RT,0,0` but RT (Power ISA 2.07B Book I 3.3.8). */
  readonly mask: number;
  readonly bits: number;
}

/** @throws ObjectError at a word that does something else with it than to load a doubleword. */
export function withoutOps(section: CodeSection, step: Step): NoOps | undefined {
  const [access] = step.accesses, { from } = access?.address ?? {};
  const pointer = from === 'return' && access!.kind === 'load' && access!.bytes === 8;
  if (!pointer && from !== 'ops') return undefined;
  if (pointer && distance(access!.address!) !== OPS_FROM_LR) return undefined;
  if (step.instruction.mnemonic !== 'ld') throw wrong(section, step, 'ftrace_ops is not read with ld', 'loads of doublewords with a displacement, func and direct_call');
  const what = pointer ? 'the ftrace_ops in front of the stub' : `what is at ${distance(access!.address!)} of ftrace_ops`;
  return { text: `li      r${rt(step.word)}, 0`, why: `${what}: the model has none, makes no direct calls, and the tracer is the host's`, mask: 0xfc1fffff, bits: 14 << 26 };
}

/** @throws ObjectError where something of ftrace_ops is read that is neither `func`, which is called, nor `direct_call`. */
export function checkOps(section: CodeSection, steps: readonly Step[], types: OpsOffsets | undefined): void {
  const loads = steps.filter(({ accesses: [access] }) => access?.address?.from === 'ops');
  const at = (step: Step): number => distance(step.accesses[0]!.address!);
  const called = steps.filter(callsOps).map(({ ctr }) => distance(ctr!));
  const func = types?.func ?? called[0], direct = types?.directCall ?? loads.map(at).find((it) => it !== func);
  const expected = `func at ${func}, which is called, and direct_call${direct === undefined ? '' : ` at ${direct}`}${types === undefined ? '' : ` (${SOURCES[types.source]})`}`;
  const bad = loads.find((step) => at(step) !== func && at(step) !== direct);
  if (bad !== undefined) throw wrong(section, bad, `it loads what is at ${at(bad)} of ftrace_ops`, expected);
  const call = steps.find((step) => callsOps(step) && distance(step.ctr!) !== func);
  if (call !== undefined) throw wrong(section, call, `it calls what is at ${distance(call.ctr!)} of ftrace_ops`, expected);
  const leave = steps.find((step) => leavesForDirect(step) && distance(step.ctr!) !== direct);
  if (leave !== undefined) throw wrong(section, leave, `it leaves for what is at ${distance(leave.ctr!)} of ftrace_ops`, expected);
}
