import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CatalogFile, CatalogProvider, type KnownModel, toKnownModels } from './catalog-file.ts'

export type { KnownModel } from './catalog-file.ts'

export interface CatalogOptions {
  /** A newer catalogue of the person's own, from `refresh`; there may be none. */
  path?: string | undefined
  log?: { warn(fields: object, message: string): void } | undefined
}

/** The models of the providers, from the file that is shipped or a newer one. Nothing is read before the first question. */
export interface Catalog {
  /** What is known of a provider's models, by their own name; empty where nobody knows the provider. */
  models(provider: string): ReadonlyMap<string, KnownModel>
  /** Who a provider is; undefined where nobody knows it. */
  vendor(provider: string): Vendor | undefined
  vendors(): Vendor[]
  /** Reads everything again at the next question. */
  forget(): void
}

/** A provider's head: its address, and the variables of the environment that hold its key. */
export type Vendor = Pick<CatalogProvider, 'id' | 'name' | 'env' | 'api'>

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

  /** The newer entry of a provider where there is a sound one, else the one shipped. */
  function entry(provider: string): CatalogProvider | undefined {
    const { shipped, own } = open()
    const newer = own?.providers[provider]
    if (newer !== undefined) {
      const parsed = CatalogProvider.safeParse(newer)
      if (parsed.success) return parsed.data
      log?.warn({ provider }, 'the newer model catalogue is broken here: using the one shipped')
    }
    return shipped.providers[provider] as CatalogProvider | undefined
  }

  function vendor(id: string): Vendor | undefined {
    const { shipped, own } = open()
    const provider = ALIASES[id] ?? id
    return toVendor(own?.providers[provider]) ?? toVendor(shipped.providers[provider])
  }

  return {
    models(id) {
      const provider = ALIASES[id] ?? id
      let models = known.get(provider)
      if (models === undefined) {
        const found = entry(provider)
        models = found === undefined ? new Map() : toKnownModels(found)
        known.set(provider, models)
      }
      return models
    },
    vendor,
    vendors() {
      const { shipped, own } = open()
      return Object.values({ ...shipped.providers, ...own?.providers }).flatMap((each) => toVendor(each) ?? [])
    },
    forget() {
      known.clear()
      files = undefined
    },
  }
}

const Head = CatalogProvider.omit({ models: true })

function toVendor(entry: unknown): Vendor | undefined {
  const parsed = Head.safeParse(entry)
  if (!parsed.success) return undefined
  // Some addresses hold a place for what only their owner knows.
  const { api, ...head } = parsed.data
  return api === undefined || api.includes('${') ? head : { ...head, api }
}

/** Ours, and looked at by a test: it is not validated again at each start. */
const readShipped = (): CatalogFile => JSON.parse(readFileSync(SHIPPED, 'utf8')) as CatalogFile
