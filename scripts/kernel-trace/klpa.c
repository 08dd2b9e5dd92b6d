// Module M of the kernel trace: a caller, and functions of its own that it calls locally, by pointer and with arguments on the stack. Module P (klpb.c) patches them.
#include <linux/module.h>
#include <linux/debugfs.h>
long klpa_data = 5;
noinline long klpa_leaf(long a) { return a + klpa_data; }
noinline long klpa_again(long a) { return a < 1 ? klpa_data : klpa_again(a - 1) + 2 * a; }
noinline long klpa_many(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { return a + b + c + d + e + f + g + h + i * j + klpa_data; }
noinline long klpa_inner(long a) { return a - klpa_data; }
EXPORT_SYMBOL_GPL(klpa_inner);
noinline long klpa_outer(long a) { return a + 2; }
static long (*pointer)(long) = klpa_leaf;
noinline long klpa_tail(long a) { klpa_data++; return klpa_leaf(a + 1); }
noinline long klpa_a(long a) {
	long (*volatile p)(long) = pointer;
	long sum = klpa_leaf(a);
	sum += klpa_again(2);
	sum += klpa_many(a, 2, 3, 4, 5, 6, 7, 8, 9, a);
	sum += klpa_outer(sum);
	sum += p(a);
	sum += klpa_tail(a);
	return sum * 3 + klpa_data;
}
static ssize_t klpa_write(struct file *f, const char __user *u, size_t n, loff_t *p) { pr_info("klpa: %ld\n", klpa_a(7)); return n; }
static const struct file_operations ops = { .write = klpa_write };
static struct dentry *d;
static int __init klpa_init(void) { d = debugfs_create_file("klpa", 0600, NULL, NULL, &ops); return 0; }
static void __exit klpa_exit(void) { debugfs_remove(d); }
module_init(klpa_init); module_exit(klpa_exit); MODULE_LICENSE("Dual MIT/GPL");
