import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Egress } from '../../sidecar/sandbox/egress/index.ts'
import type { Box } from '../../sidecar/sandbox/index.ts'
import type { MicrovmSandbox } from '../../sidecar/sandbox/microvm/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'
import { openMicrovms, testVm } from '../fixtures/microvm.ts'

const vm = await testVm()
if (vm.missing !== undefined) console.warn(`Tests of the network of microvms skipped: ${vm.missing}.`)

/** A guest has no network device: all it has is one port of its loopback, which leads to the egress proxy. */
describe.skipIf(vm.missing !== undefined)('the way out of a microvm', () => {
  const root = vm.missing === undefined ? realpathSync(mkdtempSync(join(tmpdir(), 'oxbow-vm-network-'))) : ''
  const [home, workspace] = [join(root, 'oxbow'), join(root, 'project')]
  const large = Buffer.alloc(700_001, 'abcdefg')
  let web: Server
  let port: number
  let egress: Egress
  let sandbox: MicrovmSandbox
  let box: Box

  const run = async (command: string, timeoutMs = 60_000) => {
    let output = ''
    const onOutput = (text: string): void => {
      output += text
    }
    const exit = await box.run({ command, cwd: workspace, timeoutMs, signal: new AbortController().signal, onOutput })
    return { ...exit, output }
  }

  beforeAll(async () => {
    for (const path of [join(home, 'run'), workspace]) mkdirSync(path, { recursive: true })
    web = createServer((request, response) => {
      if (request.url === '/silent') return
      if (request.url === '/large') return void response.end(large)
      const hash = createHash('sha256')
      let bytes = 0
      request.on('data', (piece: Buffer) => {
        bytes += piece.length
        hash.update(piece)
      })
      request.on('end', () => response.end(`${request.method} ${bytes} ${hash.digest('hex')}\n`))
    }).listen(0, '127.0.0.1')
    await once(web, 'listening')
    port = (web.address() as AddressInfo).port
    egress = fixedEgress([`localhost:${port}`], { run: join(home, 'run') })
    sandbox = openMicrovms(
      vm.images!,
      { home, tmpRoot: join(home, 'run/tmp'), personHome: join(root, 'person') },
      {
        wayOut: async ({ workspace: of, session }) => {
          const socket = await egress.socket()
          return { socket, admit: (wish) => egress.admit({ ...wish, session, workspace: of }) }
        },
      },
    )
    box = await sandbox.open(workspace, { session: 'ses_one' })
    expect(await run('echo booted', 120_000)).toMatchObject({ code: 0, output: 'booted\n' })
  }, 150_000)
  afterAll(async () => {
    await box?.close()
    await sandbox?.close()
    await egress?.close()
    web?.closeAllConnections()
    web?.close()
    rmSync(root, { recursive: true, force: true })
  })

  it('leads to a host that is allowed', async () => {
    expect(await run(`wget -q -O - http://localhost:${port}/hello`)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^GET 0 /),
    })
  })

  it('hands on every byte, both ways, more than fits at once', async () => {
    expect(await run(`wget -q -O got http://localhost:${port}/large && cmp got got && wc -c < got`)).toMatchObject({
      code: 0,
      output: '700001\n',
    })
    expect(readFileSync(join(workspace, 'got')).equals(large)).toBe(true)
    const sent = await run(`wget -q -O - --post-file=got http://localhost:${port}/`)
    // BusyBox names another method through a proxy.
    expect(sent.output).toContain(` 700001 ${createHash('sha256').update(large).digest('hex')}\n`)
  })

  it('serves several at once, and again after a flood of connections', async () => {
    const several = await run(
      `for n in 1 2 3 4 5 6; do wget -q -O n$n http://localhost:${port}/$n & done; wait; cat n1 n2 n3 n4 n5 n6 | wc -l`,
    )
    expect(several).toMatchObject({ code: 0, output: '6\n' })
    await run('for n in $(seq 60); do (nc 127.0.0.1 3128 < /dev/zero > /dev/null 2>&1 &) ; done; sleep 1', 20_000)
    await expect
      .poll(async () => (await run(`timeout 20 wget -q -O - http://localhost:${port}/`)).output, { timeout: 60_000 })
      .toMatch(/^GET 0 /)
  }, 150_000)

  it('refuses every other host and says so to the session', async () => {
    const { output, code } = await run('wget -O - http://example.com/ 2>&1; wget -q -O - http://169.254.169.254/latest/ 2>&1')
    expect(code).not.toBe(0)
    expect(output).toContain('403')
    expect(egress.takeRefused('ses_one').map(({ host }) => host)).toEqual(
      expect.arrayContaining(['example.com', '169.254.169.254']),
    )
  })

  it('is the only one: no device, no route, no names, no proxy without the credential', async () => {
    const { output } = await run('ls /sys/class/net; cat /proc/net/route | tail -n +2; nslookup example.com 2>&1 | tail -1')
    expect(output).toMatch(/^lo\n/)
    expect(output).not.toMatch(/^eth|00000000/m)
    const direct = await run(`unset http_proxy; timeout 5 wget -q -O - http://127.0.0.1:${port}/ || echo none`)
    expect(direct.output).toContain('none')
    const bare = await run(
      `printf 'GET http://localhost:${port}/ HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | nc 127.0.0.1 3128 | head -1`,
    )
    expect(bare.output).toMatch(/407/)
  })

  it('ends what waits when its command ends', async () => {
    expect(await run(`wget -q -O - http://localhost:${port}/silent`, 1500)).toMatchObject({ reason: 'timeout' })
    expect((await run(`wget -q -O - http://localhost:${port}/`)).output).toMatch(/^GET 0 /)
  })
})
