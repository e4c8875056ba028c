import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageSize } from 'image-size'
import { describe, expect, test } from 'vitest'
import type { MediaPart, UserPart } from '../../sidecar/contract/index.ts'
import { ids } from '../fixtures/log.ts'
import { aac, bmp, docx, gif, jpeg, noisyPng, paragraph, pdf, png, wav } from '../fixtures/media-files.ts'
import { openMedia } from '../fixtures/media-room.ts'

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const files = (root: string): string[] =>
  existsSync(root)
    ? readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
    : []
const never = new AbortController().signal
const sent = (hash: string, as?: 'text'): UserPart => ({ type: 'media', hash, ...(as && { as }) })

describe('a file is stored once, under the hash of its bytes', () => {
  test('for the person only, and without what it is called', async () => {
    const { put, root } = openMedia()
    const bytes = png()
    const first = await put(bytes, '../../etc/\u202epas\nswd.png')
    expect(first).toEqual({
      hash: hashOf(bytes),
      kind: 'image',
      mime: 'image/png',
      name: 'passwd.png',
      size: bytes.length,
      width: 8,
      height: 4,
    })
    expect((await put(bytes, 'again.png')).hash).toBe(first.hash)
    expect(files(root)).toEqual([first.hash])
    const path = join(root, first.hash.slice(0, 2), first.hash)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(hashOf(readFileSync(path))).toBe(first.hash)
  })

  test('many at once, the same among them', async () => {
    const { put, root } = openMedia()
    const all = await Promise.all(Array.from({ length: 12 }, (_, at) => put(png(8 + (at % 3), 4), `${at}.png`)))
    expect(new Set(all.map(({ hash }) => hash)).size).toBe(3)
    expect(files(root)).toHaveLength(3)
  })

  test.each([
    ['media.empty', new Uint8Array(0), 'a.txt'],
    ['media.lyingName', png(), 'a.pdf'],
    ['media.damaged', docx('').subarray(0, 400), 'a.docx'],
  ])('what is refused leaves nothing behind: %s', async (code, bytes, name) => {
    const { put, root, db } = openMedia()
    await expect(put(bytes as Uint8Array<ArrayBuffer>, name)).rejects.toMatchObject({
      code: expect.stringContaining('media.'),
      kind: 'BAD_REQUEST',
      hint: expect.any(String),
    })
    if (code !== 'media.damaged') await expect(put(bytes as Uint8Array<ArrayBuffer>, name)).rejects.toMatchObject({ code })
    expect(files(root)).toEqual([])
    expect(db.prepare('SELECT count(*) AS n FROM media').get()).toEqual({ n: 0 })
  })

  test('one that is too large is refused before it is read, and one that says too little while it is', async () => {
    const { media, root } = openMedia()
    let read = 0
    const endless = (size: number): Blob => {
      const stream = () =>
        new ReadableStream({
          pull(controller) {
            read++
            controller.enqueue(new Uint8Array(1024 * 1024))
          },
        })
      return new Proxy(new Blob(), { get: (_, key) => (key === 'size' ? size : key === 'stream' ? stream : undefined) })
    }
    await expect(media.put(endless(26 * 1024 * 1024), 'a.txt')).rejects.toMatchObject({ code: 'media.tooLarge' })
    expect(read).toBe(0)
    await expect(media.put(endless(10), 'a.txt')).rejects.toMatchObject({ code: 'media.tooLarge' })
    expect(read).toBeLessThan(30)
    expect(files(root)).toEqual([])
  })
})

