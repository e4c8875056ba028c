import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Growth, peakCount } from '../../sidecar/audit/merkle/growth.ts'
import { EMPTY_ROOT, fromBase64, type Hash, leafHash, nodeHash, toBase64, toBytes } from '../../sidecar/audit/merkle/hash.ts'
import { consistencyProof, inclusionProof, provesConsistency, provesInclusion } from '../../sidecar/audit/merkle/proof.ts'
import vectors from '../fixtures/merkle-vectors.json' with { type: 'json' }

const leaf = (n: number): Hash => leafHash(`entry ${n}`)
const leaves = (size: number): Hash[] => Array.from({ length: size }, (_, n) => leaf(n))

/** RFC 9162 §2.1.1, word for word: what the code is measured by. */
function rootByDefinition(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return EMPTY_ROOT
  if (hashes.length === 1) return hashes[0]!
  let k = 1
  while (k * 2 < hashes.length) k *= 2
  return nodeHash(rootByDefinition(hashes.slice(0, k)), rootByDefinition(hashes.slice(k)))
}

const rootsOf = (hashes: readonly Hash[]) => (start: number, end: number) => rootByDefinition(hashes.slice(start, end))
const grown = (size: number): Growth => {
  const tree = new Growth()
  for (const hash of leaves(size)) tree.append(hash)
  return tree
}
const sizes = fc.integer({ min: 1, max: 90 })

describe('the tree', () => {
  test('its hashes have their prefixes', () => {
    expect(toBytes(EMPTY_ROOT).toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(toBytes(leafHash('')).toString('hex')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
    expect(leafHash('grün')).toBe(leafHash(Buffer.from('grün')))
    expect(nodeHash(leaf(0), leaf(1))).not.toBe(leafHash(Buffer.concat([toBytes(leaf(0)), toBytes(leaf(1))])))
  })

  test.each([0, 1, 2, 3, 7, 8, 9, 255, 256, 257, 1000])('%i leaves have the root of the definition', (size) => {
    const tree = grown(size)
    expect(tree.root()).toBe(rootByDefinition(leaves(size)))
    expect(tree.peaks).toHaveLength(peakCount(size))
  })

  test('it goes on from its peaks alone, and tells each subtree once when it is complete', () => {
    const hashes = leaves(70)
    const told: string[] = []
    let tree = new Growth()
    for (const hash of hashes) {
      tree = new Growth(tree.size, tree.peaks)
      tree.append(hash, (height, position, root) => {
        expect(root).toBe(rootByDefinition(hashes.slice(position * 2 ** height, (position + 1) * 2 ** height)))
        told.push(`${height}/${position}`)
      })
    }
    expect(tree.root()).toBe(rootByDefinition(hashes))
    expect(told).toHaveLength(new Set(told).size)
    expect(told).toHaveLength(35 + 17 + 8 + 4 + 2 + 1)
  })
})

describe('proofs', () => {
  test('of every leaf and every earlier size hold', () => {
    for (let size = 1; size <= 40; size++) {
      const hashes = leaves(size)
      const root = rootByDefinition(hashes)
      for (let n = 0; n < size; n++) {
        expect(provesInclusion(hashes[n]!, n, size, inclusionProof(n, size, rootsOf(hashes)), root)).toBe(true)
        const from = n + 1
        const first = rootByDefinition(hashes.slice(0, from))
        expect(provesConsistency(from, size, first, root, consistencyProof(from, size, rootsOf(hashes)))).toBe(true)
      }
    }
  })

  test('of anything else do not', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.nat(),
        fc.nat(),
        fc.constantFrom('leaf', 'index', 'size', 'drop', 'add', 'swap'),
        (size, a, b, how) => {
          const hashes = leaves(size)
          const root = rootByDefinition(hashes)
          const index = a % size
          const proof = inclusionProof(index, size, rootsOf(hashes))
          const other = b % size
          if (how === 'leaf') expect(provesInclusion(leaf(size + b), index, size, proof, root)).toBe(false)
          if (how === 'index') expect(provesInclusion(hashes[index]!, other, size, proof, root)).toBe(other === index)
          if (how === 'drop' && proof.length > 0)
            expect(provesInclusion(hashes[index]!, index, size, proof.slice(1), root)).toBe(false)
          if (how === 'add') expect(provesInclusion(hashes[index]!, index, size, [...proof, leaf(b)], root)).toBe(false)
          const longer = consistencyProof(index + 1, size, rootsOf(hashes))
          const first = rootByDefinition(hashes.slice(0, index + 1))
          if (how === 'swap' && index + 1 < size) expect(provesConsistency(index + 1, size, root, first, longer)).toBe(false)
          if (how === 'size' && other !== index && index + 1 < size)
            expect(provesConsistency(other + 1, size, first, root, longer)).toBe(false)
        },
      ),
      { numRuns: 400 },
    )
  })

  test.each([
    [-1, 3],
    [3, 3],
    [0.5, 3],
    [2 ** 53, 2 ** 54],
    [Number.NaN, 3],
  ])('there is none for place %d of %d', (index, size) => {
    expect(provesInclusion(leaf(0), index, size, [], leaf(0))).toBe(false)
    expect(provesConsistency(0, size, EMPTY_ROOT, leaf(0), [])).toBe(false)
  })
})

