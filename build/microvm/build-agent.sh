#!/bin/sh
# Builds the agent of microvms, static and the same bytes each time, into resources/microvm/.
# Needs musl-tools; on Debian: sudo apt-get install musl-tools
set -eu
cd "$(dirname "$0")"
out=../../resources/microvm
arch=$(uname -m)
SOURCE_DATE_EPOCH=0 LC_ALL=C musl-gcc -std=gnu11 -static -Os -s -Wall -Wextra -Werror -ffile-prefix-map="$PWD"=. \
  -Wl,--build-id=none -o "$out/agent-$arch" agent.c
ls -l "$out/agent-$arch"
sha256sum "$out/agent-$arch"
