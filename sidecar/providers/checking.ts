import { nearMiss, OxbowError } from '../foundation/index.ts'
import type { Server } from './builtin.ts'
import type { KnownModel } from './catalog.ts'
import { keyMissing } from './errors.ts'
import type { Secrets } from './secrets.ts'

/** What a server lacks before it can be called, in words for a person. */
export function missing(server: Server, secrets: Secrets | undefined): OxbowError | undefined {
  const { id, name, baseUrl, needsKey, key, keyEnv } = server
  if (URL.parse(baseUrl)?.hostname.endsWith('.invalid'))
    return new OxbowError(
      'BAD_REQUEST',
      'provider.addressMissing',
      `${name} has an address for each customer, and yours is not set.`,
      `Add it in the settings or with \`oxbow providers add ${id} --base-url URL\`.`,
    )
  if (!needsKey || key !== undefined) return undefined
  if (secrets?.place(id) !== 'locked') return keyMissing(id, keyEnv)
  return new OxbowError(
    'BAD_REQUEST',
    'provider.keyLocked',
    `The key of ${name} cannot be read.`,
    `It is in the system's keychain, which only Oxbow's window can open. Start the app, or give the key again with \`oxbow providers add ${id}\`.`,
  )
}

/** Ways of serving the same model, which OpenRouter and Hugging Face let stand behind its name. */
const VARIANT = /:[a-z]+$/

/**
 * Refuses a model that its vendor does not have. Only where the vendor itself is asked: who serves at another address names
 * models as they please, as does who trains their own.
 * @throws OxbowError `provider.modelUnknown`
 */
export function refuseUnknown(server: Server, model: string, known: ReadonlyMap<string, KnownModel>): void {
  if (!server.isVendor || known.size === 0 || server.models.includes(model)) return
  if (known.has(model) || known.has(model.replace(VARIANT, '')) || model.startsWith('ft:') || model === server.defaultModel)
    return
  throw unknown(
    server,
    model,
    known.keys(),
    `If it is new, fetch the newest catalogue (\`oxbow models --refresh\`), or name it in models under [providers.${server.id}] in config.toml.`,
  )
}

/** @throws OxbowError `provider.modelUnknown` for a model that a local server does not list */
export function refuseMissing(server: Server, model: string, listed: readonly string[]): void {
  // Ollama takes a name without its tag for the newest one.
  if (listed.includes(model) || listed.includes(`${model}:latest`)) return
  throw unknown(server, model, listed, `It has: ${listed.slice(0, 20).join(', ')}.`)
}

function unknown(server: Server, model: string, names: Iterable<string>, otherwise: string): OxbowError {
  const near = nearMiss(model, names)
  return new OxbowError(
    'NOT_FOUND',
    'provider.modelUnknown',
    `${server.name} has no model "${model}".`,
    near === undefined ? otherwise : `Did you mean ${server.id}/${near}? ${otherwise}`,
  )
}
