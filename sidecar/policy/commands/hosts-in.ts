/** Hosts that words name by an address: `https://example.com/a`, `git@example.com:`. */
export function hostsIn(words: readonly string[]): string[] {
  const found = new Set<string>()
  for (const word of words) {
    for (const address of addressesIn(word)) {
      const host = hostOf(address)
      if (host !== undefined && host !== '') found.add(host)
    }
    const remote = word.includes('@') ? REMOTE.exec(word)?.[1] : undefined
    if (remote !== undefined && remote !== '') found.add(remote)
  }
  return [...found]
}

/** `git@example.com:`, as copying programs name a place elsewhere. */
const REMOTE = /^(?:[\w.-]+@)([\w.-]+\.[a-z]{2,}|[\w-]+):/i
/** The name of a scheme is no longer than this. */
const MOST_SCHEME = 40
const SCHEME = /(?:^|[^\w])([a-z][a-z0-9+.-]*)$/i
const ADDRESS_END = /[\s'"<>|;,)]/g

/** Addresses in a word, in time that grows with its length alone: whoever wrote it may want to keep us busy. */
function addressesIn(word: string): string[] {
  const found: string[] = []
  for (let at = word.indexOf('://'); at !== -1; at = word.indexOf('://', at)) {
    const from = at
    ADDRESS_END.lastIndex = at + 3
    at = ADDRESS_END.exec(word)?.index ?? word.length
    const scheme = SCHEME.exec(word.slice(Math.max(0, from - MOST_SCHEME), from))?.[1]
    if (scheme !== undefined && at > from + 3) found.push(scheme + word.slice(from, at))
  }
  return found
}

function hostOf(address: string): string | undefined {
  try {
    return new URL(address).hostname
  } catch {
    return undefined
  }
}
