import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Check } from '../../sidecar/contract/index.ts'
import { type DoctorContext, runDoctor } from '../../sidecar/doors/doctor/index.ts'
import { type Home, openDatabase, prepareHome, resolveHome } from '../../sidecar/foundation/index.ts'

let folder: string
let home: Home
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-doctor-'))
  home = resolveHome({ OXBOW_HOME: join(folder, 'home') })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const NAMES = ['openai', 'anthropic']
const providers = (ready: readonly string[], model = 'offline/guide'): NonNullable<DoctorContext['providers']> => ({
  list: async () =>
    NAMES.map((provider) => ({
      ref: `${provider}/m`,
      name: 'm',
      provider,
      ready: ready.includes(provider),
      ...(!ready.includes(provider) && { note: 'Set a key' }),
    })),
  probeLocal: async () => [],
  chooseDefault: () => ({ model, why: 'because' }),
})

async function examine(more: Partial<DoctorContext> = {}): Promise<Record<string, Check>> {
  const checks = await runDoctor({ home, env: { PATH: process.env.PATH }, ...more })
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

test('a computer on which Oxbow was never started has nothing broken in its home, and nothing is made there', async () => {
  const found = await examine()
  expect(['node', 'home', 'config', 'database', 'disk'].map((name) => found[name]?.status)).toEqual(Array(5).fill('ok'))
  expect(found.sandbox?.status).toBe('skipped')
  expect(() => rmSync(home.root)).toThrow('ENOENT')
})

test('everything that is not right says how to mend it', async () => {
  const checks = await runDoctor({ home, env: { PATH: '' }, providers: providers([]), platform: 'darwin' })
  expect(checks.filter(({ status, mend }) => status !== 'ok' && !mend)).toEqual([])
  expect(checks.map(({ name }) => name)).not.toContain('bubblewrap')
})

test('a database is opened, its damage found, and its bytes left alone', async () => {
  prepareHome(home)
  openDatabase({ path: home.database }).close()
  expect((await examine()).database).toMatchObject({ status: 'ok', detail: expect.stringContaining('every page sound') })
  writeFileSync(home.database, 'this is no database, but it is long enough to be looked at as one'.repeat(20))
  expect((await examine()).database).toMatchObject({ status: 'error', mend: expect.stringContaining('.recover') })
})

test('wrong settings are named with their place', async () => {
  prepareHome(home)
  writeFileSync(home.config, '[gateway]\nprt = 1\n', { mode: 0o600 })
  const { config, port } = await examine()
  expect(config).toMatchObject({
    status: 'error',
    detail: expect.stringContaining('config.toml:2'),
    mend: 'Did you mean "gateway.port"?',
  })
  expect(port?.status).toBe('skipped')
})

test('a home that others can read is a warning', async () => {
  prepareHome(home)
  mkdirSync(home.run, { recursive: true })
  chmodSync(home.run, 0o755)
  const { home: check } = await examine()
  expect(check).toMatchObject({ status: 'warning', mend: `chmod go-rwx '${home.run}'` })
})

test('keys: none, some, and a chosen model without one', async () => {
  expect((await examine({ providers: providers([]) })).keys).toMatchObject({ status: 'warning', mend: 'Set a key' })
  const { keys } = await examine({ providers: providers(['anthropic'], 'anthropic/m') })
  expect(keys).toMatchObject({ status: 'ok', detail: 'ready: anthropic; no key: openai; new sessions use anthropic/m' })
  expect((await examine({ providers: providers(['anthropic'], 'openai/m') })).keys?.status).toBe('warning')
})

test('a port that somebody else has is a warning, our own is fine', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const env = { PATH: process.env.PATH, OXBOW__GATEWAY__PORT: String(port) }
  expect((await examine({ env })).port).toMatchObject({ status: 'warning', mend: expect.stringContaining('gateway.port') })
  expect((await examine({ env, url: 'http://127.0.0.1:1' })).port).toMatchObject({ status: 'ok' })
  await new Promise((resolve) => server.close(resolve))
  expect((await examine({ env })).port?.status).toBe('ok')
})

test('Docker: answering, not answering, not there', async () => {
  const socket = join(folder, 'docker.sock')
  const env = { PATH: process.env.PATH, DOCKER_HOST: `unix://${socket}` }
  expect((await examine({ env })).docker).toMatchObject({ status: 'warning', mend: expect.any(String) })
  const server = createServer((_, answer) => answer.end('OK'))
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  expect((await examine({ env })).docker).toMatchObject({ status: 'ok', detail: `answers at ${socket}` })
  await new Promise((resolve) => server.close(resolve))
})

test('what hangs becomes a warning, what throws an error, and neither holds up the rest', async () => {
  const hanging = { all: ['process' as const], readiness: () => new Promise<never>(() => {}) }
  const throwing = { ...providers([]), list: () => Promise.reject(new Error('out of order')) }
  const found = await examine({ tiers: hanging, providers: throwing })
  expect(found.sandbox).toMatchObject({ status: 'warning', detail: expect.stringContaining('no answer') })
  expect(found.keys).toMatchObject({ status: 'error', detail: expect.stringContaining('out of order') })
  expect(found.node?.status).toBe('ok')
})
