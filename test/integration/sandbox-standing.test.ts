import { mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'

// Real boxes, wherever the sidecar stands and whatever the folders are called: they hold the same everywhere.
const SECRET = 'SECRET-0815'
const made: string[] = []
const began = process.cwd()
const server = createServer((_, response) => response.end(SECRET))
let port = 0

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  process.chdir(began)
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
  await new Promise((resolve) => server.close(resolve))
})

/** A person's computer below `top`. */
function computer(top: string, named: string) {
  const root = realpathSync(mkdtempSync(`${top}/oxbow-standing-`))
  made.push(root)
  const person = join(root, named)
  const home = join(person, '.oxbow')
  const workspace = join(home, 'workspaces', named)
  mkdirSync(workspace, { recursive: true })
  mkdirSync(join(person, '.ssh'))
  writeFileSync(join(person, '.ssh/id'), SECRET)
  writeFileSync(join(home, 'oxbow.db'), SECRET)
  const places = { home, tmpRoot: join(home, 'tmp'), shared: join(home, 'shared'), personHome: person }
  return { root, person, home, workspace, sandbox: createProcessSandbox({ ...places, allowHosts: [] }) }
}

const linux = process.platform === 'linux'
const ready = linux && (await computer('/var/tmp', 'probe').sandbox.readiness()).ready

describe.skipIf(!ready)('a box', () => {
  it.each([
    ['/var/tmp', 'ada'],
    ['/tmp', 'ada'],
    ['/var/tmp', 'a b'],
    ['/var/tmp', "it's"],
    ['/tmp', 'two\nlines'],
    ['/var/tmp', '$(id) "q" \\'],
  ])('below %s, of a person called %j, holds wherever the sidecar stands', async (top, named) => {
    const { root, person, home, workspace, sandbox } = computer(top, named)
    const box = await sandbox.open(workspace)
    const inBox = async (command: string): Promise<string> => {
      let output = ''
      const onOutput = (text: string): void => {
        output += text
      }
      await box.run({ command, cwd: workspace, timeoutMs: 20_000, signal: new AbortController().signal, onOutput })
      return output
    }
    const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`
    try {
      for (const standing of ['/', '/tmp', root, workspace, began]) {
        process.chdir(standing)
        expect(await inBox('echo ok > /workspace/x; cat x; echo $((1 + 1))'), standing).toBe('ok\n2\n')
        const reads = [join(person, '.ssh/id'), join(home, 'oxbow.db')].flatMap((path) =>
          [path, `/proc/1/root${path}`, `/proc/self/root${path}`, `/oldroot${path}`].map((way) => `cat ${quoted(way)}`),
        )
        const around = ['cat /workspace/../../oxbow.db', 'cat /shared/../oxbow.db', 'cat /tmp/../../oxbow.db', 'cat ~/.ssh/id']
        expect(await inBox([...reads, ...around].join('; ')), standing).not.toContain(SECRET)
        // No network: neither an address, nor a way to one on this computer.
        const net = `ls /sys/class/net; cat /proc/net/route | wc -l; (exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3) 2>&1; env -i curl -s --max-time 2 http://127.0.0.1:${port}/; true`
        const seen = await inBox(net)
        expect(seen, standing).not.toContain(SECRET)
        expect(seen, standing).toMatch(/refused|unreachable/i)
        // No process of this computer.
        expect(await inBox(`kill -0 ${process.pid} 2>&1; ls -d /proc/[0-9]* | wc -l`), standing).toMatch(/\n([1-9]|1[0-9])\n$/)
        expect(await inBox('readlink /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/user'), standing).not.toContain(
          readlinkSync('/proc/self/ns/net'),
        )
      }
    } finally {
      await box.close()
    }
  })
})
