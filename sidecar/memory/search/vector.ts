import { StoredVectors } from '../embedding/stored-vectors.ts'
import { lengthOf, normalise } from '../embedding/vector.ts'

/** A vector as one signed byte a dimension; its length is made up for when it is compared. */
export function toBytes(vector: Float32Array): Int8Array {
  let most = 0
  for (const value of vector) most = Math.max(most, Math.abs(value))
  const bytes = new Int8Array(vector.length)
  if (most > 0) for (let at = 0; at < vector.length; at++) bytes[at] = Math.round((vector[at]! / most) * 127)
  return bytes
}

/** How alike a unit vector and a stored one are, from -1 to 1; 0 for the zero vector. */
export const cosine = (query: Float32Array, stored: Int8Array): number => new StoredVectors([stored]).likenessTo(query)[0]!

/** How alike two stored vectors are. */
export function likeness(a: Int8Array, b: Int8Array): number {
  return cosine(unitOf(a), b)
}

/** A stored vector as a unit vector; the zero vector stays one. */
export function unitOf(stored: Int8Array): Float32Array {
  const unit = new Float32Array(stored.length)
  const length = lengthOf(stored)
  if (length > 0) for (let at = 0; at < unit.length; at++) unit[at] = stored[at]! / length
  return unit
}

/** The signs of a vector, 32 to a word. */
export function signsOf(vector: ArrayLike<number>, into: Uint32Array): void {
  for (let word = 0; word * 32 < vector.length; word++) {
    let bits = 0
    for (let bit = 0; bit < 32; bit++) if ((vector[word * 32 + bit] ?? 0) > 0) bits |= 1 << bit
    into[word] = bits
  }
}

/** A unit vector moved towards the mean of stored ones. @param step how far, of its own length */
export function towards(
  query: Float32Array,
  stored: readonly { vector: Int8Array; weight: number }[],
  step: number,
): Float32Array {
  const mean = new Float32Array(query.length)
  for (const { vector, weight } of stored) {
    const length = lengthOf(vector)
    const scale = length === 0 ? 0 : weight / length
    for (let at = 0; at < mean.length; at++) mean[at]! += scale * vector[at]!
  }
  normalise(mean)
  for (let at = 0; at < mean.length; at++) mean[at] = query[at]! + step * mean[at]!
  return normalise(mean)
}