/** Made from the RFC's definition by hand: an independent small program wrote them, see the file's `note`. */
describe('vectors of our own', () => {
  test.each(vectors.roots)('root of $size', ({ size, root }) => {
    expect(toBase64(grown(size).root())).toBe(root)
  })
  test.each(vectors.inclusion)('inclusion of $index in $size', ({ index, size, proof }) => {
    expect(inclusionProof(index, size, rootsOf(leaves(size))).map(toBase64)).toEqual(proof)
  })
  test.each(vectors.consistency)('consistency of $from and $size', ({ from, size, proof }) => {
    expect(consistencyProof(from, size, rootsOf(leaves(size))).map(toBase64)).toEqual(proof)
  })
})

/** The public vectors of transparency-dev/merkle (Apache-2.0), by the names of their files. */
const VECTORS = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, '../fixtures/rfc9162-vectors.json.gz'))).toString(),
) as Record<string, unknown>

interface Inclusion {
  leafIdx: number
  treeSize: number
  root: string
  leafHash: string
  proof: string[] | null
  wantErr: boolean
}
interface SubtreeInclusion extends Omit<Inclusion, 'treeSize'> {
  start: number
  end: number
}
interface Consistency {
  size1: number
  size2: number
  root1: string
  root2: string
  proof: string[] | null
  wantErr: boolean
}
interface SubtreeConsistency extends Omit<Consistency, 'size1' | 'size2'> {
  start: number
  end: number
  size: number
}

describe('public vectors', () => {
  const read = <T>(kind: string): [string, T][] =>
    Object.entries(VECTORS).flatMap(([file, value]) => (file.startsWith(`${kind}/`) ? [[file, value as T]] : []))
  /** Hashes of another length prove nothing. */
  const hash = (text: string): Hash => fromBase64(text) ?? text
  const hashes = (proof: string[] | null): Hash[] => (proof ?? []).map(hash)

  test('inclusion', () => {
    const cases = read<Inclusion>('inclusion')
    for (const [file, v] of cases) {
      const holds = provesInclusion(hash(v.leafHash), v.leafIdx, v.treeSize, hashes(v.proof), hash(v.root))
      expect([file, holds]).toEqual([file, !v.wantErr])
    }
    expect(cases.length).toBeGreaterThan(0)
  })

  test('consistency', () => {
    const cases = read<Consistency>('consistency')
    for (const [file, v] of cases) {
      const holds = provesConsistency(v.size1, v.size2, hash(v.root1), hash(v.root2), hashes(v.proof))
      expect([file, holds]).toEqual([file, !v.wantErr])
    }
    expect(cases.length).toBeGreaterThan(0)
  })

  /** A subtree begins at a multiple of the power of two that it fits in; within it, a proof is one of a tree. */
  test('inclusion in a subtree', () => {
    const cases = read<SubtreeInclusion>('subtreeinclusion')
    for (const [file, v] of cases) {
      const size = v.end - v.start
      const aligned = v.start % 2 ** Math.ceil(Math.log2(Math.max(1, size))) === 0
      const holds = aligned && provesInclusion(hash(v.leafHash), v.leafIdx - v.start, size, hashes(v.proof), hash(v.root))
      expect([file, holds]).toEqual([file, !v.wantErr])
    }
  })

  /** Ours are the trees that begin at 0 and hold something; other subtrees do not occur in the record. */
  test('consistency of a subtree', () => {
    const all = read<SubtreeConsistency>('subtreeconsistency')
    const cases = all.filter(([, v]) => v.start === 0 && v.end > 0)
    for (const [file, v] of cases) {
      const holds = provesConsistency(v.end, v.size, hash(v.root1), hash(v.root2), hashes(v.proof))
      expect([file, holds]).toEqual([file, !v.wantErr])
    }
  })
})
