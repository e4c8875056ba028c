import { MemoryId } from '../../../sidecar/contract/index.ts'
import { atomically, createIds, type Db } from '../../../sidecar/foundation/index.ts'
import type { Embedder } from '../../../sidecar/memory/embedding/embedder.ts'
import { toBytes } from '../../../sidecar/memory/search/vector.ts'
import { joinSegments } from '../../../sidecar/memory/segments.ts'
import { Shelves } from '../../../sidecar/memory/shelf.ts'
import { WordIndex } from '../../../sidecar/memory/word-index.ts'

const AT_ONCE = 5000
const TURNS_A_SESSION = 32

/** Words as they are spread in a language: the k-th most frequent one is 1/k as frequent as the first. The same in each run. */
export function zipfTexts(seed = 42): () => string {
  let state = seed
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const word = (): string => `w${Math.floor(20_000 ** random()).toString(36)}x`
  return () => Array.from({ length: 8 + Math.floor(random() * 10) }, word).join(' ')
}

/** Fills a new database with memories, their words and their vectors, as reading them in would have, but fast. */
export async function fillWithMemories(db: Db, embedder: Embedder, size: number, text: () => string): Promise<void> {
  const shelves = new Shelves(db)
  const words = new WordIndex(db)
  const ids = createIds()
  const at = new Date().toISOString()
  const first = shelves.nextNumber({ space: 'main', agent: '', past: false })
  const embedderNumber = Number(
    db
      .prepare(`INSERT INTO memory_embedders (id, dimensions, state) VALUES (?, ?, 'serving')`)
      .run(embedder.id, embedder.dimensions).lastInsertRowid,
  )
  const row = db.prepare(
    `INSERT INTO memories (n, id, lineage, type, text, speaker, tags, importance, protection, pinned, session, taint, created_at,
     updated_at, valid_from, uses) VALUES (?, ?, ?, 'fact', ?, '', '[]', 0.5, 'none', 0, ?, '[]', ?, ?, ?, 0)`,
  )
  const vector = db.prepare('INSERT INTO memory_vectors (embedder, n, vector) VALUES (?, ?, ?)')
  for (let done = 0; done < size; done += AT_ONCE) {
    const texts = Array.from({ length: Math.min(AT_ONCE, size - done) }, text)
    const vectors = await embedder.embed(texts)
    atomically(db, () => {
      const rows = texts.map((_, nth) => first + done + nth)
      rows.forEach((n, nth) => {
        const id = MemoryId.parse(ids.memory())
        row.run(n, id, id, texts[nth], `s${Math.floor((done + nth) / TURNS_A_SESSION)}`, at, at, at)
        vector.run(embedderNumber, n, new Uint8Array(toBytes(vectors[nth]!).buffer))
      })
      words.add(rows)
    })
  }
  db.prepare('UPDATE memory_shelves SET next = ?').run(size + 1)
  while (joinSegments(db));
}
