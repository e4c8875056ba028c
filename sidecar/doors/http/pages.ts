import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

/** Nothing but our own files, our own socket, and styles that the libraries set on elements. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  'media-src blob:',
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.map': 'application/json',
}

export interface Page {
  body: Uint8Array<ArrayBuffer>
  type: string
  immutable: boolean
}

/** Reads one file of the built UI. @param path of the URL, decoded; @returns undefined where there is none */
export async function readPage(root: string, path: string): Promise<Page | undefined> {
  const file = normalize(join(root, path === '/' ? 'index.html' : path))
  const type = TYPES[extname(file)]
  if (!file.startsWith(root + sep) || type === undefined || path.includes('\0')) return undefined
  try {
    return { body: new Uint8Array(await readFile(file)), type, immutable: path.startsWith('/assets/') }
  } catch {
    return undefined
  }
}

/** The page that tells a person how to get in. */
export const LOCKED_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Oxbow is locked</title>
<body style="font:16px/1.5 system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem"><h1 style="font-size:1.25rem">This link does not open Oxbow</h1>
<p>Each link works once. Get a fresh one with <code>npm run oxbow -- status --link</code>, or with the next <code>npm start</code>.</p></body></html>`

/** Puts the token where the page's own script finds it. */
export function withToken(html: string, token: string): string {
  return html.replace('<head>', `<head><meta name="oxbow-token" content="${token}">`)
}
