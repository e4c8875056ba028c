import { isSecretName } from './audit/index.ts'
import type { Config } from './foundation/index.ts'
import type { Secrets } from './providers/index.ts'

/** A provider's key where the settings or the environment have it. */
export function keyInSettings(config: Config, env: NodeJS.ProcessEnv, provider: string): string | undefined {
  const { apiKey, apiKeyEnv = `${provider.toUpperCase().replaceAll('-', '_')}_API_KEY` } = config.providers[provider] ?? {}
  return apiKey ?? env[apiKeyEnv]
}

/**
 * The keys of this computer by value, for what must never hold one: those of the settings, of the environment, and those
 * a person gave. The environment of a process does not change; the others do.
 */
export function knownSecrets(config: Config, env: NodeJS.ProcessEnv, secrets: Secrets): () => string[] {
  let inherited: string[] | undefined
  return () => {
    inherited ??= Object.entries(env).flatMap(([name, value]) => (value && isSecretName(name) ? [value] : []))
    const set = Object.values(config.providers).flatMap(({ apiKey, apiKeyEnv }) => [apiKey, apiKeyEnv && env[apiKeyEnv]])
    return [...inherited, ...secrets.values(), ...set.filter((secret): secret is string => Boolean(secret))]
  }
}
