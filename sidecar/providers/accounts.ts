import type { WatchedFile } from '../audit/index.ts'
import type { KeyPlace, ProviderInfo } from '../contract/index.ts'
import { type Home, nearMiss, OxbowError, removeTable, type Sources, setSetting } from '../foundation/index.ts'
import type { ProviderConfig, Server } from './builtin.ts'
import type { Catalog } from './catalog.ts'
import { missing } from './checking.ts'
import type { Secrets } from './secrets.ts'

export interface AccountsOptions {
  home: Pick<Home, 'config'>
  /** The running settings; changed in step with the home's file. */
  config: { providers: Record<string, ProviderConfig> }
  sources: Sources
  env: Readonly<Record<string, string | undefined>>
  secrets: Secrets
  /** Told of what is written into the home's file; absent: nobody is. */
  watched?: Pick<WatchedFile, 'own'>
}

/** What the registry lends. */
export interface AccountsParts {
  catalog: Catalog
  servers(): ReadonlyMap<string, Server>
  /** How many of a server's models are known by name. */
  countModels(server: Server): number
  /** The settings or keys changed. */
  reload(): void
}

export interface NewProvider {
  id: string
  type?: string | undefined
  baseUrl?: string | undefined
  key?: string | undefined
  models?: readonly string[] | undefined
}

/** A provider of the catalogue that is not set up yet. */
export interface KnownProvider {
  id: string
  name: string
  keyEnv?: string | undefined
}

/** The providers a person has: adds and removes them, with their keys. No key is ever told. */
export interface Accounts {
  list(): ProviderInfo[]
  known(): KnownProvider[]
  readonly keeps: Secrets['keeps']
  /** @returns a warning about where the key is. @throws OxbowError `provider.*`, `config.invalid` */
  add(provider: NewProvider): Promise<{ provider: ProviderInfo; warning?: string }>
  /** @throws OxbowError `provider.unknown`, `provider.notOurs` */
  remove(id: string): Promise<void>
  /** Takes out the key alone. */
  removeKey(id: string): Promise<void>
}

const RESERVED: ReadonlySet<string> = new Set(['offline', 'skip_validation'])

