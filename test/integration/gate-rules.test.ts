import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Mode, PolicyRule, ToolPart } from '../../sidecar/contract/index.ts'
import { findProgram } from '../../sidecar/foundation/index.ts'
import { openPlace, type Place } from './malicious/place.ts'
import { order, type Ran, runTurn } from './malicious/run.ts'

let place: Place
beforeAll(async () => {
  place = await openPlace()
})
afterAll(() => place.close())
afterEach(async () => {
  for (const { id } of (await place.client.hosts.list()).hosts) if (id !== undefined) await place.client.hosts.remove({ id })
  for (const _ of (await place.client.policy.rules({})).rules) await place.client.policy.remove({ index: 0 })
  place.evil.hits.length = 0
})

const add = async (...rules: PolicyRule[]): Promise<void> => {
  for (const rule of rules) await place.client.policy.add(rule)
}
const tools = ({ view }: Ran): ToolPart[] => view.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
/** A person says yes to whatever is asked. */
const run = (workspace: string, mode: Mode, ...calls: [call: string, args: unknown][]): Promise<Ran> =>
  runTurn(place.client, { workspace, mode }, order(...calls.map(([call, args]) => ({ call, args: place.fill(args) }))), true)
const ready = findProgram('curl') !== undefined && findProgram('bwrap') !== undefined

test('what a rule closes is closed through links, searches and lists, in every mode', async () => {
  await add({ effect: 'deny', path: 'keys/**' })
  const workspace = place.workspace({ 'keys/a.txt': 'hunter2\n', 'src/b.js': 'safe\n' })
  symlinkSync('keys', join(workspace, 'k'))
  const ran = await run(
    workspace,
    'auto',
    ['read', { path: 'k/a.txt' }],
    ['write', { path: 'k/b.txt', content: 'x' }],
    ['ls', { path: '.' }],
    ['find', { pattern: '*.txt' }],
    ['grep', { pattern: 'hunter', glob: 'keys/*' }],
    ['grep', { pattern: 'hunter', path: 'k' }],
  )
  expect(tools(ran).map(({ status }) => status)).toEqual(['denied', 'denied', 'done', 'done', 'done', 'denied'])
  const said = JSON.stringify(tools(ran).map(({ output }) => output))
  expect(said).toContain('left out')
  for (const hidden of ['hunter2', 'keys/a.txt', 'keys/\\n']) expect(said).not.toContain(hidden)
  expect(() => readFileSync(join(workspace, 'keys/b.txt'))).toThrow()
})

test.skipIf(!ready)('also through a link in a folder whose real place only the box knows', async () => {
  await add({ effect: 'deny', path: 'keys/**' })
  const workspace = place.workspace({ 'keys/a.txt': 'hunter2\n' })
  const link = 'ln -s "$PWD/$(echo ke)ys" "$TMPDIR/k"'
  const ran = await run(
    workspace,
    'auto',
    ['exec', { command: link }],
    ['read', { path: '/tmp/k/a.txt' }],
    ['write', { path: '/tmp/k/b.txt', content: 'x' }],
  )
  const [, read, write] = tools(ran)
  for (const call of [read, write])
    expect(call).toMatchObject({ status: 'failed', output: expect.stringMatching(/cannot be used: rule 0 of .* forbids it/) })
  expect(() => readFileSync(join(workspace, 'keys/b.txt'))).toThrow()
})

test('a rule that moved since it was listed is not taken for the one in its place', async () => {
  const ssh: PolicyRule = { effect: 'deny', program: 'ssh' }
  const git: PolicyRule = { effect: 'allow', program: 'git', reason: 'as ever' }
  await add(ssh, git)
  const { policy } = place.client
  await policy.remove({ index: 0, rule: ssh })
  await expect(policy.remove({ index: 0, rule: ssh })).rejects.toMatchObject({ code: 'CONFLICT', data: { code: 'policy.moved' } })
  expect((await policy.rules({})).rules.map(({ rule }) => rule)).toEqual([git])
  await policy.remove({ index: 0, rule: git })
  expect((await policy.rules({})).rules).toEqual([])
})

