const ALLOWED = new Set(['http:', 'https:', 'mailto:'])

/** The link in its normal form when it may be opened outside Oxbow; null for any other scheme and for what is no link. */
export function externalLink(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > 8192) return null
  const url = URL.parse(text)
  return url && ALLOWED.has(url.protocol) ? url.href : null
}
