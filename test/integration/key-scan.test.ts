import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ORPCError } from '@orpc/client'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../sidecar/contract/index.ts'
import { homeToken } from '../../sidecar/doors/index.ts'
import { startSidecar } from '../../sidecar/sidecar.ts'
import { follow, resting, say } from '../fixtures/follow.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { connect } from '../fixtures/sidecar-process.ts'

/** One key for every way in. None looks like a key of a vendor, so that nothing is told by its shape. */
const KEYS = {
  environment: 'planted-environment-7f3a9c',
  layer: 'planted-layer-1b8e02',
  file: 'planted-file-44c7de',
  door: 'planted/door+9a"1==',
  setting: 'planted-setting-c03d5f',
  line: 'planted-line-e6b718',
  header: 'planted-header-5d20aa',
}
type Way = keyof typeof KEYS
/** Not keys of anything: typed in the wrong place. */
const MISTYPED = ['planted mistyped one', 'planted-mistyped-two', 'planted-mistyped-three']

const NEEDLES = [...Object.values(KEYS), ...MISTYPED].flatMap((key) => [
  key,
  encodeURIComponent(key),
  JSON.stringify(key).slice(1, -1),
  Buffer.from(key).toString('base64').replace(/=+$/, ''),
])

/** What a text gives away, with the words around it. */
const leaks = (text: string): string[] =>
  NEEDLES.flatMap((needle) => {
    const at = text.indexOf(needle)
    return at < 0 ? [] : [text.slice(Math.max(0, at - 150), at + needle.length + 30)]
  })

/** Ways in which a server tells what it was sent. The first part of the path chooses one. */
const REFUSALS: Record<string, (response: ServerResponse, said: string) => void> = {
  unauthorized: (response, said) => json(response, 401, { error: { message: `Incorrect API key provided: ${said}` } }),
  bad: (response, said) => json(response, 400, { error: { message: `bad request with ${said}`, code: said, type: said } }),
  detail: (response, said) => json(response, 422, { detail: [{ msg: said, input: { headers: said } }], message: said }),
  plain: (response, said) => response.writeHead(400, { 'content-type': 'text/plain' }).end(`I was sent ${said}`),
  html: (response, said) => response.writeHead(404, { 'content-type': 'text/html' }).end(`<h1>${said}</h1>`),
  redirect: (response, said) =>
    response.writeHead(302, { location: `http://127.0.0.1:2/?key=${encodeURIComponent(said)}` }).end(),
  stream: (response, said) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${JSON.stringify({ error: { message: `upstream refused ${said}`, code: 400 } })}\n\n`)
  },
  garbage: (response, said) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: {"choices": ${said}\n\n`)
  },
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const sent = new Set<string>()

