/** C code of module K for scenarios in which a function sleeps: the one sleeper of a task waits until it is woken, once; later ones only give up the CPU. */
export const SLEEP_CODE = `#include <linux/sched.h>
struct tocsin_sleeper { struct task_struct *task; int asleep, awake; } tocsin_sleepers[256];
EXPORT_SYMBOL_GPL(tocsin_sleepers);
unsigned long tocsin_patch_tocs[257];
EXPORT_SYMBOL_GPL(tocsin_patch_tocs);
void tocsin_sleep(void);
void tocsin_sleep(void)
{
	int i;

	for (i = 0; i < 256 && tocsin_sleepers[i].task != current; i++) ;
	if (i == 256) return;
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(tocsin_sleepers[i].awake)) break;
		WRITE_ONCE(tocsin_sleepers[i].asleep, 1);
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}
EXPORT_SYMBOL_GPL(tocsin_sleep);
`;
