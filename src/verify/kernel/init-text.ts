/**
 * The first process of the guest: raw system calls alone. It loads the modules that `/order` names, one a line, shows what `show FILE` names, waits for `wait FILE` to be 0, or `pause` milliseconds; has what is loaded next lie at `place N`; `unload N`: turns off patch tocsin_pN and removes its module while the runner's tasks sleep, has
 * that one task woken, and where it was refused tries again behind its end. Then it powers off. For the guest only.
 */
export const INIT_TEXT = String.raw`// Written by Tocsin (src/verify/kernel). Mounts and powers off: for the guest only.
static long sys(long n, long a, long b, long c, long d) {
  register long r0 __asm__("r0") = n, r3 __asm__("r3") = a, r4 __asm__("r4") = b, r5 __asm__("r5") = c, r6 __asm__("r6") = d, r7 __asm__("r7") = 0;
  __asm__ volatile ("sc\n\tbns+ 1f\n\tneg %1,%1\n1:" : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7) : : "memory", "cr0", "ctr", "lr", "r8", "r9", "r10", "r11", "r12");
  return r3;
}
static long len(const char *s) { long n = 0; while (s[n]) n++; return n; }
static void say(const char *s) { sys(4, 1, (long)s, len(s), 0); }
static void num(long v) { char b[24]; int i = 23, neg = v < 0; b[i] = 0; if (neg) v = -v; do b[--i] = '0' + v % 10; while (v /= 10); if (neg) b[--i] = '-'; say(b + i); }
static void load(const char *p) { long fd = sys(5, (long)p, 0, 0, 0), r = sys(353, fd, (long)"", 0, 0); say("load "); say(p); say(" "); num(r); say("\n"); sys(6, fd, 0, 0, 0); }
static void pause_ms(long ms) { long ts[2] = { ms / 1000, ms % 1000 * 1000000 }; sys(162, (long)ts, 0, 0, 0); }
static int starts(const char *s, const char *with) { while (*with) if (*s++ != *with++) return 0; return 1; }
static long read_in(const char *p, char *b, long n) { long fd = sys(5, (long)p, 0, 0, 0), got = 0, r; if (fd < 0) return fd; while (got < n && (r = sys(3, fd, (long)(b + got), n - got, 0)) > 0) got += r; sys(6, fd, 0, 0, 0); return got; }
static char order[16384], text[65536];
static void show(const char *p) { long n = read_in(p, text, sizeof text - 1); say("show "); say(p); say("\n"); if (n > 0) { text[n] = 0; say(text); } say("end\n"); }
static void wait_for(const char *p) { int i; for (i = 0; i < 3000; i++) { long n = read_in(p, text, 2); if (n < 1 || text[0] == '0') break; pause_ms(10); } say("wait "); say(p); say(i < 3000 ? " over\n" : " NOT OVER\n"); }
static long put(const char *p, const char *s) { long fd = sys(5, (long)p, 1, 0, 0), r; if (fd < 0) return fd; r = sys(4, fd, (long)s, len(s), 0); sys(6, fd, 0, 0, 0); return r; }
static char *add(char *to, const char *s) { while (*s) *to++ = *s++; *to = 0; return to; }
static char *add_num(char *to, long v) { char b[24]; int i = 23; b[i] = 0; if (v < 0) { to = add(to, "-"); v = -v; } do b[--i] = '0' + v % 10; while (v /= 10); return add(to, b + i); }
static long over(const char *p, long tries) { for (; tries > 0; tries--) { long n = read_in(p, text, 2); if (n < 1 || text[0] == '0') return 1; pause_ms(10); } return 0; }
/* A patch's reference to its module goes a little later than its folder. */
static long remove_module(const char *name, long tries) { long r; do { r = sys(129, (long)name, 0x800, 0, 0); if (r) pause_ms(10); } while (r && --tries > 0); return r; }
static void tell(const char *n, long done, long answer) { char line[96], *to = add(add(line, n), " "); to = add(add_num(to, done), " "); add_num(to, answer); put("/sys/module/tocsin_srun/parameters/tell", line); say("unload "); say(line); say("\n"); }
static void unload(const char *n) {
  char name[32], enabled[96], transition[96]; long done, answer;
  add(add(name, "tocsin_p"), n);
  add(add(add(enabled, "/sys/kernel/livepatch/"), name), "/enabled"); add(add(add(transition, "/sys/kernel/livepatch/"), name), "/transition");
  if (put(enabled, "0") < 0) { say("unload: cannot disable "); say(name); say("\n"); return; }
  done = over(transition, 150);
  answer = remove_module(name, done ? 50 : 1);
  tell(n, done, answer);
  if (!answer) return;
  done = over(transition, 3000);
  tell(n, done, remove_module(name, 50));
}
void start_c(void) {
  char *at = order, *line;
  sys(39, (long)"/d", 0755, 0, 0); sys(39, (long)"/proc", 0755, 0, 0); sys(39, (long)"/sys", 0755, 0, 0);
  sys(21, (long)"p", (long)"/proc", (long)"proc", 0); sys(21, (long)"s", (long)"/sys", (long)"sysfs", 0); sys(21, (long)"d", (long)"/d", (long)"debugfs", 0);
  order[read_in("/order", order, sizeof order - 1)] = 0;
  while (*at) {
    line = at; while (*at && *at != '\n') at++;
    if (*at) *at++ = 0;
    if (starts(line, "show ")) show(line + 5); else if (starts(line, "unload ")) unload(line + 7); else if (starts(line, "place ")) { if (put("/sys/module/tocsin_gap/parameters/place", line + 6) < 0) say("no place\n"); } else if (starts(line, "wait ")) wait_for(line + 5); else if (starts(line, "pause ")) { long ms = 0; for (line += 6; *line; line++) ms = 10 * ms + *line - '0'; pause_ms(ms); } else load(line);
  }
  say("TOCSIN GUEST DONE\n");
  sys(88, 0xfee1dead, 672274793, 0x4321fedc, 0);
}
__asm__(".globl _start\n_start:\n addis 2,12,.TOC.-_start@ha\n addi 2,2,.TOC.-_start@l\n bl start_c\n");
`;
