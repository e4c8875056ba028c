import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { OpenAPILink } from '@orpc/openapi-client/fetch'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Client,
  contract,
  MEDIA_LIMITS,
  type SessionId,
  sendReceipts,
  storeFile,
  type UserPart,
} from '../../sidecar/contract/index.ts'
import { homeToken } from '../../sidecar/doors/index.ts'
import { type Bench, startScripted } from '../fixtures/kernel.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { docx, jpeg, paragraph, pdf, png, pptx, wav, xlsx } from '../fixtures/media-files.ts'
import { startModelServer } from '../fixtures/model-server.ts'
import { connect, scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'

const file = (bytes: Uint8Array<ArrayBuffer> | string, name: string): File => new File([bytes], name)
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function rest(url: string, token: string): Client {
  return createORPCClient(new OpenAPILink(contract, { url: `${url}/api`, headers: { authorization: `Bearer ${token}` } }))
}

function openDoors({ home, sidecar, client }: Bench): Record<string, Client> {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port2.close())
  void sidecar.acceptPort(port1 as never)
  port2.start()
  const token = homeToken(join(home, 'run'))
  sendReceipts(port2 as never)
  return {
    process: client,
    port: createORPCClient(new PortLink({ port: port2 as never })),
    socket: connect(sidecar.url!, token),
    http: rest(sidecar.url!, token),
  }
}

async function settled(client: Client, sessionId: SessionId): Promise<void> {
  await expect
    .poll(async () => (await client.sessions.get({ sessionId })).summary.status, { timeout: 20_000 })
    .not.toBe('running')
}

test('a file comes in, is looked at and is sent through every door', async () => {
  const bench = await startScripted(() => [{ say: 'seen' }], { http: true })
  for (const [at, [door, client]] of Object.entries(openDoors(bench)).entries()) {
    const width = 8 + at
    const bytes = png(width, 4)
    const stored = await client.media.put({ file: file(bytes, `${door}.png`) })
    expect([door, stored]).toEqual([door, expect.objectContaining({ kind: 'image', name: `${door}.png`, width })])
    const back = await client.media.get({ hash: stored.hash })
    expect([door, back.type, back.name]).toEqual([door, 'image/png', `${door}.png`])
    expect(base64(new Uint8Array(await back.arrayBuffer()))).toBe(base64(bytes))
    const paper = await client.media.put({ file: file(pdf(`By ${door}`), 'paper.pdf') })
    expect((await client.media.text({ hash: paper.hash })).text).toContain(`By ${door}`)
    await expect(client.media.put({ file: file(bytes, 'a.pdf') })).rejects.toMatchObject({ data: { code: 'media.lyingName' } })

    const { id: sessionId } = await client.sessions.create({ workspace: bench.workspace })
    const { verdicts } = await client.media.check({ sessionId, media: [{ hash: stored.hash }, { hash: paper.hash }] })
    expect(verdicts.map(({ goes }) => goes)).toEqual(['native', 'text'])
    await client.turns.send({
      sessionId,
      parts: [
        { type: 'text', text: 'look' },
        { type: 'media', hash: stored.hash },
        { type: 'media', hash: paper.hash, name: 'renamed.pdf' },
      ],
    })
    await settled(client, sessionId)
    const { messages } = await client.sessions.get({ sessionId })
    expect(messages[0]?.parts).toMatchObject([
      { type: 'text' },
      {
        type: 'media',
        kind: 'image',
        mime: 'image/png',
        hash: stored.hash,
        name: `${door}.png`,
        width,
        height: 4,
      },
      { type: 'media', kind: 'pdf', name: 'renamed.pdf' },
    ])
    const asked = JSON.stringify(bench.model.requests.at(-1)?.at(-1)?.content)
    expect(asked).toContain(`data:image/png;base64,${base64(bytes)}`)
    expect(asked).toContain('renamed.pdf')
    expect(asked).toContain(`[page 1 of 1]\\nBy ${door}`)
  }
})

