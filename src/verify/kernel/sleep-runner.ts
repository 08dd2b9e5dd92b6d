/**
 * The runner for tasks that sleep: each scenario is a kernel thread on a stack of its own, started one after the other, all asleep at the same time. While they sleep it asks the kernel's own
 * stack_trace_save_tsk_reliable, which live patching asks, about each. What happens while they sleep, who wakes them and when, is said by an ending: in kernel-sleep a second module, loaded behind the second patch, writes down
 * which of them the transition has switched, and wakes one after the other (unload-runner.ts has the other one).
 */

import { MODULES } from '../../image/program.ts';
import { EVENT_WORD, MARKS } from './marks.ts';
import { REGISTERS } from './modules.ts';
import type { Program, SourceFile } from './modules.ts';
import { RECORD, TRACED, WHAT } from './records.ts';
import { RECORDER } from './runner-code.ts';
import { enterText } from './runner-text.ts';
import { siteOffset } from './function-text.ts';

export interface SleepRunnerOptions {
  readonly program: Program;
  /** Events after which a run is stopped, by scenario. */
  readonly most: readonly number[];
  /** Address of stack_trace_save_tsk_reliable, which is not exported. */
  readonly walker: bigint;
}

/** How a runner goes on when all sleep. */
export interface Ending {
  /** C code: what wakes tasks, and says that all is over. */
  readonly code: string;
  /** C expression: module P's TOC pointer, of a `job`. */
  readonly patchToc: string;
  /** C code: once, before tasks begin. */
  readonly begin: string;
  /** Modules of the program that the runner knows. */
  readonly known: (name: string) => boolean;
}

export function sleepRunnerFiles(options: SleepRunnerOptions): readonly SourceFile[] {
  return [
    ...runnerOfSleepers(options, { code: FINISHED, patchToc: 'tocs[3]', begin: '', known: (name) => name !== 'q' }),
    { name: 'fin_glue.c', text: FINISH },
    { name: 'fin_text.S', text: '\t.text\n\tnop\n' },
  ];
}

export function runnerOfSleepers(options: SleepRunnerOptions, ending: Ending): readonly SourceFile[] {
  return [
    { name: 'srun_glue.c', text: glue(options, ending) },
    { name: 'srun_text.S', text: `// Written by Tocsin (src/verify/kernel): the way into a run and out of it.\n${REGISTERS}\n\t.text\n${enterText('srun', false)}` },
  ];
}

