import type { Ground } from './ground.ts'
import type { Models } from './kernel/index.ts'
import { cost, createProviders, type Providers, priceVersion } from './providers/index.ts'

/** The providers, and what turns need of them. */
export function createModels({ home, env, config, sources, clock, journal, secrets, watched }: Ground): {
  providers: Providers
  models: Models
} {
  const providers = createProviders({
    config,
    env,
    log: journal,
    catalogPath: home.models,
    clock,
    accounts: { home, sources, secrets, watched: watched.settings },
  })
  const models: Models = {
    resolve: (ref) => providers.resolve(ref),
    fallback: () => config.models.fallback,
    cost: async (ref) => {
      const price = await providers.price(ref)
      return { of: (usage) => cost(usage, price), version: price && priceVersion(price) }
    },
    contextTokens: async (ref) => providers.contextTokens(ref),
    outputTokens: async (ref) => providers.outputTokens(ref),
  }
  return { providers, models }
}