describe('HTTP', () => {
  test('takes a form as any script sends it; hands out bytes to be saved, never to be shown as a page', async () => {
    const { home, sidecar } = await startScripted(() => [], { http: true })
    const headers = { authorization: `Bearer ${homeToken(join(home, 'run'))}` }
    const form = new FormData()
    form.set('file', file('<!doctype html><script>alert(1)</script>', 'page.html'))
    const put = await fetch(`${sidecar.url}/api/media`, { method: 'POST', headers, body: form })
    const { hash } = (await put.json()) as { hash: string }
    const got = await fetch(`${sidecar.url}/api/media/${hash}`, { headers })
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': expect.stringMatching(/^attachment;/),
      'content-security-policy': expect.stringMatching(/default-src 'none'.*sandbox/),
      'x-content-type-options': 'nosniff',
    })
    for (const way of [`/api/media/${hash}`, `/api/media/${hash}/text`, '/api/media']) {
      const method = way.endsWith('media') ? 'POST' : 'GET'
      expect((await fetch(`${sidecar.url}${way}`, { method })).status).toBe(401)
      expect((await fetch(`${sidecar.url}${way}`, { method, headers: { ...headers, origin: 'https://evil.test' } })).status).toBe(
        403,
      )
    }
    for (const name of ['..%2f..%2fconfig.toml', 'new', `${hash}.text`, hash.toUpperCase()])
      expect((await fetch(`${sidecar.url}/api/media/${name}`, { headers })).status, name).toBe(400)
  })

  test('ends an upload that is too large before it is all there; no other route takes as much', async () => {
    const { home, sidecar } = await startScripted(() => [], { http: true })
    const headers = { authorization: `Bearer ${homeToken(join(home, 'run'))}`, 'content-type': 'multipart/form-data; boundary=x' }
    const post = (path: string, size: number) =>
      fetch(`${sidecar.url}${path}`, { method: 'POST', headers, body: new Uint8Array(size) }).then(({ status }) => status)
    expect(await post('/api/media', MEDIA_LIMITS.fileBytes + 1024 * 1024)).toBe(413)
    expect(await post('/api/media/check', 17 * 1024 * 1024)).toBe(413)
    expect(await post('/api/sessions', 17 * 1024 * 1024)).toBe(413)
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent++
        controller.enqueue(new Uint8Array(1024 * 1024))
      },
    })
    const answer = await fetch(`${sidecar.url}/api/media`, {
      method: 'POST',
      headers,
      body: endless,
      duplex: 'half',
    } as RequestInit).catch(() => undefined)
    if (answer) expect(answer.status).toBe(413)
    expect(sent).toBeLessThan(200)
    expect(existsSync(join(home, 'media', 'new')) ? readdirSync(join(home, 'media', 'new')) : []).toEqual([])
  })

  test('the largest file that may come in does: whole, and in pieces through every door', async () => {
    const bench = await startScripted(() => [], { http: true })
    const large = new Uint8Array(MEDIA_LIMITS.fileBytes).fill(97)
    const { http, ...others } = openDoors(bench)
    expect(await http!.media.put({ file: file(large, 'a.txt') })).toMatchObject({ size: large.length, kind: 'document' })
    for (const [door, client] of Object.entries({ http: http!, ...others })) {
      const rest = large.subarray(0, 3_000_000 + door.length)
      const { hash, size } = await storeFile(client.media, new Blob([rest]), 'b.txt')
      expect([door, size, hash]).toEqual([door, rest.length, createHash('sha256').update(rest).digest('hex')])
    }
    const one = await storeFile(others.socket!.media, new Blob([large]), 'a.txt')
    expect(one.hash).toBe(createHash('sha256').update(large).digest('hex'))
    await expect(storeFile(others.socket!.media, new Blob([large, 'x']), 'a.txt')).rejects.toMatchObject({
      data: { code: 'media.tooLarge' },
    })
  })
})

