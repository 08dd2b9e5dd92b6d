# To be sourced, behind live-patching-kernel.sh: Linux 7.3 with live patching, out of the backports of Debian 13, built twice: functions hooked in line, with this machine's compiler, and out of line
# (CONFIG_PPC_FTRACE_OUT_OF_LINE), with Debian 13's gcc 14, since what is older misplaces its patchable entries and the kernel's configuration does not offer it. As root on Debian 12; 210 MB to
# download, 6 GB of disk, some 3 minutes of two idle cores for each build. What is in FOLDER already is not made again.
#
#     newer_kernels DIR              leaves DIR/linux-source-7.3, and DIR/in-line and DIR/out-of-line, each with kb and cross-compile
#     newer_make DIR STYLE ARGUMENT..  `make` in one of the two builds

NEWER=7.3

# The packages of Debian 13, which the host's dpkg is not told of. Their index is checked with the host's keyring; one that has expired is refused.
debian_13() {
  [ -e "$1/debian-13/R/ready" ] && return
  mkdir -p "$1/debian-13/R/etc/apt/preferences.d" "$1/debian-13/R/etc/apt/apt.conf.d" "$1/debian-13/R/var/lib/apt/lists/partial" "$1/debian-13/R/var/cache/apt/archives/partial" "$1/debian-13/R/var/lib/dpkg"
  : > "$1/debian-13/R/var/lib/dpkg/status"
  _mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2> /dev/null | sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' | grep '/debian/*$' | head -n 1)
  [ -n "$_mirror" ] || { echo "no package source of Debian's in /etc/apt" >&2; return 1; }
  for _suite in trixie trixie-backports; do echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $_mirror $_suite main"; done > "$1/debian-13/R/etc/apt/sources.list"
  echo "Dir \"$1/debian-13/R\"; Dir::State::status \"$1/debian-13/R/var/lib/dpkg/status\"; Dir::Etc \"$1/debian-13/R/etc/apt\";" > "$1/debian-13/apt.conf"
  APT_CONFIG="$1/debian-13/apt.conf" apt-get update > "$1/debian-13/apt.log" 2>&1 || { tail -n 5 "$1/debian-13/apt.log" >&2; return 1; }
  touch "$1/debian-13/R/ready"
}

debian_13_download() {
  debian_13 "$1"
  _at=$1; shift
  (cd "$_at/debian-13" && APT_CONFIG="$_at/debian-13/apt.conf" apt-get download "$@" >> apt.log 2>&1) || { tail -n 5 "$_at/debian-13/apt.log" >&2; return 1; }
}

# Debian 13's cross compiler in a folder, with the C library that it needs.
newer_compiler() {
  [ -x "$1/gcc14/usr/bin/powerpc64le-linux-gnu-gcc" ] && return
  tools patchelf
  debian_13_download "$1" gcc-14-powerpc64le-linux-gnu cpp-14-powerpc64le-linux-gnu libgcc-14-dev-ppc64el-cross binutils-powerpc64le-linux-gnu libc6 libgcc-s1 libgmp10 libisl23 libmpc3 libmpfr6 libstdc++6 libzstd1 zlib1g libjansson4 libsframe1
  rm -rf "$1/gcc14.new"
  for _package in "$1"/debian-13/*.deb; do case $_package in */linux-source*) ;; *) dpkg-deb -x "$_package" "$1/gcc14.new" ;; esac; done
  _libraries=$1/gcc14/usr/lib/x86_64-linux-gnu
  for _program in "$1"/gcc14.new/usr/bin/powerpc64le-linux-gnu-* $(find "$1/gcc14.new/usr/libexec" -type f -perm -u+x ! -name '*.so'); do
    [ ! -L "$_program" ] && head -c 4 "$_program" | grep -q ELF || continue
    patchelf --set-interpreter "$_libraries/ld-linux-x86-64.so.2" "$_program"
    patchelf --force-rpath --set-rpath "$_libraries" "$_program"
  done
  ln -sf powerpc64le-linux-gnu-gcc-14 "$1/gcc14.new/usr/bin/powerpc64le-linux-gnu-gcc"
  mv "$1/gcc14.new" "$1/gcc14"
}

newer_make() {
  _at=$1; _style=$2; shift 2
  make -s -C "$_at/linux-source-$NEWER" O="$_at/$_style/kb" ARCH=powerpc CROSS_COMPILE="$(cat "$_at/$_style/cross-compile")" "$@"
}

newer_build() {
  [ -e "$1/$2/kb/vmlinux" ] && [ -e "$1/$2/kb/Module.symvers" ] && return
  live_patching_fragment "$1/fragment"
  newer_make "$1" "$2" KCONFIG_ALLCONFIG="$1/fragment" allnoconfig > "$1/$2/config.log" 2>&1
  grep -qx CONFIG_LIVEPATCH=y "$1/$2/kb/.config" || { echo "the configuration has no LIVEPATCH: see $1/$2/config.log" >&2; return 1; }
  _hooks=$(grep -cx CONFIG_PPC_FTRACE_OUT_OF_LINE=y "$1/$2/kb/.config" || true)
  [ "$2" = out-of-line ] || _hooks=$((1 - _hooks))
  [ "$_hooks" = 1 ] || { echo "the configuration does not hook $2: see $1/$2/kb/.config" >&2; return 1; }
  nice -n 5 sh -c "$(command -v make) -s -C '$1/linux-source-$NEWER' O='$1/$2/kb' ARCH=powerpc CROSS_COMPILE='$(cat "$1/$2/cross-compile")' -j$(nproc) vmlinux modules" > "$1/$2/make.log" 2>&1 || { tail -n 5 "$1/$2/make.log" >&2; return 1; }
}

newer_kernels() {
  tools gcc-powerpc64le-linux-gnu binutils-powerpc64le-linux-gnu flex bison libelf-dev libssl-dev bc make xz-utils
  if [ ! -d "$1/linux-source-$NEWER" ]; then
    debian_13_download "$1" "linux-source-$NEWER"
    dpkg-deb -x "$1"/debian-13/linux-source-"$NEWER"_*.deb "$1/debian-13/source"
    tar xf "$1/debian-13/source/usr/src/linux-source-$NEWER.tar.xz" -C "$1"
  fi
  newer_compiler "$1"
  mkdir -p "$1/in-line/kb" "$1/out-of-line/kb"
  echo powerpc64le-linux-gnu- > "$1/in-line/cross-compile"
  echo "$1/gcc14/usr/bin/powerpc64le-linux-gnu-" > "$1/out-of-line/cross-compile"
  newer_build "$1" in-line
  newer_build "$1" out-of-line
}
