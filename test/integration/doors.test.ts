import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { isContractProcedure } from '@orpc/contract'
import { OpenAPILink } from '@orpc/openapi-client/fetch'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Client, contract, sendReceipts } from '../../sidecar/contract/index.ts'
import { homeToken } from '../../sidecar/doors/index.ts'
import { type Bench, startScripted } from '../fixtures/kernel.ts'
import { ids } from '../fixtures/log.ts'
import { connect } from '../fixtures/sidecar-process.ts'

type Doors = Record<'process' | 'port' | 'socket' | 'http', Client>
type Call = (input: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>

/** Every procedure of the contract by its path: `sessions.create`. */
const paths = (node: object, path: string[] = []): string[] =>
  Object.entries(node).flatMap(([key, child]: [string, object]) =>
    isContractProcedure(child) ? [[...path, key].join('.')] : paths(child, [...path, key]),
  )

const at = (client: Client, path: string): Call =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], client) as Call

function openDoors({ home, sidecar, client }: Bench): Doors {
  const { port1, port2 } = new MessageChannel()
  void sidecar.acceptPort(port1 as never)
  port2.start()
  const token = homeToken(join(home, 'run'))
  const url = sidecar.url!
  sendReceipts(port2 as never)
  return {
    process: client,
    port: createORPCClient(new PortLink({ port: port2 as never })),
    socket: connect(url, token),
    http: createORPCClient(new OpenAPILink(contract, { url: `${url}/api`, headers: { authorization: `Bearer ${token}` } })),
  }
}

/** What a door answered, in a form that can be compared. Times and sizes that differ between two calls are left out. */
async function answer(call: Call, input: unknown): Promise<unknown> {
  try {
    return { output: plain(await call(input)) }
  } catch (error) {
    if (!(error instanceof ORPCError)) throw error
    return { error: { code: error.code, status: error.status, message: error.message, data: error.data, defined: error.defined } }
  }
}

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      ['rssBytes', 'durationMs', 'ms', 'updatedAt', 'createdAt', 'begunAt', 'detail'].includes(key)
        ? '…'
        : typeof inner === 'string'
          ? inner.replace(/memory_bytes \d+/, 'memory_bytes …')
          : inner,
    ),
  )

async function expectEqual(doors: Doors, path: string, input: unknown): Promise<{ output?: unknown; error?: { data: unknown } }> {
  const answers: Record<string, unknown> = {}
  for (const [name, client] of Object.entries(doors)) answers[name] = await answer(at(client, path), input)
  for (const name of ['port', 'socket', 'http']) expect([name, answers[name]]).toEqual([name, answers.process])
  return answers.process as never
}

let bench: Bench
let doors: Doors

