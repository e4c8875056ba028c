import { describe, expect, test } from 'vitest'
import { attachmentOf, decode, identityOf, isReady, partOf } from '../../renderer/composer/attachments.ts'
import { newMessageId } from '../../renderer/session/new-id.ts'
import { ago, baseName, compact, duration } from '../../renderer/ui/format.ts'
import { MessageId } from '../../sidecar/contract/index.ts'

describe('what is attached', () => {
  test('short text goes along in the message', async () => {
    const read = await attachmentOf(new File(['grüße 😀'], 'notes.md'))
    expect(read).toMatchObject({ kind: 'text', name: 'notes.md', text: 'grüße 😀' })
    expect(isReady(read)).toBe(true)
    expect(partOf(read)).toEqual({ type: 'document', name: 'notes.md', text: 'grüße 😀' })
  })

  test.each([
    ['bytes that are no text', new File([new Uint8Array([0xff, 0xfe, 0x41])], 'a.bin')],
    ['a NUL byte', new File(['a\0b'], 'b.dat')],
    ['much text', new File([new Uint8Array(2_000_001)], 'big.log')],
    ['a page', new File(['<p>hi'], 'a.html')],
    ['a table', new File(['a,b'], 'a.csv')],
    ['a PDF that reads as text', new File(['%PDF-1.4'], 'paper')],
    ['text that claims to be a picture', new File(['x'], 'a.png')],
  ])('%s is stored first, and then named', async (_, file) => {
    const read = await attachmentOf(file)
    expect(read).toMatchObject({ kind: 'file', state: 'waiting', size: file.size })
    expect(isReady(read)).toBe(false)
    expect(() => partOf(read)).toThrow('not stored')
    const info = { hash: 'a'.repeat(64), kind: 'document', mime: 'text/plain', name: file.name, size: 1 } as const
    const stored = { ...read, state: 'stored', info } as typeof read
    expect(isReady(stored)).toBe(true)
    expect(partOf(stored)).toEqual({ type: 'media', hash: info.hash, name: file.name })
    const asText = { ...stored, as: 'text' } as typeof read
    expect(partOf(asText)).toMatchObject({ as: 'text' })
    expect(identityOf(asText)).not.toBe(identityOf(stored))
    const verdict = { hash: info.hash, goes: 'refused', canBeText: false } as const
    expect(isReady({ ...stored, verdict } as typeof read)).toBe(false)
  })

  test('what is too large is not sent on its way, and a picture can be made smaller', async () => {
    const large = new Uint8Array(25 * 1024 * 1024 + 1)
    expect(await attachmentOf(new File([large], 'a.mov', { type: 'video/quicktime' }))).toMatchObject({
      state: 'failed',
      canShrink: false,
      problem: { message: 'Larger than 25 MB' },
    })
    expect(await attachmentOf(new File([large], 'a.png', { type: 'image/png' }))).toMatchObject({
      state: 'failed',
      canShrink: true,
    })
  })

  test('text that is cut inside a character is no text', () => {
    expect(decode(new TextEncoder().encode('😀').slice(0, 3))).toBeNull()
  })
})

test('figures are told shortly', () => {
  expect([duration(420), duration(12_400), duration(185_000)]).toEqual(['0.4 s', '12 s', '3 min 5 s'])
  expect([compact(950), compact(12_340), compact(1_200_000)]).toEqual(['950', '12.3k', '1.2M'])
  expect([baseName('/home/ada/work/'), baseName('/'), baseName('')]).toEqual(['work', '/', ''])
})

test('times are told from now', () => {
  const now = Date.parse('2026-01-10T12:00:00.000Z')
  expect(ago('2026-01-10T11:59:40.000Z', now)).toBe('now')
  expect(ago('2026-01-10T11:30:00.000Z', now)).toBe('30 min')
  expect(ago('2026-01-10T09:00:00.000Z', now)).toBe('3 h')
  expect(ago('2026-01-08T09:00:00.000Z', now)).toBe('2 d')
  expect(ago('', now)).toBe('now')
})

test('a message id is one of the contract and sorts by its time', () => {
  const made = Array.from({ length: 500 }, (_, n) => newMessageId(1_767_225_600_000 + n))
  for (const id of made) expect(MessageId.safeParse(id).success).toBe(true)
  expect([...made].sort()).toEqual(made)
  expect(new Set(made).size).toBe(500)
})