describe('a file in pieces', () => {
  const upload = () => crypto.randomUUID()

  test('is the file; pieces that are missing, repeated or too many are refused', async () => {
    const { media, root } = openMedia()
    const id = upload()
    expect(await media.append(id, 0, new Blob(['the river ']))).toBe(10)
    await expect(media.append(id, 11, new Blob(['x']))).rejects.toMatchObject({ code: 'media.gap', kind: 'CONFLICT' })
    await expect(media.append(id, 5, new Blob(['x']))).rejects.toMatchObject({ code: 'media.gap' })
    await expect(media.finish(id, 'a.txt', 9)).rejects.toMatchObject({ code: 'media.gap' })
    await expect(media.append(upload(), 5, new Blob(['x']))).rejects.toMatchObject({ code: 'media.gap' })
    expect(await media.append(id, 10, new Blob(['bends']))).toBe(15)
    const stored = await media.finish(id, 'a.txt', 15)
    expect((await media.text(stored.hash)).text).toBe('the river bends')
    await expect(media.finish(id, 'a.txt', 15)).rejects.toMatchObject({ code: 'media.gap' })
    expect(files(root).sort()).toEqual([stored.hash, `${stored.hash}.text`])
  })

  test('begins anew at 0, is given up when nobody goes on, and is bounded', async () => {
    const { media, root, advance } = openMedia()
    const id = upload()
    await media.append(id, 0, new Blob(['wrong']))
    expect(await media.append(id, 0, new Blob(['r']))).toBe(1)
    expect(readFileSync(join(root, 'new', files(root)[0]!), 'utf8')).toBe('r')
    for (let count = 1; count < 64; count++) await media.append(upload(), 0, new Blob(['x']))
    await expect(media.append(upload(), 0, new Blob(['x']))).rejects.toMatchObject({ code: 'media.busy' })
    expect(await media.sweep(never)).toBe(0)
    expect(files(root)).toHaveLength(64)
    advance(1)
    expect(await media.append(upload(), 0, new Blob(['x']))).toBe(1)
    await expect.poll(() => files(root).length).toBe(1)
    await expect(media.append(id, 1, new Blob(['x']))).rejects.toMatchObject({ code: 'media.gap' })
    const large = new Blob([new Uint8Array(24 * 1024 * 1024)])
    await media.append(id, 0, large)
    await expect(media.append(id, large.size, new Blob([new Uint8Array(2 * 1024 * 1024)]))).rejects.toMatchObject({
      code: 'media.tooLarge',
    })
    await expect.poll(() => files(root).length).toBe(1)
  })
})