describe('every procedure answers equally through each door', () => {
  /** Inputs that change nothing that a second call would see. `watch`, `link` and `stop` have tests of their own below. */
  const nobody = ids.process()
  const inputs = (sessionId: string): Record<string, unknown[]> => ({
    'sessions.create': [{ sessionId }, { mode: 'nonsense' }, { workspace: '/does/not/exist' }, { model: 'nobody/model' }],
    'sessions.list': [{}, { search: 'a', limit: 2 }, { limit: 0 }],
    'sessions.get': [{ sessionId }, { sessionId: ids.session() }, { sessionId: 'ses_x' }],
    'sessions.messages': [
      { sessionId, before: 10 },
      { sessionId, before: -1 },
    ],
    'sessions.events': [{ sessionId }, { sessionId, after: 1, limit: 1 }, { sessionId: ids.session() }],
    'sessions.rename': [
      { sessionId: ids.session(), title: 'x' },
      { sessionId, title: '' },
    ],
    'sessions.archive': [{ sessionId, archived: false }, { sessionId: ids.session() }],
    'sessions.configure': [
      { sessionId, mode: 'x' },
      { sessionId, model: 'offline/nothing' },
      { sessionId, isolation: 'jail' },
      { sessionId, space: ' ' },
      { sessionId: ids.session(), mode: 'ask' },
    ],
    'turns.send': [
      { sessionId: ids.session(), parts: [{ type: 'text', text: 'x' }] },
      { sessionId, parts: [] },
    ],
    'turns.cancel': [{ sessionId }, { sessionId: ids.session() }],
    'turns.continue': [{ sessionId }],
    'turns.unqueue': [{ sessionId, messageId: ids.message() }],
    'terminals.open': [
      { sessionId: ids.session(), columns: 80, rows: 24 },
      { sessionId, columns: 0, rows: 24 },
    ],
    'terminals.list': [{}, { sessionId }, { sessionId: 'x' }],
    'terminals.write': [
      { id: nobody, data: 'x' },
      { id: 'x', data: 'x' },
    ],
    'terminals.resize': [
      { id: nobody, columns: 80, rows: 24 },
      { id: nobody, columns: 80 },
    ],
    'terminals.close': [{ id: nobody }],
    'policy.simulate': [{}, { add: [{ effect: 'deny', tool: '*' }], days: 1 }, { remove: [99] }, { days: 0 }],
    'policy.taints': [{ sessionId }, { sessionId: ids.session() }, { sessionId: 'x' }],
    'policy.clearTaint': [{ sessionId }, { sessionId, labels: ['private'] }, { sessionId, labels: ['nonsense'] }],
    'policy.taintedFiles': [{}, { limit: 0 }],
    'policy.trustFile': [{ path: '/nowhere/at/all' }, { path: '' }],
    'hosts.list': [undefined],
    'hosts.allow': [
      { host: 'GET,HEAD api.example.com' },
      { host: 'api.example.com', methods: ['GET'] },
      { host: 'NONE api.example.com' },
      { host: 'not a host' },
      { host: '*.com' },
      { host: 'example.com', sessionId: ids.session() },
      { host: '' },
    ],
    'hosts.remove': [{ id: 12345 }, { id: 0 }],
    'secrets.list': [undefined],
    'secrets.set': [
      { name: 'github', value: 'too short' },
      { name: 'github', hosts: ['example.com'] },
      { name: 'github', value: 'long enough a value', hosts: ['*'] },
      { name: 'Not a name', value: 'long enough a value', hosts: ['example.com'] },
    ],
    'secrets.remove': [{ name: 'nobody' }, { name: 'Not a name' }],
    'approvals.list': [{}, { sessionId }],
    'approvals.answer': [
      { approvalId: ids.approval(), allow: true },
      { approvalId: 'x', allow: true },
    ],
    'approvals.answerAll': [
      { approvalIds: [ids.approval()], allow: true },
      { approvalIds: [], allow: true },
    ],
    'approvals.grants': [undefined],
    'approvals.revoke': [{ id: 12345 }],
    'audit.list': [{ limit: 5, kind: 'session' }, { limit: 0 }, { kind: 'nonsense' }],
    'audit.get': [{ position: 0 }, { position: 99_999 }],
    'audit.head': [undefined],
    'audit.verify': [undefined],
    'audit.seal': [{ olderThanDays: 36_500 }, { olderThanDays: -1 }],
    'audit.prove': [{ position: 0 }, { since: 1 }, {}],
    'usage.summary': [
      {},
      { by: 'model', from: '2026-01-01', to: '2026-12-31' },
      { by: 'session' },
      { by: 'year' },
      { from: 'May' },
    ],
    'usage.calls': [{}, { sessionId, limit: 2, before: 5 }, { limit: 0 }, { before: 'x' }],
    'usage.csv': [{}, { from: '2026-01-01', after: 3 }, { after: -1 }],
    'budgets.list': [undefined, {}, { sessionId }, { sessionId: 'x' }],
    'budgets.set': [
      { period: 'month', unit: 'dollars', limit: 20_000_000 },
      { scope: 'session', subject: sessionId, period: 'total', unit: 'tokens', limit: 5 },
      { scope: 'all', subject: 'writer', period: 'day', unit: 'calls', limit: 5 },
      { period: 'year', unit: 'dollars', limit: 1 },
      { period: 'day', unit: 'dollars', limit: 0.5 },
    ],
    'budgets.reset': [{ id: 'month.dollars' }, { id: 'month.dollar' }],
    'budgets.remove': [{ id: 'nothing' }, { id: '' }],
    'models.health': [undefined],
    'models.list': [{}, { provider: 'scripted', ready: true }, { capability: 'tools,image', limit: 3 }, { capability: 'flight' }],
    'models.refresh': [undefined],
    'models.probe': [undefined],
    'providers.list': [undefined],
    'providers.add': [
      { id: 'nowhere' },
      { id: 'openai', baseUrl: 'https://user:password@api.example' },
      { id: 'openai', key: 'two words' },
      { id: 'scripted', models: ['model'] },
    ],
    'providers.remove': [{ id: 'openai' }, { id: 'nobody' }, { id: 'N' }],
    'providers.test': [{ id: 'nobody' }, { id: 'anthropic' }, { id: 'openai', model: 'x' }],
    'models.setDefault': [{ model: 'nobody/x' }, { model: 'x' }],
    'media.put': [
      { file: new File(['the river bends\n'], 'river.txt') },
      { file: new File([], 'empty.txt') },
      { file: new File([new Uint8Array([1, 0, 2])], 'a.bin') },
      { file: 'no file' },
      {},
    ],
    'media.append': [
      { uploadId: 'x', at: 0, piece: new File(['x'], 'piece') },
      { uploadId: '0f8fad5b-d9cb-469f-a165-70867728950e', at: 5, piece: new File(['x'], 'piece') },
      { uploadId: '0f8fad5b-d9cb-469f-a165-70867728950e', at: 0, piece: new File(['x'], 'piece') },
    ],
    'media.finish': [{ uploadId: '0f8fad5b-d9cb-469f-a165-70867728950f', name: 'a.txt', size: 1 }, { uploadId: 'x' }],
    'media.get': [{ hash: '0'.repeat(64) }, { hash: '0'.repeat(64), variant: 'preview' }, { hash: '../../config.toml' }],
    'media.text': [{ hash: '0'.repeat(64) }, { hash: 'x' }],
    'media.check': [
      { sessionId, media: [] },
      { sessionId, media: [{ hash: '0'.repeat(64) }] },
      { media: [] },
      { sessionId: ids.session(), media: [] },
    ],
    'memory.search': [
      { query: 'tea' },
      { query: '' },
      { query: 'tea', space: 'nowhere', limit: 3 },
      { query: 'tea', asOf: 'whenever' },
    ],
    'memory.episodes': [{ query: 'tea' }, { query: '' }, { query: 'tea', kinds: ['said'], session: sessionId, limit: 2 }],
    'memory.list': [{}, { types: ['fact'], limit: 2 }, { types: ['nonsense'] }],
    'memory.get': [{ id: ids.memory() }, { id: 'mem_x' }],
    'memory.history': [{ id: ids.memory() }],
    'memory.pick': [{ ids: [] }, { ids: [ids.memory()] }],
    'memory.strength': [{ id: ids.memory() }],
    'memory.topics': [{}, { space: 'nowhere' }],
    'memory.learn': [undefined],
    'memory.questions': [{}, { space: 'nowhere', limit: 3 }],
    'memory.answer': [
      { id: ids.question(), answer: 'keep' },
      { id: ids.question(), answer: 'perhaps' },
    ],
    'memory.save': [{ text: '' }, { text: 'x', validFrom: 'whenever' }],
    'memory.update': [{ id: ids.memory(), text: 'x' }],
    'memory.forget': [{}, { query: 'tea', dryRun: true }, { ids: [ids.memory()] }],
    'memory.import': [
      { jsonl: '' },
      { jsonl: '{"txt": "x"}', firstLine: 7 },
      { jsonl: '', notes: { files: ['/n.md'], since: 'x' } },
    ],
    'memory.merge': [{ ids: [ids.memory(), ids.memory()], dryRun: true }, { ids: [ids.memory()] }],
    'memory.digests': [{}, { space: 'nowhere' }, { id: ids.memory() }],
    'memory.export': [{}, { space: 'nowhere', limit: 1 }],
    'calendar.list': [{ from: '2026-05-01', to: '2026-05-02' }, { from: '2026-05-02', to: '2026-05-01' }, { from: 'soon' }],
    'calendar.add': [
      { title: '', start: '2026-05-01' },
      { title: 'x', start: '2026-05-01T10:00', zone: 'Nowhere/Else' },
    ],
    'calendar.update': [{ id: 'calendar.ics/x', title: 'y' }, { id: 'x' }],
    'calendar.remove': [{ id: 'calendar.ics/x' }, { id: '../x/y' }],
    'knowledge.list': [{}, { tag: 'garden', limit: 2 }, { limit: 0 }],
    'knowledge.search': [{ query: 'tulips' }, { query: '' }],
    'knowledge.read': [{ path: 'nowhere.md' }, { path: '../config.md' }, { path: 'x.txt' }],
    'knowledge.links': [{ path: 'nowhere.md' }],
    'knowledge.write': [
      { path: '../x.md', text: 'x' },
      { path: 'a.txt', text: 'x' },
    ],
    'knowledge.add': [{ hash: '0'.repeat(64) }, { hash: 'x' }],
    'memory.dream': [{ minutes: 0 }],
    'memory.dreams': [{}, { limit: 0 }],
    'memory.dreamReport': [{ id: ids.dream() }, { id: 'drm_x' }],
    'memory.undo': [{ id: ids.dream() }, { id: ids.dream(), changes: [] }],
    'memory.stats': [undefined],
    'memory.reindex': [undefined],
    'memory.embedder': [undefined],
    'memory.setEmbedder': [{ embedder: 'endpoint:x' }, { embedder: 'folder:/nowhere' }, { embedder: 'nonsense' }],
    'memory.downloadEmbedder': [{ name: '../x' }],
    'sandbox.tiers': [{}, { sessionId }, { sessionId: ids.session() }],
    'sandbox.choice': [{}, { sessionId }, { sessionId: ids.session() }],
    'sandbox.build': [{ tier: 'process' }, { tier: 'nothing' }],
    'sandbox.profiles': [{}, { sessionId }, { sessionId: 'x' }],
    'vault.list': [{}, { path: 'nothing' }, { path: '/etc' }],
    'vault.copy': [
      { sessionId, from: 'nothing' },
      { sessionId: ids.session(), from: 'x' },
      { sessionId, from: '' },
    ],
    'config.list': [undefined],
    'config.set': [
      { key: 'gateway.prot', value: 1 },
      { key: 'kernel.max_turns', value: 7 },
    ],
    'folders.browse': [{ path: '/usr' }, { path: 'relative' }, { path: '/does/not/exist' }],
    'policy.rules': [{}, { workspace: '/nowhere' }],
    'policy.add': [{ effect: 'maybe' }],
    'policy.remove': [{ index: 99 }, { index: 0, rule: { effect: 'deny', program: 'ssh' } }],
    'policy.explain': [
      { tool: 'exec', args: { command: 'git status' } },
      { tool: 'nothing', args: {} },
    ],
    'system.metrics': [undefined],
    'system.status': [undefined],
    'system.doctor': [undefined],
  })
  const apart = [
    'audit.export',
    'audit.watch',
    'sessions.watch',
    'sessions.watchList',
    'system.link',
    'system.stop',
    'terminals.watch',
  ]

  test('there is a case for each', () => {
    expect(new Set([...Object.keys(inputs('')), ...apart])).toEqual(new Set(paths(contract)))
  })

  test('the same output, the same error', async () => {
    // Nobody listens there.
    const overrides = { 'models.catalog_url': 'http://127.0.0.1:2/' }
    bench = await startScripted(() => [{ say: 'ok' }], { http: true, overrides })
    doors = openDoors(bench)
    const { id } = await bench.client.sessions.create({ workspace: bench.workspace, title: 'a' })
    for (const [path, cases] of Object.entries(inputs(id))) {
      for (const input of cases) {
        const { error } = await expectEqual(doors, path, input)
        if (error) expect(error.data, path).toMatchObject({ code: expect.stringMatching(/^[a-z]+\.[a-zA-Z]+$/) })
      }
    }
  }, 60_000)

  test('also for text that nobody expects', async () => {
    bench = await startScripted(() => [{ say: 'ok' }], { http: true })
    doors = openDoors(bench)
    const { id: sessionId } = await bench.client.sessions.create({ workspace: bench.workspace })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), async (title) => {
        await expectEqual(doors, 'sessions.list', { search: title.slice(0, 200) })
        for (const client of Object.values(doors)) {
          const renamed = await answer((input) => at(client, 'sessions.rename')(input), { sessionId, title })
          const trimmed = title.trim()
          if (trimmed.length >= 1 && trimmed.length <= 200) expect(renamed).toMatchObject({ output: { title: trimmed } })
          else expect(renamed).toMatchObject({ error: { data: { code: 'input.invalid' } } })
        }
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  test('a watch: snapshot, events and the end are the same', async () => {
    bench = await startScripted(() => [{ say: 'one two three', pauseMs: 5 }], { http: true })
    doors = openDoors(bench)
    const { id: sessionId } = await bench.client.sessions.create({ workspace: bench.workspace })
    const seen = Object.values(doors).map(async (client) => {
      const stop = new AbortController()
      const events: unknown[] = []
      const iterator = await client.sessions.watch({ sessionId }, { signal: stop.signal })
      try {
        for await (const item of iterator) {
          if (item.type === 'snapshot') events.push(item.view.summary.id)
          else events.push(...item.events)
          if (item.type === 'events' && item.events.some((e) => e.event.type === 'turnCompleted')) break
        }
      } finally {
        stop.abort()
      }
      return events
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await bench.client.turns.send({ sessionId, parts: [{ type: 'text', text: 'go' }] })
    const [first, ...others] = await Promise.all(seen)
    expect(first!.length).toBeGreaterThan(5)
    for (const other of others) expect(other).toEqual(first)
  })

  test('what a terminal shows is the same', async () => {
    bench = await startScripted(() => [{ say: 'hi' }], { http: true })
    doors = openDoors(bench)
    const { id: sessionId } = await doors.http.sessions.create({ workspace: bench.workspace })
    const opened = await doors.socket.terminals.open({ sessionId, columns: 80, rows: 24 }).catch(() => undefined)
    // A machine without a sandbox has no terminals.
    if (!opened) return
    await doors.port.terminals.write({ id: opened.id, data: 'echo seen $((6 * 7)); exit\n' })
    const seen: Record<string, string> = {}
    for (const [name, client] of Object.entries(doors)) {
      seen[name] = ''
      for await (const item of await client.terminals.watch({ id: opened.id }))
        if (item.type === 'output') seen[name] += item.text
    }
    expect(seen.process).toContain('seen 42')
    expect(new Set(Object.values(seen)).size).toBe(1)
    await doors.http.terminals.resize({ id: opened.id, columns: 90, rows: 24 })
    await doors.http.terminals.close({ id: opened.id })
  })

  test('an export and a watch of the audit record are the same', async () => {
    bench = await startScripted(() => [{ say: 'ok' }], { http: true })
    doors = openDoors(bench)
    const { id: session } = await bench.client.sessions.create({ workspace: bench.workspace })
    for (const filter of [{ session }, { session, kind: 'session' as const }]) {
      const exports = await Promise.all(
        Object.values(doors).map(async (client) => {
          const lines: string[] = []
          for await (const piece of await client.audit.export(filter)) lines.push(...piece.lines)
          return lines.filter((line) => line.startsWith('{"actor"'))
        }),
      )
      expect(exports[0]).toHaveLength(1)
      for (const other of exports) expect(other).toEqual(exports[0])
    }
    for (const client of Object.values(doors)) {
      const stop = new AbortController()
      for await (const { entries } of await client.audit.watch({ session, after: 0 }, { signal: stop.signal })) {
        expect(entries).toMatchObject([{ kind: 'session', outcome: 'created' }])
        break
      }
      stop.abort()
    }
  })

  test('a link opens once; a stop stops', async () => {
    bench = await startScripted(() => [{ say: 'ok' }], { http: true })
    doors = openDoors(bench)
    for (const client of Object.values(doors))
      expect((await client.system.link()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?ticket=[\w-]{32}$/)
    await doors.http.system.stop()
    await bench.sidecar.stopped
    await expect(fetch(`${bench.sidecar.url}/health`)).rejects.toThrow()
  })
})
