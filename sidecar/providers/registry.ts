import type { Failure, ModelFilter, ModelHealth, ModelInfo } from '../contract/index.ts'
import { type Clock, type Log, nearMiss, OxbowError, systemClock, toFailure } from '../foundation/index.ts'
import { type Accounts, type AccountsOptions, createAccounts, unknownProvider as unknownAccount } from './accounts.ts'
import { createAdapter } from './adapter.ts'
import { isLoopback, type LocalKind, type ProviderConfig, type Server, servers } from './builtin.ts'
import { type Catalog, createCatalog, type KnownModel } from './catalog.ts'
import { type Refreshed, refreshCatalog } from './catalog-refresh.ts'
import { missing, refuseMissing, refuseUnknown } from './checking.ts'
import { createGuide } from './guide/guide.ts'
import { described, filtered } from './listing.ts'
import { type FoundServer, probe } from './local.ts'
import { free, type Price } from './price.ts'
import type { Provider } from './provider.ts'
import { defaults, Resilience, type ResilienceOptions } from './resilience/resilient.ts'
import type { Secrets } from './secrets.ts'
import { localTimeouts, remoteTimeouts, type Timeouts } from './timeouts.ts'
import { type Trial, type TrialMeter, tryCall } from './trial.ts'

export interface ProvidersOptions {
  config: {
    providers: Record<string, ProviderConfig>
    models: { default?: string | undefined; skipValidation?: boolean | undefined }
  }
  env: Readonly<Record<string, string | undefined>>
  log?: Pick<Log, 'info' | 'warn'> | undefined
  /** How providers and their keys are added; without it there are only those of `config` and `env`. */
  accounts?: Omit<AccountsOptions, 'config' | 'env'> | undefined
  /** Where `refresh` puts a newer catalogue. */
  catalogPath?: string | undefined
  clock?: Clock | undefined
  /** Overrides of how long any server may keep us waiting. */
  timeouts?: Partial<Timeouts> | undefined
  /** Overrides of how failures are met. */
  resilience?: Partial<ResilienceOptions> | undefined
}

export interface Providers {
  /**
   * Who answers for a model. A model that the catalogue of its vendor lacks is refused here, before a call.
   * @throws OxbowError `model.unknownProvider`, `provider.modelUnknown`, `provider.keyMissing`
   */
  resolve(ref: string): { provider: Provider; model: string }
  /** As `resolve`, and a local server is asked whether it has the model. One that does not answer may be started later. */
  check(ref: string): Promise<void>
  /** What the catalogue knows of a model. */
  known(ref: string): KnownModel | undefined
  /** How many tokens fit into a model's window; undefined where nobody knows. */
  contextTokens(ref: string): number | undefined
  /** The longest answer, in tokens; undefined where nobody knows it. */
  outputTokens(ref: string): number | undefined
  /** Every model known by name: the catalogue's, the configured ones, and those of the local servers found. */
  list(filter?: Omit<ModelFilter, 'limit'>): Promise<ModelInfo[]>
  /** Fetches a newer catalogue; it holds at once. @throws OxbowError `catalog.*` */
  refresh(url: string): Promise<Refreshed>
  /** Configured, else a key in the environment, else a local server found, else the guide. */
  chooseDefault(): { model: string; why: string }
  /** Looks for local model servers; each is given 300 ms. The result is remembered. */
  probeLocal(): Promise<FoundServer[]>
  /** One tiny real call; what goes wrong is in the answer. @throws OxbowError `provider.unknown` */
  test(id: string, meter: TrialMeter, model?: string): Promise<Trial>
  /** @throws Error where nothing was handed in to keep them */
  readonly accounts: Accounts
  /** How the models called so far are doing. */
  health(): ModelHealth[]
  /** Undefined where nobody knows; what runs on this computer is free. */
  price(ref: string): Promise<Price | undefined>
}

/** The stand-in that needs no key and no network. */
export const GUIDE_REF = 'offline/guide'
const PROBE_MS = 300
/** For a server that a person is choosing a model of, which may be busy. */
const CHECK_MS = 2_000

