import { statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { homeToken } from '../../sidecar/doors/index.ts'
import { startScripted } from '../fixtures/kernel.ts'

/** A request with any headers at all: `fetch` would set Host and Origin right. */
const ask = (
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string,
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> =>
  new Promise((resolve, reject) => {
    const asking = request(url, { method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }))
    })
    asking.on('error', reject)
    asking.end(body)
  })

const socket = (url: string, protocols: string[], headers: Record<string, string> = {}): Promise<number | 'open'> =>
  new Promise((resolve) => {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/ws`, protocols, { headers })
    ws.on('open', () => {
      ws.close()
      resolve('open')
    })
    ws.on('unexpected-response', (_, response) => resolve(response.statusCode!))
    ws.on('error', () => {})
  })

/** Asks for an upgrade in raw bytes. @returns what was answered, once the door ended the connection on both sides */
const upgradeTo = (url: string, path: string, headers: Record<string, string>, held = false): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(url)
    const client = connect({ host: hostname, port: Number(port), allowHalfOpen: held })
    const lines = Object.entries({ host, connection: 'Upgrade', upgrade: 'websocket', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    client.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    let answer = ''
    client.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk
    })
    // Whoever still writes to a connection that was ended is told so; one that was only half closed takes it.
    const poke = held ? setInterval(() => client.write('x'), 20) : undefined
    client.on('error', (error: NodeJS.ErrnoException) => (held && answer !== '' ? undefined : reject(error)))
    client.on('close', () => {
      clearInterval(poke)
      resolve(answer)
    })
  })

async function door() {
  const bench = await startScripted(() => [{ say: 'ok' }], { http: true })
  const url = bench.sidecar.url!
  return { bench, url, host: new URL(url).host, token: homeToken(join(bench.home, 'run')) }
}

describe('the HTTP door', () => {
  test('only /health is open; all else needs the token', async () => {
    const { url, token, bench } = await door()
    expect((await ask(`${url}/health`)).status).toBe(200)
    for (const path of [
      '/',
      '/index.html',
      '/assets/x.js',
      '/openapi.json',
      '/metrics',
      '/api/sessions',
      '/api/status',
      '/api/nothing',
      '/nothing',
      '/../run/token',
      '/%2e%2e/run/token',
    ]) {
      expect([path, (await ask(url + path)).status]).toEqual([path, 401])
      expect([path, (await ask(url + path, { authorization: 'Bearer wrong' })).status]).toEqual([path, 401])
      expect([path, (await ask(url + path, { authorization: `Basic ${token}` })).status]).toEqual([path, 401])
    }
    expect((await ask(`${url}/api/status`, { authorization: `Bearer ${token}` })).status).toBe(200)
    expect((await ask(`${url}/metrics`, { authorization: `Bearer ${token}` })).text).toMatch(/^oxbow_running_turns 0$/m)
    expect((await ask(`${url}/openapi.json`, { authorization: `Bearer ${token}` })).text).toContain(
      '"/sessions/{sessionId}/watch"',
    )
    expect((await ask(`${url}/api/nothing`, { authorization: `Bearer ${token}` })).status).toBe(404)
    for (const file of ['run/gateway.json', 'run/token']) expect(statSync(join(bench.home, file)).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['a rebound name', { host: 'evil.example' }],
    ['a rebound name with our port', { host: 'evil.example:4200' }],
    ['a name that begins like ours', { host: '127.0.0.1.evil.example' }],
    ['another site', { origin: 'https://evil.example' }],
    ['another service on this computer', { origin: 'http://127.0.0.1:3000' }],
    ['a sandboxed page', { origin: 'null' }],
    ['another site that sends no origin', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('%s gets 403, token or not', async (_, headers) => {
    const { url, token } = await door()
    for (const path of ['/health', '/', '/api/status']) {
      expect((await ask(url + path, headers)).status).toBe(403)
      expect((await ask(url + path, { ...headers, authorization: `Bearer ${token}` })).status).toBe(403)
    }
    if (!('sec-fetch-site' in headers)) expect(await socket(url, ['oxbow.v1', `oxbow.token.${token}`], headers)).toBe(403)
  })

  test('a socket needs the token too', async () => {
    const { url, token, host } = await door()
    expect(await socket(url, ['oxbow.v1'])).toBe(401)
    expect(await socket(url, ['oxbow.v1', 'oxbow.token.wrong'])).toBe(401)
    expect(await socket(url, ['oxbow.v1', `oxbow.token.${token}`])).toBe('open')
    expect(await socket(url, ['oxbow.v1', `oxbow.token.${token}`], { origin: `http://${host}` })).toBe('open')
  })

  test.each(['//', '/ws/../..//', 'http://[', '*', '\\\\', '/%'])(
    'an upgrade to %s is refused, and ends nothing',
    async (path) => {
      const { url, token } = await door()
      expect(await upgradeTo(url, path, { authorization: `Bearer ${token}` })).toMatch(/^HTTP\/1.1 4/)
      expect((await ask(`${url}/health`)).status).toBe(200)
    },
  )

  test('a refused upgrade is ended, also where the client never closes', async () => {
    const { url } = await door()
    // The client keeps its half open: without an end from the door this would never settle.
    expect(await upgradeTo(url, '/ws', {}, true)).toMatch(/^HTTP\/1.1 401/)
  })

  test('the first use of a client with the token is recorded, and wrong tokens at each path', async () => {
    const { url, token, bench } = await door()
    const mine = { authorization: `Bearer ${token}`, 'user-agent': 'script/1' }
    for (const path of ['/api/status', '/metrics', '/openapi.json', '/api/status']) await ask(url + path, mine)
    await ask(`${url}/api/status`, { ...mine, 'user-agent': 'script/2' })
    for (let n = 0; n < 60; n++) await ask(`${url}/api/status`, { ...mine, 'user-agent': `flood/${n}` })
    const { entries } = await bench.client.audit.list({ kind: 'door', limit: 500 })
    const clients = entries.filter(({ decision }) => decision === 'allow').map(({ data }) => data?.client)
    expect(clients.filter((client) => client === 'script/1')).toHaveLength(1)
    expect(clients).toContain('script/2')
    expect(clients.filter((client) => client === 'other clients')).toHaveLength(1)
    expect(clients).toHaveLength(33)
  })

  test.each(['/metrics', '/openapi.json', '/assets/x.js'])('a wrong token at %s is recorded', async (path) => {
    const { url, bench } = await door()
    expect((await ask(url + path, { authorization: 'Bearer wrong' })).status).toBe(401)
    const { entries } = await bench.client.audit.list({ kind: 'door', limit: 9 })
    expect(entries).toMatchObject([{ decision: 'deny', title: 'Refused: a wrong token at the http door' }])
  })

  test('a body beyond the bound is refused', async () => {
    const { url, token } = await door()
    const body = JSON.stringify({ title: 'x'.repeat(17 * 1024 * 1024) })
    const refused = await ask(
      `${url}/api/sessions`,
      { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': String(body.length) },
      'POST',
      body,
    ).catch(() => ({ status: 413 }))
    expect(refused.status).toBe(413)
  })

  test('a ticket opens one page, once; the page holds the token, the cookie opens files only', async () => {
    const { url, bench, token } = await door()
    const link = bench.sidecar.link()!
    const html = { accept: 'text/html' }
    const first = await ask(link, html)
    // The UI is built by `npm test` before this runs; without it there is no page to open.
    expect(first.status).toBe(200)
    expect(first.text).toContain(`<meta name="oxbow-token" content="${token}">`)
    expect(first.headers['content-security-policy']).toContain("default-src 'self'")
    const cookie = String(first.headers['set-cookie']).split(';')[0]!
    expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly.*SameSite|SameSite.*HttpOnly/i)
    expect((await ask(link, html)).status).toBe(401)
    const again = await ask(`${url}/`, { ...html, cookie })
    expect(again.status).toBe(200)
    expect(again.text).not.toContain(token)
    expect((await ask(`${url}/api/status`, { cookie })).status).toBe(401)
    expect((await ask(`${url}/`, html)).text).toContain('does not open Oxbow')
  })

  test('a home without the setting cannot be bound beyond loopback', async () => {
    await expect(startScripted(() => [], { http: true, overrides: { 'gateway.host': '0.0.0.0' } })).rejects.toMatchObject({
      code: 'config.invalid',
    })
  })
})
