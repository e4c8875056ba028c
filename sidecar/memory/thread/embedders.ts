import type { Embedder } from '../embedding/embedder.ts'
import { type EmbedderSpecification, type KnownEmbedder, openEmbedder } from '../embedding/specification.ts'

/** Which embedder should serve, and what those were made of whose indexes there are. */
export interface Wanted {
  specification: EmbedderSpecification
  /** By the embedder's id. */
  known: Record<string, EmbedderSpecification>
}

/** The one that should serve. @param indexes those there are, which an endpoint need not be asked about */
export function openWanted({ specification, known }: Wanted, indexes: readonly KnownEmbedder[]): Promise<Embedder> {
  const same = indexes.find(({ id }) => known[id] && JSON.stringify(known[id]) === JSON.stringify(specification))
  return openEmbedder(specification, specification.kind === 'endpoint' ? same : undefined)
}

/** The one that made an index, where it can still be had; undefined where it is another now. */
export async function openKnown({ specification, known }: Wanted, index: KnownEmbedder): Promise<Embedder | undefined> {
  const tried = [known[index.id], specification, { kind: 'hashing' } as const].filter((each) => each !== undefined)
  for (const each of tried) {
    const embedder = await openEmbedder(each, each.kind === 'endpoint' ? index : undefined).catch(() => undefined)
    if (embedder?.id === index.id) return embedder
  }
  return undefined
}
