/*
 * Vectors compared in the lanes of WebAssembly's own: in how many signs they differ, and dot products. Pure functions over
 * memory that the caller lays out and lends; they keep nothing and import nothing else.
 */
#include <stdint.h>
#include <wasm_simd128.h>

typedef v128_t V;
typedef int8_t i8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define EXPORT(name) __attribute__((export_name(#name)))

/** The signs of signed bytes, `length` of them, a multiple of 16: a bit for each, set where it is more than zero. */
EXPORT(signs) void signs(const i8 *bytes, u32 length, u16 *bits) {
  for (u32 at = 0; at < length; at += 16)
    bits[at / 16] = wasm_i8x16_bitmask(wasm_i8x16_gt(wasm_v128_load(bytes + at), wasm_i8x16_splat(0)));
}

/** In how many bits two rows differ. Eight bytes at a time: processors count the bits of a word, and not those of a vector. */
static inline u32 differing(const u64 *row, const u64 *query, u32 words) {
  u64 sum = 0;
  for (u32 at = 0; at < words; at += 2)
    sum += __builtin_popcountll(row[at] ^ query[at]) + __builtin_popcountll(row[at + 1] ^ query[at + 1]);
  return sum;
}

/** In how many bits each of `count` rows of `width` bytes, a multiple of 16, differs from the query; two bytes for each. */
EXPORT(measure) void measure(const u64 *row, u32 count, u32 width, const u64 *query, u16 *distances) {
  u32 words = width / 8;
  if (words == 4) {
    // Signs of 256 dimensions, the usual ones: the query stays in registers.
    const u64 held[4] = {query[0], query[1], query[2], query[3]};
    for (u32 nth = 0; nth < count; nth++, row += 4) distances[nth] = differing(row, held, 4);
  } else {
    for (u32 nth = 0; nth < count; nth++, row += words) distances[nth] = differing(row, query, words);
  }
}

/** Counts how many rows are at each distance, beside what is counted already; those farther than `most` are not. */
EXPORT(tally) void tally(const u16 *distances, u32 count, u32 most, u32 *counts) {
  for (u32 nth = 0; nth < count; nth++)
    if (distances[nth] <= most) counts[distances[nth]]++;
}

/** Writes which rows are no farther than `most`. Returns how many. */
EXPORT(within) u32 within(const u16 *distances, u32 count, u32 most, u16 *rows) {
  u32 found = 0, nth = 0;
  // Most rows are far: eight are passed over at once.
  for (V limit = wasm_i16x8_splat(most); nth + 8 <= count; nth += 8) {
    if (!wasm_v128_any_true(wasm_u16x8_le(wasm_v128_load(distances + nth), limit))) continue;
    for (u32 row = nth; row < nth + 8; row++)
      if (distances[row] <= most) rows[found++] = row;
  }
  for (; nth < count; nth++)
    if (distances[nth] <= most) rows[found++] = nth;
  return found;
}

/** Signed bytes as floats, `length` of them: a multiple of 16. */
EXPORT(widen) void widen(const i8 *bytes, float *floats, u32 length) {
  for (u32 at = 0; at < length; at += 16) {
    V eight[2] = {wasm_i16x8_load8x8(bytes + at), wasm_i16x8_load8x8(bytes + at + 8)};
    for (int half = 0; half < 2; half++) {
      wasm_v128_store(floats + at + 8 * half, wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(eight[half])));
      wasm_v128_store(floats + at + 8 * half + 4, wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(eight[half])));
    }
  }
}

/** The dot products of `count` vectors, one behind the other, with one. All of `length` floats, a multiple of 16. */
EXPORT(dots) void dots(const float *asked, u32 count, const float *row, u32 length, float *out) {
  for (u32 nth = 0; nth < count; nth++, asked += length) {
    V sums[4] = {wasm_f32x4_splat(0), wasm_f32x4_splat(0), wasm_f32x4_splat(0), wasm_f32x4_splat(0)};
    for (u32 at = 0; at < length; at += 16)
      for (int lane = 0; lane < 4; lane++)
        sums[lane] = wasm_f32x4_add(
            sums[lane], wasm_f32x4_mul(wasm_v128_load(asked + at + 4 * lane), wasm_v128_load(row + at + 4 * lane)));
    V sum = wasm_f32x4_add(wasm_f32x4_add(sums[0], sums[1]), wasm_f32x4_add(sums[2], sums[3]));
    out[nth] = wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 1) + wasm_f32x4_extract_lane(sum, 2) +
               wasm_f32x4_extract_lane(sum, 3);
  }
}

/** How alike each of `count` rows of `length` signed bytes is to a unit vector of floats; 0 for the zero vector. `length`: a multiple of 16. */
EXPORT(cosines) void cosines(const i8 *row, u32 count, u32 length, const float *asked, float *out) {
  for (u32 nth = 0; nth < count; nth++, row += length) {
    V dots[4] = {wasm_f32x4_splat(0), wasm_f32x4_splat(0), wasm_f32x4_splat(0), wasm_f32x4_splat(0)};
    V squares = wasm_i32x4_splat(0);
    for (u32 at = 0; at < length; at += 16)
      for (int half = 0; half < 2; half++) {
        V eight = wasm_i16x8_load8x8(row + at + 8 * half);
        squares = wasm_i32x4_add(squares, wasm_i32x4_dot_i16x8(eight, eight));
        V four[2] = {wasm_i32x4_extend_low_i16x8(eight), wasm_i32x4_extend_high_i16x8(eight)};
        for (int quarter = 0; quarter < 2; quarter++) {
          int lane = 2 * half + quarter;
          V floats = wasm_f32x4_convert_i32x4(four[quarter]);
          dots[lane] = wasm_f32x4_add(dots[lane], wasm_f32x4_mul(floats, wasm_v128_load(asked + at + 4 * lane)));
        }
      }
    V dot = wasm_f32x4_add(wasm_f32x4_add(dots[0], dots[1]), wasm_f32x4_add(dots[2], dots[3]));
    float sum = wasm_f32x4_extract_lane(dot, 0) + wasm_f32x4_extract_lane(dot, 1) + wasm_f32x4_extract_lane(dot, 2) +
                wasm_f32x4_extract_lane(dot, 3);
    u32 square = wasm_i32x4_extract_lane(squares, 0) + wasm_i32x4_extract_lane(squares, 1) + wasm_i32x4_extract_lane(squares, 2) +
                 wasm_i32x4_extract_lane(squares, 3);
    out[nth] = square ? sum / __builtin_sqrtf(square) : 0;
  }
}
