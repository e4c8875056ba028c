const KEY = 'oxbow.token'

/**
 * The token of this browser. A page opened by a one-time link carries a fresh one in its `oxbow-token` tag; it is kept for
 * later visits, and the spent ticket leaves the address bar.
 */
export function takeToken(): string | null {
  const given = document.querySelector<HTMLMetaElement>('meta[name="oxbow-token"]')?.content.trim()
  if (given) localStorage.setItem(KEY, given)
  const url = new URL(location.href)
  if (url.searchParams.has('ticket')) {
    url.searchParams.delete('ticket')
    history.replaceState(history.state, '', url)
  }
  return given || localStorage.getItem(KEY)
}

export function forgetToken(): void {
  localStorage.removeItem(KEY)
}
