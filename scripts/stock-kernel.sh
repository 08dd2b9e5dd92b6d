# To be sourced: Debian's stock ppc64el kernel, out of packages that the host's dpkg is not told of, for scripts/real-objects.sh and scripts/verify-kernel.sh.
#
#     stock_kernel DIR           leaves DIR/stock-vmlinux; 50 MB to download
#     stock_headers DIR          leaves DIR/headers/build, in which `make` builds modules for that kernel: its headers, and the host's own build of their tools; 14 MB

foreign_packages() {
  mkdir -p "$1/R/etc/apt/preferences.d" "$1/R/etc/apt/apt.conf.d" "$1/R/var/lib/apt/lists/partial" "$1/R/var/cache/apt/archives/partial" "$1/R/var/lib/dpkg"
  : > "$1/R/var/lib/dpkg/status"
  # From where this machine takes its own.
  _mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2> /dev/null | sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' | head -n 1)
  [ -n "$_mirror" ] || { echo "no package source in /etc/apt" >&2; return 1; }
  echo "deb [arch=ppc64el signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $_mirror bookworm main" > "$1/R/etc/apt/sources.list"
  cat > "$1/apt.conf" <<CONF
Dir "$1/R"; Dir::State::status "$1/R/var/lib/dpkg/status"; Dir::Etc "$1/R/etc/apt";
APT::Architecture "ppc64el"; APT::Architectures { "ppc64el"; };
CONF
  APT_CONFIG="$1/apt.conf" apt-get update >> "$1/apt.log" 2>&1
}

# Into the folder itself.
foreign_download() {
  _at=$1; shift
  (cd "$_at" && APT_CONFIG="$_at/apt.conf" apt-get download "$@" >> apt.log 2>&1) || { tail -n 5 "$_at/apt.log" >&2; return 1; }
}

stock_kernel() {
  [ -e "$1/stock-vmlinux" ] && return
  foreign_packages "$1"
  _image=$(APT_CONFIG="$1/apt.conf" apt-cache depends linux-image-powerpc64le | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -1)
  foreign_download "$1" "$_image"
  dpkg-deb -x "$1/$_image"_*.deb "$1/unpacked"
  mv "$1"/unpacked/boot/vmlinux-* "$1/stock-vmlinux"
}

stock_headers() {
  [ -e "$1/headers/build/Makefile" ] && return
  # The headers of the kernel that is there: `6.1.0-50` of its version line.
  _release=$(strings "$1/stock-vmlinux" | sed -n 's/^Linux version \([0-9.]*-[0-9]*\)-powerpc64le .*/\1/p' | head -n 1)
  [ -n "$_release" ] || { echo "$1/stock-vmlinux does not say which Debian kernel it is" >&2; return 1; }
  _series=$(echo "$_release" | sed 's/^\([0-9]*\.[0-9]*\)\..*/\1/')
  foreign_packages "$1"
  foreign_download "$1" "linux-headers-$_release-powerpc64le" "linux-headers-$_release-common"
  (cd "$1" && apt-get download "linux-kbuild-$_series" >> apt.log 2>&1) || { tail -n 5 "$1/apt.log" >&2; return 1; }
  rm -rf "$1/headers.new"; mkdir -p "$1/headers.new"
  for _package in "$1/linux-headers-$_release"-*.deb "$1/linux-kbuild-$_series"_*.deb; do dpkg-deb -x "$_package" "$1/headers.new/unpacked"; done
  # The headers' Makefile names its other half by an absolute path.
  echo "include $1/headers/unpacked/usr/src/linux-headers-$_release-common/Makefile" > "$1/headers.new/unpacked/usr/src/linux-headers-$_release-powerpc64le/Makefile"
  ln -s "unpacked/usr/src/linux-headers-$_release-powerpc64le" "$1/headers.new/build"
  rm -rf "$1/headers"
  mv "$1/headers.new" "$1/headers"
}
