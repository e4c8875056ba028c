/**
 * Counts in how many bits rows differ from one row. JavaScript has no instruction that counts bits; WebAssembly has, which makes
 * this ten times as fast. The module is small enough to be written down here, in the order of its binary format:
 *
 *     (func (export "measure") (param $rows i32) (param $end i32) (param $width i32) (param $query i32) (param $out i32)
 *       (local $word i32) (local $sum i64)
 *       (loop $row
 *         (local.set $word (i32.const 0)) (local.set $sum (i64.const 0))
 *         (loop $words
 *           ;; four times, at offsets of 0, 8, 16 and 24
 *           (local.set $sum (i64.add (local.get $sum) (i64.popcnt (i64.xor
 *             (i64.load (i32.add (local.get $rows) (local.get $word)))
 *             (i64.load (i32.add (local.get $query) (local.get $word)))))))
 *           (br_if $words (i32.lt_u (local.tee $word (i32.add (local.get $word) (i32.const 32))) (local.get $width))))
 *         (i32.store16 (local.get $out) (i32.wrap_i64 (local.get $sum)))
 *         (local.set $out (i32.add (local.get $out) (i32.const 2)))
 *         (br_if $row (i32.lt_u (local.tee $rows (i32.add (local.get $rows) (local.get $width))) (local.get $end)))))
 */
/** Bytes of a row that are compared at once. */
export const ROW_STEP = 32
const I32 = 0x7f
const I64 = 0x7e
const [ROWS, END, WIDTH, QUERY, OUT, WORD, SUM] = [0, 1, 2, 3, 4, 5, 6]
const LOOP = [0x03, 0x40]
const CLOSE = 0x0b
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const tee = (local: number): number[] => [0x22, local]
const i32 = (value: number): number[] => [0x41, value]
const i64 = (value: number): number[] => [0x42, value]
const ADD = 0x6a
const ADD_64 = 0x7c
const LESS = 0x49
const load64 = (offset: number): number[] => [0x29, 3, offset]
const STORE_16 = [0x3b, 1, 0]
const XOR_64 = 0x85
const COUNT_64 = 0x7b
const WRAP = 0xa7
const AGAIN_IF = [0x0d, 0]

const BODY = [
  // one i32 and one i64 beside the parameters
  ...[2, 1, I32, 1, I64],
  ...LOOP,
  ...[...i32(0), ...set(WORD), ...i64(0), ...set(SUM)],
  ...LOOP,
  ...[0, 8, 16, 24].flatMap((offset) => [
    ...[...get(SUM), ...get(ROWS), ...get(WORD), ADD, ...load64(offset)],
    ...[...get(QUERY), ...get(WORD), ADD, ...load64(offset), XOR_64, COUNT_64, ADD_64, ...set(SUM)],
  ]),
  ...[...get(WORD), ...i32(ROW_STEP), ADD, ...tee(WORD), ...get(WIDTH), LESS, ...AGAIN_IF, CLOSE],
  ...[...get(OUT), ...get(SUM), WRAP, ...STORE_16, ...get(OUT), ...i32(2), ADD, ...set(OUT)],
  ...[...get(ROWS), ...get(WIDTH), ADD, ...tee(ROWS), ...get(END), LESS, ...AGAIN_IF, CLOSE],
  CLOSE,
]
/** A length, seven bits to a byte. */
const size = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >>> 7])
const text = (value: string): number[] => [value.length, ...Buffer.from(value)]
const section = (id: number, content: readonly number[]): number[] => [id, ...size(content.length), ...content]

const MODULE = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 5, I32, I32, I32, I32, I32, 0]),
  ...section(2, [1, ...text('own'), ...text('memory'), 2, 0, 1]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...text('measure'), 0, 0]),
  ...section(10, [1, ...size(BODY.length), ...BODY]),
])

/** Writes the distance of each row in `[rows, end)` from the row at `query` to `out`, two bytes each. All in bytes; there is a row. */
export type Measure = (rows: number, end: number, width: number, query: number, out: number) => void

/** Memory for it is the caller's. A row is a multiple of `ROW_STEP` bytes wide. */
export function measureIn(memory: WebAssembly.Memory): Measure {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { own: { memory } })
  return exports.measure as Measure
}
