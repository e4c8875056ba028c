import { hash } from 'node:crypto'

/**
 * A SHA-256 hash as 32 characters of Latin-1, one per byte: comparable with `===`, and made by Node in half the time
 * of a Buffer.
 */
export type Hash = string

const LEAF = Buffer.from([0x00])

/** The root of a tree without leaves (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: Hash = hash('sha256', '', 'binary')

const node = Buffer.alloc(65)
node[0] = 0x01

/** `HASH(0x00 || d)` (RFC 9162 §2.1.1). */
export function leafHash(data: string | Uint8Array): Hash {
  return hash('sha256', typeof data === 'string' ? `\0${data}` : Buffer.concat([LEAF, data]), 'binary')
}

/** `HASH(0x01 || left || right)` (RFC 9162 §2.1.1). */
export function nodeHash(left: Hash, right: Hash): Hash {
  node.write(left, 1, 32, 'latin1')
  node.write(right, 33, 32, 'latin1')
  return hash('sha256', node, 'binary')
}

export const toBytes = (value: Hash): Buffer => Buffer.from(value, 'latin1')
export const fromBytes = (bytes: Uint8Array): Hash => Buffer.from(bytes).toString('latin1')
export const toBase64 = (value: Hash): string => toBytes(value).toString('base64')

/** @returns undefined where the text is no hash in base64 */
export function fromBase64(text: string): Hash | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 32 && bytes.toString('base64') === text ? fromBytes(bytes) : undefined
}
