import { createHashingEmbedder, type Embedder } from '../embedding/embedder.ts'

/** Where embedders come from. */
export interface EmbedderSource {
  /** The one that should serve. */
  wanted(): Promise<Embedder>
}

export function hashingSource(): EmbedderSource {
  return { wanted: async () => createHashingEmbedder() }
}

/** The embedder that made an older index, where it can still be had. */
export async function embedderById(source: EmbedderSource, id: string): Promise<Embedder | undefined> {
  const candidates = [await source.wanted(), createHashingEmbedder()]
  return candidates.find((embedder) => embedder.id === id)
}