test('a host that a rule denies is not reached by a redirect from one that is allowed', async () => {
  const server = createServer((_, response) => response.writeHead(302, { location: place.fill('EVIL/redirected') }).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  onTestFinished(() => void server.close())
  const first = `127.0.0.2:${(server.address() as AddressInfo).port}`
  for (const host of [first, `127.0.0.1:${place.evil.port}`]) await place.client.hosts.allow({ host })
  await add({ effect: 'deny', host: '127.0.0.1' })
  const ran = await run(place.workspace(), 'auto', ['web_fetch', { url: `http://${first}/go` }])
  expect(tools(ran)).toMatchObject([{ status: 'failed', output: expect.stringContaining('forbids it') }])
  expect(place.evil.hits).toEqual([])
})

test.skipIf(!ready)('nor by a command, whatever its text says', async () => {
  await place.client.hosts.allow({ host: `127.0.0.1:${place.evil.port}` })
  const workspace = place.workspace()
  const spelled = ['EVILHOST:EVILPORT/bare', '$h:EVILPORT/blind', '127.1:EVILPORT/short']
  const command = (to: string): [string, unknown] => ['exec', { command: `h=EVILHOST; curl -sS --noproxy '' ${to}` }]
  const open = await run(workspace, 'auto', command(spelled[0]!))
  expect([tools(open)[0]!.output, place.evil.hits.length > 0]).toEqual([expect.stringContaining('hello'), true])
  place.evil.hits.length = 0
  await add({ effect: 'deny', host: '127.0.0.1', reason: 'never there' })
  const ran = await run(workspace, 'auto', ...spelled.map(command))
  expect(ran.asked.filter(({ hosts }) => hosts !== undefined)).toEqual([])
  expect(tools(ran)[0]!.output).toContain('never there')
  expect(place.evil.hits).toEqual([])
})

test('a rule about a space holds for its sessions alone: for their calls, what is explained and simulated, and the way out', async () => {
  await place.client.hosts.allow({ host: `127.0.0.1:${place.evil.port}` })
  const workspace = place.workspace()
  const calls = order(
    { call: 'write', args: { path: 'a.txt', content: 'x' } },
    { call: 'web_fetch', args: place.fill({ url: 'EVIL/' }) },
  )
  const turn = (space?: string): Promise<Ran> =>
    runTurn(place.client, { workspace, mode: 'auto', ...(space && { space }) }, calls, true)
  const statuses = (ran: Ran): string[] => tools(ran).map(({ status }) => status)
  const before = await turn('work')
  expect(statuses(before)).toEqual(['done', 'done'])
  const rules: PolicyRule[] = [
    { effect: 'deny', tool: 'write', space: 'work' },
    { effect: 'deny', host: '127.0.0.1', space: 'work' },
  ]
  const { examples } = await place.client.policy.simulate({ add: rules })
  const changed = examples.filter(({ sessionId }) => sessionId === before.sessionId)
  expect(changed.map(({ tool }) => tool).sort()).toEqual(['web_fetch', 'write'])
  await add(...rules)
  expect(statuses(await turn('work'))).toEqual(['denied', 'denied'])
  const main = await turn()
  expect(statuses(main)).toEqual(['done', 'done'])
  const call = { tool: 'write', args: { path: 'a.txt', content: 'x' } }
  expect(await place.client.policy.explain({ ...call, sessionId: before.sessionId })).toMatchObject({ effect: 'deny' })
  expect(await place.client.policy.explain({ ...call, sessionId: main.sessionId })).toMatchObject({ effect: 'allow' })
})

test.skipIf(!ready)('and for where a command of such a session goes, whatever its text says', async () => {
  await place.client.hosts.allow({ host: `127.0.0.1:${place.evil.port}` })
  await add({ effect: 'deny', host: '127.0.0.1', space: 'main', reason: 'not from here' })
  const ran = await run(place.workspace(), 'auto', ['exec', { command: "h=EVILHOST; curl -sS --noproxy '' $h:EVILPORT/" }])
  expect(tools(ran)[0]!.output).toContain('not from here')
  expect(place.evil.hits).toEqual([])
})

test('a pattern of a cloned repository that could take forever is refused, and holds nobody up', async () => {
  const workspace = place.workspace({ ['a'.repeat(24)]: 'x' })
  mkdirSync(join(workspace, '.oxbow'))
  writeFileSync(join(workspace, '.oxbow/policy.toml'), '[[rule]]\neffect = "ask"\npath = "+(a|a*)b"\n')
  const ran = await run(workspace, 'auto', ['read', { path: 'a'.repeat(24) }], ['write', { path: 'b', content: 'x' }])
  expect(tools(ran)).toMatchObject([{ status: 'done' }, { status: 'denied', output: expect.stringContaining('rule 1: path: ') }])
})

test('a rule about a tool that nobody has is refused when it is saved', async () => {
  const add = place.client.policy.add
  await expect(add({ effect: 'deny', tool: 'exce' })).rejects.toThrow('tool: there is no tool "exce"')
  await expect(add({ effect: 'deny', tool: 'Read', path: 'keys' })).rejects.toThrow('there is no tool "Read"')
  await add({ effect: 'deny', tool: 'memory_*' })
})

test('a rule about who cannot ask yet is refused when it is saved', async () => {
  for (const key of ['agent', 'persona', 'channel', 'server'])
    await expect(place.client.policy.add({ effect: 'deny', tool: 'exec', [key]: 'x' })).rejects.toThrow(
      new RegExp(`^${key}: there are no .* yet`),
    )
  expect((await place.client.policy.rules({})).rules).toEqual([])
})

test('a rule about what something costs is refused with the reason, when it is saved, simulated or read', async () => {
  const rule = { effect: 'ask', amount: 500_000 } as const
  await expect(place.client.policy.add(rule)).rejects.toThrow(/^amount: no call .* has a cost/)
  await expect(place.client.policy.simulate({ add: [rule] })).rejects.toThrow(/^amount: no call .* has a cost/)
  const workspace = place.workspace()
  mkdirSync(join(workspace, '.oxbow'))
  writeFileSync(join(workspace, '.oxbow/policy.toml'), '[[rule]]\neffect = "ask"\namount = 500000\n')
  const ran = await run(workspace, 'auto', ['write', { path: 'b', content: 'x' }])
  expect(tools(ran)).toMatchObject([{ status: 'denied', output: expect.stringContaining('rule 1: amount: no call') }])
})
