import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createHashingEmbedder, type Embedder } from '../embedding/embedder.ts'
import { loadStaticModel } from '../embedding/static-model.ts'

/** Where embedders come from. */
export interface EmbedderSource {
  /** The one that should serve. */
  wanted(): Promise<Embedder>
  /** The one that made an older index, where it can still be had. */
  byId(id: string): Promise<Embedder | undefined>
}

/** The model in this folder; hashing where none was shipped. */
export function shippedSource(folder: string): EmbedderSource {
  let model: Promise<Embedder> | undefined
  const wanted = (): Promise<Embedder> => {
    model ??= existsSync(join(folder, 'model.safetensors')) ? loadStaticModel(folder) : Promise.resolve(createHashingEmbedder())
    return model
  }
  return {
    wanted,
    byId: async (id) => [await wanted(), createHashingEmbedder()].find((embedder) => embedder.id === id),
  }
}
