#!/usr/bin/env bash
# Builds a live-patching kernel from Debian's source package, boots it under qemu with a module and a live patch of it, and records every register before every instruction
# of ftrace_caller and livepatch_handler. Then record.ts writes test/verify/recorded/kernel-6.1.json from that.
#     scripts/kernel-trace/record.sh FOLDER [CPUS]
# FOLDER: where all of it goes, 2 GB; what is there already is not made again. As root on Debian 12, two to five minutes. An existing build folder of the kernel: KERNEL_BUILD=... KERNEL_SOURCE=...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); folder=$(mkdir -p "${1:?expected a folder}" && cd "$1" && pwd); cpus=${2:-2}
cd "$folder"
need=(gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu qemu-system-ppc cpio flex bison libelf-dev libssl-dev bc make xz-utils)
dpkg -s "${need[@]}" > /dev/null 2>&1 || { apt-get update && apt-get install -y --no-install-recommends "${need[@]}"; }
source=${KERNEL_SOURCE:-$folder/linux-source-6.1}; build=${KERNEL_BUILD:-$folder/build}
if [ ! -d "$source" ]; then
  apt-get download linux-source-6.1; dpkg-deb -x linux-source-6.1_*.deb .; tar xf usr/src/linux-source-6.1.tar.xz
fi
kmake() { make -C "$source" O="$build" ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- "$@"; }
if [ ! -f "$build/vmlinux" ] || [ ! -f "$build/Module.symvers" ]; then
  for o in PPC64 PPC_BOOK3S_64 CPU_LITTLE_ENDIAN EXPERT SMP PPC_PSERIES POWER8_CPU PPC_RADIX_MMU PPC_64K_PAGES RELOCATABLE ALTIVEC VSX PPC_OF_BOOT_TRAMPOLINE PRINTK PRINTK_TIME \
    BUG KALLSYMS KALLSYMS_ALL MODULES MODULE_UNLOAD TTY HVC_CONSOLE HVC_RTAS BLK_DEV_INITRD RD_GZIP BINFMT_ELF BINFMT_SCRIPT PROC_FS SYSFS SYSCTL DEBUG_KERNEL DEBUG_FS \
    DEBUG_INFO_NONE FTRACE FUNCTION_TRACER FUNCTION_GRAPH_TRACER DYNAMIC_FTRACE LIVEPATCH STACKTRACE KPROBES HIGH_RES_TIMERS POSIX_TIMERS FUTEX MULTIUSER STACKPROTECTOR \
    STACKPROTECTOR_STRONG STRICT_KERNEL_RWX STRICT_MODULE_RWX; do echo "CONFIG_$o=y"; done > fragment
  printf 'CONFIG_NR_CPUS=4\n# CONFIG_PPC_POWERNV is not set\n' >> fragment
  kmake KCONFIG_ALLCONFIG="$folder/fragment" allnoconfig > config.log
  kmake -j"$cpus" vmlinux modules > make.log 2>&1
fi
mkdir -p modules root
cp "$here"/klpa.c "$here"/klpb.c "$here"/Makefile modules/
kmake M="$folder/modules" modules > modules.log 2>&1
cp modules/*.ko root/
powerpc64le-linux-gnu-gcc -O1 -nostdlib -static -ffreestanding -fno-stack-protector -mcpu=power8 "$here/init.c" -o root/init
(cd root && find . | cpio -o -H newc --quiet | gzip -1) > root.cpio.gz
powerpc64le-linux-gnu-nm "$build/vmlinux" > symbols
from=$(awk '$3 == "ftrace_caller" { print $1 }' symbols); handler=$(awk '$3 == "livepatch_handler" { print $1 }' symbols)
end=$(sort symbols | awk -v h="$handler" 'length($1) == 16 && $1 > h && !end { end = $1 } END { print end }')
# A filter that is empty would let everything through, and that is some GB a minute.
[ ${#from} -eq 16 ] && [ ${#end} -eq 16 ] && [ $((0x$end - 0x$from)) -lt 4096 ] || { echo "no ftrace_caller or livepatch_handler in $build/vmlinux" >&2; exit 1; }
rm -f trace.log
timeout 300 qemu-system-ppc64 -M pseries,x-vof=on -cpu POWER9 -m 1G -nographic -vga none -nodefaults -serial stdio -monitor none -no-reboot -kernel "$build/vmlinux" -initrd root.cpio.gz \
  -append 'console=hvc0 panic=-1 loglevel=7' -singlestep -d cpu,nochain -dfilter "0x$from+$((0x$end - 0x$from))" -D trace.log > console.log
grep -q '^DONE' console.log || { tail -n 20 console.log >&2; echo 'the guest did not come to its end' >&2; exit 1; }
powerpc64le-linux-gnu-objdump -d --no-show-raw-insn --start-address="0x$handler" --stop-address="0x$end" "$build/vmlinux" > handler.txt
call=$(awk '$2 == "bctrl" { at = $1 } END { print at }' handler.txt | tr -d :); back=$(awk '$2 == "blr" { at = $1 } END { print at }' handler.txt | tr -d :)
version=$(sed -n 's/.*\(Linux version [^ ]*\).*/\1/p' console.log)
printf '{ "version": "%s", "compiler": "%s", "qemu": "%s", "ftrace": "%s", "handler": "%s", "call": "%s", "return": "%s" }\n' "$version" "$(powerpc64le-linux-gnu-gcc --version | sed -n 1p)" \
  "$(qemu-system-ppc64 --version | sed -n 1p)" "$from" "$handler" "$call" "$back" > places.json
cat places.json
