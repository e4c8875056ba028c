import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { allClosed, ask, codeOf, END_EVENT, KEY, named, play, serve } from '../fixtures/raw-server.ts'

describe('messages as Anthropic sends them', () => {
  const start = named({
    type: 'message_start',
    message: { usage: { input_tokens: 5, cache_read_input_tokens: 90, cache_creation_input_tokens: 8, output_tokens: 1 } },
  })
  const block = (index: number, content_block: object, ...deltas: object[]) =>
    [
      { type: 'content_block_start', index, content_block },
      ...deltas.map((each) => ({ type: 'content_block_delta', index, delta: each })),
      { type: 'content_block_stop', index },
    ]
      .map(named)
      .join('')
  const stop = (stop_reason: string) =>
    named({ type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 20 } }) + named({ type: 'message_stop' })

  it.each([3, 10_000])('in pieces of %i bytes', async (size) => {
    const text =
      start +
      named({ type: 'ping' }) +
      block(
        0,
        { type: 'thinking', thinking: '' },
        { type: 'thinking_delta', thinking: 'hm' },
        { type: 'signature_delta', signature: 'SE' },
        { type: 'signature_delta', signature: 'AL' },
      ) +
      block(1, { type: 'redacted_thinking', data: 'DATA' }) +
      block(2, { type: 'text', text: '' }, { type: 'text_delta', text: 'Grüße 👋🏽' }) +
      block(
        3,
        { type: 'tool_use', id: 't1', name: 'read', input: {} },
        { type: 'input_json_delta', partial_json: '{"path":' },
        { type: 'input_json_delta', partial_json: '"ü"}' },
      ) +
      block(4, { type: 'tool_use', id: 't2', name: 'ls', input: {} }, { type: 'input_json_delta', partial_json: '' }) +
      block(5, { type: 'tool_use', id: 't3', name: 'ls', input: {} }, { type: 'input_json_delta', partial_json: '{"a' }) +
      stop('tool_use')
    const server = await serve((socket) => play(socket, text, { size }))
    expect(await ask(server.url, { type: 'anthropic' })).toEqual([
      { type: 'thinking', text: 'hm' },
      { type: 'thinkingDone', signature: 'SEAL' },
      { type: 'thinking', text: '' },
      { type: 'thinkingDone', signature: 'redacted:DATA' },
      { type: 'text', text: 'Grüße 👋🏽' },
      { type: 'toolCall', callId: 't1', name: 'read', args: { path: 'ü' } },
      { type: 'toolCall', callId: 't2', name: 'ls', args: {} },
      { type: 'toolCall', callId: 't3', name: 'ls', args: '{"a' },
      { type: 'usage', usage: { input: 5, output: 20, cacheRead: 90, cacheWrite: 8 }, costMicros: undefined },
      { type: 'stop', reason: 'tools' },
    ])
  })

  it.each([
    ['end_turn', 'end'],
    ['max_tokens', 'length'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'length'],
  ])('with %s for a reason', async (reason, expected) => {
    const server = await serve((socket) => play(socket, start + stop(reason)))
    expect((await ask(server.url, { type: 'anthropic' })).at(-1)).toEqual({ type: 'stop', reason: expected })
  })

  it.each([
    ['overloaded_error', 'provider.overloaded'],
    ['api_error', 'provider.server'],
    ['rate_limit_error', 'provider.rateLimited'],
  ])('with %s in mid-stream', async (type, code) => {
    const error = named({ type: 'error', error: { type, message: `no ${KEY}` } })
    const server = await serve((socket) => play(socket, start + error))
    expect(codeOf(await ask(server.url, { type: 'anthropic' }))).toBe(code)
  })

  it('that ends too early, goes silent, hangs after its end', async () => {
    const early = await serve((socket) => play(socket, start))
    expect(codeOf(await ask(early.url, { type: 'anthropic' }))).toBe('provider.brokenStream')
    const silent = await serve((socket) => play(socket, start, { end: '' }))
    expect(codeOf(await ask(silent.url, { type: 'anthropic' }))).toBe('provider.timeout')
    const hanging = await serve((socket) => play(socket, start + stop('end_turn'), { end: '' }))
    expect((await ask(hanging.url, { type: 'anthropic' })).at(-1)).toEqual(END_EVENT)
    await Promise.all([silent, hanging].map(allClosed))
  })

  it('over a connection that is used again and closes on abort', async () => {
    const server = await serve((socket) => play(socket, start + stop('end_turn')))
    for (let i = 0; i < 6; i++) await ask(server.url, { type: 'anthropic' })
    expect(server.connections).toBeLessThanOrEqual(2)
    const hanging = await serve((socket) => play(socket, start, { end: '' }))
    const controller = new AbortController()
    const asked = ask(hanging.url, { type: 'anthropic', signal: controller.signal })
    while (hanging.connections === 0) await sleep(1)
    controller.abort()
    expect(await asked).toEqual([])
    await allClosed(hanging)
  })
})
