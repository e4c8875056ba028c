import { lookup as systemLookup } from 'node:dns/promises'
import { OxbowError } from '../../foundation/index.ts'
import { type Host, isLocalhost } from '../../policy/egress/index.ts'

/** Every address of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>

const TIMEOUT_MS = 5000
/** The system's resolver takes a thread of Node's pool for as long as it waits. */
const MOST_TOGETHER = 2
const MOST_WAITING = 128
const MOST_ADDRESSES = 32

const system: Resolve = async (name) => (await systemLookup(name, { all: true, verbatim: true })).map(({ address }) => address)

/** Looks names up: a few at a time, each within seconds, never this computer's own. */
export class Lookup {
  readonly #resolve: Resolve
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(resolve: Resolve = system) {
    this.#resolve = resolve
  }

  /** @throws OxbowError `egress.lookup` */
  async addresses(host: Host): Promise<readonly string[]> {
    if (host.address) return [host.name]
    if (isLocalhost(host)) return ['127.0.0.1', '::1']
    if (this.#running >= MOST_TOGETHER) {
      if (this.#waiting.length >= MOST_WAITING) throw failed(host, 'too many names are being looked up')
      await new Promise<void>((go) => this.#waiting.push(go))
    } else this.#running++
    let timer: NodeJS.Timeout | undefined
    try {
      const tooLong = new Promise<never>((_, fail) => {
        timer = setTimeout(() => fail(failed(host, 'it took too long')), TIMEOUT_MS)
      })
      const found = await Promise.race([this.#resolve(host.name), tooLong])
      if (found.length === 0) throw failed(host, 'it has no address')
      return found.slice(0, MOST_ADDRESSES)
    } catch (error) {
      if (error instanceof OxbowError) throw error
      const { code } = error as NodeJS.ErrnoException
      throw failed(host, code === 'ENOTFOUND' ? 'there is no such name' : `the look-up failed (${code ?? 'unknown'})`)
    } finally {
      clearTimeout(timer)
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}

const failed = ({ name }: Host, why: string): OxbowError =>
  new OxbowError('SERVICE_UNAVAILABLE', 'egress.lookup', `${name} could not be looked up: ${why}.`)