function glue({ program, most, walker }: SleepRunnerOptions, { code, patchToc, begin, known }: Ending): string {
  const modules = program.modules.filter(({ name }) => known(name)), externs = new Set<string>(), of = (symbol: string): string => (externs.add(symbol), `(u64)${symbol}`);
  const pointers = modules.flatMap((module) => module.pointers(0).map((symbol, i) => `{ tocsin_${module.name}_ptr + ${i}, ${of(symbol)} },\n`));
  const starts = program.scenarios.map(({ functions, start }, i) => `{ ${of(program.symbol(i, functions.findIndex(({ id }) => id === start), 0))}, ${most[i]!} },\n`);
  const traced = program.scenarios.flatMap((_, i) => program.versions(i).filter((it) => it.hooked && it.replacedBy === undefined && it.second === undefined)
    .map((version) => `${of(program.symbol(i, version.number, 0))} + ${siteOffset(version, undefined, program.sites)},\n`));
  return `// Written by Tocsin (src/verify/kernel): it runs generated call graphs in tasks that sleep.
#include <linux/module.h>
#include <linux/kdebug.h>
#include <linux/ftrace.h>
#include <linux/gfp.h>
#include <linux/uaccess.h>
#include <linux/kthread.h>
#include <linux/delay.h>
#include <linux/slab.h>
${[...externs].map((symbol) => `extern char ${symbol}[];\n`).join('')}${modules.map(({ name }) => `extern u64 tocsin_${name}_toc; extern u64 tocsin_${name}_ptr[];\n`).join('')}
static const struct { u64 *slot, to; } pointers[] = {
${pointers.join('')}{ NULL } };
static const struct { u64 start; u32 most; } plans[] = {
${starts.join('')}};
static const unsigned long traced[] = {
${traced.join('')}0 };
static u64 tocs[] = { 0, 0, 0, 0, 0 };
extern unsigned long tocsin_patch_tocs[];
extern struct tocsin_sleeper { struct task_struct *task; int asleep, awake; } tocsin_sleepers[256];
extern void tocsin_srun_enter(u64 start, u64 stack, u64 toc, u64 *keep);
extern char tocsin_srun_landing[];
static u64 *head;
struct job { struct task_struct *task; u64 kept_r1; u32 number, events; int done; u8 used[256][64]; };
static struct job *jobs[ARRAY_SIZE(plans)];
${RECORDER}
static int leave(struct job *job, struct pt_regs *regs)
{
	regs->gpr[1] = job->kept_r1;
	regs_set_return_ip(regs, (unsigned long)tocsin_srun_landing);
	return NOTIFY_STOP;
}

static int on_die(struct notifier_block *self, unsigned long why, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;
	struct job *job = NULL;
	u32 word, mark, limit, version, place, i;

	for (i = 0; i < ARRAY_SIZE(jobs); i++) if (jobs[i] && jobs[i]->task == current && !jobs[i]->done) job = jobs[i];
	if (!job || user_mode(regs)) return NOTIFY_DONE;
	if (why == DIE_OOPS) {
		registers(next(${WHAT.fault}, regs->trap), regs);
		return leave(job, regs);
	}
	if (why != DIE_BPT) return NOTIFY_DONE;
	if (*(u32 *)regs->nip != 0x${EVENT_WORD.toString(16)}) {
		registers(next(${WHAT.trap}, regs->trap), regs);
		return leave(job, regs);
	}
	word = ((u32 *)regs->nip)[1];
	mark = word >> 24; limit = word >> 16 & 255; version = word >> 8 & 255; place = word & 255;
	if (mark == ${MARKS.guard}) {
		u8 *made = &job->used[version][place & 63];
		regs->gpr[12] = limit - *made;
		if (*made < limit) ++*made;
	} else if ((mark != ${MARKS.use} && mark != ${MARKS.astray}) || regs->gpr[2] != (version == ${MODULES.indexOf('P')} ? ${patchToc} : tocs[version])) {
		registers(next(${WHAT.event}, word), regs);
		if (mark == ${MARKS.end} || mark == ${MARKS.astray} || ++job->events >= plans[job->number].most || full) return leave(job, regs);
	}
	regs_set_return_ip(regs, regs->nip + 8);
	return NOTIFY_STOP;
}
static struct notifier_block notifier = { .notifier_call = on_die, .priority = 100 };

static void notrace on_trace(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	asm volatile("li 0, -1; li 11, -1; li 12, -1" : : : "r0", "r11", "r12");
}
static struct ftrace_ops tracing = { .func = on_trace };

static int body(void *data)
{
	struct job *job = data;

	tocsin_srun_enter(plans[job->number].start, 0, tocs[0], &job->kept_r1);
	WRITE_ONCE(job->done, 1);
	return 0;
}

/* Until it sleeps, or is done. */
static void settle(struct job *job, int awake)
{
	int i;

	for (i = 0; i < 10000 && !READ_ONCE(job->done) && (awake || !READ_ONCE(tocsin_sleepers[job->number].asleep)); i++) usleep_range(500, 1000);
}

/* Live patching's own question, asked of a function that is not exported. */
static void walk(struct job *job)
{
	static unsigned long found[64];
	int (*walker)(struct task_struct *, unsigned long *, unsigned int) = (void *)0x${walker.toString(16)}UL;
	int count = walker(job->task, found, ARRAY_SIZE(found)), i, n = 0;
	u64 *at = next(${WHAT.trace}, job->number);

	if (!at) return;
	at[${RECORD.GPR}] = count;
	/* What is above the first known address is the kernel's way of sleeping. */
	for (i = 0; i < count && (u32)peek(found[i]) != 0x${EVENT_WORD.toString(16)}; i++) ;
	for (; i < count && n < ${TRACED}; i++, n++) { at[${RECORD.GPR} + 1 + 2 * n] = found[i]; at[${RECORD.GPR} + 2 + 2 * n] = peek(found[i]); }
}

static void begin(u32 number)
{
	struct job *job = jobs[number] = kzalloc(sizeof(*job), GFP_KERNEL);
	u64 *told;

	if (!job) return;
	job->number = number;
	job->task = kthread_create(body, job, "tocsin%u", number);
	if (IS_ERR(job->task)) { jobs[number] = NULL; return; }
	get_task_struct(job->task);
	tocsin_sleepers[number].task = job->task;
	told = next(${WHAT.run}, number);
	if (told) told[${RECORD.GPR} + ${MODULES.indexOf('P')}] = ${patchToc};
	wake_up_process(job->task);
	settle(job, 0);
	if (!job->done) walk(job);
}

${code}
static int __init start(void)
{
	unsigned long *ips = kmemdup(traced, sizeof(traced), GFP_KERNEL);
	u32 i;
	int failed = 0;

	if (!ips || record_begin()) return -ENOMEM;
	for (i = 0; pointers[i].slot; i++) *pointers[i].slot = pointers[i].to;
	head = next(${WHAT.tocs}, 0);
${modules.map(({ name }, i) => `	head[${RECORD.GPR} + ${i}] = tocs[${i}] = tocsin_${name}_toc;`).join('\n')}
	if (traced[0]) {
		failed = ftrace_set_filter_ips(&tracing, ips, ARRAY_SIZE(traced) - 1, 0, 0);
		if (!failed) failed = register_ftrace_function(&tracing);
		if (failed) { pr_err("tocsin: ftrace refuses: %d\\n", failed); return failed; }
	}
	${begin}
	register_die_notifier(&notifier);
	for (i = 0; i < ARRAY_SIZE(plans); i++) begin(i);
	return 0;
}
static void __exit stop(void) { }
module_init(start); module_exit(stop);
MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("Tocsin: runs generated call graphs in tasks that sleep");
`;
}

/** The last words of a runner. */
export const OVER = `unregister_die_notifier(&notifier);
	if (traced[0]) unregister_ftrace_function(&tracing);
	next(${WHAT.done}, 0);
	pr_info("tocsin: srun done, %llu records\\n", written);`;

const FINISHED = `void tocsin_finish(u64 toc);
void tocsin_finish(u64 toc)
{
	u32 i;

	tocs[4] = head[${RECORD.NIP}] = toc;
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		struct job *job = jobs[i];
		u64 *at;
		if (!job || job->done) continue;
		next(${WHAT.run}, i);
		at = next(${WHAT.state}, i);
		if (at) at[${RECORD.GPR}] = job->task->patch_state;
		WRITE_ONCE(tocsin_sleepers[i].awake, 1);
		wake_up_process(job->task);
		settle(job, 1);
	}
	${OVER}
}
EXPORT_SYMBOL_GPL(tocsin_finish);
`;

const FINISH = `// Written by Tocsin (src/verify/kernel): the second patch was enabled; wake them.
#include <linux/module.h>
extern void tocsin_finish(u64 toc);
extern unsigned long tocsin_q_toc;
static int __init start(void) { tocsin_finish(tocsin_q_toc); return 0; }
static void __exit stop(void) { }
module_init(start); module_exit(stop);
MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("Tocsin: wakes the tasks of generated call graphs");
`;
