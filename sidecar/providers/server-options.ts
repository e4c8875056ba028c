import type { Price } from './price.ts'
import type { Timeouts } from './timeouts.ts'

/** What a provider of any wire format needs to know about its server. */
export interface ServerOptions {
  id: string
  baseUrl: string
  key?: string | undefined
  keyEnv?: string | undefined
  /** Further headers of every request, from the configuration. */
  headers?: Readonly<Record<string, string>> | undefined
  timeouts: Timeouts
  /** What the model's tokens cost; undefined where nobody knows. */
  price: (model: string) => Promise<Price | undefined>
  /** Hears the headers of every answer. */
  heard?: ((model: string, headers: Headers) => void) | undefined
}
