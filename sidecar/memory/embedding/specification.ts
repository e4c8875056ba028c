import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EmbedderChoice } from '../../contract/index.ts'
import { OxbowError } from '../../foundation/index.ts'
import { createHashingEmbedder, type Embedder } from './embedder.ts'
import { connectEmbeddingEndpoint } from './endpoint.ts'
import { loadStaticModel } from './static-model.ts'

/** What an embedder is made of, keys included: it is never stored or logged. */
export type EmbedderSpecification =
  | { kind: 'hashing' }
  | { kind: 'folder'; folder: string }
  | { kind: 'endpoint'; baseUrl: string; model: string; key?: string | undefined }

/** An index that there is: what its vectors were made by. */
export interface KnownEmbedder {
  id: string
  dimensions: number
}

export interface EmbedderPlaces {
  /** Folder of the shipped model. */
  shipped: string
  /** Folder of downloaded models. */
  downloads: string
  /** The key of a provider. */
  keyOf(provider: string): string | undefined
}

/** @throws OxbowError `memory.embedderUrl`, `memory.embedderKey`, `memory.modelNotThere` */
export function specify({ embedder, url, keyOf }: EmbedderChoice, places: EmbedderPlaces): EmbedderSpecification {
  const at = embedder.indexOf(':')
  const [kind, rest] = at === -1 ? [embedder, ''] : [embedder.slice(0, at), embedder.slice(at + 1)]
  if (kind === 'hashing') return { kind: 'hashing' }
  if (kind === 'folder') return { kind: 'folder', folder: rest }
  if (kind === 'model') {
    const folder = folderOf(rest, places.downloads)
    if (existsSync(folder)) return { kind: 'folder', folder }
    throw new OxbowError(
      'NOT_FOUND',
      'memory.modelNotThere',
      `the embedding model ${rest} is not on this computer`,
      `Download it first: oxbow memory embedder ${embedder}`,
    )
  }
  if (kind === 'endpoint') {
    if (url === undefined)
      throw new OxbowError(
        'BAD_REQUEST',
        'memory.embedderUrl',
        'an endpoint for embeddings needs its address',
        'Give --url, for example http://127.0.0.1:11434/v1.',
      )
    const key = keyOf === undefined ? undefined : places.keyOf(keyOf)
    if (keyOf !== undefined && key === undefined)
      throw new OxbowError(
        'BAD_REQUEST',
        'memory.embedderKey',
        `there is no key of the provider ${keyOf}`,
        `Add it: oxbow providers add ${keyOf}`,
      )
    return { kind: 'endpoint', baseUrl: url, model: rest, key }
  }
  return existsSync(join(places.shipped, 'model.safetensors')) ? { kind: 'folder', folder: places.shipped } : { kind: 'hashing' }
}

/** Where a downloaded model lies. */
export const folderOf = (name: string, downloads: string): string => join(downloads, name.replace('/', '--'))

/** @param known an index there is, which an endpoint need not be asked about */
export function openEmbedder(wanted: EmbedderSpecification, known?: KnownEmbedder): Promise<Embedder> {
  if (wanted.kind === 'hashing') return Promise.resolve(createHashingEmbedder())
  if (wanted.kind === 'folder') return loadStaticModel(wanted.folder)
  return connectEmbeddingEndpoint(wanted, known)
}
