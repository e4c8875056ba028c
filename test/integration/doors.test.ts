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
import { apart, inputs } from '../fixtures/door-cases.ts'
import { type Bench, startScripted } from '../fixtures/kernel.ts'
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
