import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, type Locator, type Page } from '@playwright/test'
import { type ModelServer, type Script, startModelServer } from '../../fixtures/model-server.ts'
import { type RunningSidecar, scriptedHome, startSidecarProcess } from '../../fixtures/sidecar-process.ts'

const WEB = join(import.meta.dirname, '../../../out/main/web.cjs')
const GENEROUS_MS = 30_000

interface Home {
  home: string
  /** The folder that sessions work in unless told otherwise. */
  workspace: string
  /** A model that plays a script becomes the default of this home. */
  scripted(script: Script): Promise<ModelServer>
  /** Starts the built sidecar. Its link lets one browser in. */
  start(): Promise<RunningSidecar>
  /** Starts browser mode, which supervises the sidecar. */
  startSupervised(): Promise<{ link: string; sidecarPid(): number }>
}

/** A test with an Oxbow home of its own. All that it starts ends with it. */
export const test = base.extend<{ oxbow: Home }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the pattern to see what a fixture needs
  oxbow: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'oxbow-browser-'))
    const home = join(folder, 'home')
    const workspace = join(home, 'workspaces/default')
    mkdirSync(workspace, { recursive: true })
    const endings: (() => Promise<unknown>)[] = []
    await use({
      home,
      workspace,
      async scripted(script) {
        const model = await startModelServer(script)
        endings.push(() => model.close())
        scriptedHome(home, model.url)
        return model
      },
      async start() {
        const sidecar = await startSidecarProcess(home)
        endings.push(() => end(sidecar.child))
        return sidecar
      },
      async startSupervised() {
        const shell = spawn(process.execPath, [WEB, '--no-open', '--port', '0'], {
          env: { PATH: process.env.PATH, HOME: process.env.HOME, OXBOW_HOME: home },
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        endings.push(() => end(shell))
        const gateway = join(home, 'run/gateway.json')
        return {
          link: await printedLink(shell),
          sidecarPid: () => (JSON.parse(readFileSync(gateway, 'utf8')) as { pid: number }).pid,
        }
      },
    })
    for (const ending of endings.reverse()) await ending()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  },
})

async function printedLink(shell: ChildProcess): Promise<string> {
  let printed = ''
  for await (const chunk of shell.stdout ?? []) {
    printed += chunk
    const link = /ready at (\S+)\n/.exec(printed)?.[1]
    if (link) return link
  }
  throw new Error(`browser mode ended before it was ready: ${printed}`)
}

/** Asks a process to stop, and makes it. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  child.kill('SIGTERM')
  await exited
  clearTimeout(late)
}

/** A promise that the test keeps when it wants to. */
export const gate = (): PromiseWithResolvers<void> => Promise.withResolvers<void>()

/** What a person sees and touches in a window. */
export class Screen {
  readonly page: Page
  readonly composer: Locator
  readonly asked: Locator
  readonly answers: Locator
  readonly cards: Locator
  readonly approval: Locator
  readonly queue: Locator
  readonly stop: Locator

  constructor(page: Page) {
    this.page = page
    this.composer = page.getByTestId('composer')
    this.asked = page.locator('[data-testid=message][data-role=user]')
    this.answers = page.locator('[data-testid=message][data-role=assistant]')
    this.cards = page.getByTestId('tool-card')
    this.approval = page.getByTestId('approval-card')
    this.queue = page.getByTestId('queue')
    this.stop = page.getByTestId('stop')
  }

  /** Opens a link and waits until one can type. */
  async open(link: string): Promise<void> {
    await this.page.goto(link)
    await this.online()
    await expect(this.composer).toBeVisible()
  }

  async online(): Promise<void> {
    await expect(this.page.getByTestId('connection-state')).toHaveAttribute('data-state', 'online', { timeout: GENEROUS_MS })
  }

  async say(words: string): Promise<void> {
    await this.composer.fill(words)
    await this.composer.press('Enter')
    await expect(this.composer).toHaveValue('')
  }
}

export { expect }
