#!/bin/sh
# Builds the last program before a command in boxes, static and the same bytes each time, into resources/sandbox/.
# Needs compilers for both kinds of processors; on Debian: sudo apt-get install gcc gcc-aarch64-linux-gnu (or gcc-x86-64-linux-gnu)
set -eu
cd "$(dirname "$0")"
out=../../resources/sandbox
build() {
  LC_ALL=C "$1" -std=gnu11 -static -nostdlib -nostartfiles -ffreestanding -fno-builtin -fno-stack-protector -fno-pie -no-pie \
    -fno-asynchronous-unwind-tables -fno-ident -fno-tree-loop-distribute-patterns -Os -s -Wall -Wextra -Werror \
    -ffile-prefix-map="$PWD"=. -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,max-page-size=4096 -o "$out/confine-$2" confine.c
  chmod 755 "$out/confine-$2"
}
build x86_64-linux-gnu-gcc x64
build aarch64-linux-gnu-gcc arm64
ls -l "$out"/confine-*
sha256sum "$out"/confine-*
