import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { allClosed, ask, codeOf, END_EVENT, KEY, named, play, serve, textOf } from '../fixtures/raw-server.ts'

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
      { type: 'usage', usage: { input: 5, output: 1, cacheRead: 90, cacheWrite: 8 }, costMicros: undefined },
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

  const words = 'Grüße 世界 👋🏽 ﷽'
  const hello = start + block(0, { type: 'text', text: '' }, { type: 'text_delta', text: words }) + stop('end_turn')
  it.each([
    ['CRLF', hello.replaceAll('\n', '\r\n')],
    ['lone CR', hello.replaceAll('\n', '\r')],
    ['a byte order mark', `\uFEFF${hello}`],
    ['no event names', hello.replace(/event: .*\n/g, '')],
    ['comments and pings', `: hi\n\n${named({ type: 'ping' })}${hello.replaceAll('\n\n', '\n\n: ping\n\n')}`],
    ['[DONE] at the end', `${hello}data: [DONE]\n\n`],
    ['no empty line at the end', hello.trimEnd()],
    ['events nobody knows', named({ type: 'of_tomorrow' }) + hello],
    ['text in the start of its block', start + block(0, { type: 'text', text: words }) + stop('end_turn')],
  ])('with %s', async (_, recorded) => {
    const server = await serve((socket) => play(socket, recorded))
    const events = await ask(server.url, { type: 'anthropic' })
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it('with thoughts between tool calls, and several calls in one', async () => {
    const thought = (index: number, text: string) =>
      block(
        index,
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking_delta', thinking: text },
        { type: 'signature_delta', signature: `S${index}` },
      )
    const call = (index: number, json: string) =>
      block(index, { type: 'tool_use', id: `t${index}`, name: 'ls', input: {} }, { type: 'input_json_delta', partial_json: json })
    const recorded = start + thought(0, 'a') + call(1, '{"p":1}{"p":2}') + thought(2, 'b') + call(3, '') + stop('tool_use')
    const server = await serve((socket) => play(socket, recorded, { size: 40 }))
    const events = await ask(server.url, { type: 'anthropic' })
    expect(events.filter(({ type }) => type !== 'usage')).toEqual([
      { type: 'thinking', text: 'a' },
      { type: 'thinkingDone', signature: 'S0' },
      { type: 'toolCall', callId: 't1', name: 'ls', args: { p: 1 } },
      { type: 'toolCall', callId: 't1_2', name: 'ls', args: { p: 2 } },
      { type: 'thinking', text: 'b' },
      { type: 'thinkingDone', signature: 'S2' },
      { type: 'toolCall', callId: 't3', name: 'ls', args: {} },
      { type: 'stop', reason: 'tools' },
    ])
  })

  it('with sources, named once under the text', async () => {
    const cited = (index: number, citation: object) =>
      block(index, { type: 'text', text: '' }, { type: 'text_delta', text: `${index}.` }, { type: 'citations_delta', citation })
    const web = { type: 'web_search_result_location', title: 'A', url: 'https://a.example' }
    const page = { type: 'page_location', document_title: 'd.pdf', start_page_number: 3 }
    const recorded = start + cited(0, web) + cited(1, web) + cited(2, page) + stop('end_turn')
    const server = await serve((socket) => play(socket, recorded))
    const said = textOf(await ask(server.url, { type: 'anthropic' }))
    expect(said).toBe('0.1.2.\n\nSources: [A](https://a.example) · d.pdf, page 3')
  })

  it('says what came before it broke', async () => {
    const recorded = `${start}${block(0, { type: 'text', text: '' }, { type: 'text_delta', text: 'a' })}data: {"ty\n\n`
    const server = await serve((socket) => play(socket, recorded))
    const events = await ask(server.url, { type: 'anthropic' })
    expect([textOf(events), codeOf(events)]).toEqual(['a', 'provider.brokenStream'])
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
    const hanging = await serve((socket) => play(socket, named({ type: 'ping' }), { end: '' }))
    const controller = new AbortController()
    const asked = ask(hanging.url, { type: 'anthropic', signal: controller.signal })
    while (hanging.connections === 0) await sleep(1)
    controller.abort()
    expect(await asked).toEqual([])
    await allClosed(hanging)
  })
})
