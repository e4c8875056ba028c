import { join } from 'node:path'
import { EmbedderChoice, type EmbedderState } from '../contract/index.ts'
import type { Db } from '../foundation/index.ts'
import { ModelDownloads } from './embedding/download.ts'
import { type EmbedderPlaces, type EmbedderSpecification, specify } from './embedding/specification.ts'
import type { IndexClient } from './index-client.ts'
import type { Wanted } from './thread/embedders.ts'

/** Shipped beside the built code and beside the source alike. */
const SHIPPED = join(import.meta.dirname, '../../resources/embedding')
const BUNDLED: EmbedderChoice = { embedder: 'bundled' }

export interface EmbeddersOptions {
  db: Db
  /** Folder of the shipped model. */
  shipped?: string | undefined
  /** Folder of downloaded models. */
  downloads?: string | undefined
  /** What the person set. */
  choice?: (() => EmbedderChoice) | undefined
  /** Where models are downloaded from. */
  hub?: (() => string) | undefined
  keyOf?: ((provider: string) => string | undefined) | undefined
}

/** Which embedder serves memory, as the person chose it, and where models come from. */
export class Embedders {
  readonly downloads: ModelDownloads
  readonly #db: Db
  readonly #places: EmbedderPlaces
  #choice: EmbedderChoice | undefined
  readonly #set: () => EmbedderChoice

  constructor({ db, shipped = SHIPPED, downloads = '/nowhere', choice, hub, keyOf }: EmbeddersOptions) {
    this.#db = db
    this.#places = { shipped, downloads, keyOf: keyOf ?? (() => undefined) }
    this.#set = choice ?? (() => BUNDLED)
    this.downloads = new ModelDownloads(downloads, hub ?? (() => 'https://huggingface.co'))
  }

  get choice(): EmbedderChoice {
    return this.#choice ?? this.#set()
  }

  /** The setting as it is kept with an index: without any key. */
  source(): string {
    return JSON.stringify(this.choice)
  }

  /** What is set; where that cannot be had, the shipped model. */
  wanted(): Wanted {
    try {
      return this.#wantedOf(this.choice)
    } catch {
      return this.#wantedOf(BUNDLED)
    }
  }

  /** Lets another embedder serve once its index is made. @throws OxbowError where it cannot be opened; nothing changes then */
  async choose(choice: EmbedderChoice, index: IndexClient): Promise<void> {
    const wanted = this.#wantedOf(choice)
    const before = this.#choice
    this.#choice = choice
    try {
      await index.ask('choose', { wanted })
    } catch (error) {
      this.#choice = before
      throw error
    }
  }

  async state(index: IndexClient): Promise<EmbedderState> {
    const { embedder, serves, embedded, building, fault } = await index.ask('state', {})
    const download = this.downloads.last
    return {
      chosen: this.choice,
      ...(serves && { serving: { ...embedder, embedded } }),
      ...(building && { building }),
      ...(fault !== undefined && { fault }),
      downloaded: await this.downloads.downloaded(),
      ...(download && { download }),
    }
  }

  #wantedOf(choice: EmbedderChoice): Wanted {
    const rows = this.#db
      .prepare<[], { id: string; source: string | null }>('SELECT id, source FROM memory_embedders WHERE source IS NOT NULL')
      .all()
    const known: Record<string, EmbedderSpecification> = {}
    for (const { id, source } of rows) {
      const parsed = EmbedderChoice.safeParse(JSON.parse(source!))
      if (!parsed.success) continue
      try {
        known[id] = specify(parsed.data, this.#places)
      } catch {
        // A model that was removed, or a key: its index cannot be asked any more.
      }
    }
    return { specification: specify(choice, this.#places), known }
  }
}
