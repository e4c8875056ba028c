import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { readHost } from '../../sidecar/policy/egress/index.ts'
import { createProviders } from '../../sidecar/providers/index.ts'
import { Certificates } from '../../sidecar/sandbox/egress/certificates.ts'
import { allClosed, ask, chunk, codeOf, END, END_EVENT, HEAD, KEY, play, serve, sse, textOf } from '../fixtures/raw-server.ts'

const delta = (value: object, finish: string | null = null) =>
  sse({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: value, finish_reason: finish }] })
const DONE = 'data: [DONE]\n\n'

describe('chat completions as servers really send them', () => {
  const words = 'Grüße 世界 👋🏽 ﷽'
  const hello = delta({ role: 'assistant', content: words }) + delta({}, 'stop')

  it.each([1, 2, 3, 7])('in pieces of %i bytes', async (size) => {
    const server = await serve((socket) => play(socket, hello + DONE, { size }))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it.each([
    ['CRLF', (hello + DONE).replaceAll('\n', '\r\n')],
    ['lone CR', (hello + DONE).replaceAll('\n', '\r')],
    ['a byte order mark', `\uFEFF${hello}${DONE}`],
    ['data over several lines', hello.replaceAll(',"choices"', ',\ndata: "choices"') + DONE],
    ['spaces around [DONE]', `${hello}data:  [DONE] \n\n`],
    ['an empty event', `data:\n\n${hello}${DONE}`],
    ['null', `data: null\n\n${hello}${DONE}`],
    ['comments that keep the line open', `: OPENROUTER PROCESSING\n\n${hello}: ping\n\n${DONE}`],
    ['no space after the colon', (hello + DONE).replaceAll('data: ', 'data:')],
    ['[DONE] without its empty line', `${hello}data: [DONE]`],
    ['no [DONE]', hello],
    ['something after [DONE]', `${hello}${DONE}data: not json\n\n`],
    ['event names', (hello + DONE).replaceAll('data: ', 'event: message\ndata: ')],
    ['empty choices first', `${sse({ choices: [], prompt_filter_results: [] })}${hello}${DONE}`],
    ['a null delta', `${sse({ choices: [{ index: 0, delta: null }] })}${hello}${DONE}`],
    ['no choices at all', `${sse({ id: 'x' })}${hello}${DONE}`],
  ])('with %s', async (_, text) => {
    const server = await serve((socket) => play(socket, text))
    const events = await ask(server.url)
    expect(textOf(events)).toBe(words)
    expect(events.at(-1)).toEqual(END_EVENT)
  })

  it('with usage in a last chunk of its own, and a price that the server tells', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 }, cost: 0.00123 }
    const server = await serve((socket) => play(socket, hello + sse({ choices: [], usage }) + DONE))
    expect((await ask(server.url)).at(-2)).toEqual({
      type: 'usage',
      usage: { input: 40, output: 7, cacheRead: 60, cacheWrite: 0 },
      costMicros: 1230,
    })
  })

  it.each(['reasoning_content', 'reasoning'])('with thinking as %s', async (field) => {
    const text = delta({ [field]: 'hm ' }) + delta({ [field]: 'so' }) + delta({ content: 'yes' }, 'stop') + DONE
    const server = await serve((socket) => play(socket, text))
    expect(await ask(server.url)).toEqual([
      { type: 'thinking', text: 'hm so' },
      { type: 'thinkingDone' },
      { type: 'text', text: 'yes' },
      END_EVENT,
    ])
  })

  it('with tool calls in fragments, without ids, and "stop" for a reason', async () => {
    const call = (index: number, part: object) => delta({ tool_calls: [{ index, function: part }] })
    const text =
      call(0, { name: 'read', arguments: '' }) +
      call(0, { arguments: '{"path":"ü' }) +
      call(1, { name: 'ls' }) +
      call(0, { arguments: '.txt"}' }) +
      delta({}, 'stop') +
      DONE
    const server = await serve((socket) => play(socket, text, { size: 5 }))
    expect(await ask(server.url)).toEqual([
      { type: 'toolCall', callId: 'call_1', name: 'read', args: { path: 'ü.txt' } },
      { type: 'toolCall', callId: 'call_2', name: 'ls', args: {} },
      { type: 'stop', reason: 'tools' },
    ])
  })

  it.each([
    ['length', 'length'],
    ['content_filter', 'refusal'],
    ['eos', 'end'],
  ])('with %s for a reason', async (reason, expected) => {
    const server = await serve((socket) => play(socket, delta({ content: 'a' }) + delta({}, reason) + DONE))
    expect((await ask(server.url)).at(-1)).toEqual({ type: 'stop', reason: expected })
  })

  it.each([
    ['ends without a reason', delta({ content: 'a' }) + DONE, 'provider.brokenStream'],
    ['ends before it began', '', 'provider.brokenStream'],
    ['turns to garbage', `${delta({ content: 'a' })}data: {"choi\n\n`, 'provider.brokenStream'],
    ['is a page of a hotel', '<html>log in</html>', 'provider.brokenStream'],
    [
      'tells an error in mid-stream',
      delta({ content: 'a' }) + sse({ error: { code: 502, message: `up ${KEY}` } }),
      'provider.server',
    ],
    ['tells a limit in mid-stream', sse({ error: { type: 'rate_limit_error', message: 'slow' } }), 'provider.rateLimited'],
  ])('that %s', async (_, text, code) => {
    const server = await serve((socket) => play(socket, text))
    expect(codeOf(await ask(server.url))).toBe(code)
  })

  it('that is cut by a reset, or closed too early', async () => {
    const reset = await serve(async (socket) => {
      await play(socket, delta({ content: 'a' }), { end: '' })
      await sleep(20)
      socket.resetAndDestroy()
    })
    expect(codeOf(await ask(reset.url))).toBe('provider.brokenStream')
    const closed = await serve(async (socket) => {
      await play(socket, delta({ content: 'a' }), { end: '' })
      socket.end()
    })
    expect(codeOf(await ask(closed.url))).toBe('provider.brokenStream')
  })

  it('that goes silent', async () => {
    const silent = await serve((socket) => play(socket, delta({ content: 'a' }), { end: '' }))
    expect(codeOf(await ask(silent.url))).toBe('provider.timeout')
    await allClosed(silent)
    const mute = await serve(() => undefined)
    expect(codeOf(await ask(mute.url))).toBe('provider.timeout')
    await allClosed(mute)
  })

  it('is kept alive by comments, and not blamed for a slow reader', async () => {
    const server = await serve(async (socket) => {
      socket.write(HEAD)
      for (let i = 0; i < 5; i++) {
        await sleep(150)
        socket.write(chunk(': still here\n\n'))
      }
      socket.write(chunk(hello + DONE) + END)
    })
    expect((await ask(server.url)).at(-1)).toEqual(END_EVENT)
  })

  it('is done when the reason is known, though the connection hangs', async () => {
    const server = await serve((socket) => play(socket, hello, { end: '' }))
    expect((await ask(server.url)).at(-1)).toEqual(END_EVENT)
    await allClosed(server)
  })

  it('follows no redirect with the key', async () => {
    const target = await serve((socket) => play(socket, hello + DONE))
    const server = await serve((socket) => {
      socket.write(`HTTP/1.1 307 Temporary Redirect\r\nLocation: ${target.url}/v1/chat/completions\r\nContent-Length: 0\r\n\r\n`)
    })
    expect(codeOf(await ask(server.url))).toBe('provider.badRequest')
    expect(target.connections).toBe(0)
  })

  it('bounds what an error may say', async () => {
    const server = await serve((socket) => {
      const body = JSON.stringify({ error: { message: 'x'.repeat(5_000_000) } })
      socket.write(`HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    })
    const events = await ask(server.url)
    expect(codeOf(events)).toBe('provider.badRequest')
    expect(JSON.stringify(events).length).toBeLessThan(2_000)
  })

  it('names who is not there', async () => {
    const server = await serve(() => undefined)
    server.close()
    const events = await ask(server.url)
    expect(codeOf(events)).toBe('provider.connection')
    expect(events.at(-1)).toMatchObject({ retryable: false, failure: { message: expect.stringContaining('ECONNREFUSED') } })
    expect(codeOf(await ask('http://no-such-host.test'))).toBe('provider.connection')
    expect(codeOf(await ask('no url'))).toBe('provider.connection')
  })
})

describe('connections', () => {
  const hello = delta({ content: 'hi' }) + delta({}, 'stop') + DONE

  it('are used again', async () => {
    const server = await serve((socket) => play(socket, hello))
    for (let i = 0; i < 6; i++) expect((await ask(server.url)).at(-1)).toEqual(END_EVENT)
    // A call that follows at once may meet a connection not yet handed back, so there may be a second one.
    expect(server.connections).toBeLessThanOrEqual(2)
  })

  it('that the server closed meanwhile are not used again', async () => {
    const server = await serve(async (socket) => {
      await play(socket, hello)
      setTimeout(() => socket.destroy(), 20)
    })
    for (let i = 0; i < 3; i++) {
      expect((await ask(server.url)).at(-1)).toEqual(END_EVENT)
      await allClosed(server)
    }
    expect(server.connections).toBe(3)
  })

  it('close at once on abort, before and within an answer', async () => {
    const mute = await serve(() => undefined)
    const early = new AbortController()
    const first = ask(mute.url, { signal: early.signal })
    while (mute.connections === 0) await sleep(1)
    early.abort()
    expect(await first).toEqual([])
    await allClosed(mute)

    const chatty = await serve((socket) => play(socket, delta({ content: 'word ' }).repeat(2_000), { size: 200, end: '' }))
    const late = new AbortController()
    await ask(chatty.url, { signal: late.signal, onEvent: () => late.abort() })
    await allClosed(chatty)
  })

  it('close when the reader leaves', async () => {
    const server = await serve((socket) => play(socket, delta({ content: 'word ' }).repeat(2_000), { size: 200, end: '' }))
    const leave = () => {
      throw new Error('the reader left')
    }
    await expect(ask(server.url, { onEvent: leave })).rejects.toThrow('the reader left')
    await allClosed(server)
  })

  it('over TLS need a certificate that this computer trusts', async () => {
    const certificates = new Certificates(systemClock)
    const context = await certificates.contextFor(readHost('localhost'))
    let heads = 0
    const server = createServer({ SNICallback: (_name, done) => done(null, context) }, (_request, response) => {
      heads++
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(hello)
    }).listen(0, 'localhost')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    // A base URL may be spelt like this.
    const url = `HTTPS://localhost:${(server.address() as AddressInfo).port}`
    expect(codeOf(await ask(url))).toBe('provider.connection')
    expect(heads).toBe(0)
    const usual = getCACertificates('default')
    onTestFinished(() => setDefaultCACertificates(usual))
    setDefaultCACertificates([await certificates.trusted()])
    for (let i = 0; i < 3; i++) expect((await ask(url)).at(-1)).toEqual(END_EVENT)
    expect(heads).toBe(3)
  })

  it('last through a silence longer than a resting connection does', async () => {
    const server = await serve(async (socket) => {
      await sleep(4_500)
      await play(socket, hello)
    })
    const told = await ask(server.url, { timeouts: { connectMs: 10_000, idleMs: 10_000 } })
    expect(told.at(-1)).toEqual(END_EVENT)
  })

  it('send the key only as it should be sent', async () => {
    const heads: string[] = []
    const server = await serve((socket, head) => {
      heads.push(head)
      return play(socket, hello)
    })
    await ask(server.url)
    const { provider } = createProviders({
      resilience: { tries: 1 },
      config: { providers: { ollama: { type: 'openai', baseUrl: `${server.url}/v1` } }, models: {} },
      env: { OPENAI_API_KEY: KEY },
    }).resolve('ollama/m')
    const request = { model: 'm', system: '', messages: [], tools: [] }
    for await (const event of provider.stream(request, new AbortController().signal)) expect(event.type).not.toBe('error')
    expect(heads[0]?.toLowerCase()).toContain(`authorization: bearer ${KEY}`)
    expect(heads[1]?.toLowerCase()).not.toMatch(/authorization|planted/)
  })
})
