#!/bin/sh
# Makes sidecar/memory/embedding/vectors-module.ts from vectors.c: the same bytes each time. Debian: clang and lld.
set -eu
cd "$(dirname "$0")"
made=$(mktemp)
trap 'rm -f "$made"' EXIT
clang --target=wasm32 -O3 -msimd128 -mbulk-memory -ffreestanding -fno-builtin -nostdlib -Wall -Wextra -Werror \
  -Wl,--no-entry -Wl,--strip-all -Wl,--import-memory -Wl,-z,stack-size=1024 -o "$made" vectors.c
{
  echo '/** `build/memory/vectors.c` as WebAssembly, in base64. Made by `build/memory/build-vectors.sh`. */'
  echo 'export const VECTORS_MODULE ='
  base64 -w 120 "$made" | sed "s/^/  '/; s/\$/' +/; \$s/ +\$//"
} >../../sidecar/memory/embedding/vectors-module.ts
