import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** The window's own scheme, instead of `file://`: one origin, its own headers, and only the files of one folder. */
export const SCHEME = 'oxbow'
export const ORIGIN = `${SCHEME}://app`
export const INDEX_URL = `${ORIGIN}/`
export const ERROR_URL = `${ORIGIN}/error`
/** Never served: the window's navigation guard hears it and starts the sidecar again. */
export const RETRY_URL = `${ORIGIN}/retry`

/** The page speaks to the sidecar through its port alone, so it needs no network at all. */
export const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  'media-src blob:',
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** For `protocol.registerSchemesAsPrivileged`, before the app is ready. */
export const PRIVILEGES = {
  scheme: SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, codeCache: true },
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}

/** Answers `oxbow://app/…` from the folder `root`. @param errorPage the page at ERROR_URL */
export function createPageHandler(root: string, errorPage: () => string): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = URL.parse(request.url)
    if (!url || url.protocol !== `${SCHEME}:` || url.host !== 'app') return answer(404, 'No such page.')
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'Only GET is answered here.')
    if (url.pathname === '/error') return answer(200, errorPage(), '.html')
    const path = url.pathname === '/' ? '/index.html' : url.pathname
    const file = await findFile(root, path)
    if (!file) return answer(404, 'No such page.')
    try {
      return answer(200, await readFile(file), extname(file).toLowerCase())
    } catch {
      return answer(404, 'No such page.')
    }
  }
}

/** The real path of a file below `root`, links resolved; null when it leads elsewhere, is hidden in encoding, or is not there. */
async function findFile(root: string, pathname: string): Promise<string | null> {
  try {
    const path = decodeURIComponent(pathname)
    if (path.includes('\0') || path.includes('\\') || path.split('/').includes('..')) return null
    const base = await realpath(root)
    const file = await realpath(join(base, path))
    return file.startsWith(base + sep) ? file : null
  } catch {
    return null
  }
}

function answer(status: number, body: string | Buffer, extension = '.txt'): Response {
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), {
    status,
    headers: {
      'Content-Type': TYPES[extension] ?? 'application/octet-stream',
      'Content-Security-Policy': CSP,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-cache',
    },
  })
}
