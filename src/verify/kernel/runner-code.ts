/** The C code of the runner module, the same for all programs but for its name (runner-text.ts says what it does, and writes its tables). */
import type { Strategy } from '../../contract/strategy.ts';
import { STACK_END_MAGIC } from '../../kernel/layout.ts';
import { FREE, STANDS_FOR } from './hooks.ts';
import { EVENT_WORD, MARKS } from './marks.ts';
import { CHUNK_BYTES, RECORD, WHAT } from './records.ts';

/** What writes records down: `next` and `registers`. */
export const RECORDER = `#define RECORD ${RECORD.DOUBLEWORDS}
#define CHUNKS 8
static struct page *chunks[CHUNKS];
static u64 written;
static int full;

/* The next record, or NULL. */
static u64 *next(u64 what, u32 low)
{
	u64 per = (${CHUNK_BYTES} / 8 - 1) / RECORD, chunk = written / per, *head, *at;

	if (chunk >= CHUNKS) { full = 1; return NULL; }
	head = page_address(chunks[chunk]);
	at = head + 1 + written % per * RECORD;
	memset(at, 0, 8 * RECORD);
	at[0] = what << 32 | low;
	head[0]++;
	written++;
	return at;
}

static u64 peek(u64 from)
{
	u64 value = 0;

	if (copy_from_kernel_nofault(&value, (void *)(from & ~3UL), 8)) return 0;
	return value;
}

static void registers(u64 *at, struct pt_regs *regs)
{
	int i;

	if (!at) return;
	for (i = 0; i < 32; i++) at[${RECORD.GPR} + i] = regs->gpr[i];
	at[${RECORD.LR}] = regs->link; at[${RECORD.CTR}] = regs->ctr; at[${RECORD.CR}] = regs->ccr; at[${RECORD.NIP}] = regs->nip;
	at[${RECORD.AT_LR}] = peek(regs->link); at[${RECORD.AT_CTR}] = peek(regs->ctr); at[${RECORD.SLOT}] = peek(regs->gpr[1] + 24);
	for (i = 0; i < 4; i++) at[${RECORD.STACK} + i] = peek(regs->gpr[1] + 96 + 8 * i);
	at[${RECORD.ADDRESS}] = regs->dar;
}

static int record_begin(void)
{
	int i;

	for (i = 0; i < CHUNKS; i++) {
		chunks[i] = alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(${CHUNK_BYTES}));
		if (!chunks[i]) return -ENOMEM;
		pr_info("tocsin: chunk %llx\\n", (u64)page_to_phys(chunks[i]));
	}
	return 0;
}

`;

