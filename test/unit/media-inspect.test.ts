import { writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { openArchive } from '../../sidecar/media/jobs/archive.ts'
import { inspect } from '../../sidecar/media/jobs/inspect.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { bmp, docx, gif, join, jpeg, paragraph, pdf, png, pptx, wav, xlsx } from '../fixtures/media-files.ts'

const look = (bytes: Uint8Array | string, name: string) => {
  const file = path(temporaryFolder(), 'file')
  writeFileSync(file, bytes)
  return inspect(file, name)
}

const archive = zipSync({ 'hello.txt': strToU8('hello') })

describe('what a file is, is said by its bytes', () => {
  test.each([
    ['a.png', png(8, 4), { kind: 'image', mime: 'image/png', width: 8, height: 4 }],
    ['a.jpg', jpeg(8, 4), { kind: 'image', mime: 'image/jpeg', width: 8, height: 4 }],
    ['turned.jpeg', jpeg(8, 4, 6), { kind: 'image', mime: 'image/jpeg', width: 4, height: 8 }],
    ['a.gif', gif(), { kind: 'image', mime: 'image/gif', width: 1, height: 1 }],
    ['a.bmp', bmp(3, 2), { kind: 'image', mime: 'image/bmp', width: 3, height: 2 }],
    ['no-ending', png(), { kind: 'image', mime: 'image/png', width: 8, height: 4 }],
    ['a.wav', wav(), { kind: 'audio', mime: 'audio/wav' }],
    ['a.pdf', pdf('one', 'two'), { kind: 'pdf', mime: 'application/pdf', pages: 2 }],
    ['a.docx', docx(paragraph('hi')), { kind: 'document' }],
    ['a.xlsx', xlsx([['a', 1]]), { kind: 'document' }],
    ['a.pptx', pptx([['hi']]), { kind: 'document' }],
    ['a.html', '<!-- x --><!DOCTYPE html><p>hi', { kind: 'document', mime: 'text/html' }],
    ['a.csv', 'a,b\n1,2\n', { kind: 'document', mime: 'text/csv' }],
    ['a.svg', '<?xml version="1.0"?><svg xmlns="x"></svg>', { kind: 'document', mime: 'image/svg+xml' }],
    ['a.txt', 'grüße', { kind: 'document', mime: 'text/plain' }],
    ['utf16.txt', join('\xff\xfeh\0i\0'), { kind: 'document', mime: 'text/plain' }],
  ])('%s', async (name, bytes, facts) => {
    expect(await look(bytes, name)).toMatchObject(facts)
  })
})

describe('what is not what it seems is refused', () => {
  const tooWide = Buffer.from(png())
  tooWide.writeUInt32BE(60_000, 16)
  tooWide.writeUInt32BE(60_000, 20)
  const noPixels = Buffer.from(png())
  noPixels.writeUInt32BE(0, 16)
  const locked = Buffer.from(pdf('x'))
    .toString('latin1')
    .replace(
      '/Root 1 0 R',
      `/Root 1 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${'11'.repeat(32)}> /U <${'22'.repeat(32)}> >>`,
    )
  test.each([
    ['media.lyingName', 'a.png', pdf('x')],
    ['media.lyingName', 'a.pdf', png()],
    ['media.lyingName', 'a.jpg', png()],
    ['media.lyingName', 'notes.txt', png()],
    ['media.lyingName', 'a.docx', xlsx([['a']])],
    ['media.lyingName', 'a.png', 'just words'],
    ['media.lyingName', 'a.png', new Uint8Array([0, 1, 2, 3, 4, 5])],
    ['media.lyingName', 'a.pdf', '<html><script>alert(1)</script>'],
    ['media.unsupportedType', 'a.zip', archive],
    ['media.unsupportedType', 'a', join('MZ', new Uint8Array(200))],
    ['media.unsupportedType', 'a.bin', new Uint8Array([0, 1, 2, 3, 4, 5])],
    ['media.polyglot', 'a.pdf', join(pdf('x'), archive)],
    ['media.polyglot', 'a.png', join(png(), archive)],
    ['media.polyglot', 'a.jpg', join(jpeg(), archive, 'a comment')],
    ['media.polyglot', 'a.wav', join(wav(), archive)],
    ['media.polyglot', 'a.gif', join('GIF87a;', pdf('x'))],
    ['media.polyglot', 'a.gif', join(gif().subarray(0, 13), pdf('x'))],
    ['media.polyglot', 'a.gif', join('GIF89a/*', gif().subarray(8), '*/=1;alert(1)')],
    ['media.polyglot', 'a.png', join(png(), '<script>alert(1)</script>')],
    ['media.polyglot', 'a.jpg', join(jpeg(), '<!DOCTYPE html><body onload=alert(1)>')],
    ['media.polyglot', 'a.docx', join(docx(paragraph('x')), '<script>')],
    ['media.tooManyPixels', 'a.png', tooWide],
    ['media.locked', 'a.pdf', Buffer.from(locked, 'latin1')],
    ['media.damaged', 'a.pdf', '%PDF-1.4\nnothing more'],
    ['media.damaged', 'a.png', noPixels],
  ])('%s: %s', async (code, name, bytes) => {
    const refusal = (await look(bytes, name).catch((error: unknown) => error)) as { code: string; message: string; hint: string }
    if (name === 'a.docx' && code === 'media.polyglot') {
      // The archive is opened when its text is read.
      expect(() => openArchive(bytes as Uint8Array, () => true)).toThrow(expect.objectContaining({ code }))
      return
    }
    expect(refusal).toMatchObject({ code })
    expect(refusal.message.length).toBeGreaterThan(10)
    expect(refusal.hint.length).toBeGreaterThan(10)
  })
})

describe('an archive made to fill memory is refused before it is unpacked', () => {
  test('one entry that packs too well', () => {
    const bomb = zipSync({ 'word/document.xml': new Uint8Array(8 * 1024 * 1024) })
    expect(() => openArchive(bomb, () => true)).toThrow(expect.objectContaining({ code: 'media.bomb' }))
  })

  test('too many entries', () => {
    const entries = Object.fromEntries(Array.from({ length: 5001 }, (_, at) => [`a/${at}.xml`, new Uint8Array(1)]))
    expect(() => openArchive(zipSync(entries, { level: 0 }), () => true)).toThrow(expect.objectContaining({ code: 'media.bomb' }))
  })

  test('a directory that promises too much altogether, also where the entries are not wanted', () => {
    const bytes = Buffer.from(
      zipSync(Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`${at}.xml`, strToU8('x'.repeat(1000))])), { level: 0 }),
    )
    // Each entry of the directory now says 100 MB, packed and not.
    for (let at = bytes.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4, 'latin1')) {
      bytes.writeUInt32LE(100_000_000, at + 20)
      bytes.writeUInt32LE(100_000_000, at + 24)
    }
    expect(() => openArchive(bytes, () => false)).toThrow(expect.objectContaining({ code: 'media.bomb' }))
  })

  test('a directory that says less than there is yields no more than it says', () => {
    const bytes = Buffer.from(zipSync({ 'a.xml': new Uint8Array(2_000_000).fill(65) }))
    const at = bytes.indexOf('PK\x01\x02', 0, 'latin1')
    bytes.writeUInt32LE(100, at + 24)
    expect(openArchive(bytes, () => true).get('a.xml')?.length ?? 0).toBeLessThanOrEqual(100)
  })
})
