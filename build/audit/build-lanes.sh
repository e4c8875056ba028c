#!/bin/sh
# Makes sidecar/audit/merkle/lanes-module.ts from lanes.c: the same bytes each time. Debian: clang and lld.
set -eu
cd "$(dirname "$0")"
made=$(mktemp)
trap 'rm -f "$made"' EXIT
clang --target=wasm32 -O3 -msimd128 -mbulk-memory -ffreestanding -fno-builtin -nostdlib -Wall -Wextra -Werror \
  -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=16384 -o "$made" lanes.c
{
  echo '/** `build/audit/lanes.c` as WebAssembly, in base64. Made by `build/audit/build-lanes.sh`. */'
  echo 'export const LANES_MODULE ='
  base64 -w 120 "$made" | sed "s/^/  '/; s/\$/' +/; \$s/ +\$//"
} >../../sidecar/audit/merkle/lanes-module.ts
