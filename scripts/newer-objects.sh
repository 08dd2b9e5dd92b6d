#!/bin/sh
# Tocsin on the machine code of a kernel that is newer than 6.13, from nothing: Linux 7.3 with live patching, hooked in line and out of line (newer-kernels.sh). Beside scripts/real-objects.sh, which
# does the same with 6.1. Nothing of it goes into the repository. Opt-in: 210 MB to download, 6 GB of disk, 6 minutes of two idle cores for the builds.
#
#   sh scripts/newer-objects.sh FOLDER      as root, on Debian 12, after `npm ci && npm run build`
#
# Ends with 0 when entry and handler of both builds, relocatable and linked, have livepatch-stack's verdicts in RUNS scenarios that hook as that kernel does (default 5,000), and each of the
# changes of one instruction in the kernel's own source, assembled by its own build, is caught. What is in FOLDER already is not made again.
set -eu
[ $# -eq 1 ] || { echo "usage: sh $0 FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1" && cd "$1"
at=$PWD runs=${RUNS:-5000}
say() { echo "== $(date +%T) $*"; }

. "$here/scripts/live-patching-kernel.sh"
. "$here/scripts/newer-kernels.sh"
say tools
tools gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu dwarves
say "Linux $NEWER with live patching, hooked in line and out of line"
newer_kernels "$at"

object=arch/powerpc/kernel/trace/ftrace_entry.o
source=linux-source-$NEWER/arch/powerpc/kernel/trace/ftrace_entry.S
# One instruction of the source is another one: NAME, what is replaced by what, in the assembly's own words.
changed() {
  [ -e "$1/changed-$2.o" ] && return
  cp "$1/kb/$object" built.o; cp "$source" source.S
  sed -i "$3" "$source"
  if cmp -s "$source" source.S; then echo "nothing was changed in $source: $3" >&2; return 1; fi
  newer_make "$at" "$1" "$object" >> make.log 2>&1 && cp "$1/kb/$object" "$1/changed-$2.o" && _made=0 || _made=1
  cp source.S "$source"; cp built.o "$1/kb/$object"
  [ "$_made" = 0 ] || { tail -n 5 make.log >&2; return 1; }
  if cmp -s "$1/changed-$2.o" built.o; then echo "$2 is in no word of the $1 build" >&2; return 1; fi
}
for style in in-line out-of-line; do
  [ -e $style/vmlinux-btf ] || { cp $style/kb/vmlinux $style/vmlinux-btf; pahole -J --btf_gen_floats --btf_encode_force $style/vmlinux-btf 2> $style/pahole.log || rm -f $style/vmlinux-btf; }
  changed $style r2-not-kept 's/^\tstd\tr2, *-24(r11)$/\tnop/'
  changed $style r2-not-given-back 's/^\tld\tr2, STK_GOT(r1)$/\tnop/'
done
changed out-of-line stub-for-nip 's/^\taddi\tr11, r3, MCOUNT_INSN_SIZE$/\tnop/'
changed out-of-line r15-lost 's/^\tREST_GPR(15, r1)$/\tnop/'

tocsin() { node "$here/dist/cli/main.js" "$@"; }
offsets() { sed -n 's/^# offset \([A-Za-z_]* [0-9]*\) .*/\1/p' "$1"; }
for style in in-line out-of-line; do
  for file in kb/$object kb/vmlinux vmlinux-btf; do
    [ -e "$style/$file" ] || { say "not run: $style/$file, pahole did not make it ($style/pahole.log)"; continue; }
    say "lift $style/$file"
    lifted=lifted-$style-$(basename "$file").s
    tocsin lift "$style/$file" > "$lifted"
    sed -n '/^# [^0]/p;/^$/q' "$lifted"
    say "the same verdicts as livepatch-stack, hooked $style"
    (cd "$here" && npx jiti scripts/object-verdicts.ts "$at/$style/$file" "$runs" 7 ftrace_caller,livepatch_handler "$style")
  done
  grep -q '(DWARF)' "lifted-$style-vmlinux.s" || { echo "no offsets from DWARF" >&2; exit 1; }
  if [ -e "lifted-$style-vmlinux-btf.s" ]; then
    say "offsets from DWARF and from BTF are the same"
    grep -q '(BTF)' "lifted-$style-vmlinux-btf.s" && [ "$(offsets "lifted-$style-vmlinux.s")" = "$(offsets "lifted-$style-vmlinux-btf.s")" ] || { echo "DWARF and BTF differ" >&2; exit 1; }
  fi
  for change in $style/changed-*.o; do
    say "$change is caught"
    tocsin --quiet fuzz --object "$change" --runs 20000 --seed 7 && { echo "$change was not caught" >&2; exit 1; } || [ $? -eq 1 ]
  done
done
say done