export function createAccounts(options: AccountsOptions, parts: AccountsParts): Accounts {
  const { home, config, sources, env, secrets } = options
  const { catalog, servers } = parts
  const own = <T>(work: () => Promise<T>): Promise<T> => (options.watched ? options.watched.own(work) : work())

  /** The layer above the home's file that names this provider; nothing here can change that one. */
  const elsewhere = (id: string): string | undefined =>
    [...sources].find(([key, source]) => key.startsWith(`providers.${id}.`) && source !== home.config)?.[1]

  const keyPlace = ({ id, key, keyEnv }: Server): KeyPlace | undefined => {
    const place = secrets.place(id)
    if (place !== undefined && place !== 'locked') return place
    if (key === undefined) return place
    return keyEnv !== undefined && env[keyEnv] !== undefined && !config.providers[id]?.apiKey ? 'environment' : 'config'
  }

  const info = (server: Server): ProviderInfo => {
    const { id, name, type, baseUrl, needsKey, keyEnv } = server
    const lack = missing(server, secrets)
    const place = keyPlace(server)
    return {
      id,
      name: name === id ? (catalog.vendor(id)?.name ?? id) : name,
      type,
      baseUrl: withoutSecrets(baseUrl),
      local: server.local !== undefined,
      ready: lack === undefined,
      ...(lack?.hint !== undefined && { note: lack.hint }),
      needsKey,
      ...(place && { key: place }),
      ...(keyEnv !== undefined && { keyEnv }),
      added: secrets.place(id) !== undefined || (config.providers[id] !== undefined && elsewhere(id) === undefined),
      models: parts.countModels(server),
    }
  }

  /** Where a provider that nobody set up yet is to be found. @throws OxbowError `provider.noAddress` */
  function address(id: string, given: string | undefined): Pick<ProviderConfig, 'baseUrl' | 'apiKeyEnv'> {
    if (given !== undefined) return { baseUrl: checkedUrl(given) }
    if (servers().has(id)) return {}
    const vendor = catalog.vendor(id)
    if (vendor?.api !== undefined && URL.canParse(vendor.api)) return { baseUrl: vendor.api, apiKeyEnv: vendor.env[0] }
    const near = nearMiss(id, [...servers().keys(), ...catalog.vendors().map((vendor) => vendor.id)])
    throw new OxbowError(
      'BAD_REQUEST',
      'provider.noAddress',
      `Oxbow does not know where "${id}" is.`,
      `${near === undefined ? '' : `Did you mean "${near}"? `}Give its base URL, for example https://models.example/v1.`,
    )
  }

  async function write(id: string, entry: ProviderConfig): Promise<void> {
    const names = { type: 'type', baseUrl: 'base_url', apiKeyEnv: 'api_key_env', models: 'models' } as const
    for (const [field, name] of Object.entries(names)) {
      const value = entry[field as keyof typeof names]
      if (value === undefined) continue
      const key = `providers.${id}.${name}`
      await own(() => setSetting(home, key, value))
      sources.set(key, home.config)
      config.providers[id] = { ...config.providers[id], [field]: value }
    }
  }

  /** Takes a key out of the settings' file: there is a better place for it now. */
  async function forgetWritten(id: string): Promise<void> {
    if (config.providers[id]?.apiKey === undefined) return
    await own(() => setSetting(home, `providers.${id}.api_key`, null))
    sources.delete(`providers.${id}.api_key`)
    const { apiKey: _, ...rest } = config.providers[id]
    config.providers[id] = rest
  }

  return {
    keeps: secrets.keeps,
    list: () => [...servers().values()].map(info),
    known: () =>
      catalog
        .vendors()
        .filter(({ id, api }) => api !== undefined && !servers().has(id))
        .map(({ id, name, env: [keyEnv] }) => ({ id, name, keyEnv })),

    async add({ id, type, baseUrl: given, key, models }) {
      if (RESERVED.has(id))
        throw new OxbowError('BAD_REQUEST', 'provider.reserved', `"${id}" is taken by Oxbow itself.`, 'Choose another name.')
      const above = elsewhere(id)
      if (above !== undefined) throw notOurs(id, above)
      const place = address(id, given)
      const { baseUrl } = place
      const before = servers().get(id)
      // A key that was given for one address is not sent to another.
      if (key === undefined && before && baseUrl && secrets.get(id) !== undefined && origin(baseUrl) !== origin(before.baseUrl))
        throw new OxbowError(
          'BAD_REQUEST',
          'provider.keyAgain',
          `The key of ${id} was given for ${host(before.baseUrl)}, not for ${host(baseUrl)}.`,
          'Give its key again together with the new address.',
        )
      await write(id, { type: type as ProviderConfig['type'], ...place, models })
      let warning: string | undefined
      if (key !== undefined) {
        warning = await secrets.set(id, key)
        await forgetWritten(id)
      }
      parts.reload()
      return { provider: info(servers().get(id)!), ...(warning !== undefined && { warning }) }
    },

    async removeKey(id) {
      await secrets.remove(id)
      await forgetWritten(id)
      parts.reload()
    },

    async remove(id) {
      const server = servers().get(id)
      if (!server && secrets.place(id) === undefined) throw unknownProvider(id, [...servers().keys()])
      const above = elsewhere(id)
      if (above !== undefined) throw notOurs(id, above)
      if (secrets.place(id) === undefined && config.providers[id] === undefined) {
        const { keyEnv } = server!
        if (server!.key !== undefined) throw notOurs(id, `the environment (${keyEnv})`)
        throw new OxbowError(
          'CONFLICT',
          'provider.notAdded',
          `There is nothing of ${id} to remove.`,
          'It is built in, and was given no key.',
        )
      }
      await secrets.remove(id)
      await own(() => removeTable(home, ['providers', id]))
      delete config.providers[id]
      for (const key of [...sources.keys()]) if (key.startsWith(`providers.${id}.`)) sources.delete(key)
      parts.reload()
    },
  }
}

export const unknownProvider = (id: string, ids: readonly string[]): OxbowError => {
  const near = nearMiss(id, ids)
  return new OxbowError(
    'NOT_FOUND',
    'provider.unknown',
    `There is no provider "${id}".`,
    `${near === undefined ? '' : `Did you mean "${near}"? `}Providers: ${ids.join(', ')}.`,
  )
}

const notOurs = (id: string, where: string): OxbowError =>
  new OxbowError('CONFLICT', 'provider.notOurs', `${id} is set in ${where}, which Oxbow does not change.`, 'Change it there.')

/** @throws OxbowError `provider.badAddress` */
function checkedUrl(text: string): string {
  const url = URL.parse(text)
  const bad = (why: string): OxbowError =>
    new OxbowError('BAD_REQUEST', 'provider.badAddress', `The base URL ${why}.`, 'Write it as https://models.example/v1.')
  if (url === null || !/^https?:$/.test(url.protocol)) throw bad('is no http or https address')
  if (url.username || url.password) throw bad('holds a password; give the key by itself')
  if (url.hash) throw bad('has a part behind #')
  for (const name of url.searchParams.keys())
    if (/key|token|secret|sig/i.test(name)) throw bad(`holds "${name}"; give the key by itself`)
  return text.replace(/\/+$/, '')
}

/** An address that came from a file may hold a password. */
function withoutSecrets(baseUrl: string): string {
  const url = URL.parse(baseUrl)
  if (url === null || !(url.username || url.password || url.search)) return baseUrl
  return `${url.protocol}//${url.host}${url.pathname}`
}

const origin = (baseUrl: string): string => URL.parse(baseUrl)?.origin ?? baseUrl
const host = (baseUrl: string): string => URL.parse(baseUrl)?.host ?? 'an address that is no URL'
