/**
 * The end of the runner for tasks under which a module is removed: whoever turns patches off and removes their modules is the guest's first process, by sysfs and system calls (init-text.ts). It tells the
 * runner of each task what came of it, in `/sys/module/tocsin_srun/parameters/tell`: `TASK OVER ANSWER`. The runner writes that down, and at the first time wakes the task and waits for its end.
 */
import { OVER, runnerOfSleepers } from './sleep-runner.ts';
import type { SleepRunnerOptions } from './sleep-runner.ts';
import type { SourceFile } from './modules.ts';
import { RECORD, WHAT } from './records.ts';

/** Neither patch's module is known to the runner by a symbol: it would hold them. They have told module K where their TOC pointers are. */
export function unloadRunnerFiles(options: SleepRunnerOptions): readonly SourceFile[] {
  const { length } = options.program.scenarios;
  return [
    ...runnerOfSleepers(options, { code: TELL, patchToc: 'tocsin_patch_tocs[job->number]', begin: `tocs[4] = head[${RECORD.NIP}] = tocsin_patch_tocs[${length}];`, known: (name) => !/^[pq]/.test(name) }),
    { name: 'fin_glue.c', text: FINISH },
    { name: 'fin_text.S', text: '\t.text\n\tnop\n' },
  ];
}

const TELL = `static int tell(const char *text, const struct kernel_param *param)
{
	struct job *job;
	u32 number;
	int over, answer;
	u64 *at;

	if (sscanf(text, "%u %d %d", &number, &over, &answer) != 3 || number >= ARRAY_SIZE(jobs) || !jobs[number]) return -EINVAL;
	job = jobs[number];
	next(${WHAT.run}, number);
	at = next(${WHAT.removal}, number);
	if (at) { at[${RECORD.GPR}] = over; at[${RECORD.GPR} + 1] = (s64)answer; }
	if (job->done) return 0;
	WRITE_ONCE(tocsin_sleepers[number].awake, 1);
	wake_up_process(job->task);
	settle(job, 1);
	return 0;
}
static const struct kernel_param_ops tell_ops = { .set = tell };
module_param_cb(tell, &tell_ops, NULL, 0200);

void tocsin_finish(void);
void tocsin_finish(void)
{
	${OVER}
}
EXPORT_SYMBOL_GPL(tocsin_finish);

`;

const FINISH = `// Written by Tocsin (src/verify/kernel): all is over.
#include <linux/module.h>
extern void tocsin_finish(void);
static int __init start(void) { tocsin_finish(); return 0; }
static void __exit stop(void) { }
module_init(start); module_exit(stop);
MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("Tocsin: the last word of a run");
`;
