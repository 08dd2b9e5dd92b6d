#!/bin/sh
# What `tocsin verify kernel` needs, from nothing: qemu and a cross compiler; Debian's stock kernel and its headers; a kernel with live patching, built from Debian's source package.
# Opt-in: about 210 MB to download, 3 GB of disk, 4 minutes of one core for the build (2 cores are used). What is in FOLDER already is not made again; scripts/real-objects.sh and
# scripts/kernel-trace/record.sh may share it.
#
#   sh scripts/verify-kernel.sh [FOLDER]      as root, on Debian 12. Default: where `tocsin verify kernel` looks, $XDG_CACHE_HOME/tocsin/kernels or ~/.cache/tocsin/kernels
set -eu
[ $# -le 1 ] || { echo "usage: sh $0 [FOLDER]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/tocsin/kernels}
mkdir -p "$folder"; at=$(cd "$folder" && pwd)
cd "$at"
say() { echo "== $(date +%T) $*"; }

. "$here/live-patching-kernel.sh"
. "$here/stock-kernel.sh"
say tools
tools qemu-system-ppc cpio make binutils gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu
say "Debian's stock kernel"
stock_kernel "$at"
say "its headers"
stock_headers "$at"
say "a kernel with live patching"
live_patching_kernel "$at"
say "ready: tocsin verify kernel --kernels $at"
