/*
 * SHA-256 (FIPS 180-4) of many short messages, four at a time in the lanes of WebAssembly's vectors, and the levels of a
 * Merkle tree over them (RFC 9162). It reads and writes its own memory and nothing else; it imports nothing.
 */
#include <stdint.h>
#include <wasm_simd128.h>

typedef v128_t V;
typedef uint8_t u8;
typedef uint32_t u32;

enum { INPUT = 2 << 20, MOST_LINES = 32768, MOST_PAIRS = 4096 };

/** Lines behind one free byte, each ended by a newline or by the end. */
static u8 input[INPUT + 128];
/** Where messages begin and end in the input, and their hashes. */
static u32 starts[MOST_LINES], ends[MOST_LINES];
static u8 hashes[MOST_LINES * 32];
/** Lines that are no entries: where they begin and end, and how many entries come before. */
static u32 others[MOST_LINES * 3], other_count;
/** Hashes of one level of a tree; room to put a prefix before each pair. */
static u8 tree[MOST_PAIRS * 64], pairs[MOST_PAIRS * 65];

#define EXPORT(name) __attribute__((export_name(#name)))
EXPORT(inputAt) u32 input_at(void) { return (u32)input; }
EXPORT(inputSize) u32 input_size(void) { return INPUT; }
EXPORT(hashesAt) u32 hashes_at(void) { return (u32)hashes; }
EXPORT(othersAt) u32 others_at(void) { return (u32)others; }
EXPORT(otherCount) u32 get_other_count(void) { return other_count; }
EXPORT(treeAt) u32 tree_at(void) { return (u32)tree; }
EXPORT(treeSize) u32 tree_size(void) { return MOST_PAIRS * 2; }