/** All model providers, built in and configured. Nothing is loaded or asked before it is needed. */
export function createProviders(options: ProvidersOptions): Providers {
  const { config, env, log, timeouts, resilience: overrides, catalogPath, clock = systemClock } = options
  const secrets = options.accounts?.secrets
  let all = servers(withKeys(config.providers, secrets), env)
  const made = new Map<string, Provider>()
  const catalog = createCatalog({ path: catalogPath, log })
  const guide = createGuide()
  const resilience = new Resilience({ ...defaults, ...overrides })
  let found: FoundServer[] = []
  /** Models of servers that nothing else is known of, as they said themselves; none where they did not answer. */
  const asked = new Map<string, readonly string[]>()
  let probing: Promise<FoundServer[]> | undefined
  let refreshing: Promise<Refreshed> | undefined

  function split(ref: string): { server: Server | undefined; id: string; model: string } {
    const slash = ref.indexOf('/')
    const id = slash < 0 ? ref : ref.slice(0, slash)
    const model = slash < 0 ? '' : ref.slice(slash + 1)
    return { server: all.get(id), id, model }
  }

  const priceOf = (server: Server, model: string): Price | undefined =>
    isFree(server) ? free : catalog.models(server.id).get(model)?.price

  async function price(ref: string): Promise<Price | undefined> {
    const { server, model } = split(ref)
    if (ref === GUIDE_REF) return free
    return server && priceOf(server, model)
  }

  function known(ref: string): KnownModel | undefined {
    const { id, model } = split(ref)
    return catalog.models(id).get(model)
  }

  function providerOf(server: Server): Provider {
    return createAdapter(server, {
      timeouts: { ...(isLoopback(server.baseUrl) ? localTimeouts : remoteTimeouts), ...timeouts },
      price: async (model) => priceOf(server, model),
      heard: (model, headers) => resilience.heard(server.id, model, headers),
      known: (provider, model) => catalog.models(provider).get(model),
    })
  }

  const namesOf = (server: Server): string[] => modelNames(server, catalog, [...(asked.get(server.id) ?? []), ...foundOn(server)])
  const foundOn = (server: Server): readonly string[] => found.find(({ provider }) => provider === server.id)?.models ?? []

  /** Servers of one's own that say which models they have, where nobody named any. */
  const isAskable = (server: Server): boolean =>
    server.local === undefined &&
    server.type === 'openai' &&
    !server.isVendor &&
    server.models.length === 0 &&
    catalog.models(server.id).size === 0

  async function ask(server: Server, timeoutMs: number): Promise<readonly string[]> {
    const models = (await probe(server, timeoutMs))?.models ?? []
    asked.set(server.id, models)
    return models
  }

  /** The model of a trial: the usual one, else one that is known to be there, else what the server says it has. */
  async function usualModel(server: Server): Promise<string | undefined> {
    if (server.defaultModel !== undefined) return server.defaultModel
    if (isLocal(server) || isAskable(server)) return (await ask(server, CHECK_MS))[0]
    return namesOf(server)[0]
  }

  function reload(): void {
    all = servers(withKeys(config.providers, secrets), env)
    made.clear()
    asked.clear()
  }

  const accounts =
    options.accounts &&
    createAccounts(
      { ...options.accounts, config, env },
      { catalog, servers: () => all, countModels: (server) => namesOf(server).length, reload },
    )

  /** @throws OxbowError as `resolve` */
  function resolve(ref: string): { provider: Provider; model: string } {
    const { server, id, model } = split(ref)
    if (ref === GUIDE_REF) return { provider: guide, model }
    if (id === guide.id) {
      throw new OxbowError('NOT_FOUND', 'provider.modelUnknown', `There is no model "${ref}".`, `Did you mean ${GUIDE_REF}?`)
    }
    if (server === undefined || model === '') throw unknownProvider(ref, id, server, [...all.keys(), guide.id])
    const lack = missing(server, secrets)
    if (lack) throw lack
    if (!config.models.skipValidation) refuseUnknown(server, model, catalog.models(id))
    let provider = made.get(id)
    if (provider === undefined) {
      provider = resilience.wrap(providerOf(server))
      made.set(id, provider)
    }
    return { provider, model }
  }

  function modelInfo(server: Server, name: string): ModelInfo {
    const known = catalog.models(server.id).get(name)
    const lack = missing(server, secrets)
    return {
      ref: `${server.id}/${name}`,
      name: known?.name ?? name,
      provider: server.id,
      ready: lack === undefined,
      ...(lack && { note: lack.hint }),
      ...described(known, priceOf(server, name)),
    }
  }

  return {
    price,
    known,
    get accounts() {
      if (accounts === undefined) throw new Error('providers cannot be kept here')
      return accounts
    },

    async test(id, meter, wanted) {
      const server = all.get(id)
      if (server === undefined) throw unknownAccount(id, [...all.keys()])
      const model = wanted ?? (await usualModel(server))
      if (model === undefined) return { ok: false, durationMs: 0, failure: silent(server) }
      const ref = `${id}/${model}`
      try {
        resolve(ref)
      } catch (error) {
        return { ok: false, model: ref, durationMs: 0, failure: toFailure(error) }
      }
      // Bare: a person who tries wants to see the first answer, not the fourth.
      return tryCall(providerOf(server), ref, model, clock, meter)
    },

    contextTokens: (ref) => known(ref)?.contextTokens,
    outputTokens: (ref) => known(ref)?.maxOutputTokens,
    health: () => resilience.health(),
    resolve,

    async check(ref) {
      resolve(ref)
      const { server, model } = split(ref)
      if (server === undefined || !isLocal(server) || config.models.skipValidation || server.models.includes(model)) return
      const answer = await probe(server, CHECK_MS)
      if (answer) refuseMissing(server, model, answer.models)
    },

    async list(filter = {}) {
      const unasked = [...all.values()].filter((server) => isAskable(server) && !asked.has(server.id))
      await Promise.all(unasked.map((server) => ask(server, PROBE_MS)))
      const infos = [...all.values()].map((server) => namesOf(server).map((name) => modelInfo(server, name)))
      return filtered([...infos.flat(), guideInfo], filter)
    },

    refresh(url) {
      if (catalogPath === undefined) throw new Error('a newer catalogue needs a place')
      refreshing ??= refreshCatalog({ url, path: catalogPath, clock })
        .then((refreshed) => {
          catalog.forget()
          return refreshed
        })
        .finally(() => {
          refreshing = undefined
        })
      return refreshing
    },

    chooseDefault() {
      if (config.models.default) return { model: config.models.default, why: 'It is the default in your configuration.' }
      for (const server of all.values()) {
        if (server.key === undefined && !(server.models.length > 0 && !server.needsKey)) continue
        if (server.defaultModel === undefined) continue
        const why = server.models.length > 0 ? `${server.name} is in your configuration.` : `A key for ${server.name} is set.`
        return { model: `${server.id}/${server.defaultModel}`, why }
      }
      const local = found[0]
      const model = local?.models[0]
      if (local !== undefined && model !== undefined) {
        return { model: `${local.provider}/${model}`, why: `${all.get(local.provider)?.name} runs on this computer.` }
      }
      return { model: GUIDE_REF, why: 'No model is configured, no key is set, and no local model server was found.' }
    },

    probeLocal() {
      asked.clear()
      probing ??= Promise.all([...all.values()].filter(isLocal).map((server) => probe(server, PROBE_MS)))
        .then((all) => {
          found = all.filter((each) => each !== undefined)
          log?.info(
            { found: found.map(({ provider, models }) => ({ provider, models: models.length })) },
            'looked for local models',
          )
          return found
        })
        .finally(() => {
          probing = undefined
        })
      return probing
    },
  }
}

