#!/usr/bin/env bash
# Builds a live-patching kernel from Debian's source package, boots it under qemu with a module and a live patch of it, and records every register before every instruction
# of ftrace_caller and livepatch_handler. Then record.ts writes test/verify/recorded/kernel-6.1.json from that.
#     scripts/kernel-trace/record.sh FOLDER     as root, on Debian 12; scripts/live-patching-kernel.sh says what it takes
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); folder=$(mkdir -p "${1:?expected a folder}" && cd "$1" && pwd)
cd "$folder"
. "$here/../live-patching-kernel.sh"
tools qemu-system-ppc cpio
live_patching_kernel "$folder"
build=$folder/kb
mkdir -p modules initrd
cp "$here"/klpa.c "$here"/klpb.c "$here"/Makefile modules/
kernel_make "$folder" M="$folder/modules" modules > modules.log 2>&1
cp modules/*.ko initrd/
powerpc64le-linux-gnu-gcc -O1 -nostdlib -static -ffreestanding -fno-stack-protector -mcpu=power8 "$here/init.c" -o initrd/init
(cd initrd && find . | cpio -o -H newc --quiet | gzip -1) > initrd.cpio.gz
powerpc64le-linux-gnu-nm "$build/vmlinux" > symbols
from=$(awk '$3 == "ftrace_caller" { print $1 }' symbols); handler=$(awk '$3 == "livepatch_handler" { print $1 }' symbols)
end=$(sort symbols | awk -v h="$handler" 'length($1) == 16 && $1 > h && !end { end = $1 } END { print end }')
# A filter that is empty would let everything through, and that is some GB a minute.
[ ${#from} -eq 16 ] && [ ${#end} -eq 16 ] && [ $((0x$end - 0x$from)) -lt 4096 ] || { echo "no ftrace_caller or livepatch_handler in $build/vmlinux" >&2; exit 1; }
rm -f trace.log
timeout 300 qemu-system-ppc64 -M pseries,x-vof=on -cpu POWER9 -m 1G -nographic -vga none -nodefaults -serial stdio -monitor none -no-reboot -kernel "$build/vmlinux" -initrd initrd.cpio.gz \
  -append 'console=hvc0 panic=-1 loglevel=7' -singlestep -d cpu,nochain -dfilter "0x$from+$((0x$end - 0x$from))" -D trace.log > console.log
grep -q '^DONE' console.log || { tail -n 20 console.log >&2; echo 'the guest did not come to its end' >&2; exit 1; }
powerpc64le-linux-gnu-objdump -d --no-show-raw-insn --start-address="0x$handler" --stop-address="0x$end" "$build/vmlinux" > handler.txt
call=$(awk '$2 == "bctrl" { at = $1 } END { print at }' handler.txt | tr -d :); back=$(awk '$2 == "blr" { at = $1 } END { print at }' handler.txt | tr -d :)
version=$(sed -n 's/.*\(Linux version [^ ]*\).*/\1/p' console.log)
printf '{ "version": "%s", "compiler": "%s", "qemu": "%s", "ftrace": "%s", "handler": "%s", "call": "%s", "return": "%s" }\n' "$version" "$(powerpc64le-linux-gnu-gcc --version | sed -n 1p)" \
  "$(qemu-system-ppc64 --version | sed -n 1p)" "$from" "$handler" "$call" "$back" > places.json
cat places.json
