import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CatalogFile, CatalogProvider, type KnownModel, toKnownModels } from './catalog-file.ts'

export type { KnownModel, Modality } from './catalog-file.ts'

export interface CatalogOptions {
  /** A newer catalogue of the person's own, from `refresh`; there may be none. */
  path?: string | undefined
  log?: { warn(fields: object, message: string): void } | undefined
}

/** The models of the providers, from the file that is shipped or a newer one. Nothing is read before the first question. */
export interface Catalog {
  /** What is known of a provider's models, by their own name; empty where nobody knows the provider. */
  models(provider: string): ReadonlyMap<string, KnownModel>
  /** Reads everything again at the next question. */
  forget(): void
}

/** Both the sources and what is built of them lie two folders below the root. */
const SHIPPED = join(import.meta.dirname, '../../resources/models.json')
/** Providers whose name here is not that in models.dev. */
const ALIASES: Readonly<Record<string, string>> = { together: 'togetherai', gemini: 'google', fireworks: 'fireworks-ai' }

export function createCatalog({ path, log }: CatalogOptions = {}): Catalog {
  const known = new Map<string, ReadonlyMap<string, KnownModel>>()
  /** The parsed files. Held for one round of questions only: the whole of them is far larger than what is asked for. */
  let files: { shipped: CatalogFile; own: CatalogFile | undefined } | undefined

  function open() {
    if (files) return files
    const shipped = readShipped()
    const own = path === undefined || !existsSync(path) ? undefined : readOwn(path)
    // Oxbow may have been updated since: what it brings may be the newer one.
    files = { shipped, own: own && own.asOf > shipped.asOf ? own : undefined }
    setImmediate(() => {
      files = undefined
    })
    return files
  }

  function readOwn(file: string): CatalogFile | undefined {
    try {
      return CatalogFile.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch (error) {
      log?.warn(
        { file, why: (error as Error).message.slice(0, 300) },
        'the newer model catalogue is broken: using the one shipped',
      )
      return undefined
    }
  }

  function load(provider: string): ReadonlyMap<string, KnownModel> {
    const { shipped, own } = open()
    const newer = own?.providers[provider]
    if (newer !== undefined) {
      const parsed = CatalogProvider.safeParse(newer)
      if (parsed.success) return toKnownModels(parsed.data)
      log?.warn({ provider }, 'the newer model catalogue is broken here: using the one shipped')
    }
    const entry = shipped.providers[provider]
    return entry === undefined ? new Map() : toKnownModels(entry as CatalogProvider)
  }

  return {
    models(id) {
      const provider = ALIASES[id] ?? id
      let models = known.get(provider)
      if (models === undefined) {
        models = load(provider)
        known.set(provider, models)
      }
      return models
    },
    forget() {
      known.clear()
      files = undefined
    },
  }
}

/** Ours, and looked at by a test: it is not validated again at each start. */
const readShipped = (): CatalogFile => JSON.parse(readFileSync(SHIPPED, 'utf8')) as CatalogFile
