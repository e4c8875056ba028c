import { createHash, timingSafeEqual } from 'node:crypto'

export interface GuardOptions {
  token: string
  /** Host names (without port) this door answers to. */
  hosts: readonly string[]
  /** Further origins that may call, beside the door's own. */
  origins: readonly string[]
}

/** What the guard looks at in a request. Header names are lower case. */
export interface Asked {
  host: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
  /** A person follows a link: the answer goes to a window of its own, never to the page that linked. */
  navigation: boolean
  authorization: string | undefined
}

export type Verdict = 'allowed' | 'unauthorized' | 'forbidden'

/** Decides who may speak to the HTTP door. */
export class Guard {
  readonly #options: GuardOptions
  readonly #digest: Buffer
  /** Proves to the door that a page was opened with a ticket. Good for the static files only, never for a procedure. */
  readonly pageToken: string

  constructor(options: GuardOptions) {
    this.#options = options
    this.#digest = sha256(options.token)
    this.pageToken = sha256(`page:${options.token}`).toString('hex')
  }

  /** The name asked for must be ours (else a rebound name), and a page that asks must be ours (else another site). */
  place({ host, origin, fetchSite, navigation }: Asked): Verdict {
    if (!host || !this.#options.hosts.includes(hostname(host))) return 'forbidden'
    if (origin !== undefined) {
      const own = origin === `http://${host}` || origin === `https://${host}`
      return own || this.#options.origins.includes(origin) ? 'allowed' : 'forbidden'
    }
    if (navigation) return 'allowed'
    return fetchSite === 'cross-site' || fetchSite === 'same-site' ? 'forbidden' : 'allowed'
  }

  /** Compares in constant time. */
  holdsToken(token: string | undefined): boolean {
    return token !== undefined && timingSafeEqual(sha256(token), this.#digest)
  }

  holdsBearer({ authorization }: Asked): boolean {
    const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? []
    return this.holdsToken(token)
  }

  holdsPageToken(token: string | undefined): boolean {
    return token !== undefined && timingSafeEqual(sha256(token), sha256(this.pageToken))
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** `127.0.0.1:4200` → `127.0.0.1`; `[::1]:4200` → `::1` */
function hostname(host: string): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(host)
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase()
}
