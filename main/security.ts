import type { Session, WebContents } from 'electron'
import { ORIGIN } from './protocol.ts'

/** The one thing the page may do without asking: put text on the clipboard (its "copy" buttons). */
const GRANTED = 'clipboard-sanitized-write'

/** Refuses every permission to every page, but GRANTED to ours. */
export function denyPermissions(session: Session, origin: string): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(permission === GRANTED && originOf(details.requestingUrl) === origin),
  )
  session.setPermissionCheckHandler(
    (_contents, permission, requesting) => permission === GRANTED && originOf(requesting) === origin,
  )
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null))
}

/** Keeps contents where they are: no navigation but a reload of `home`, no redirect, no new window, no webview. */
export function denyNavigation(contents: WebContents, home: string | null, onRefused: (url: string) => void = () => {}): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-frame-navigate', (event) => {
    if (event.isMainFrame && event.url.split('#')[0] === home) return
    event.preventDefault()
    if (event.isMainFrame) onRefused(event.url)
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** The origin our page has: the custom scheme, or the loopback server of `npm run dev`, which a packaged Oxbow ignores. */
export function pageOrigin(devUrl: string | undefined, packaged: boolean): string {
  const url = devUrl && !packaged ? URL.parse(devUrl) : null
  const loopback = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  return loopback ? url.origin : ORIGIN
}

/** `new URL('oxbow://app/x').origin` is 'null' outside a browser, hence by hand. */
export function originOf(text: string | undefined): string | null {
  const url = text ? URL.parse(text) : null
  return url?.host ? `${url.protocol}//${url.host}` : null
}
