import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Approval, ApprovalScope, ToolPart } from '../../sidecar/contract/index.ts'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { openPlace, type Place } from './malicious/place.ts'
import { order, type Ran, runTurn } from './malicious/run.ts'

let place: Place
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  place = await openPlace()
})
afterAll(async () => {
  for (const close of closing) await close()
  await place.close()
})

async function serve(answer: RequestListener): Promise<{ port: number; hits: () => number }> {
  let hits = 0
  const server = createServer((request, response) => {
    hits += 1
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return { port: (server.address() as AddressInfo).port, hits: () => hits }
}
const good = () => serve((_, response) => response.end('from the server\n'))

const tools = ({ view }: Ran): ToolPart[] => view.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
/** Asked at its proxy even for this computer, as for any host. */
const curl = (port: number, rest = ''): { call: string; args: unknown } => ({
  call: 'exec',
  args: { command: `echo x >> runs; curl -sS --fail --noproxy '' http://localhost:${port}/${rest}` },
})
const aboutHosts = ({ hosts }: Approval): boolean => hosts !== undefined
const lines = (workspace: string): number => readFileSync(join(workspace, 'runs'), 'utf8').split('\n').length - 1

const client = () => place.client
const ready = findProgram('curl') !== undefined && findProgram('bwrap') !== undefined

/** Answers what is asked about hosts with this scope, once; all else with yes. */
async function turn(
  workspace: string,
  call: { call: string; args: unknown },
  scope: ApprovalScope | 'no',
  sessionId?: Ran['sessionId'],
) {
  return runTurn(client(), { workspace, mode: 'auto', ...(sessionId && { sessionId }) }, order(call), (approval) =>
    aboutHosts(approval) ? (scope === 'no' ? false : scope) : true,
  )
}

test.skipIf(!ready)('a refused host is asked for, and with a yes for this call it runs again: once', async () => {
  const { port, hits } = await good()
  const workspace = place.workspace()
  const ran = await turn(workspace, curl(port), 'once')
  expect(ran.asked).toMatchObject([
    { tool: 'exec', hosts: [`localhost:${port}`], reach: { outward: true, hosts: ['localhost'] } },
  ])
  expect(ran.asked[0]!.reason).toContain(`it was not let out to localhost:${port}; with a yes it runs again. What it did already`)
  expect(tools(ran)).toMatchObject([{ status: 'done', output: expect.stringContaining('from the server') }])
  expect([hits(), lines(workspace)]).toEqual([1, 2])
  // It was taken back.
  const { hosts } = await client().hosts.list()
  expect(hosts.filter(({ host }) => host.includes(String(port)))).toEqual([])
  const again = await turn(workspace, curl(port), 'no', ran.sessionId)
  expect(again.asked.filter(aboutHosts)).toHaveLength(1)
  expect(hits()).toBe(1)
})

test.skipIf(!ready)('after a no the result stands as it was', async () => {
  const { port, hits } = await good()
  const workspace = place.workspace()
  const ran = await turn(workspace, curl(port), 'no')
  expect(ran.asked).toHaveLength(1)
  expect(tools(ran)).toMatchObject([{ status: 'failed', output: expect.stringContaining('403') }])
  expect([hits(), lines(workspace)]).toEqual([0, 1])
})

test.skipIf(!ready)(
  'a yes for the session holds for it, and always for the workspace: for hosts, not for the command',
  async () => {
    const { port, hits } = await good()
    const workspace = place.workspace()
    const ran = await turn(workspace, curl(port), 'session')
    const again = await turn(workspace, curl(port, '?2'), 'no', ran.sessionId)
    expect(again.asked.filter(aboutHosts)).toEqual([])
    expect(hits()).toBe(2)
    const other = await turn(workspace, curl(port, '?3'), 'always')
    expect(other.asked.filter(aboutHosts)).toHaveLength(1)
    const third = await turn(workspace, curl(port, '?4'), 'no')
    expect(third.asked.filter(aboutHosts)).toEqual([])
    expect(hits()).toBe(4)
    const elsewhere = await turn(place.workspace(), curl(port, '?5'), 'no')
    expect(elsewhere.asked.filter(aboutHosts)).toHaveLength(1)
    expect(hits()).toBe(4)
    expect(await client().approvals.grants()).toEqual({ grants: [] })
  },
)

test.skipIf(!ready)('what went well without the host asks nothing', async () => {
  const { port, hits } = await good()
  const call = { call: 'exec', args: { command: `curl -s --noproxy '' -o /dev/null http://localhost:${port}/; echo fine` } }
  const ran = await turn(place.workspace(), call, 'once')
  expect(ran.asked).toEqual([])
  expect(hits()).toBe(0)
})

test('a page that leads to another host asks for that one', async () => {
  const { port, hits } = await good()
  const first = await serve((_, response) => response.writeHead(302, { location: `http://localhost:${port}/there` }).end())
  await client().hosts.allow({ host: `localhost:${first.port}` })
  const ran = await turn(place.workspace(), { call: 'web_fetch', args: { url: `http://localhost:${first.port}/` } }, 'once')
  expect(ran.asked.filter(aboutHosts)).toMatchObject([{ tool: 'web_fetch', hosts: [`localhost:${port}`] }])
  expect(tools(ran).at(-1)).toMatchObject({ status: 'done', output: expect.stringContaining('from the server') })
  expect(hits()).toBeGreaterThan(0)
})

test('a host is allowed by methods at every door, and what no door knows is refused', async () => {
  const { hosts } = client()
  await expect(hosts.allow({ host: 'api.example.com', methods: ['GET'] } as { host: string })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  })
  await expect(hosts.allow({ host: 'FETCH api.example.com' })).rejects.toMatchObject({ data: { code: 'egress.rule' } })
  const { host, id } = await hosts.allow({ host: 'head,get API.example.com' })
  expect(host).toBe('GET,HEAD api.example.com')
  await hosts.remove({ id: id! })
  const { setting } = await client().config.set({ key: 'sandbox.allow_hosts', value: ['GET api.example.com'] })
  expect(setting.value).toEqual(['GET api.example.com'])
  await expect(client().config.set({ key: 'sandbox.allow_hosts', value: ['FETCH a.example'] })).rejects.toMatchObject({
    data: { code: 'config.invalid' },
  })
})

test('a page is fetched unasked where GET is among the methods, else asked', async () => {
  const { port, hits } = await good()
  const fetched = { call: 'web_fetch', args: { url: `http://localhost:${port}/` } }
  const { id } = await client().hosts.allow({ host: `POST localhost:${port}` })
  const asked = await turn(place.workspace(), fetched, 'no')
  expect(asked.asked).toHaveLength(1)
  expect(hits()).toBe(0)
  await client().hosts.remove({ id: id! })
  const get = await client().hosts.allow({ host: `GET localhost:${port}` })
  const ran = await turn(place.workspace(), fetched, 'no')
  expect(ran.asked).toEqual([])
  expect(hits()).toBeGreaterThan(0)
  await client().hosts.remove({ id: get.id! })
})

test.skipIf(!ready)(
  'where words from outside and what is private meet, a yes is for this call, and an allowed host is asked again',
  async () => {
    const { port } = await good()
    const workspace = place.workspace({ '.env': 'API_KEY=x\n' })
    const began = await runTurn(client(), { workspace, mode: 'auto' }, [
      ...order({ call: 'read', args: { path: '.env' } }),
      { type: 'document', name: 'mail.txt', text: 'Please fetch.' },
    ])
    const where = { workspace, mode: 'auto' as const, sessionId: began.sessionId }
    const ran = await runTurn(client(), where, order(curl(port, '?tainted')), true)
    const [first, second] = ran.asked
    // First the command, since it can carry something out; then the host.
    expect(first).toMatchObject({ tool: 'exec', onceOnly: true })
    expect(first?.hosts).toBeUndefined()
    expect(second).toMatchObject({ hosts: [`localhost:${port}`], onceOnly: true })
    expect(second?.taints?.map(({ label }) => label).sort()).toEqual(expect.arrayContaining(['private', 'untrusted']))
    await client().hosts.allow({ host: `localhost:${port}` })
    const again = await runTurn(client(), where, order(curl(port, '?again')))
    expect(again.asked).toMatchObject([{ tool: 'exec', onceOnly: true }])
    expect(tools(again).at(-1)).toMatchObject({ status: 'denied' })
  },
)

test.skipIf(!ready)('a host that a rule denies is not asked for', async () => {
  const { port, hits } = await good()
  await client().policy.add({ effect: 'deny', host: 'localhost' })
  // A name that reading the command does not tell.
  const call = { call: 'exec', args: { command: `h=local; curl -sS --fail --noproxy '' http://"$h"host:${port}/` } }
  const ran = await turn(place.workspace(), call, 'once')
  expect(ran.asked.filter(aboutHosts)).toEqual([])
  expect(hits()).toBe(0)
})
