/**
 * consistency: a task is switched to another state of the patches only while no version of a function that the switch changes is live in it, and the text
 * of a module is freed only while no task has an activation there (Documentation/livepatch/livepatch.rst, "Consistency model"; kernel/livepatch/transition.c,
 * klp_check_stack). Live is what still owes a return or waits for one: that is read off the record of pending calls, not off any trace. Both are only
 * recorded: what comes of it, old and new functions mixed or a jump into freed text, comes later.
 */
import { addressHi, addressLo, obligationIndex } from './invariant.ts';
import type { Invariant } from './invariant.ts';

const ME = obligationIndex('consistency');

export const consistency: Invariant = {
  name: 'consistency',
  switched(o, task) {
    const { image, patches } = o;
    const record = o.recordOf(task);
    if (record === undefined) return;
    for (let d = record.depth - 1; d >= 0; d--) {
      const call = record.call[d]!;
      const owner = image.callOwner[call]!;
      if (owner < 0) continue;
      const index = image.versionFunction[owner]!;
      const next = patches.future(index);
      if (owner !== patches.present(task, index) || owner === next) continue;
      const entry = image.versionGlobal[next]!;
      const back = image.callLand[call]!;
      o.violate(ME, d, 'a live version', addressHi(o, entry), addressLo(o, entry), addressHi(o, back), addressLo(o, back), -1, record);
      return;
    }
  },
  unloaded(o, module) {
    const { image } = o;
    for (let task = 0; task < image.taskStart.length; task++) {
      const record = o.recordOf(task);
      if (record === undefined) continue;
      for (let d = record.depth - 1; d >= 0; d--) {
        const call = record.call[d]!;
        if (image.callOwner[call]! < 0 || image.callModule[call] !== module) continue;
        const back = image.callLand[call]!;
        o.violate(ME, d, 'live in freed text', 0, 0, addressHi(o, back), addressLo(o, back), -1, record);
        return;
      }
    }
  },
};
