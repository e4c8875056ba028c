const MOST = 50

/** The sources a vendor names for a text, shown once under it. */
export class Citations {
  readonly #links = new Set<string>()

  /** @param url absent for a document of the conversation */
  add(title: string | null | undefined, url?: string | null | undefined): void {
    if (this.#links.size >= MOST) return
    const safe = url && /^https?:\/\/[^\s<>()]+$/.test(url) ? url : undefined
    const name = (title?.trim() || safe || '')
      .replace(/\s+/g, ' ')
      .replace(/[[\]\\]/g, '')
      .slice(0, 200)
    if (name !== '') this.#links.add(safe === undefined ? name : `[${name}](${safe})`)
  }

  /** The sources gathered since the last time, as the end of a text; empty where there are none. */
  flush(): string {
    if (this.#links.size === 0) return ''
    const text = `\n\nSources: ${[...this.#links].join(' · ')}`
    this.#links.clear()
    return text
  }
}
