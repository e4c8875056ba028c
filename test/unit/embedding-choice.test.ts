import { createHash } from 'node:crypto'
import { cpSync, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { EmbedderChoice } from '../../sidecar/contract/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { memoryBench, remember } from '../fixtures/memory.ts'

const SHIPPED = join(import.meta.dirname, '../../resources/embedding')
const LONG = { timeout: 60_000, interval: 50 }

async function serve(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => answer(request, response, body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = () =>
    new Promise<void>((done) => {
      server.closeAllConnections()
      server.close(() => done())
    })
  onTestFinished(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** Embeds by counting letters: one dimension a letter. */
function letters(_request: IncomingMessage, response: ServerResponse, body: string): void {
  const { input } = JSON.parse(body) as { input: string[] }
  const data = input.map((text, index) => {
    const embedding = new Array<number>(26).fill(0.01)
    for (const letter of text.toLowerCase()) {
      const at = letter.charCodeAt(0) - 97
      if (at >= 0 && at < 26) embedding[at]!++
    }
    return { index, embedding }
  })
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }))
}

async function benchWith(options: { hub?: string } = {}) {
  const downloads = temporaryFolder()
  let choice: EmbedderChoice = { embedder: 'hashing' }
  const bench = memoryBench({
    embedder: { downloads, choice: () => choice, hub: () => options.hub ?? 'http://127.0.0.1:1', keyOf: (id) => `key of ${id}` },
  })
  for (const text of ['Anna drinks green tea', 'The car needs new tyres', 'Ben plays the violin']) bench.room.save(remember(text))
  await bench.room.settled()
  return {
    bench,
    choose: async (next: EmbedderChoice) => {
      const state = await bench.room.chooseEmbedder(next)
      choice = next
      return state
    },
  }
}

const find = (query: string) => ({ query, space: 'main', limit: 3 })

test('another embedder of other dimensions takes over when its index is made, and the old one goes', {
  timeout: 90_000,
}, async () => {
  const { bench, choose } = await benchWith()
  expect((await bench.room.embedder()).serving?.dimensions).toBe(256)
  const { url } = await serve(letters)
  await choose({ embedder: 'endpoint:letters', url: `${url}/v1`, keyOf: 'mine' })
  await vi.waitFor(async () => expect((await bench.room.embedder()).serving).toMatchObject({ dimensions: 26, embedded: 3 }), LONG)
  const [first] = await bench.room.search(find('gren tea'))
  expect(first?.memory.text).toBe('Anna drinks green tea')
  expect(first?.why.meaning).toBeDefined()
  await vi.waitFor(
    () => expect(bench.db.prepare('SELECT DISTINCT length(vector) AS l FROM memory_vectors').all()).toEqual([{ l: 26 }]),
    LONG,
  )
  const room = await bench.reopen()
  expect((await room.embedder()).serving).toMatchObject({ dimensions: 26, embedded: 3 })
  expect(JSON.stringify(bench.db.prepare('SELECT * FROM memory_embedders').all())).not.toContain('key of mine')
})

test('what cannot be opened changes nothing', { timeout: 60_000 }, async () => {
  const { bench } = await benchWith()
  const before = await bench.room.embedder()
  for (const [choice, code] of [
    [{ embedder: 'folder:/nowhere' }, 'memory.embeddingModelMissing'],
    [{ embedder: 'model:potion-base-2M' }, 'memory.modelNotThere'],
    [{ embedder: 'endpoint:x' }, 'memory.embedderUrl'],
    [{ embedder: 'endpoint:x', url: 'http://127.0.0.1:1/v1' }, 'memory.embeddingEndpointFailed'],
  ] as const)
    await expect(bench.room.chooseEmbedder(choice)).rejects.toMatchObject({ code })
  expect(await bench.room.embedder()).toEqual(before)
})

test('with its endpoint down, memory is found by words and says so', { timeout: 90_000 }, async () => {
  const { bench, choose } = await benchWith()
  const { url, close } = await serve(letters)
  await choose({ embedder: 'endpoint:letters', url: `${url}/v1` })
  await vi.waitFor(async () => expect((await bench.room.embedder()).serving?.dimensions).toBe(26), LONG)
  await close()
  const found = await bench.room.find(find('violin'))
  expect(found.wordsOnly).toMatch(/did not answer/)
  expect(found.results.map(({ memory }) => memory.text)).toEqual(['Ben plays the violin'])
  const again = await (await bench.reopen()).find(find('tyres'))
  expect(again.wordsOnly).toMatch(/did not answer/)
  expect(again.results[0]?.memory.text).toContain('tyres')
})

test('a change that a crash cut short goes on, the old index serving meanwhile', { timeout: 90_000 }, async () => {
  const { bench, choose } = await benchWith()
  const hold: (() => void)[] = []
  let holding = true
  const { url } = await serve((request, response, body) => {
    const answer = () => letters(request, response, body)
    // The question for its dimensions is answered, the texts wait.
    if (holding && !body.includes('"dimensions"')) hold.push(answer)
    else answer()
  })
  const state = await choose({ embedder: 'endpoint:letters', url: `${url}/v1` })
  expect(state.building).toMatchObject({ done: 0, of: 3 })
  expect(state.serving?.dimensions).toBe(256)
  expect((await bench.room.find(find('violin'))).wordsOnly).toBeUndefined()
  const room = await bench.reopen()
  holding = false
  await vi.waitFor(async () => expect((await room.embedder()).serving).toMatchObject({ dimensions: 26, embedded: 3 }), LONG)
  for (const answer of hold) answer()
})

test('a model is downloaded by its name and checked by its hashes, then serves', { timeout: 90_000 }, async () => {
  const files = ['model.safetensors', 'tokenizer.json'].map((path) => {
    const content = readFileSync(join(SHIPPED, path))
    const { size } = statSync(join(SHIPPED, path))
    const sha1 = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex')
    const sha256 = createHash('sha256').update(content).digest('hex')
    return { path, size, content, oid: sha1, ...(path.endsWith('s') && { lfs: { oid: sha256 } }) }
  })
  let damaged = true
  const { url } = await serve((request, response) => {
    if (request.url === '/api/models/minishlab/potion-test/tree/main') {
      response.end(JSON.stringify(files.map(({ content: _, ...entry }) => entry)))
      return
    }
    const file = files.find(({ path }) => request.url === `/minishlab/potion-test/resolve/main/${path}`)
    if (!file) response.writeHead(404).end()
    else response.end(damaged ? Buffer.from(file.content).fill(7, 100, 200) : file.content)
  })
  const { bench, choose } = await benchWith({ hub: url })
  const loaded = async (name: string) => {
    bench.room.downloadEmbedder(name)
    return vi.waitFor(async () => {
      const { download, downloaded } = await bench.room.embedder()
      expect(download?.state).not.toBe('loading')
      return { download, downloaded }
    }, LONG)
  }
  expect((await loaded('missing')).download).toMatchObject({ state: 'failed', error: expect.stringContaining('404') })
  const bad = await loaded('potion-test')
  expect(bad.download).toMatchObject({ state: 'failed', error: expect.stringContaining('is not the file') })
  expect(bad.downloaded).toEqual([])
  damaged = false
  const good = await loaded('potion-test')
  const size = files.reduce((sum, file) => sum + file.size, 0)
  expect(good).toMatchObject({ download: { state: 'done', doneBytes: size, ofBytes: size }, downloaded: ['potion-test'] })
  await choose({ embedder: 'model:potion-test' })
  await vi.waitFor(async () => expect((await bench.room.embedder()).serving?.id).toMatch(/^potion-test@/), LONG)
})

test('a folder of a Model2Vec model serves', { timeout: 60_000 }, async () => {
  const folder = join(temporaryFolder(), 'mine')
  cpSync(SHIPPED, folder, { recursive: true })
  const { bench, choose } = await benchWith()
  await choose({ embedder: `folder:${folder}` })
  await vi.waitFor(async () => expect((await bench.room.embedder()).serving?.id).toMatch(/^mine@/), LONG)
})
