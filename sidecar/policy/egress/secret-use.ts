import type { Host } from './host.ts'
import { EgressRefusal } from './refusal.ts'

/** How a value that nobody may see is named, in a header or a URL. */
const REFERENCE = /\{\{secret:([a-z0-9][a-z0-9_-]{0,49})\}\}/g

export const secretReference = (name: string): string => `{{secret:${name}}}`

/** The secrets that a person named, by value for who puts them in and takes them out again. */
export interface SecretSource {
  /** Whether there is any. */
  any(): boolean
  /** Whether some secret may go there. */
  reaches(host: Host, port: number): boolean
  /** The value, if it may go there. @throws EgressRefusal `egress.secret` */
  reveal(name: string, to: Receiver): string
}

/** Who a value would go to. */
export interface Receiver {
  host: Host
  port: number
  encrypted: boolean
  /** In whose name. */
  session?: string | undefined
}

/** What was put in, each value with its name: a response of that server must not bring it back. */
export type Revealed = Map<string, string>

/**
 * Puts values in the place of references.
 * @param revealed told of each that was put in
 * @throws EgressRefusal `egress.secret`
 */
export function putIn(text: string, source: SecretSource, to: Receiver, revealed: Revealed): string {
  return text.replace(REFERENCE, (_, name: string) => {
    const value = source.reveal(name, to)
    revealed.set(value, name)
    return value
  })
}

/** What else a text says: without its references, which are no secrets. */
export const besideReferences = (text: string): string => text.replace(REFERENCE, ' ')

export const mentionsSecret = (text: string): boolean => text.includes('{{secret:')

/** @throws EgressRefusal where a secret stands in what is not let out with one */
export function refuseSecrets(text: string, where: string): void {
  if (!mentionsSecret(text)) return
  throw new EgressRefusal('secret', `A secret cannot stand in ${where}.`, { hint: 'Put it into a header.' })
}