static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const u32 IV[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#define ADD wasm_i32x4_add
#define XOR wasm_v128_xor
#define AND wasm_v128_and
#define ROTR(x, n) wasm_v128_or(wasm_u32x4_shr(x, n), wasm_i32x4_shl(x, 32 - n))

static V swapped(const u8 *p) {
  V v = wasm_v128_load(p);
  return wasm_i8x16_shuffle(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** One block of each lane: four words of each at a time, turned so that a vector holds the same word of all. */
static void compress(V s[8], const u8 *const p[4]) {
  V w[16];
  for (int i = 0; i < 4; i++) {
    V a = swapped(p[0] + 16 * i), b = swapped(p[1] + 16 * i), c = swapped(p[2] + 16 * i), d = swapped(p[3] + 16 * i);
    V ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    V ef = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), gh = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    w[4 * i] = wasm_i64x2_shuffle(ab, cd, 0, 2);
    w[4 * i + 1] = wasm_i64x2_shuffle(ab, cd, 1, 3);
    w[4 * i + 2] = wasm_i64x2_shuffle(ef, gh, 0, 2);
    w[4 * i + 3] = wasm_i64x2_shuffle(ef, gh, 1, 3);
  }
  V a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
#pragma clang loop unroll(full)
  for (int i = 0; i < 64; i++) {
    if (i >= 16) {
      V x = w[(i - 15) & 15], y = w[(i - 2) & 15];
      V s0 = XOR(XOR(ROTR(x, 7), ROTR(x, 18)), wasm_u32x4_shr(x, 3));
      V s1 = XOR(XOR(ROTR(y, 17), ROTR(y, 19)), wasm_u32x4_shr(y, 10));
      w[i & 15] = ADD(ADD(w[i & 15], s0), ADD(w[(i - 7) & 15], s1));
    }
    V big1 = XOR(XOR(ROTR(e, 6), ROTR(e, 11)), ROTR(e, 25));
    V choice = XOR(g, AND(e, XOR(f, g)));
    V t1 = ADD(ADD(ADD(h, big1), ADD(choice, wasm_u32x4_splat(K[i]))), w[i & 15]);
    V big0 = XOR(XOR(ROTR(a, 2), ROTR(a, 13)), ROTR(a, 22));
    V most = XOR(AND(a, b), AND(c, XOR(a, b)));
    h = g, g = f, f = e, e = ADD(d, t1), d = c, c = b, b = a, a = ADD(t1, ADD(big0, most));
  }
  s[0] = ADD(s[0], a), s[1] = ADD(s[1], b), s[2] = ADD(s[2], c), s[3] = ADD(s[3], d);
  s[4] = ADD(s[4], e), s[5] = ADD(s[5], f), s[6] = ADD(s[6], g), s[7] = ADD(s[7], h);
}

/** A message on its way through a lane. Its end is padded in a place of its own. */
typedef struct {
  int at;
  const u8 *next;
  u32 left, length, tail_from, tail_size;
  u8 tail[128];
} Lane;

static void pad(Lane *lane) {
  u32 used = lane->left;
  lane->tail_size = used < 56 ? 64 : 128;
  for (u32 i = 0; i < 128; i += 16) wasm_v128_store(lane->tail + i, wasm_u32x4_splat(0));
  for (u32 i = 0; i < used; i++) lane->tail[i] = lane->next[i];
  lane->tail[used] = 0x80;
  uint64_t bits = (uint64_t)lane->length * 8;
  for (int i = 0; i < 8; i++) lane->tail[lane->tail_size - 1 - i] = (u8)(bits >> (8 * i));
  lane->tail_from = 0;
}

/** @param count messages in `base`, by their beginnings and ends. @param out 32 bytes for each */
static void hash_all(const u8 *base, const u32 *from, const u32 *to, int count, u8 *out) {
  static const u8 nothing[64];
  static Lane lanes[4];
  V state[8];
  u32(*words)[4] = (u32(*)[4])state;
  int next = 0, busy = 0;
  for (int l = 0; l < 4; l++) lanes[l].at = -1, lanes[l].left = 0;
  for (;;) {
    const u8 *block[4];
    for (int l = 0; l < 4; l++) {
      Lane *lane = &lanes[l];
      if (lane->at < 0 && next < count) {
        lane->at = next;
        lane->next = base + from[next];
        lane->left = lane->length = to[next] - from[next];
        lane->tail_size = 0;
        for (int i = 0; i < 8; i++) words[i][l] = IV[i];
        next++, busy++;
      }
      if (lane->at < 0) block[l] = nothing;
      else if (lane->left >= 64) block[l] = lane->next, lane->next += 64, lane->left -= 64;
      else {
        if (lane->tail_size == 0) pad(lane);
        block[l] = lane->tail + lane->tail_from, lane->tail_from += 64;
      }
    }
    if (busy == 0) return;
    compress(state, block);
    for (int l = 0; l < 4; l++) {
      Lane *lane = &lanes[l];
      if (lane->at < 0 || lane->tail_size == 0 || lane->tail_from < lane->tail_size) continue;
      u8 *hash = out + 32 * lane->at;
      for (int i = 0; i < 8; i++) *(u32 *)(hash + 4 * i) = __builtin_bswap32(words[i][l]);
      lane->at = -1, busy--;
    }
  }
}

/** The first newline from a place on, or the end. */
static u32 end_of_line(u32 at, u32 length) {
  V newline = wasm_i8x16_splat('\n');
  for (; at < length; at += 16) {
    u32 found = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(input + at), newline));
    if (found) {
      at += __builtin_ctz(found);
      return at < length ? at : length;
    }
  }
  return length;
}

/**
 * Hashes the lines of the input that are entries, which have an `a` behind their first quote, each as a leaf.
 * @param length of the lines and the byte before. @returns how many entries; -1 where there are too many lines
 */
EXPORT(hashLines) int hash_lines(u32 length) {
  int entries = 0;
  other_count = 0;
  for (u32 from = 1; from < length;) {
    u32 to = end_of_line(from, length);
    if (entries + other_count == MOST_LINES) return -1;
    if (to - from > 2 && input[from + 2] == 'a') {
      // The end of the line before makes room for the prefix of a leaf.
      input[from - 1] = 0;
      starts[entries] = from - 1;
      ends[entries++] = to;
    } else {
      u32 *other = others + 3 * other_count++;
      other[0] = from, other[1] = to, other[2] = entries;
    }
    from = to + 1;
  }
  hash_all(input, starts, ends, entries, hashes);
  return entries;
}

/** Hashes the first `count` pairs of hashes in `tree` to nodes, which take their place. */
EXPORT(hashPairs) void hash_pairs(u32 count) {
  for (u32 n = 0; n < count; n++) {
    u8 *pair = pairs + 65 * n;
    pair[0] = 1;
    for (u32 i = 0; i < 64; i += 16) wasm_v128_store(pair + 1 + i, wasm_v128_load(tree + 64 * n + i));
    starts[n] = 65 * n, ends[n] = 65 * n + 65;
  }
  hash_all(pairs, starts, ends, (int)count, tree);
}
