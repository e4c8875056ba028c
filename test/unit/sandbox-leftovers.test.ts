import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { endLeftovers, findLeftovers } from '../../sidecar/sandbox/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const SOCKET = 'claude-http-0123456789abcdef.sock'

function places() {
  const folder = temporaryFolder()
  const at = { tmp: join(folder, 'tmp'), relays: join(folder, 'relays') }
  for (const path of [at.tmp, at.relays]) mkdirSync(path)
  return { folder, ...at }
}

/** A process that runs until it is ended, known by its environment or its command line. */
function runs(env: NodeJS.ProcessEnv, ...args: string[]) {
  const child = spawn('/bin/sh', ['-c', 'while :; do sleep 1; done', ...args], { env: { PATH: '/usr/bin:/bin', ...env } })
  const ended = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, ended, lives: () => child.exitCode === null && child.signalCode === null }
}

test('what boxes of a killed sidecar left running is ended with their folders, and nothing else is', async () => {
  const at = places()
  const box = join(at.tmp, 'box-aB3_xY')
  const socket = join(at.folder, SOCKET)
  mkdirSync(box)
  writeFileSync(socket, '')
  writeFileSync(join(at.relays, '45678'), socket)
  const leftovers = findLeftovers(at)
  const inBox = runs({ TMPDIR: box })
  const relay = runs({}, `UNIX-LISTEN:${socket},fork,reuseaddr`)
  const ofAnother = runs({ TMPDIR: join(at.tmp, 'box-zzzzzz') })
  const stranger = runs({ TMPDIR: at.tmp }, join(at.folder, 'claude-http-ffffffffffffffff.sock'))

  // A shell and the `sleep` that it waits for, each.
  expect(await endLeftovers(leftovers)).toBeGreaterThanOrEqual(2)
  expect(await inBox.ended).toEqual([null, 'SIGKILL'])
  expect(await relay.ended).toEqual([null, 'SIGKILL'])
  expect(ofAnother.lives() && stranger.lives()).toBe(true)
  expect(existsSync(box) || existsSync(socket)).toBe(false)
  expect(findLeftovers(at)).toEqual([])
})

test('a relay that was just starting is known by the port it leads to', async () => {
  const at = places()
  writeFileSync(join(at.relays, '45678'), '')
  const relay = runs({}, 'TCP:localhost:45678,keepalive')
  const other = runs({}, 'TCP:localhost:4567,keepalive')
  await endLeftovers(findLeftovers(at))
  expect(await relay.ended).toEqual([null, 'SIGKILL'])
  expect(other.lives()).toBe(true)
})

test.each(['', 'T', '/', '/tmp', 'TCP:localhost:', `x${SOCKET}`, `/a/${SOCKET}/..`, `/a/${SOCKET}\n/etc`, 'sh\0'])(
  'a note that is broken marks nobody but who leads to its port: %j',
  (note) => {
    const at = places()
    writeFileSync(join(at.relays, '45678'), note)
    expect(findLeftovers(at)).toEqual([{ mark: 'TCP:localhost:45678,', files: [join(at.relays, '45678')] }])
  },
)

test('a box is known by its real path, however the home is named', async () => {
  const at = places()
  mkdirSync(join(at.tmp, 'box-abcdef'))
  symlinkSync(at.tmp, join(at.folder, 'link'))
  const inBox = runs({ TMPDIR: join(at.tmp, 'box-abcdef') })
  await endLeftovers(findLeftovers({ ...at, tmp: join(at.folder, 'link') }))
  expect(await inBox.ended).toEqual([null, 'SIGKILL'])
})

test('what is named otherwise is nobody’s mark', () => {
  const at = places()
  for (const name of ['box-', 'box-abc', 'boxes', '..box-abcdef']) mkdirSync(join(at.tmp, name))
  for (const name of ['.x', 'port', '123456', '80a']) writeFileSync(join(at.relays, name), `/tmp/${SOCKET}`)
  expect(findLeftovers(at)).toEqual([])
})
