import robotsParser from 'robots-parser'
import type { Fetcher, FetchOptions } from '../../sandbox/egress/index.ts'

const MOST_SITES = 200
const KEPT_MS = 60 * 60_000
const MOST_BYTES = 512 * 1024
const TIMEOUT_MS = 8000
/** What sites call us. */
const NAME = 'Oxbow'

/** What sites ask of robots, asked once an hour each. A site that says nothing allows all; so does one that cannot be asked, which is asked again. */
export class Robots {
  readonly #fetcher: Fetcher
  readonly #known = new Map<string, { until: number; text: Promise<string | undefined> }>()

  constructor(fetcher: Fetcher) {
    this.#fetcher = fetcher
  }

  async allow(url: string, options: Pick<FetchOptions, 'of' | 'approved' | 'signal'>): Promise<boolean> {
    const place = new URL('/robots.txt', url).href
    const now = performance.now()
    let known = this.#known.get(place)
    if (!known || known.until < now) {
      known = { until: now + KEPT_MS, text: this.#read(place, options) }
      this.#known.delete(place)
      this.#known.set(place, known)
      if (this.#known.size > MOST_SITES) this.#known.delete(this.#known.keys().next().value!)
    }
    const text = await known.text
    if (text === undefined && this.#known.get(place) === known) this.#known.delete(place)
    options.signal.throwIfAborted()
    return robotsParser(place, text ?? '').isAllowed(url, NAME) ?? true
  }

  /** @returns undefined where it cannot be asked now */
  async #read(place: string, options: Pick<FetchOptions, 'of' | 'approved' | 'signal'>): Promise<string | undefined> {
    try {
      const { status, body } = await this.#fetcher.get(place, { ...options, timeoutMs: TIMEOUT_MS, mostBytes: MOST_BYTES })
      if (status >= 500) return undefined
      return status === 200 ? body.toString('utf8') : ''
    } catch {
      return undefined
    }
  }
}
