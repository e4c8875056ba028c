import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../fixtures/log.ts'

const OUT = join(import.meta.dirname, '../../out/main')

/** Reports, once the sidecar is ready, what it has loaded. */
const HOOK = `
const Module = require('node:module')
const load = Module._load
const files = new Set()
Module._load = function (request, parent, ...rest) {
  try { files.add(Module._resolveFilename(request, parent)) } catch {}
  return load.call(this, request, parent, ...rest)
}
const send = process.send
process.send = function (message, ...rest) {
  if (message.type === 'ready') send.call(process, { type: 'loaded', files: [...files], builtins: process.moduleLoadList })
  return send.call(process, message, ...rest)
}`

test('a start loads neither the contract, nor a tool, nor an SDK, nor what answers behind the door', async () => {
  const folder = temporaryFolder()
  const hook = join(folder, 'hook.cjs')
  writeFileSync(hook, HOOK)
  const child = fork(join(OUT, 'sidecar.cjs'), ['--port', '0'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OXBOW_HOME: join(folder, 'home') },
    execArgv: ['--require', hook],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [{ files, builtins }] = (await once(child, 'message')) as [{ files: string[]; builtins: string[] }]
  expect(builtins.filter((name) => /undici|http2|zlib/.test(name))).toEqual([])
  const code = files.filter((file) => file.startsWith(OUT)).map((file) => readFileSync(file, 'utf8'))
  expect(code.length).toBeGreaterThan(3)
  const built = readdirSync(OUT).map((file) => readFileSync(join(OUT, file), 'utf8'))
  // Words of the contract, the socket, the HTTP app, the SDKs, memory and the tools: each stands in what brings it.
  for (const sign of [
    'Create a session',
    'Sec-WebSocket-Accept',
    'class Hono',
    'OPENAI_ORG_ID',
    'ANTHROPIC_AUTH_TOKEN',
    'memory.when',
    'File to change, relative to the workspace',
  ]) {
    expect(
      built.some((text) => text.includes(sign)),
      `${sign} is built`,
    ).toBe(true)
    expect(
      code.some((text) => text.includes(sign)),
      `${sign} is loaded`,
    ).toBe(false)
  }
  expect(files.filter((file) => /web-tree-sitter|photon|sandbox-runtime|node-pty/.test(file))).toEqual([])
})