const silent = (server: Server): Failure => ({
  code: 'provider.noModel',
  message: `${server.name} did not say which models it has.`,
  hint: 'Check that it runs and its base URL, or name a model.',
})

const guideInfo: ModelInfo = {
  ref: GUIDE_REF,
  name: 'Guide (built in, no language model)',
  provider: 'offline',
  ready: true,
  note: 'Works without key and network. Understands plain requests only.',
  capabilities: ['tools'],
  price: { input: 0, output: 0 },
}

const isFree = (server: Server): boolean => server.local !== undefined && isLoopback(server.baseUrl)
const isLocal = (server: Server): server is Server & { local: LocalKind } => server.local !== undefined

/** Every model of a server that is known by name. */
function modelNames(server: Server, catalog: Catalog, said: readonly string[]): string[] {
  // What may be chosen by itself is in the list, also where nothing else is known.
  const usual = server.key !== undefined && server.defaultModel !== undefined ? [server.defaultModel] : []
  return [...new Set([...server.models, ...said, ...catalog.models(server.id).keys(), ...usual])]
}

/** The providers of the configuration, with the keys that a person gave. */
function withKeys(config: Record<string, ProviderConfig>, secrets: Secrets | undefined): Record<string, ProviderConfig> {
  if (secrets === undefined) return config
  const entries = { ...config }
  for (const id of secrets.providers()) {
    const key = secrets.get(id)
    if (key !== undefined) entries[id] = { ...entries[id], apiKey: key }
  }
  return entries
}

function unknownProvider(ref: string, id: string, server: Server | undefined, ids: readonly string[]): OxbowError {
  if (server !== undefined) {
    return new OxbowError(
      'BAD_REQUEST',
      'model.unknownProvider',
      `"${ref}" names no model.`,
      `Write ${id}/ and the model's name.`,
    )
  }
  const near = nearMiss(id, ids)
  const suggestion = near === undefined ? '' : `Did you mean "${near}"? `
  return new OxbowError(
    'NOT_FOUND',
    'model.unknownProvider',
    `There is no model provider "${id}" (in "${ref}").`,
    `${suggestion}Providers: ${ids.join(', ')}. Others go under [providers.${/^[a-z0-9_-]+$/i.test(id) ? id : 'NAME'}] in config.toml.`,
  )
}