describe('a message and its files', () => {
  const send = (client: Client, sessionId: SessionId, ...parts: UserPart[]) => client.turns.send({ sessionId, parts })

  test('what the model does not take is refused, and nothing is written', async () => {
    const { client, workspace, model } = await startScripted(() => [{ say: 'ok' }])
    const { id: sessionId } = await client.sessions.create({ workspace })
    const song = await client.media.put({ file: file(wav(), 'song.wav') })
    await expect(send(client, sessionId, { type: 'media', hash: song.hash })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: '"song.wav" cannot be sent: scripted/model takes no audio.',
      data: { code: 'media.unsupported' },
    })
    await expect(send(client, sessionId, { type: 'media', hash: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { code: 'media.notFound' },
    })
    await expect(
      send(client, sessionId, ...Array.from({ length: 22 }, () => ({ type: 'media' as const, hash: song.hash }))),
    ).rejects.toMatchObject({ data: { code: 'input.invalid' } })
    expect((await client.sessions.get({ sessionId })).summary.messageCount).toBe(0)
    expect(model.requests).toHaveLength(0)
  })

  test('a model that takes less later gets words instead', async () => {
    const bench = await startScripted(() => [{ say: 'ok' }])
    const { client, workspace } = bench
    const { id: sessionId } = await client.sessions.create({ workspace })
    const photo = await client.media.put({ file: file(jpeg(2600, 40), 'photo.jpg') })
    await send(client, sessionId, { type: 'media', hash: photo.hash })
    await settled(client, sessionId)
    const image = JSON.stringify(bench.model.requests[0]).match(/data:image\/jpeg;base64,([^"]+)/)?.[1] ?? ''
    expect(Buffer.from(image, 'base64').length).toBeGreaterThan(100)
    expect(image).not.toBe(base64(jpeg(2600, 40)))
    expect((await client.sessions.get({ sessionId })).summary.title).toBe('photo.jpg')
    await client.sessions.configure({ sessionId, model: 'offline/guide' })
    await send(client, sessionId, { type: 'text', text: 'help' })
    await settled(client, sessionId)
    expect((await client.sessions.get({ sessionId })).summary.status).toBe('idle')
    await client.sessions.configure({ sessionId, model: 'scripted/model' })
  })

  test('are one write: neither is without the other', async () => {
    const bench = await startScripted(() => [{ hang: true }])
    const { client, workspace, home } = bench
    const { id: sessionId } = await client.sessions.create({ workspace })
    const { hash } = await client.media.put({ file: file(docx(paragraph('x')), 'a.docx') })
    const { openDatabase } = await import('../../sidecar/foundation/index.ts')
    const db = openDatabase({ path: join(home, 'oxbow.db') })
    onTestFinished(() => void db.close())
    const uses = () => db.prepare('SELECT hash, message_id FROM media_uses').all()
    db.exec(`CREATE TRIGGER no_use BEFORE INSERT ON media_uses BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
    await expect(send(client, sessionId, { type: 'media', hash })).rejects.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
    expect((await client.sessions.get({ sessionId })).queue).toEqual([])
    expect(db.prepare("SELECT count(*) AS n FROM events WHERE event LIKE '%messageQueued%'").get()).toEqual({ n: 0 })
    db.exec('DROP TRIGGER no_use')
    await send(client, sessionId, { type: 'text', text: 'wait' })
    const { messageId } = await send(client, sessionId, { type: 'media', hash })
    expect(uses()).toEqual([{ hash, message_id: messageId }])
    await client.turns.unqueue({ sessionId, messageId })
    expect(uses()).toEqual([])
    await client.turns.cancel({ sessionId })
  })
})

test('what was stored is there after a crash: the built sidecar, killed, and its thread', async () => {
  const home = join(temporaryFolder(), 'home')
  mkdirSync(join(home, 'workspaces/default'), { recursive: true })
  const model = await startModelServer(() => [{ say: 'ok' }])
  onTestFinished(() => model.close())
  scriptedHome(home, model.url)
  const first = await startSidecarProcess(home)
  onTestFinished(() => void first.child.kill('SIGKILL'))
  const stored = await Promise.all([
    first.client.media.put({ file: file(png(), 'a.png') }),
    first.client.media.put({ file: file(jpeg(3000, 30), 'b.jpg') }),
    first.client.media.put({ file: file(pdf('The river'), 'c.pdf') }),
    first.client.media.put({ file: file(docx(paragraph('The bend')), 'd.docx') }),
    first.client.media.put({ file: file(xlsx([['The reeds', 7]]), 'e.xlsx') }),
    first.client.media.put({ file: file(pptx([['The ford']]), 'f.pptx') }),
    first.client.media.put({ file: file('<html><table><tr><th>The weir</th><th>x</th></tr></table>', 'g.html') }),
    first.client.media.put({ file: file('a;b\n1;The mill', 'h.csv') }),
  ])
  // Half of one is on its way when the process dies.
  void first.client.media.put({ file: file(new Uint8Array(20_000_000).fill(97), 'late.txt') }).catch(() => {})
  await first.kill()
  const second = await startSidecarProcess(home)
  onTestFinished(() => void second.child.kill('SIGKILL'))
  const { id: sessionId } = await second.client.sessions.create({})
  await second.client.turns.send({ sessionId, parts: stored.map(({ hash }) => ({ type: 'media', hash })) })
  await settled(second.client, sessionId)
  expect((await second.client.sessions.get({ sessionId })).turn).toMatchObject({ state: 'completed' })
  const asked = JSON.stringify(model.requests.at(-1)?.at(-1)?.content)
  expect(asked).toContain(base64(png()))
  expect(asked).toMatch(/data:image\/jpeg/)
  expect(asked).toContain('The river')
  for (const words of ['The bend', '| The reeds | 7 |', '[slide 1 of 1]', 'The ford', 'The weir', '| 1 | The mill |'])
    expect(asked).toContain(words)
  expect(await second.stop()).toBe(0)
  expect(readFileSync(join(home, 'logs/oxbow.log'), 'utf8')).not.toContain('"level":50')
})
