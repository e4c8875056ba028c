import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, expect, type Page, test } from '@playwright/test'
import type { ShellApi } from '../../../sidecar/contract/shell.ts'
import { electronRuntime, ROOT } from './runtime.ts'

const runtime = electronRuntime()
const missing = 'missing' in runtime ? runtime.missing : ''
test.skip(missing !== '', missing)
// Not every reporter prints why a test was skipped; said once, not again in each worker.
if (missing && process.env.TEST_WORKER_INDEX === undefined) console.log(`test/e2e/electron is skipped: ${missing}`)
test.describe.configure({ mode: 'serial' })

type OxbowWindow = Window & { oxbow: ShellApi }

// Chromium's own sandbox does not run as root.
const ARGUMENTS = process.getuid?.() === 0 ? ['--no-sandbox', ROOT] : [ROOT]

let home: string
let app: ElectronApplication
let page: Page
const environment = () => ({ ...(process.env as Record<string, string>), OXBOW_HOME: home })

test.beforeAll(async () => {
  if ('missing' in runtime) return
  home = mkdtempSync(join(tmpdir(), 'oxbow-desktop-'))
  app = await _electron.launch({ executablePath: runtime.program, args: ARGUMENTS, env: environment() })
  page = await app.firstWindow()
  await page.waitForLoadState()
})
test.afterAll(async () => {
  if ('missing' in runtime) return
  await app.close()
  rmSync(home, { recursive: true, force: true })
})

/** The process id of the sidecar, as Electron knows it. */
const sidecarPid = () =>
  app.evaluate(
    ({ app }) =>
      app.getAppMetrics().find((process) => process.name === 'Oxbow sidecar' || process.serviceName === 'Oxbow sidecar')?.pid,
  )

/** Resolves once the page was told that the sidecar is ready. */
const ready = () =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        ;(window as unknown as OxbowWindow).oxbow.onSidecar(({ state }) => {
          if (state === 'ready') resolve()
        })
      }),
  )

/** Asks for a port as the page does. */
const port = () =>
  page.evaluate(
    () =>
      new Promise<boolean>((resolve) => {
        addEventListener('message', (event) => {
          if (event.data === 'oxbow:port') resolve(event.ports.length === 1 && event.origin === location.origin)
        })
        ;(window as unknown as OxbowWindow).oxbow.requestPort()
      }),
  )

test('the page is ours, and has the bridge but nothing of Node', async () => {
  expect(page.url()).toBe('oxbow://app/')
  const seen = await page.evaluate(() => ({
    bridge: Object.keys((window as unknown as OxbowWindow).oxbow).sort(),
    node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in window),
  }))
  expect(seen).toEqual({ bridge: ['onSidecar', 'openExternal', 'pickFolder', 'platform', 'requestPort'], node: [] })
})

test('the sidecar becomes ready and the page gets its port', async () => {
  await ready()
  expect(await port()).toBe(true)
})

test('nothing leads out of the page', async () => {
  const tried = await page.evaluate(async () => {
    const refused = async (work: () => unknown) => {
      try {
        const result = await work()
        return result === null || (result instanceof Response && !result.ok)
      } catch {
        return true
      }
    }
    return {
      open: await refused(() => window.open('https://example.org')),
      network: await refused(() => fetch('https://example.org')),
      file: await refused(() => fetch('file:///etc/passwd')),
      traversal: await refused(() => fetch('oxbow://app/..%2f..%2fpackage.json')),
      // In a task of its own: what the test evaluates itself is above the page's policy.
      code: await refused(
        () =>
          new Promise((resolve, reject) => {
            setTimeout(() => {
              try {
                resolve(new Function('return 1')())
              } catch (error) {
                reject(error)
              }
            })
          }),
      ),
      camera: await refused(() => navigator.mediaDevices.getUserMedia({ video: true })),
      place: await refused(() => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject))),
      link: await refused(() => (window as unknown as OxbowWindow).oxbow.openExternal('file:///etc/passwd')),
    }
  })
  expect(Object.entries(tried).filter(([, refused]) => !refused)).toEqual([])
  await page.evaluate(() => {
    location.href = 'https://example.org/'
  })
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)))
  expect(page.url()).toBe('oxbow://app/')
  expect(app.windows()).toHaveLength(1)
})

test('a killed sidecar comes back, and so does the port', async () => {
  const before = await sidecarPid()
  expect(before).toBeDefined()
  process.kill(before!, 'SIGKILL')
  await expect.poll(sidecarPid, { timeout: 10_000 }).not.toBe(before)
  await ready()
  expect(await port()).toBe(true)
})

test('a second start ends at once', async () => {
  const second = spawn('program' in runtime ? runtime.program : '', ARGUMENTS, { env: environment(), stdio: 'ignore' })
  const code = await new Promise((resolve) => second.once('exit', resolve))
  expect(code).toBe(0)
  expect(app.windows()).toHaveLength(1)
})

test('quitting ends the sidecar', async () => {
  const pid = await sidecarPid()
  await app.close()
  expect(() => process.kill(pid!, 0)).toThrow()
})
