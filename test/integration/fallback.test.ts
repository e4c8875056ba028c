import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { follow, resting, say, toolParts, words } from '../fixtures/follow.ts'
import { startScripted } from '../fixtures/kernel.ts'
import { resultsSince } from '../fixtures/model-server.ts'

const chunk = (delta: object, finish: string | null = null): string => {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  return `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'm', choices })}\n\n`
}

/** A model server. @returns its address */
async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

const refusing = (code: number): Promise<string> => serve((response) => void response.writeHead(code).end('{}'))
const breakingOff = (words: string): Promise<string> =>
  serve((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ content: words }))
    setTimeout(() => response.destroy(), 30)
  })

const first = (baseUrl: string) => ({
  'providers.first': { type: 'openai', baseUrl, models: ['m'] },
  'models.default': 'first/m',
  'models.fallback': ['nobody/knows', 'scripted/model'],
})

describe('a model that fails', () => {
  test('is replaced for the step by the next that can be asked, and the person sees which answered', async () => {
    const bench = await startScripted(() => [{ say: 'I am here.' }], { overrides: first(await refusing(402)) })
    const { id } = await bench.client.sessions.create({ workspace: bench.workspace })
    const screen = await follow(bench.client, id)
    await say(bench.client, id, 'go')
    const view = await screen.until('rest', resting)
    expect(view.turn).toMatchObject({ state: 'completed', model: 'scripted/model' })
    expect(view.messages.at(-1)).toMatchObject({ model: 'scripted/model', status: 'complete' })
    expect(words(view).at(-1)).toBe('assistant: I am here.')
    expect(view.summary.model).toBe('first/m')
  })

  test('after it had begun to speak: what it said stays to be seen and is not sent to the other', async () => {
    const bench = await startScripted(() => [{ say: 'All of it.' }], { overrides: first(await breakingOff('Only ha')) })
    const { id } = await bench.client.sessions.create({ workspace: bench.workspace })
    const screen = await follow(bench.client, id)
    await say(bench.client, id, 'go')
    const view = await screen.until('rest', resting)
    expect(view.messages.map(({ role, status, model }) => [role, status, model])).toEqual([
      ['user', 'complete', undefined],
      ['assistant', 'replaced', 'first/m'],
      ['assistant', 'complete', 'scripted/model'],
    ])
    expect(view.messages[1]).toMatchObject({ parts: [{ text: 'Only ha' }], failure: { code: 'provider.brokenStream' } })
    expect(JSON.stringify(bench.model.requests)).not.toContain('Only ha')
  })

  test('in a later step: finished calls are not run again', async () => {
    let asked = 0
    const command = JSON.stringify({ command: 'echo once >> log.txt' })
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'exec', arguments: command } }
    const baseUrl = await serve((response) => {
      if (asked++ > 0) return void response.writeHead(402).end('{}')
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`${chunk({ tool_calls: [call] }, 'tool_calls')}data: [DONE]\n\n`)
    })
    const bench = await startScripted(() => [{ say: 'Done.' }], { overrides: first(baseUrl) })
    const { id } = await bench.client.sessions.create({ workspace: bench.workspace, mode: 'auto' })
    const screen = await follow(bench.client, id)
    await say(bench.client, id, 'go')
    const view = await screen.until('rest', resting)
    expect(view.turn).toMatchObject({ state: 'completed', model: 'scripted/model' })
    expect(toolParts(view)).toMatchObject([{ status: 'done' }])
    expect(readFileSync(join(bench.workspace, 'log.txt'), 'utf8')).toBe('once\n')
    expect(resultsSince(bench.model.requests[0]!)).toHaveLength(1)
    expect([asked, bench.model.requests.length]).toEqual([2, 1])
  })

  test('and no other can be asked: the turn fails with the first cause', async () => {
    const bench = await startScripted(() => [{ say: 'never asked' }], {
      overrides: { ...first(await refusing(402)), 'models.fallback': ['nobody/knows'] },
    })
    const { id } = await bench.client.sessions.create({ workspace: bench.workspace })
    const screen = await follow(bench.client, id)
    await say(bench.client, id, 'go')
    const view = await screen.until('rest', resting)
    expect(view.turn).toMatchObject({ state: 'failed', failure: { code: 'provider.quota' } })
    expect(bench.model.requests).toHaveLength(0)
  })

  test('pauses in sight, and goes on', async () => {
    let asked = 0
    const baseUrl = await serve((response) => {
      if (asked++ === 0) return void response.writeHead(503, { 'retry-after': '1' }).end()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`${chunk({ content: 'back' }, 'stop')}data: [DONE]\n\n`)
    })
    const bench = await startScripted(() => [], { overrides: { ...first(baseUrl), 'models.fallback': [] } })
    const { id } = await bench.client.sessions.create({ workspace: bench.workspace })
    const screen = await follow(bench.client, id)
    await say(bench.client, id, 'go')
    const paused = await screen.until('a pause', (view) => view.turn?.waiting !== undefined)
    expect(paused.turn?.waiting).toMatchObject({
      reason: 'retry',
      model: 'first/m',
      tries: 1,
      failure: { code: 'provider.overloaded' },
    })
    const view = await screen.until('rest', resting)
    expect(view.turn?.waiting).toBeUndefined()
    const { text } = await bench.client.system.metrics()
    expect(text).toContain('oxbow_model_breaker{model="first/m",state="closed"} 1')
    expect(text).toContain('oxbow_model_breaker{model="first/m",state="open"} 0')
    expect(words(view).at(-1)).toBe('assistant: back')
  })
})
