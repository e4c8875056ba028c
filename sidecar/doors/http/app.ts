import type { HttpBindings } from '@hono/node-server'
import { OpenAPIGenerator } from '@orpc/openapi'
import { OpenAPIHandler } from '@orpc/openapi/fetch'
import { createRouterClient } from '@orpc/server'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie, setCookie } from 'hono/cookie'
import { contract, MEDIA_LIMITS } from '../../contract/index.ts'
import type { Router } from '../router/index.ts'
import type { Asked, Guard } from './guard.ts'
import { CONTENT_SECURITY_POLICY, LOCKED_PAGE, readPage, withToken } from './pages.ts'
import type { SignIns } from './sign-ins.ts'
import type { Tickets } from './tickets.ts'

/** The largest request body, in bytes. */
export const MOST_BODY = 16 * 1024 * 1024
/** The largest body that brings a file; the rest is what a form adds. */
const MOST_UPLOAD = MEDIA_LIMITS.fileBytes + 64 * 1024
/** What a browser may do with an answer of the API: nothing at all, should one ever be opened as a page. */
const API_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

export interface AppOptions {
  router: Router
  guard: Guard
  tickets: Tickets
  signIns: SignIns
  token: string
  version: string
  /** Folder of the built UI. */
  pages: string
}

/** The HTTP door: `/health` for everyone, the UI for who came with a ticket, everything else for who holds the token. */
export function createApp({
  router,
  guard,
  tickets,
  signIns,
  token,
  version,
  pages,
}: AppOptions): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  const api = new OpenAPIHandler(router)
  let document: Promise<unknown> | undefined

  app.use(async (c, next) => {
    if (guard.place(asked(c)) === 'forbidden') {
      signIns.refused('http', 'origin')
      return refuse(c, 403, 'door.forbidden', 'this name or page may not speak to Oxbow')
    }
    await next()
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Referrer-Policy', 'no-referrer')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
  })

  app.get('/health', (c) => c.json({ ok: true, version }))

  /** Whether a request has the token; both are recorded. */
  const comesIn = (c: Context): boolean => {
    const holds = guard.holdsBearer(asked(c))
    if (holds) signIns.used(c.req.header('user-agent'))
    else signIns.refused('http', 'token')
    return holds
  }
  for (const path of ['/api/*', '/metrics', '/openapi.json'])
    app.use(path, async (c, next) => (comesIn(c) ? next() : unauthorized(c)))
  const atMost = (maxSize: number) =>
    bodyLimit({ maxSize, onError: (c) => refuse(c, 413, 'door.tooLarge', `a body may have ${maxSize} bytes`) })
  const [body, upload] = [atMost(MOST_BODY), atMost(MOST_UPLOAD)]
  app.use('/api/*', (c, next) => (c.req.path === '/api/media' ? upload : body)(c, next))
  app.all('/api/*', async (c) => {
    const { response } = await api.handle(c.req.raw, { prefix: '/api', context: {} })
    if (response) return asData(response)
    return refuse(c, 404, 'door.unknown', 'there is no such procedure', 'See /openapi.json.')
  })

  app.get('/metrics', async (c) => {
    const { text } = await createRouterClient(router).system.metrics()
    return c.text(text, 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
  })

  app.get('/openapi.json', async (c) => {
    const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
    document ??= generator.generate(contract, {
      info: { title: 'Oxbow', version },
      servers: [{ url: '/api' }],
      security: [{ token: [] }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    })
    return c.json((await document) as object)
  })

  app.get('*', async (c) => {
    const cookie = `oxbow_page_${new URL(c.req.url).port || '80'}`
    const ticket = c.req.query('ticket')
    const redeemed = ticket !== undefined && tickets.redeem(ticket)
    if (redeemed) signIns.opened('page', 'ticket')
    else if (ticket !== undefined) signIns.refused('page', 'ticket')
    const opened = redeemed || guard.holdsPageToken(getCookie(c, cookie))
    // Who sends no token at all only lost the way, and is shown it.
    if (!opened && (c.req.header('authorization') === undefined || !comesIn(c))) {
      const wantsPage = c.req.header('accept')?.includes('text/html')
      return wantsPage ? c.html(LOCKED_PAGE, 401) : unauthorized(c)
    }
    const page = await readPage(pages, c.req.path)
    if (!page) return refuse(c, 404, 'door.noPage', 'there is no such page')
    c.header('Content-Type', page.type)
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    c.header('Cache-Control', page.immutable ? 'private, max-age=31536000, immutable' : 'no-store')
    if (!redeemed) return c.body(page.body)
    setCookie(c, cookie, guard.pageToken, { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: 30 * 24 * 3600 })
    return c.body(withToken(new TextDecoder().decode(page.body), token))
  })

  app.notFound((c) => refuse(c, 404, 'door.unknown', 'there is nothing here'))
  app.onError((_, c) => refuse(c, 500, 'internal', 'Oxbow made a mistake'))
  return app
}

/** An answer that no browser shows as a page of ours; a file in it is there to be saved. */
function asData(response: Response): Response {
  response.headers.set('Content-Security-Policy', API_SECURITY_POLICY)
  const disposition = response.headers.get('Content-Disposition')
  if (disposition) response.headers.set('Content-Disposition', disposition.replace(/^inline/, 'attachment'))
  return response
}

function asked(c: Context): Asked {
  return {
    host: c.req.header('host'),
    origin: c.req.header('origin'),
    fetchSite: c.req.header('sec-fetch-site'),
    navigation: c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate',
    authorization: c.req.header('authorization'),
  }
}

const unauthorized = (c: Context): Response =>
  refuse(
    c,
    401,
    'door.unauthorized',
    'this needs the token',
    'Send `Authorization: Bearer <token>`; it is in run/gateway.json of Oxbow’s home.',
  )

function refuse(c: Context, status: 401 | 403 | 404 | 413 | 500, code: string, message: string, hint?: string): Response {
  return c.json({ defined: true, code, status, message, data: { code, ...(hint !== undefined && { hint }) } }, status)
}