describe('what is handed out', () => {
  test('is never something that a page would run', async () => {
    const { put, media } = openMedia()
    for (const [bytes, name, type] of [
      ['<!doctype html><script>alert(1)</script>', 'a.html', 'application/octet-stream'],
      ['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'a.svg', 'application/octet-stream'],
      [png(), 'a.png', 'image/png'],
      [pdf('x'), 'a.pdf', 'application/octet-stream'],
    ] as const) {
      const { hash } = await put(bytes as string, name)
      const file = await media.read(hash, 'original')
      expect([file.type, file.name]).toEqual([type, name])
      expect(hashOf(new Uint8Array(await file.arrayBuffer()))).toBe(hash)
    }
  })

  test('a preview of a large image is smaller; of all else it is the file', async () => {
    const { put, media } = openMedia()
    const large = await put(jpeg(3000, 1000), 'large.jpg')
    const preview = await media.read(large.hash, 'preview')
    expect(preview.type).toBe('image/jpeg')
    expect(preview.size).toBeLessThan(large.size)
    const small = await put(png(), 'small.png')
    expect((await media.read(small.hash, 'preview')).size).toBe(small.size)
    expect((await media.read((await put(bmp(), 'a.bmp')).hash, 'preview')).type).toBe('image/png')
  })

  test('text of what has some', async () => {
    const { put, media } = openMedia()
    expect(await media.text((await put(pdf('The river'), 'a.pdf')).hash)).toEqual({
      text: '[page 1 of 1]\nThe river',
      truncated: false,
    })
    const word = await put(docx(paragraph('The bend')), 'a.docx')
    expect(word.characters).toBe(8)
    expect((await media.text(word.hash)).text).toBe('The bend')
    await expect(media.text((await put(png(), 'a.png')).hash)).rejects.toMatchObject({ code: 'media.noText' })
    await expect(media.text('0'.repeat(64))).rejects.toMatchObject({ code: 'media.notFound' })
  })
})

describe('how files reach a model', () => {
  const goes = async (modalities: string[] | undefined, ref = 'openai/x') => {
    const room = openMedia({ modalities: async () => modalities })
    const stored = {
      image: await room.put(png(), 'a.png'),
      wide: await room.put(png(3000, 2), 'wide.png'),
      bmp: await room.put(bmp(), 'a.bmp'),
      pdf: await room.put(pdf('x'), 'a.pdf'),
      audio: await room.put(wav(), 'a.wav'),
      word: await room.put(docx(paragraph('x')), 'a.docx'),
    }
    const { verdicts } = await room.media.check(Object.values(stored), ref)
    return Object.fromEntries(Object.keys(stored).map((name, at) => [name, verdicts[at]!.goes]))
  }

  test.each([
    [undefined, { image: 'native', wide: 'converted', bmp: 'converted', pdf: 'text', audio: 'refused', word: 'text' }],
    [['text'], { image: 'refused', wide: 'refused', bmp: 'refused', pdf: 'text', audio: 'refused', word: 'text' }],
    [
      ['text', 'image', 'pdf', 'audio'],
      { image: 'native', wide: 'converted', bmp: 'converted', pdf: 'native', audio: 'native', word: 'text' },
    ],
  ])('a model that takes %j', async (modalities, verdicts) => {
    expect(await goes(modalities)).toEqual(verdicts)
  })

  test('what a vendor does not read is converted or refused, though its model takes the kind', async () => {
    const { put, media } = openMedia({ modalities: async () => ['image', 'audio'] })
    const stored = [await put(gif(), 'a.gif'), await put(wav(), 'a.wav'), await put(aac(), 'a.aac')]
    const goes = async (ref: string) => (await media.check(stored, ref)).verdicts.map((verdict) => verdict.goes)
    expect(await goes('openai/x')).toEqual(['native', 'native', 'refused'])
    expect(await goes('google/x')).toEqual(['converted', 'native', 'native'])
    await media.prepare([sent(stored[0]!.hash)], 'google/x')
  })

  test('a photo that only its camera says is upright is sent upright', async () => {
    const { put, media } = openMedia()
    const { hash, width, height } = await put(jpeg(40, 20, 6), 'phone.jpg')
    expect([width, height]).toEqual([20, 40])
    expect((await media.check([{ hash }], 'openai/x')).verdicts).toMatchObject([
      { goes: 'converted', why: 'It gets an upright copy.' },
    ])
    const part = { ...media.describe({ type: 'media', hash }), id: ids.part() } as MediaPart
    const content = (await media.contents([part], 'openai/x', 0)).get(part)
    if (content?.type !== 'media') throw new Error('not sent')
    expect(imageSize(Buffer.from(await content.media.base64(), 'base64'))).toMatchObject({ width: 20, height: 40 })
  })

  test('a message that the model cannot take is refused before it is sent, and says which file', async () => {
    const { put, media } = openMedia({ modalities: async () => ['text'] })
    const image = await put(png(), 'cat.png')
    await expect(media.prepare([sent(image.hash)], 'openai/words')).rejects.toMatchObject({
      code: 'media.unsupported',
      message: '"cat.png" cannot be sent: openai/words takes no images.',
      hint: expect.stringContaining('leave it out'),
    })
    await expect(media.prepare([sent(image.hash, 'text')], 'openai/words')).rejects.toMatchObject({ code: 'media.unsupported' })
    await expect(media.prepare([sent('0'.repeat(64))], 'openai/words')).rejects.toMatchObject({ code: 'media.notFound' })
    await expect(
      media.prepare(
        Array.from({ length: 21 }, () => sent(image.hash)),
        'openai/words',
      ),
    ).rejects.toMatchObject({ code: 'media.tooMany' })
    await media.prepare([sent((await put(pdf('x'), 'a.pdf')).hash)], 'openai/words')
  })

  test('files that are too much together are refused: for a message, and for a model', async () => {
    const { put, media, db } = openMedia()
    const hashes = await Promise.all([10, 11, 12, 13, 14].map(async (width) => (await put(png(width, 4), 'a.png')).hash))
    db.exec('UPDATE media SET size = 24000000')
    await expect(
      media.prepare(
        hashes.map((hash) => sent(hash)),
        'openai/x',
      ),
    ).rejects.toMatchObject({ code: 'media.messageTooLarge' })
    db.exec('UPDATE media SET size = 3000000')
    await expect(
      media.prepare(
        hashes.map((hash) => sent(hash)),
        'google/x',
      ),
    ).rejects.toMatchObject({ code: 'media.tooMuchForModel' })
    await media.prepare(
      hashes.map((hash) => sent(hash)),
      'anthropic/x',
    )
  })

  test('a part becomes bytes, a smaller copy, text, or words that say why not', async () => {
    const { put, media } = openMedia({ modalities: async () => ['image', 'text'] })
    const part = async (bytes: Uint8Array<ArrayBuffer>, name: string, as?: 'text'): Promise<MediaPart> => {
      const { hash } = await put(bytes, name)
      return { ...media.describe({ type: 'media', hash, as }), id: ids.part() } as MediaPart
    }
    const image = await part(png(), 'a.png')
    const heavy = await part(noisyPng(2200, 60), 'wide.png')
    const paper = await part(pdf('The river bends'), 'a.pdf')
    const song = await part(wav(), 'a.wav')
    const gone = { ...image, id: ids.part(), hash: '0'.repeat(64) }
    const contents = await media.contents([image, heavy, paper, song, gone], 'openai/x', 20)
    const native = contents.get(image)
    expect(native).toMatchObject({ type: 'media', media: { kind: 'image', mime: 'image/png', name: 'a.png' } })
    if (native?.type === 'media') expect(Buffer.from(await native.media.base64(), 'base64')).toEqual(Buffer.from(png()))
    const smaller = contents.get(heavy)
    if (smaller?.type !== 'media') throw new Error('not sent')
    expect(Buffer.from(await smaller.media.base64(), 'base64').readUInt32BE(16)).toBe(2048)
    expect(contents.get(paper)).toEqual({
      type: 'document',
      name: 'a.pdf',
      text: '[page 1 of 1]\nThe ri\n[the other 9 characters were left out]',
    })
    expect(contents.get(song)).toEqual({ type: 'text', text: '[audio "a.wav" was left out: this model does not take it.]' })
    expect(contents.get(gone)).toMatchObject({ type: 'text', text: expect.stringContaining('was left out: no file is stored') })
  })
})

describe('what no message names is removed', () => {
  test('a day after it was handed in, with all that was made of it; what is named stays', async () => {
    const { put, media, root, session, advance } = openMedia()
    const named = await put(jpeg(3000, 10), 'named.jpg')
    const draft = await put(pdf('draft'), 'draft.pdf')
    await media.text(draft.hash)
    await media.read(named.hash, 'preview')
    const [sessionId, messageId] = [session(), ids.message()]
    media.use(sessionId, messageId, [named.hash])
    advance(23)
    expect(await media.sweep(never)).toBe(0)
    advance(2)
    expect(await media.sweep(never)).toBe(1)
    expect(files(root).every((name) => name.startsWith(named.hash))).toBe(true)
    expect(() => media.info(draft.hash)).toThrow(expect.objectContaining({ code: 'media.notFound' }))
    expect(media.info(named.hash).size).toBe(named.size)
    media.release(messageId)
    expect(await media.sweep(never)).toBe(1)
    expect(files(root)).toEqual([])
  })

  test('handed in again, it counts as new', async () => {
    const { put, media, advance } = openMedia()
    const { hash } = await put(png(), 'a.png')
    advance(30)
    await put(png(), 'a.png')
    expect(await media.sweep(never)).toBe(0)
    expect(media.info(hash).kind).toBe('image')
  })

  test('what a crash left: files without a row, files that never came in whole', async () => {
    const { put, media, root } = openMedia()
    const { hash } = await put(png(), 'a.png')
    const lost = 'ab'.repeat(32)
    mkdirSync(join(root, 'ab'), { recursive: true })
    writeFileSync(join(root, 'ab', lost), 'x')
    writeFileSync(join(root, 'ab', `${lost}.text`), 'x')
    mkdirSync(join(root, 'new'), { recursive: true })
    writeFileSync(join(root, 'new', 'half'), 'x')
    expect(await media.sweep(never)).toBe(1)
    expect(files(root)).toEqual([hash])
  })

  test('a file that a person removed is missed when it is named, not later', async () => {
    const { put, media, root } = openMedia()
    const { hash } = await put(png(), 'a.png')
    rmSync(join(root, hash.slice(0, 2), hash))
    expect(() => media.describe({ type: 'media', hash })).toThrow(expect.objectContaining({ code: 'media.notFound' }))
  })
})
