#!/bin/sh
# Tocsin on real kernels' machine code, from nothing: Debian's stock vmlinux, and a kernel with live patching built from Debian's source package.
# Nothing of them goes into the repository. Opt-in: about 220 MB to download, 2 GB of disk, 4 minutes of one core for the build (2 cores are used).
#
#   sh scripts/real-objects.sh FOLDER      as root, on Debian 12, after `npm ci && npm run build`
#
# Ends with 0 when: real entry and handler, relocatable and linked, stock entry too, have livepatch-stack's verdicts in 20,000 scenarios, and
# the real source with one instruction changed is caught. What is in FOLDER already is not made again.
set -eu
[ $# -eq 1 ] || { echo "usage: sh $0 FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1" && cd "$1"
at=$PWD
say() { echo "== $(date +%T) $*"; }

. "$here/scripts/live-patching-kernel.sh"
. "$here/scripts/stock-kernel.sh"
say tools
tools gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu dwarves

say "stock kernel"
stock_kernel "$at"

say "kernel with live patching"
live_patching_kernel "$at"
built=kb/arch/powerpc/kernel/trace/ftrace_mprofile.o
[ -e vmlinux-btf ] || { cp kb/vmlinux vmlinux-btf; pahole -J vmlinux-btf; }

say "one instruction changed in the kernel's own source, assembled by its own build: r2 is not kept"
source=linux-source-6.1/arch/powerpc/kernel/trace/ftrace_mprofile.S
if [ ! -e changed.o ]; then
  cp "$built" built.o; cp "$source" source.S
  sed -i 's/^\tstd\tr2, *-24(r11)$/\tnop/' "$source"
  cmp -s "$source" source.S && { echo "nothing was changed in $source" >&2; exit 1; }
  kernel_make "$at" arch/powerpc/kernel/trace/ftrace_mprofile.o >> make.log 2>&1
  cp "$built" changed.o; cp source.S "$source"; cp built.o "$built"
fi

tocsin() { node "$here/dist/cli/main.js" "$@"; }
same() { (cd "$here" && npx jiti scripts/object-verdicts.ts "$at/$1" 20000 7 "${2:-}"); }
for file in built.o kb/vmlinux vmlinux-btf stock-vmlinux; do
  say "lift $file"
  tocsin lift "$file" > "lifted-$(basename "$file").s"
  sed -n '/^# [^0]/p;/^$/q' "lifted-$(basename "$file").s"
done
offsets() { sed -n 's/^# offset \([A-Za-z_]* [0-9]*\) .*/\1/p' "$1"; }
say "offsets from DWARF and from BTF are the same"
grep -q '(DWARF)' lifted-vmlinux.s && grep -q '(BTF)' lifted-vmlinux-btf.s || { echo "not from DWARF and BTF" >&2; exit 1; }
[ "$(offsets lifted-vmlinux.s)" = "$(offsets lifted-vmlinux-btf.s)" ] || { echo "DWARF and BTF differ" >&2; exit 1; }
say "the same verdicts as livepatch-stack"
same built.o
same kb/vmlinux
same stock-vmlinux
say "the changed one is caught"
tocsin --quiet fuzz --object changed.o --runs 20000 --seed 7 && { echo "the changed handler was not caught" >&2; exit 1; } || [ $? -eq 1 ]
say "proved for call graphs of every size; the certificates are about these objects; the changed one is refuted"
for file in built.o vmlinux-btf stock-vmlinux; do
  tocsin --quiet prove --object "$file" --out proofs
  tocsin --quiet check "proofs/${file%.o}.proof.json" --object "$file"
done
tocsin --quiet prove --object changed.o && { echo "the changed handler was not refuted" >&2; exit 1; } || [ $? -eq 1 ]
say done
