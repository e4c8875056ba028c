/** Scales a vector to length one in place; the zero vector stays as it is. */
export function normalise(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  if (sum === 0) return vector
  const scale = 1 / Math.sqrt(sum)
  for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] ?? 0) * scale
  return vector
}

/** The length of a part of a vector. */
export function lengthOf(vector: Float32Array | Int8Array, from = 0, length = vector.length): number {
  let even = 0
  let odd = 0
  let at = 0
  for (; at + 1 < length; at += 2) {
    even += vector[from + at]! * vector[from + at]!
    odd += vector[from + at + 1]! * vector[from + at + 1]!
  }
  if (at < length) even += vector[from + at]! * vector[from + at]!
  return Math.sqrt(even + odd)
}
