import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { connectEmbeddingEndpoint } from '../../sidecar/memory/embedding/endpoint.ts'

interface Asked {
  input: string[]
  model: string
  authorization: string | undefined
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A server whose answer to each request is up to the test; `undefined` never answers. */
async function serve(answer: (asked: Asked, nth: number) => { status?: number; body: unknown } | undefined) {
  const requests: Asked[] = []
  server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { input, model } = JSON.parse(text)
    const asked = { input, model, authorization: request.headers.authorization }
    requests.push(asked)
    const given = answer(asked, requests.length)
    if (!given) return
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json', 'retry-after-ms': '1' })
    response.end(JSON.stringify(given.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { requests, baseUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1` }
}

/** The vector of a text says how long it is. */
const vectors = (input: readonly string[]) => ({
  object: 'list',
  data: input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 10] })),
})

describe('an embeddings endpoint', () => {
  test('is asked in batches, with the key, and gives unit vectors in order', async () => {
    const { baseUrl, requests } = await serve(({ input }) => {
      const body = vectors(input)
      return { body: { ...body, data: body.data.toReversed() } }
    })
    const embedder = await connectEmbeddingEndpoint({ baseUrl, key: 'sk-test', model: 'small', batch: 2 })
    const texts = ['a', 'bb', ' ', 'ccc']
    const found = await embedder.embed(texts)

    expect(embedder.dimensions).toBe(2)
    expect(embedder.id).toMatch(/^small@[0-9a-f]{12}$/)
    expect(requests.slice(1).map(({ input }) => input)).toEqual([['a', 'bb'], ['ccc']])
    expect(requests.every(({ authorization, model }) => authorization === 'Bearer sk-test' && model === 'small')).toBe(true)
    expect(found.map((vector) => Math.round(((vector[0] ?? 0) / (vector[1] || 1 / 10)) * 10))).toEqual([1, 2, 0, 3])
    expect(Math.hypot(...(found[0] ?? []))).toBeCloseTo(1, 6)
    expect([...(found[2] ?? [])]).toEqual([0, 0])
  })

  test('of a local server is asked without a key', async () => {
    const { baseUrl, requests } = await serve(({ input }) => ({ body: vectors(input) }))
    await connectEmbeddingEndpoint({ baseUrl, model: 'local' })
    expect(requests[0]?.authorization).toBeUndefined()
  })

  test('that is busy is asked again', async () => {
    const { baseUrl, requests } = await serve(({ input }, nth) =>
      nth === 1 ? { status: 429, body: { error: { message: 'slow down' } } } : { body: vectors(input) },
    )
    await connectEmbeddingEndpoint({ baseUrl, model: 'small' })
    expect(requests).toHaveLength(2)
  })

  test('that refuses the key says so, with what to do', async () => {
    const { baseUrl } = await serve(() => ({ status: 401, body: { error: { message: 'bad key' } } }))
    await expect(connectEmbeddingEndpoint({ baseUrl, key: 'sk-wrong', model: 'small' })).rejects.toMatchObject({
      kind: 'SERVICE_UNAVAILABLE',
      code: 'memory.embeddingEndpointFailed',
      message: expect.stringContaining('bad key'),
      hint: 'Check the key of the embeddings endpoint.',
    })
  })

  test('that never answers is given up after the time allowed', async () => {
    const { baseUrl, requests } = await serve(() => undefined)
    await expect(connectEmbeddingEndpoint({ baseUrl, model: 'small', timeoutMs: 50 })).rejects.toMatchObject({
      code: 'memory.embeddingEndpointFailed',
    })
    expect(requests).toHaveLength(3)
  })

  test.each([
    ['too few vectors', (input: string[]) => vectors(input.slice(1)), /1 vectors for 2 texts/],
    ['no list', () => ({ object: 'list' }), /no list "data"/],
    [
      'other dimensions',
      (input: string[]) => ({ data: input.map((_, index) => ({ index, embedding: [1, 2, 3] })) }),
      /3 dimensions/,
    ],
    ['what are no numbers', (input: string[]) => ({ data: input.map((_, index) => ({ index, embedding: ['x'] })) }), /0 vectors/],
  ])('that answers with %s is not believed', async (_what, body, message) => {
    const { baseUrl } = await serve(({ input }, nth) => ({ body: nth === 1 ? vectors(input) : body(input) }))
    const embedder = await connectEmbeddingEndpoint({ baseUrl, model: 'small' })
    await expect(embedder.embed(['a', 'bb'])).rejects.toThrow(message)
  })

  test('ends when it is told to', async () => {
    const { baseUrl } = await serve(() => undefined)
    const ending = new AbortController()
    const connecting = connectEmbeddingEndpoint({ baseUrl, model: 'small', signal: ending.signal })
    ending.abort()
    await expect(connecting).rejects.toMatchObject({ code: 'memory.embeddingEndpointFailed' })
  })
})