async function startTellTale(): Promise<string> {
  const server = createServer((request: IncomingMessage, response) => {
    request.resume().on('end', () => {
      const { authorization, 'x-api-key': anthropic, 'x-goog-api-key': google, 'x-secret': own } = request.headers
      const said = [authorization?.replace(/^Bearer /, ''), anthropic, google, own].filter(Boolean).join(' ')
      for (const key of Object.values(KEYS)) if (said.includes(key)) sent.add(key)
      const [, way = ''] = (request.url ?? '').split('/')
      ;(REFUSALS[way] ?? REFUSALS.bad!)(response, said)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Every file below a folder. */
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

test('a key that came in by any way comes out by none', async () => {
  const folder = temporaryFolder()
  const home = join(folder, 'home')
  const workspace = join(folder, 'work')
  mkdirSync(workspace)
  mkdirSync(home)
  const url = await startTellTale()
  const provider = (id: string, way: string, more = '') =>
    `[providers.${id}]\ntype = "openai"\nbase_url = "${url}/${way}/v1"\nmodels = ["m"]\n${more}`
  writeFileSync(
    join(home, 'config.toml'),
    [
      '[log]\nlevel = "debug"',
      provider('environment', 'stream', 'api_key_env = "PLANTED_KEY"'),
      provider('layer', 'plain'),
      provider('file', 'unauthorized', `api_key = "${KEYS.file}"`),
      provider('header', 'bad', `[providers.header.headers]\nx-secret = "${KEYS.header}"`),
    ].join('\n'),
  )
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    OXBOW_HOME: home,
    PLANTED_KEY: KEYS.environment,
    OXBOW__PROVIDERS__LAYER__API_KEY: KEYS.layer,
    OXBOW__MODELS__DEFAULT: 'offline/guide',
  }
  const sidecar = await startSidecar({ env, overrides: { 'gateway.port': 0 }, pages: join(folder, 'none') })
  onTestFinished(() => sidecar.stop())
  const token = homeToken(join(home, 'run'))
  const heard: string[] = []
  const call = async (work: Promise<unknown>): Promise<unknown> => {
    try {
      const value = await work
      heard.push(JSON.stringify(value))
      return value
    } catch (error) {
      if (!(error instanceof ORPCError)) throw error
      heard.push(JSON.stringify({ message: error.message, data: error.data, stack: error.stack }))
      return undefined
    }
  }
  const get = async (path: string): Promise<void> => {
    const response = await fetch(`${sidecar.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    heard.push(JSON.stringify([...response.headers]), await response.text())
  }
  const line = async (args: string[], input: string): Promise<void> => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../sidecar/oxbow.ts'), ...args], { env, cwd: workspace })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => heard.push(text))
    child.stdin.end(input)
    expect([args, (await once(child, 'close'))[0]]).toEqual([args, 0])
  }

  const socket: Client = connect(sidecar.url!, token)
  const doors = { process: await sidecar.client(), socket }

  // In by the doors.
  await call(socket.providers.add({ id: 'door', baseUrl: `${url}/detail/v1`, key: KEYS.door, models: ['m'] }))
  await call(socket.providers.add({ id: 'setting', baseUrl: `${url}/html/v1`, models: ['m'] }))
  await call(socket.config.set({ key: 'providers.setting.api_key', value: KEYS.setting }))
  await line(['providers', 'add', 'line', '--base-url', `${url}/redirect/v1`, '--model', 'm'], `${KEYS.line}\n`)
  // In by mistake.
  await call(socket.providers.add({ id: 'door', key: MISTYPED[0]! }))
  await call(socket.config.set({ key: 'providers.door.api_keyy', value: MISTYPED[1]! }))
  await call(socket.providers.add({ id: 'other', baseUrl: `https://user:${MISTYPED[2]}@models.example/v1` }))
  await call(socket.providers.add({ id: 'other', baseUrl: `https://models.example/v1?api_key=${MISTYPED[2]}` }))

  // Every provider is called, and says what it was sent.
  for (const id of Object.keys(KEYS) as Way[]) {
    for (const client of Object.values(doors)) await call(client.providers.test({ id }))
    const { id: sessionId } = await doors.process.sessions.create({ workspace, model: `${id}/m` })
    const screen = await follow(doors.process, sessionId)
    await say(doors.process, sessionId, 'hello')
    heard.push(JSON.stringify(await screen.until('the turn to end', resting)))
    screen.stop()
    await call(socket.sessions.events({ sessionId }))
  }
  for (const type of ['openai', 'openai-responses', 'anthropic', 'gemini'])
    for (const way of Object.keys(REFUSALS)) {
      sent.delete(KEYS.door)
      await call(socket.providers.add({ id: 'door', type, baseUrl: `${url}/${way}/v1`, key: KEYS.door }))
      const found = (await call(socket.providers.test({ id: 'door' }))) as { ok: boolean }
      expect([type, way, found.ok, sent.has(KEYS.door)]).toEqual([type, way, false, true])
    }
  expect(sent).toEqual(new Set(Object.values(KEYS)))

  // An agent that looks for them.
  const { id: sessionId } = await doors.process.sessions.create({ workspace, model: 'offline/guide', mode: 'auto' })
  const screen = await follow(doors.process, sessionId)
  for (const words of ['run `env`', 'run `cat /proc/self/environ`', `run \`cat ${home}/secrets.toml ${home}/config.toml\``]) {
    const { messageId } = await say(doors.process, sessionId, words)
    await screen.until(words, (view) => resting(view) && view.messages.some(({ id }) => id === messageId))
  }
  heard.push(JSON.stringify(screen.view))
  screen.stop()

  // Out by every door that lists something.
  for (const client of Object.values(doors))
    for (const work of [
      client.providers.list(),
      client.models.list({}),
      client.models.probe(),
      client.config.list(),
      client.system.status(),
      client.system.doctor(),
      client.sessions.list({}),
    ])
      await call(work)
  for (const path of ['/health', '/openapi.json', '/metrics', '/api/providers', '/api/config', '/api/doctor', '/api/models'])
    await get(path)
  for (const args of [['providers'], ['config', 'show'], ['models', '--json'], ['doctor', '--json']]) await line(args, '')
  await sidecar.stop()

  const all = heard.join('\n')
  expect(all).toContain('[key]')
  // The agent saw an environment.
  expect(all).toMatch(/PATH=\//)
  expect(leaks(all)).toEqual([])
  const kept = new Set(['secrets.toml', 'config.toml'].map((name) => join(home, name)))
  for (const path of files(home)) {
    if (kept.has(path)) continue
    expect([path, leaks(readFileSync(path, 'latin1'))]).toEqual([path, []])
  }
  // What a person wrote into the settings by hand stays there; all else is in the one place for it, which is closed.
  const settings = readFileSync(join(home, 'config.toml'), 'utf8')
  for (const way of ['door', 'setting', 'line', 'environment', 'layer'] as const) expect(settings).not.toContain(KEYS[way])
  expect(statSync(join(home, 'secrets.toml')).mode & 0o777).toBe(0o600)
}, 120_000)
