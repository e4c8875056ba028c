import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { lastWords, resultsSince, startModelServer } from '../fixtures/model-server.ts'
import { runningOf, scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'

/** Sleeps for a time that no other test does, so that it is found. */
const SLEEP = 'sleep 86313'

const boxed = process.platform === 'linux' && findProgram('bwrap') !== undefined && findProgram('socat') !== undefined
if (!boxed) console.warn('What a killed sidecar leaves is looked for on Linux only, with bubblewrap and socat.')

test.skipIf(!boxed)(
  'what a killed sidecar left running ends with the next start: boxes, the relay, what a person had let run outside',
  async () => {
    const folder = temporaryFolder()
    const [home, workspace] = [join(folder, 'home'), join(folder, 'workspace')]
    mkdirSync(workspace)
    const model = await startModelServer((messages) =>
      resultsSince(messages).length > 0 ? [{ say: 'done' }] : [{ call: 'exec', args: { command: lastWords(messages) } }],
    )
    onTestFinished(() => model.close())
    scriptedHome(home, model.url)
    // A home of its own: what a person's shell does at its start is not what is looked at.
    const sidecar = await startSidecarProcess(home, { HOME: folder })
    const { client } = sidecar
    onTestFinished(() => sidecar.kill())

    const inBox = await client.sessions.create({ workspace, mode: 'auto' })
    await client.turns.send({ sessionId: inBox.id, parts: [{ type: 'text', text: `touch started; ${SLEEP}` }] })
    await expect.poll(() => existsSync(join(workspace, 'started')), { timeout: 30_000 }).toBe(true)
    await client.config.set({ key: 'policy.role', value: 'owner' })
    const free = await client.sessions.create({ workspace, mode: 'auto', isolation: 'host' })
    const { id } = await client.terminals.open({ sessionId: free.id, columns: 80, rows: 24 })
    await client.terminals.write({ id, data: `setsid ${SLEEP} >/dev/null 2>&1 & touch free\n` })
    await expect.poll(() => existsSync(join(workspace, 'free')), { timeout: 30_000 }).toBe(true)

    await sidecar.kill()
    const left = runningOf(home)
    expect(left.some((line) => line.includes(SLEEP))).toBe(true)
    expect(left.some((line) => line.includes('UNIX-LISTEN:'))).toBe(true)
    const [note = ''] = readdirSync(join(home, 'run/relays'))
    const socket = readFileSync(join(home, 'run/relays', note), 'utf8')
    expect(existsSync(socket)).toBe(true)

    const next = await startSidecarProcess(home)
    onTestFinished(() => next.kill())
    await expect.poll(() => runningOf(home).filter((line) => !line.startsWith(`${next.pid} `)), { timeout: 30_000 }).toEqual([])
    await expect
      .poll(() => existsSync(socket) || ['tmp', 'relays'].some((name) => readdirSync(join(home, 'run', name)).length > 0))
      .toBe(false)
    expect(await next.stop()).toBe(0)
  },
)

test.skipIf(!boxed)('a clean stop leaves nothing running, and no note', async () => {
  const folder = temporaryFolder()
  const [home, workspace] = [join(folder, 'home'), join(folder, 'workspace')]
  mkdirSync(workspace)
  const model = await startModelServer((messages) =>
    resultsSince(messages).length > 0 ? [{ say: 'done' }] : [{ call: 'exec', args: { command: 'touch started' } }],
  )
  onTestFinished(() => model.close())
  scriptedHome(home, model.url)
  const sidecar = await startSidecarProcess(home)
  onTestFinished(() => sidecar.kill())
  const { id } = await sidecar.client.sessions.create({ workspace, mode: 'auto' })
  await sidecar.client.turns.send({ sessionId: id, parts: [{ type: 'text', text: 'go' }] })
  await expect.poll(() => existsSync(join(workspace, 'started')), { timeout: 30_000 }).toBe(true)
  expect(await sidecar.stop()).toBe(0)
  expect(runningOf(home)).toEqual([])
  expect(readdirSync(join(home, 'run/relays'))).toEqual([])
})
