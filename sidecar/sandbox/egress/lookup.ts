import { lookup as systemLookup } from 'node:dns/promises'
import { OxbowError } from '../../foundation/index.ts'
import { type Host, isLocalhost } from '../../policy/egress/index.ts'

/** Every address of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>

/** From the question on, with all the waiting. */
const TIMEOUT_MS = 10_000
/** The system's resolver takes a thread of Node's pool for as long as it waits. */
const MOST_TOGETHER = 2
/** Of one asker. */
const MOST_WAITING = 64
const MOST_ADDRESSES = 32

const system: Resolve = async (name) => (await systemLookup(name, { all: true, verbatim: true })).map(({ address }) => address)

/** What one asker wants looked up: one name at a time. */
interface Share {
  running: boolean
  readonly waiting: (() => void)[]
}

/**
 * Looks names up: a few at a time, each within seconds, never this computer's own. Askers take turns, so that nobody's slow
 * names keep the others from theirs; a name that takes too long keeps its place until the system lets go of it.
 */
export class Lookup {
  readonly #resolve: Resolve
  readonly #shares = new Map<string, Share>()
  #running = 0

  constructor(resolve: Resolve = system) {
    this.#resolve = resolve
  }

  /**
   * @param asker whose turn it takes
   * @throws OxbowError `egress.lookup`
   */
  async addresses(host: Host, asker: string): Promise<readonly string[]> {
    if (host.address) return [host.name]
    if (isLocalhost(host)) return ['127.0.0.1', '::1']
    let timer: NodeJS.Timeout | undefined
    const given = new AbortController()
    try {
      const tooLong = new Promise<never>((_, fail) => {
        timer = setTimeout(() => {
          given.abort()
          fail(failed(host, 'it took too long'))
        }, TIMEOUT_MS)
      })
      const found = await Promise.race([this.#inTurn(host, asker, given.signal), tooLong])
      if (found.length === 0) throw failed(host, 'it has no address')
      return found.slice(0, MOST_ADDRESSES)
    } catch (error) {
      if (error instanceof OxbowError) throw error
      const { code } = error as NodeJS.ErrnoException
      throw failed(host, code === 'ENOTFOUND' ? 'there is no such name' : `the look-up failed (${code ?? 'unknown'})`)
    } finally {
      clearTimeout(timer)
    }
  }

  async #inTurn(host: Host, asker: string, given: AbortSignal): Promise<readonly string[]> {
    const share = this.#shares.get(asker) ?? { running: false, waiting: [] }
    if (share.waiting.length >= MOST_WAITING) throw failed(host, 'too many names are being looked up')
    this.#shares.set(asker, share)
    await new Promise<void>((go) => {
      share.waiting.push(go)
      this.#next()
    })
    try {
      // Nobody waits for it any more.
      return given.aborted ? [] : await this.#resolve(host.name)
    } finally {
      share.running = false
      this.#running--
      // Behind the others.
      this.#shares.delete(asker)
      if (share.waiting.length > 0) this.#shares.set(asker, share)
      this.#next()
    }
  }

  /** Lets those begin whose turn it is. */
  #next(): void {
    for (const share of this.#shares.values()) {
      if (this.#running >= MOST_TOGETHER) return
      if (share.running) continue
      const go = share.waiting.shift()
      if (go === undefined) continue
      share.running = true
      this.#running++
      go()
    }
  }
}

const failed = ({ name }: Host, why: string): OxbowError =>
  new OxbowError('SERVICE_UNAVAILABLE', 'egress.lookup', `${name} could not be looked up: ${why}.`)
