import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Box, createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { createSpool, createTools, type ToolOutcome } from '../../sidecar/tools/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'
import { heapInUse } from '../fixtures/heap.ts'
import { ids } from '../fixtures/log.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-exec-')))
const workspace = join(root, 'workspace')
mkdirSync(workspace)
const place = { home: join(root, 'home'), tmpRoot: join(root, 'home', 'tmp'), personHome: join(root, 'person') }
const closed = createProcessSandbox({ ...place, allowHosts: [] })
const readiness = await closed.readiness()
if (!readiness.ready) console.warn(`exec tests skipped: ${readiness.reason}. ${readiness.mend}`)
const spool = createSpool(join(root, 'home', 'spool'))
const exec = createTools().find((tool) => tool.name === 'exec')!
const read = createTools().find((tool) => tool.name === 'read')!

let box: Box
beforeAll(async () => {
  box = await closed.open(workspace)
})
afterAll(async () => {
  await box.close()
  rmSync(root, { recursive: true, force: true })
})

async function run(
  command: string,
  more: { timeoutSeconds?: number; in?: Box; signal?: AbortSignal } = {},
): Promise<ToolOutcome & { live: string }> {
  let live = ''
  const { in: inBox = box, signal = new AbortController().signal, ...args } = more
  const onOutput = (text: string): void => {
    live += text
  }
  const outcome = await exec.run(exec.input.parse({ command, ...args }), {
    sessionId: ids.session(),
    box: inBox,
    spool,
    signal,
    labels: [],
    space: 'main',
    onOutput,
  })
  expect(Buffer.byteLength(outcome.text)).toBeLessThanOrEqual(16 * 1024)
  return { ...outcome, live }
}

describe.skipIf(!readiness.ready)('exec', () => {
  it('gives output and exit code', async () => {
    expect(await run('echo a; echo b >&2')).toMatchObject({ text: 'a\nb\n\n[exit code 0]', isError: false, live: 'a\nb\n' })
    expect(await run('exit 7')).toMatchObject({ text: '(no output)\n\n[exit code 7]', isError: true })
    expect((await run('kill -9 $$')).isError).toBe(true)
  })

  it('says when it was stopped', async () => {
    const slow = await run('echo before; sleep 30', { timeoutSeconds: 1 })
    expect(slow).toMatchObject({ isError: true, text: expect.stringMatching(/^before\n\n\[It did not end within 1 s/) })
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    expect((await run('sleep 30', { signal: controller.signal })).text).toContain('cancelled')
  })

  it('keeps the whole of a long output for read, start and end for the model, and little for screens', async () => {
    const { text, spool: name, live } = await run('for i in $(seq 30000); do echo "line $i 🐂"; done')
    expect(text).toMatch(/^line 1 🐂\n[\s\S]*bytes in all; read the rest in spool:[\s\S]*line 30000 🐂\n\n\[exit code 0\]$/)
    expect(readFileSync(spool.locate(name!), 'utf8').split('\n')).toHaveLength(30_001)
    expect(Buffer.byteLength(live)).toBeLessThan(65 * 1024)
    const page = await read.run(read.input.parse({ path: name, offset: 20_000, limit: 1 }), {
      sessionId: ids.session(),
      box,
      spool,
      signal: new AbortController().signal,
      labels: [],
      space: 'main',
      onOutput: () => {},
    })
    expect(page.text).toContain('20000\tline 20000 🐂')
  })

  it('survives a flood: memory flat, the kept part bounded', async () => {
    const before = process.memoryUsage.rss()
    const { spool: name, isError } = await run('head -c 200000000 /dev/zero | tr "\\0" "x"')
    expect(isError).toBe(false)
    expect(readFileSync(spool.locate(name!)).length).toBe(64 << 20)
    expect(process.memoryUsage.rss() - before).toBeLessThan(250 * 2 ** 20)
  })

  it('has outputs that can be opened by name, in order with what else is printed', async () => {
    const { text } = await run('echo a > /dev/stdout; echo b >&2; echo c | tee /dev/stderr; echo d > /dev/fd/1')
    expect(text).toMatch(/^a\nb\nc\nc\nd\n/)
  })

  it('costs no memory per call', async () => {
    for (let i = 0; i < 5; i += 1) await run('true')
    const before = heapInUse()
    for (let i = 0; i < 40; i += 1) await run('true')
    expect(heapInUse() - before).toBeLessThan(2 * 2 ** 20)
  })
})

describe.skipIf(!readiness.ready)('what enters a box', () => {
  it('is no program of a folder that commands can write to, though the person’s PATH names it first', async () => {
    const [bin, sign] = [join(workspace, 'bin'), join(root, 'escaped')]
    mkdirSync(bin)
    for (const name of ['cat', 'bash', 'sh', 'bwrap', 'socat', 'stat', 'env', 'rm', 'true'])
      writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} >> '${sign}'\n`, { mode: 0o755 })
    const sandbox = createProcessSandbox({
      ...place,
      allowHosts: [],
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    })
    const own = await sandbox.open(workspace)
    try {
      expect((await run('echo here', { in: own })).text).toContain('here')
      expect((await run('cat x; true; echo done', { in: own })).text).toContain('Read-only file system')
      expect(existsSync(sign)).toBe(false)
    } finally {
      await own.close()
      rmSync(bin, { recursive: true })
    }
  })
})

describe.skipIf(!readiness.ready)('hosts that are allowed', () => {
  const egress = fixedEgress(['127.0.0.1:*'])
  const sandbox = createProcessSandbox({ ...place, allowHosts: ['127.0.0.1:*'], egress: async () => egress })
  let open: Box
  let server: Server
  let url = ''
  beforeAll(async () => {
    server = createServer((_, response) => response.end('hello from outside')).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
    open = await sandbox.open(workspace)
  })
  afterAll(async () => {
    await open.close()
    await sandbox.close()
    await egress.close()
    server.close()
  })

  it('are reached through the proxy, and only they', async () => {
    expect(await sandbox.readiness()).toEqual({ ready: true })
    const get = (target: string): string => `curl -sS -m 5 --noproxy "" ${target}; true`
    expect((await run(get(url), { in: open })).text).toContain('hello from outside')
    expect((await run(get('http://example.com'), { in: open })).text).not.toContain('Example Domain')
    expect((await run(get(url.replace('127.0.0.1', 'localhost')), { in: open })).text).not.toContain('hello')
    expect((await run(`curl -sS -m 3 --noproxy '*' ${url}`, { in: open })).text).not.toContain('hello')
    expect((await run('echo $TMPDIR', { in: open })).text).toContain(open.tmp)
    // A box without hosts stays closed while proxies run for another.
    expect((await run(get(url))).text).not.toContain('hello')
    await sandbox.close()
    expect((await run('echo still here')).text).toContain('still here')
  })
})
