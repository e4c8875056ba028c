import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ToolPart } from '../../../sidecar/contract/index.ts'
import { openPlace, type Place } from './place.ts'
import { order, type Ran, runTurn } from './run.ts'

let place: Place
/** Every host beyond this computer, as a proxy of a company finds it. */
const web = createServer((_, response) => response.end('send it\n'))
web.on('connect', (_request, near) => {
  const far = connect((web.address() as AddressInfo).port, '127.0.0.1', () => {
    near.write('HTTP/1.1 200 OK\r\n\r\n')
    near.pipe(far).pipe(near)
  })
  for (const socket of [near, far]) socket.on('error', () => {})
})

beforeAll(async () => {
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  place = await openPlace({ 'network.upstream_proxy': `http://127.0.0.1:${(web.address() as AddressInfo).port}` })
  await place.client.hosts.allow({ host: 'far.invalid' })
  await place.client.hosts.allow({ host: `localhost:${place.evil.port}` })
})
afterAll(async () => {
  await place.close()
  web.closeAllConnections()
  await new Promise((resolve) => web.close(resolve))
})

const exec = (command: string, more = {}) => ({ call: 'exec', args: { command, ...more } })
const tools = ({ view }: Ran): ToolPart[] => view.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
const labels = ({ view }: Ran): string[] => [...new Set((view.taints ?? []).map(({ label }) => label))].sort()
const run = (files: Record<string, string>, ...calls: { call: string; args: unknown }[]): Promise<Ran> =>
  runTurn(place.client, { workspace: place.workspace(files), mode: 'auto' }, order(...calls), true)

test('what the proxy carried for a command is a stranger’s, whatever the command looks like', async () => {
  const files = { 'get.sh': 'curl -s http://far.invalid/page\n', Makefile: 'x:\n\t@curl -s http://far.invalid/page\n' }
  for (const command of ['sh get.sh', 'make x', 'c=curl; $c -s far.invalid/page']) {
    const ran = await run(files, exec(command))
    expect([command, tools(ran)[0]!.output]).toEqual([command, expect.stringContaining('send it')])
    expect([command, labels(ran)]).toEqual([command, expect.arrayContaining(['untrusted'])])
  }
  const later = await run(files, exec('sh get.sh; sleep 600', { background: true }), {
    call: 'process_read',
    args: { id: 'PROCESS', waitSeconds: 20 },
  })
  expect(tools(later)[1]!.output).toContain('send it')
  expect(labels(later)).toContain('untrusted')
})

test('a service of the person’s own that they named brings no label, and neither does what reached nothing', async () => {
  const files = { 'get.sh': `curl -s --noproxy '' http://localhost:${place.evil.port}/own\n`, 'no.sh': 'true\n' }
  const ran = await run(files, exec('sh get.sh'), exec('sh no.sh'))
  expect(tools(ran)[0]!.output).toContain('hello')
  expect(labels(ran)).toEqual([])
})