export const runnerCode = ({ name, strategies }: { readonly name: string; readonly strategies: readonly Strategy[] }): string => `
extern void tocsin_${name}_enter(u64 start, u64 stack, u64 toc, u64 *keep);
extern char tocsin_${name}_landing[], tocsin_${name}_hooks[], tocsin_${name}_hooks_end[];
${RECORDER}static u64 kept_r1;
static const struct run *now;
static u8 used[256][64];
static u32 events;

/* The run is over: the runner goes on. */
static int leave(struct pt_regs *regs)
{
	now = NULL;
	regs->gpr[1] = kept_r1;
	regs_set_return_ip(regs, (unsigned long)tocsin_${name}_landing);
	return NOTIFY_STOP;
}

static int on_die(struct notifier_block *self, unsigned long why, void *data)
{
	struct pt_regs *regs = ((struct die_args *)data)->regs;
	u32 word, mark, limit, version, place;

	if (!now || user_mode(regs)) return NOTIFY_DONE;
	if (why == DIE_OOPS) {
		registers(next(${WHAT.fault}, regs->trap), regs);
		return leave(regs);
	}
	if (why != DIE_BPT) return NOTIFY_DONE;
	if (*(u32 *)regs->nip != 0x${EVENT_WORD.toString(16)}) {
		registers(next(${WHAT.trap}, regs->trap), regs);
		return leave(regs);
	}
	word = ((u32 *)regs->nip)[1];
	mark = word >> 24; limit = word >> 16 & 255; version = word >> 8 & 255; place = word & 255;
	if (mark == ${MARKS.guard}) {
		u8 *made = &used[version][place & 63];
		regs->gpr[12] = limit - *made;
		if (*made < limit) ++*made;
	} else if ((mark != ${MARKS.use} && mark != ${MARKS.astray}) || regs->gpr[2] != toc_of(version, now->set)) {
		registers(next(${WHAT.event}, word), regs);
		if (mark == ${MARKS.end} || mark == ${MARKS.astray} || ++events >= now->most || full) return leave(regs);
	}
	regs_set_return_ip(regs, regs->nip + 8);
	return NOTIFY_STOP;
}
static struct notifier_block notifier = { .notifier_call = on_die, .priority = 100 };

static int by_ip(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->ip < y->ip ? -1 : x->ip > y->ip;
}

static void notrace __maybe_unused on_call(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);
	long low = 0, high = NSITES - 1;

	if (!now || now->strategy < 0 || !regs) return;
	while (low <= high) {
		long middle = (low + high) / 2;
		if (sites[middle].ip == ip) {
			u64 to = sites[middle].to[now->set];
			if (!to) return;
			regs->gpr[12] = to;
			regs_set_return_ip(regs, hooks[now->strategy]);
			return;
		}
		if (sites[middle].ip < ip) low = middle + 1; else high = middle - 1;
	}
}
static struct ftrace_ops __maybe_unused redirecting = { .func = on_call, .flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY };

/* Of functions that are traced and nothing else: the kernel's entry that saves what a callee must be given, and no more. A tracer may use what any function may. */
static void notrace on_trace(unsigned long ip, unsigned long parent, struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	asm volatile("li 0, -1; li 11, -1; li 12, -1" : : : "r0", "r11", "r12");
}
static struct ftrace_ops tracing = { .func = on_trace };

static int hook(struct ftrace_ops *ops, int redirected, unsigned long *ips)
{
	unsigned long i, n = 0;
	int failed;

	for (i = 0; i < NSITES; i++) if (!!sites[i].to[0] == redirected) ips[n++] = sites[i].ip;
	if (!n) return 0;
	failed = ftrace_set_filter_ips(ops, ips, n, 0, 0);
	if (!failed) failed = register_ftrace_function(ops);
	if (failed) pr_err("tocsin: ftrace refuses: %d\\n", failed);
	return failed;
}

/* A kernel may fail at one that was never registered. */
static void unhook(struct ftrace_ops *ops)
{
	if (ops->flags & FTRACE_OPS_FL_ENABLED) unregister_ftrace_function(ops);
}

/* The memory of a run: a stack, and as much again above it; what stands for thread_info; a CPU's own. */
static char *room;
#define STACK (room + 0x8000)
static char *task, *cpu;

static void preset(const struct run *run)
{
${strategies.length === 0 ? '\t(void)run;' : `	u64 *free = (u64 *)local_paca->kvm_hstate.host_mmcr;
	int i;

	memset(task, 0, 0x4000);
	memset(cpu, 0, 0x4000);
	*(u64 *)(task + ${STANDS_FOR.livepatchSp}) = (u64)STACK + 8;
	free[0] = (u64)task;
	for (i = 1; i < ${FREE}; i++) free[i] = 0;
	for (i = 0; presets[i].strategy != (u32)-1; i++) {
		const struct preset *it = &presets[i];
		u64 value = it->value;
		if (it->strategy != run->strategy) continue;
		if (it->into_cpu) value += (u64)cpu - (u64)local_paca;
		if (it->owner == 0) *(u64 *)(task + it->offset) = value;
		else if (it->owner == 1) free[it->offset] = value;
		else *(u64 *)(STACK + it->offset) = (u64)STACK + value;
	}`}
}

static void one(const struct run *run)
{
	static u32 set = -1;
	unsigned long flags, i;

	if (run->set != set) {
		set = run->set;
		for (i = 0; pointers[i].slot; i++) *WRITABLE(pointers[i].slot) = pointers[i].to[set];
	}
	if (!next(${WHAT.run}, run->number)) return;
	local_irq_save(flags);
	memset(room, 0, 0x10000);
	*(u64 *)STACK = 0x${STACK_END_MAGIC.toString(16)};
	preset(run);
	memset(used, 0, sizeof(used));
	events = 0;
	now = run;
	tocsin_${name}_enter(run->start, (u64)STACK + 0x4000 - 32, toc_of(0, 0), &kept_r1);
	now = NULL;
	local_irq_restore(flags);
}

static int __init start(void)
{
	unsigned long *ips, i;
	u64 *head;
	int failed = -ENOMEM;

	if (record_begin()) return -ENOMEM;
	room = (char *)__get_free_pages(GFP_KERNEL, get_order(0x10000));
	task = (char *)__get_free_pages(GFP_KERNEL, get_order(0x10000));
	ips = kcalloc(NSITES + 1, sizeof(*ips), GFP_KERNEL);
	if (!room || !task || !ips) return -ENOMEM;
	cpu = task + 0x8000;
	head = next(${WHAT.tocs}, 0);
	for (i = 0; i < ARRAY_SIZE(tocs); i++) head[${RECORD.GPR} + i] = *tocs[i];
	head[${RECORD.LR}] = (u64)tocsin_${name}_hooks; head[${RECORD.CTR}] = (u64)tocsin_${name}_hooks_end;
	sort(sites, NSITES, sizeof(sites[0]), by_ip, NULL);
	failed = hook(&tracing, 0, ips);
	if (!failed) failed = ${strategies.length > 0 ? 'hook(&redirecting, 1, ips)' : '0'};
	if (failed) return failed;
	register_die_notifier(&notifier);
	for (i = 0; i < ARRAY_SIZE(runs) && !full; i++) one(&runs[i]);
	unregister_die_notifier(&notifier);
	unhook(&tracing);
	unhook(&redirecting);
	if (full) pr_err("tocsin: no room for more records\\n");
	next(${WHAT.done}, 0);
	pr_info("tocsin: ${name} done, %llu records\\n", written);
	return 0;
}
static void __exit stop(void) { }
module_init(start); module_exit(stop);
MODULE_LICENSE("GPL"); MODULE_DESCRIPTION("Tocsin: runs generated call graphs");
`;
