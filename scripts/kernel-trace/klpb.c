// Module P of the kernel trace: a live patch of klpa.c's functions. The replacement of klpa_outer calls klpa_inner, which is patched too: two hooks are pending then.
#include <linux/module.h>
#include <linux/livepatch.h>
extern long klpa_inner(long a);
static long klpb_data = 11;
static noinline long klpb_leaf(long a) { klpb_data += a; return klpb_data; }
static noinline long klpb_again(long a) { return a < 1 ? klpb_data : klpb_again(a - 1) + 3 * a; }
static noinline long klpb_many(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { klpb_data += j; return i * j + klpb_data; }
static noinline long klpb_inner(long a) { return a - klpb_data; }
static noinline long klpb_outer(long a) { long b = klpa_inner(a); return b + klpb_data; }
static struct klp_func funcs[] = {
	{ .old_name = "klpa_leaf", .new_func = klpb_leaf }, { .old_name = "klpa_again", .new_func = klpb_again }, { .old_name = "klpa_many", .new_func = klpb_many },
	{ .old_name = "klpa_inner", .new_func = klpb_inner }, { .old_name = "klpa_outer", .new_func = klpb_outer }, { }
};
static struct klp_object objs[] = { { .name = "klpa", .funcs = funcs }, { } };
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs };
static int __init klpb_init(void) { return klp_enable_patch(&patch); }
static void __exit klpb_exit(void) { }
module_init(klpb_init); module_exit(klpb_exit); MODULE_LICENSE("Dual MIT/GPL"); MODULE_INFO(livepatch, "Y");
