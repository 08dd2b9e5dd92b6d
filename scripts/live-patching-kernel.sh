# To be sourced: Linux 6.1 with live patching, built from Debian's source package into FOLDER/kb, for scripts/real-objects.sh and scripts/kernel-trace/record.sh. As root on Debian 12; 140 MB to
# download, 2 GB of disk, some 4 minutes of one core. What is in FOLDER already is not made again, so both scripts may share one.
#
#     tools PACKAGE...           installs what is not there
#     live_patching_kernel DIR   leaves DIR/linux-source-6.1 and DIR/kb with vmlinux and what modules are built against
#     kernel_make DIR ARGUMENT.. `make` in that build
#     live_patching_fragment FILE  writes its configuration

tools() {
  dpkg -s "$@" > /dev/null 2>&1 && return
  apt-get update > apt.log 2>&1
  apt-get install -y --no-install-recommends "$@" >> apt.log 2>&1 || { tail -n 5 apt.log >&2; return 1; }
}

# What such a kernel needs, for `make allnoconfig`: the smallest that boots under qemu.
live_patching_fragment() {
  for _option in PPC64 PPC_BOOK3S_64 CPU_LITTLE_ENDIAN EXPERT SMP PPC_PSERIES POWER8_CPU PPC_RADIX_MMU PPC_64K_PAGES RELOCATABLE ALTIVEC VSX PPC_OF_BOOT_TRAMPOLINE PRINTK PRINTK_TIME \
    BUG KALLSYMS KALLSYMS_ALL MODULES MODULE_UNLOAD TTY HVC_CONSOLE HVC_RTAS BLK_DEV_INITRD RD_GZIP BINFMT_ELF BINFMT_SCRIPT PROC_FS SYSFS SYSCTL DEBUG_KERNEL DEBUG_FS \
    DEBUG_INFO_DWARF4 FTRACE FUNCTION_TRACER FUNCTION_GRAPH_TRACER DYNAMIC_FTRACE LIVEPATCH STACKTRACE KPROBES HIGH_RES_TIMERS POSIX_TIMERS FUTEX MULTIUSER STACKPROTECTOR \
    STACKPROTECTOR_STRONG STRICT_KERNEL_RWX STRICT_MODULE_RWX; do echo "CONFIG_$_option=y"; done > "$1"
  printf 'CONFIG_NR_CPUS=4\n# CONFIG_PPC_POWERNV is not set\n' >> "$1"
}

kernel_make() {
  _at=$1; shift
  make -C "$_at/linux-source-6.1" O="$_at/kb" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- "$@"
}

live_patching_kernel() {
  tools gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu flex bison libelf-dev libssl-dev bc make xz-utils
  [ -e "$1/kb/vmlinux" ] && [ -e "$1/kb/Module.symvers" ] && return
  if [ ! -d "$1/linux-source-6.1" ]; then
    (cd "$1" && apt-get download linux-source-6.1 > apt-source.log 2>&1 && dpkg-deb -x linux-source-6.1_*.deb src && tar xf src/usr/src/linux-source-6.1.tar.xz)
  fi
  live_patching_fragment "$1/fragment"
  kernel_make "$1" KCONFIG_ALLCONFIG="$1/fragment" allnoconfig > "$1/config.log" 2>&1
  grep -qx CONFIG_LIVEPATCH=y "$1/kb/.config" || { echo "the configuration has no LIVEPATCH: see $1/config.log" >&2; return 1; }
  nice -n 5 make -s -C "$1/linux-source-6.1" O="$1/kb" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- -j"$(nproc)" vmlinux modules > "$1/make.log" 2>&1 || { tail -n 5 "$1/make.log" >&2; return 1; }
}
