import type { ModelInfo } from '../contract/index.ts'
import { nearMiss, OxbowError } from '../foundation/index.ts'
import { createAnthropic } from './anthropic.ts'
import { isLoopback, type LocalKind, type ProviderConfig, type Server, servers } from './builtin.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import { keyHint, keyMissing } from './errors.ts'
import { createGuide } from './guide/guide.ts'
import { type FoundServer, probe } from './local.ts'
import { createOpenAiChat } from './openai-chat.ts'
import { free, type Price } from './price.ts'
import type { Provider } from './provider.ts'
import { defaults, type Health, Resilience, type ResilienceOptions } from './resilience/resilient.ts'
import { localTimeouts, remoteTimeouts, type Timeouts } from './wire.ts'

export interface ProvidersOptions {
  config: {
    providers: Readonly<Record<string, ProviderConfig>>
    models: { default?: string | undefined }
  }
  env: Readonly<Record<string, string | undefined>>
  log?: { info(fields: object, message: string): void } | undefined
  /** Overrides of how long any server may keep us waiting. */
  timeouts?: Partial<Timeouts> | undefined
  /** Overrides of how failures are met. */
  resilience?: Partial<ResilienceOptions> | undefined
}

export interface Providers {
  /** @throws OxbowError `model.unknownProvider`, `provider.modelUnknown`, `provider.keyMissing` */
  resolve(ref: string): { provider: Provider; model: string }
  /** Every model known by name: the catalogue's, the configured ones, and those of the local servers found. */
  list(): Promise<ModelInfo[]>
  /** Configured, else a key in the environment, else a local server found, else the guide. */
  chooseDefault(): { model: string; why: string }
  /** Looks for local model servers; each is given 300 ms. The result is remembered. */
  probeLocal(): Promise<FoundServer[]>
  /** How the models called so far are doing. */
  health(): Health[]
  /** Undefined where nobody knows; what runs on this computer is free. */
  price(ref: string): Promise<Price | undefined>
}

/** The stand-in that needs no key and no network. */
export const GUIDE_REF = 'offline/guide'
const PROBE_MS = 300

/** All model providers, built in and configured. Nothing is loaded or asked before it is needed. */
export function createProviders({ config, env, log, timeouts, resilience: overrides }: ProvidersOptions): Providers {
  const known = servers(config.providers, env)
  const made = new Map<string, Provider>()
  const catalog = createCatalog()
  const guide = createGuide()
  const resilience = new Resilience({ ...defaults, ...overrides })
  let found: FoundServer[] = []
  let probing: Promise<FoundServer[]> | undefined

  function split(ref: string): { server: Server | undefined; id: string; model: string } {
    const slash = ref.indexOf('/')
    const id = slash < 0 ? ref : ref.slice(0, slash)
    const model = slash < 0 ? '' : ref.slice(slash + 1)
    return { server: known.get(id), id, model }
  }

  async function price(ref: string): Promise<Price | undefined> {
    const { server, model } = split(ref)
    if (ref === GUIDE_REF) return free
    if (server === undefined) return undefined
    if (server.local !== undefined && isLoopback(server.baseUrl)) return free
    return catalog.models(server.id).get(model)?.price
  }

  function providerOf(server: Server): Provider {
    const options = {
      id: server.id,
      baseUrl: server.baseUrl,
      key: server.key,
      keyEnv: server.keyEnv,
      timeouts: { ...(isLoopback(server.baseUrl) ? localTimeouts : remoteTimeouts), ...timeouts },
      price: (model: string) => price(`${server.id}/${model}`),
      heard: (model: string, headers: Headers) => resilience.heard(server.id, model, headers),
    }
    if (server.type === 'openai') return createOpenAiChat(options)
    const traits = async (model: string) => catalog.models('anthropic').get(model) ?? { thinksAdaptively: false }
    return createAnthropic({ ...options, traits })
  }

  return {
    price,
    health: () => resilience.health(),

    resolve(ref) {
      const { server, id, model } = split(ref)
      if (ref === GUIDE_REF) return { provider: guide, model }
      if (id === guide.id) {
        throw new OxbowError('NOT_FOUND', 'provider.modelUnknown', `There is no model "${ref}".`, `Did you mean ${GUIDE_REF}?`)
      }
      if (server === undefined || model === '') throw unknownProvider(ref, id, server, [...known.keys(), guide.id])
      if (server.needsKey && server.key === undefined) throw keyMissing(server.id, server.keyEnv)
      let provider = made.get(id)
      if (provider === undefined) {
        provider = resilience.wrap(providerOf(server))
        made.set(id, provider)
      }
      return { provider, model }
    },

    async list() {
      const infos = [...known.values()].map((server) => modelsOf(server, catalog, found))
      return [...infos.flat(), guideInfo]
    },

    chooseDefault() {
      if (config.models.default) return { model: config.models.default, why: 'It is the default in your configuration.' }
      for (const server of known.values()) {
        if (server.key === undefined && !(server.models.length > 0 && !server.needsKey)) continue
        if (server.defaultModel === undefined) continue
        const why = server.models.length > 0 ? `${server.name} is in your configuration.` : `A key for ${server.name} is set.`
        return { model: `${server.id}/${server.defaultModel}`, why }
      }
      const local = found[0]
      const model = local?.models[0]
      if (local !== undefined && model !== undefined) {
        return { model: `${local.provider}/${model}`, why: `${known.get(local.provider)?.name} runs on this computer.` }
      }
      return { model: GUIDE_REF, why: 'No model is configured, no key is set, and no local model server was found.' }
    },

    probeLocal() {
      probing ??= Promise.all([...known.values()].filter(isLocal).map((server) => probe(server, PROBE_MS)))
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

const guideInfo: ModelInfo = {
  ref: GUIDE_REF,
  name: 'Guide (built in, no language model)',
  provider: 'offline',
  ready: true,
  note: 'Works without key and network. Understands plain requests only.',
}

const isLocal = (server: Server): server is Server & { local: LocalKind } => server.local !== undefined

function modelsOf(server: Server, catalog: Catalog, found: readonly FoundServer[]): ModelInfo[] {
  const known = catalog.models(server.id)
  const ready = !server.needsKey || server.key !== undefined
  const names = new Set([
    ...server.models,
    ...(found.find(({ provider }) => provider === server.id)?.models ?? []),
    ...known.keys(),
    // What may be chosen by itself is in the list, also where nothing else is known.
    ...(server.key !== undefined && server.defaultModel !== undefined ? [server.defaultModel] : []),
  ])
  return [...names].map((name) => ({
    ref: `${server.id}/${name}`,
    name: known.get(name)?.name ?? name,
    provider: server.id,
    ready,
    note: ready ? undefined : keyHint(server.id, server.keyEnv),
    contextTokens: known.get(name)?.contextTokens,
  }))
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
