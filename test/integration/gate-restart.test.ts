import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Approval, SessionId, ToolPart } from '../../sidecar/contract/index.ts'
import { say } from '../fixtures/follow.ts'
import { type Bench, startScripted } from '../fixtures/kernel.ts'
import { resultsSince } from '../fixtures/model-server.ts'

/** Long, since others may use the machine as well. */
const PATIENCE = { timeout: 30_000, interval: 50 }

async function serve(answer: RequestListener): Promise<{ port: number; hits: () => number }> {
  let hits = 0
  const server = createServer((request, response) => {
    hits += 1
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, hits: () => hits }
}

/** A session whose call waits for a person's word, over a restart of the sidecar. */
async function waiting(call: { call: string; args: unknown }, before?: (bench: Bench) => Promise<unknown>) {
  const bench = await startScripted((messages) => (resultsSince(messages).length === 0 ? [call] : [{ say: 'Done.' }]))
  await before?.(bench)
  const { id } = await bench.client.sessions.create({ workspace: bench.workspace, mode: 'auto' })
  await say(bench.client, id, 'go on')
  const asked = await question(bench, id)
  await bench.restart()
  const again = await question(bench, id)
  expect(again).toEqual(asked)
  return { bench, id, asked }
}

const question = (bench: Bench, sessionId: SessionId): Promise<Approval> =>
  vi.waitFor(async () => {
    const { approvals } = await bench.client.approvals.list({ sessionId })
    expect(approvals).toHaveLength(1)
    return approvals[0]!
  }, PATIENCE)

/** The call once the turn has ended. */
const ended = (bench: Bench, sessionId: SessionId): Promise<ToolPart> =>
  vi.waitFor(async () => {
    const view = await bench.client.sessions.get({ sessionId })
    expect(view.turn?.state).toBe('completed')
    return view.messages.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))[0]!
  }, PATIENCE)

test.each([true, false])('an open question about a host survives a restart; answered with %s', async (allow) => {
  const { port, hits } = await serve((_, response) => response.end('from the server\n'))
  const first = await serve((_, response) => response.writeHead(302, { location: `http://localhost:${port}/there` }).end())
  const { bench, id, asked } = await waiting(
    { call: 'web_fetch', args: { url: `http://localhost:${first.port}/` } },
    ({ client }) => client.hosts.allow({ host: `localhost:${first.port}` }),
  )
  expect(asked).toMatchObject({ tool: 'web_fetch', hosts: [`localhost:${port}`] })
  const before = hits()
  await bench.client.approvals.answer({ approvalId: asked.id, allow, scope: 'once' })
  const part = await ended(bench, id)
  if (allow) expect(part).toMatchObject({ status: 'done', output: expect.stringContaining('from the server') })
  else expect(part.status).toBe('failed')
  expect(hits() > before).toBe(allow)
  // It was lent for that call.
  expect((await bench.client.hosts.list()).hosts.filter(({ host }) => host.includes(`${port}`))).toEqual([])
})

test.each([true, false])('so does one about a file outside; answered with %s', async (allow) => {
  const outside = mkdtempSync(join(process.platform === 'linux' ? '/var/tmp' : tmpdir(), 'oxbow-outside-'))
  onTestFinished(() => rmSync(outside, { recursive: true, force: true }))
  const path = join(outside, 'list.txt')
  writeFileSync(path, 'milk\n')
  const { bench, id, asked } = await waiting({ call: 'write', args: { path, content: 'oat milk\n' } })
  expect(asked.widen).toEqual({ path, use: 'write' })
  await bench.client.approvals.answer({ approvalId: asked.id, allow, scope: 'once' })
  expect((await ended(bench, id)).status).toBe(allow ? 'done' : 'denied')
  expect(readFileSync(path, 'utf8')).toBe(allow ? 'oat milk\n' : 'milk\n')
})
