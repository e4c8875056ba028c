import { describe, expect, test } from 'vitest'
import { decode, readAttachment } from '../../renderer/composer/attachments.ts'
import { newMessageId } from '../../renderer/session/message-id.ts'
import { ago, baseName, compact, duration } from '../../renderer/ui/format.ts'
import { MessageId } from '../../sidecar/contract/index.ts'

describe('documents', () => {
  test('a text file is read whole', async () => {
    const read = await readAttachment(new File(['grüße 😀'], 'notes.md'))
    expect(read).toMatchObject({ name: 'notes.md', text: 'grüße 😀' })
  })

  test.each([
    ['bytes that are no text', new File([new Uint8Array([0xff, 0xfe, 0x41])], 'a.bin'), /a\.bin is not a text file/],
    ['a NUL byte', new File(['a\0b'], 'b.dat'), /b\.dat is not a text file/],
    ['a file too large', new File([new Uint8Array(2_000_001)], 'big.log'), /big\.log is too large/],
  ])('%s is refused by name', async (_, file, words) => {
    await expect(readAttachment(file)).rejects.toThrow(words)
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
