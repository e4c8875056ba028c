import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { verifySegment } from '../../sidecar/audit/index.ts'
import { provesItself, readSegment } from '../../sidecar/audit/segment.ts'
import { systemClock } from '../../sidecar/foundation/index.ts'
import { check, codes, event, exported, filled, openRecord, verified } from '../fixtures/audit.ts'

const LATER = '2999-01-01T00:00:00.000Z'

/** A record of which the first 600 entries are sealed. */
async function sealed() {
  const { folder } = await filled(600)
  const opened = openRecord(folder)
  const done = await opened.audit.seal(LATER)
  const [file] = done.files as [string]
  return { ...opened, folder, done, file }
}

const change = (file: string, edit: (text: string) => string): void =>
  writeFileSync(file, gzipSync(edit(gunzipSync(readFileSync(file)).toString('utf8'))))

describe('sealing', () => {
  test('moves the text of old entries into a file; every proof holds, and the record goes on', async () => {
    const { audit, folder, db, done, file } = await sealed()
    expect(done).toMatchObject({ entries: 600 })
    expect(db.prepare("SELECT count(*) FROM audit_entries WHERE entry <> '{}' AND position < 600").pluck().get()).toBe(0)
    for (let n = 600; n < 650; n++) audit.record(event(n))
    const report = await audit.verify()
    expect(report).toMatchObject({ ok: true, faults: [], sealed: [{ from: 0, size: 600, file, present: true }] })
    expect(report.entries).toBe(651)
    expect(await check((await audit.prove({ position: 17 })).lines)).toMatchObject({ ok: true, signed: 1 })
    expect(await check((await audit.prove({ since: 300 })).lines)).toMatchObject({ ok: true })
    expect(await check(await exported(audit))).toMatchObject({ ok: true, entries: 651 })
    expect(audit.get(17).entry).toMatchObject({ position: 17, title: 'call 17' })
    // What is sealed is not searched; that it was sealed is an entry itself.
    expect(
      audit
        .list({ limit: 500 })
        .entries.map(({ position }) => position)
        .at(-1),
    ).toBe(600)
    expect(audit.get(600).entry.title).toBe('Entries 0 to 599 of the record sealed')
    expect(await verified(folder)).toMatchObject({ ok: true })
  })

  test('seals only what is old enough, and what a checkpoint covers', async () => {
    const { folder } = await filled(620)
    const { audit, db } = openRecord(folder)
    expect(await audit.seal('2001-01-01T00:00:00Z')).toEqual({ entries: 0, files: [] })
    // Entries of long ago, as far as their times say; their hashes do not matter for what is chosen.
    const at = db.prepare<[], string>("SELECT entry ->> '$.at' FROM audit_entries WHERE position = 350").pluck().get()!
    const older = db.prepare<[string], number>('SELECT min(position) FROM audit_entries WHERE at >= ?').pluck().get(at)!
    const { entries } = await audit.seal(at)
    expect(entries).toBeLessThanOrEqual(older)
    expect(entries % 100).toBe(0)
    expect(await audit.verify()).toMatchObject({ ok: true })
    // The rest follows in a segment of its own.
    expect((await audit.seal(LATER)).entries).toBeGreaterThan(0)
    expect(await audit.verify()).toMatchObject({ ok: true, faults: [] })
    expect(await audit.seal('2001-01-01T00:00:00Z')).toEqual({ entries: 0, files: [] })
  })

  test('a segment proves itself without the database', async () => {
    const { audit, file } = await sealed()
    for (let n = 0; n < 300; n++) audit.record(event(n))
    const [second] = (await audit.seal(LATER)).files as [string]
    expect(verifySegment(second, undefined, systemClock)).toMatchObject({ ok: true, entries: 301, keyKnown: false })
    expect(codes(verifySegment(second, 'another+key', systemClock))).toEqual(['key.differs'])
    expect(() => verifySegment(join(second, '..', 'none.gz'), undefined, systemClock)).toThrow('it is not there')
    for (const path of [file, second]) {
      const segment = readSegment(path)!
      expect(provesItself(segment)).toBe(true)
      expect(provesItself({ ...segment, texts: segment.texts.toSpliced(3, 1) })).toBe(false)
      expect(provesItself({ ...segment, texts: segment.texts.with(3, `${segment.texts[3]} `) })).toBe(false)
    }
    expect(readSegment(second)!.from).toBe(600)
    change(second, (text) => text.replace('call 9"', 'call 8"'))
    expect(codes(verifySegment(second, undefined, systemClock))).toEqual(['segment.changed'])
  })

  test('says what is sealed and absent, and verifies the rest by the hashes', async () => {
    const { audit, file, folder } = await sealed()
    rmSync(file)
    const report = await verified(folder)
    expect(report).toMatchObject({ ok: false, entries: 601, sealed: [{ from: 0, size: 600, present: false }] })
    expect(report.faults).toMatchObject([{ code: 'segment.missing', position: 0, message: expect.stringContaining(file) }])
    const again = openRecord(folder).audit
    expect(() => again.get(17)).toThrow('the entries 0 to 599 were sealed')
    await expect(again.prove({ position: 17 })).rejects.toMatchObject({ code: 'audit.sealed' })
    expect(await check((await again.prove({ since: 300 })).lines)).toMatchObject({ ok: true })
    await audit.close()
  })

  test.each([
    ['a changed letter', (text: string) => text.replace('call 17"', 'call 71"'), 'entry.changed'],
    ['a removed entry', (text: string) => text.split('\n').toSpliced(5, 1).join('\n'), 'segment.changed'],
    ['two in another order', (text: string) => swapped(text.split('\n'), 5, 6).join('\n'), 'entry.moved'],
    ['an end that was cut', (text: string) => text.slice(0, -1000), 'segment.damaged'],
    ['another signature', (text: string) => text.replace(/(— \S+ )..../, '$1AAAA'), 'segment.changed'],
    ['another proof', (text: string) => text.replace('"peaks":[]', `"peaks":["${'A'.repeat(43)}="]`), 'segment.changed'],
    ['another header', (text: string) => text.replace('"from":0', '"from":1'), 'segment.damaged'],
  ])('finds %s in a segment', async (_, edit, code) => {
    const { folder, file } = await sealed()
    change(file, edit)
    const report = await verified(folder)
    expect(report.ok).toBe(false)
    expect(codes(report)).toContain(code)
  })

  test('finds each single byte that is changed in the file', async () => {
    const { folder, file } = await sealed()
    const bytes = readFileSync(file)
    // Byte 9 names the maker's system: nothing of the entries.
    for (const at of [0, 2, 12, 300, Math.floor(bytes.length / 2), bytes.length - 6, bytes.length - 1]) {
      const broken = Buffer.from(bytes)
      broken[at]! ^= 0x10
      writeFileSync(file, broken)
      const report = await verified(folder)
      expect(report.ok, `byte ${at}`).toBe(false)
    }
  })

  test.each([
    ['bytes that are no text', (text: Buffer) => Buffer.from(text.toString('latin1').replace('\xef\xbf\xbd', '\xff'), 'latin1')],
    [
      "another root beside the checkpoint's note",
      edited((text) => text.replace(/"root":"[^"]+"/, `"root":"${'A'.repeat(43)}="`)),
    ],
    [
      "another time beside the checkpoint's note",
      edited((text) => text.replace(/"at":"[^"]+"(?=,"note")/, '"at":"1999-01-01T00:00:00.000Z"')),
    ],
    ['a line behind the last one', edited((text) => `${text}more`)],
    ['a member of the header that nobody reads', edited((text) => text.replace('{"format"', '{"a":1,"format"'))],
  ])('by itself, finds %s', async (_, edit) => {
    const { audit } = openRecord()
    for (let n = 0; n < 3; n++) audit.record(event(n, { title: `odd \ufffd ${n}` }))
    await audit.prove({ since: 1 })
    const [file] = (await audit.seal(LATER)).files as [string]
    expect(judged(file)).toBe(true)
    writeFileSync(file, gzipSync(edit(gunzipSync(readFileSync(file)))))
    expect(judged(file)).toBe(false)
  })

  test('by itself, finds a changed head and what stands behind its end', async () => {
    const { file } = await sealed()
    const bytes = readFileSync(file)
    for (let at = 0; at < 9; at++) {
      const broken = Buffer.from(bytes)
      broken[at]! ^= 1
      writeFileSync(file, broken)
      expect(judged(file), `byte ${at}`).toBe(false)
    }
    // The last four say the length of the text, as the end of a segment does.
    const hidden = Buffer.concat([Buffer.from('\0more'), bytes.subarray(-4)])
    for (const more of [Buffer.from('more'), gzipSync(''), hidden]) {
      writeFileSync(file, Buffer.concat([bytes, more]))
      expect(judged(file), more.toString('latin1')).toBe(false)
    }
    writeFileSync(file, Buffer.concat([gzipSync(''), bytes]))
    expect(judged(file)).toBe(false)
  })

  test('finds a hash that was changed in the database, with its file and without', async () => {
    const { db, folder, file } = await sealed()
    db.prepare('UPDATE audit_entries SET leaf = zeroblob(32) WHERE position = 17').run()
    rmSync(file)
    expect(codes(await verified(folder))).toContain('entries.rewritten')
  })

  test('finds text that was removed as if it had been sealed, with a file and without', async () => {
    const { folder, db } = await filled(620)
    const forge = (size: number, file: string): void => {
      db.prepare('INSERT INTO audit_seals (first, size, at, file) VALUES (0, ?, ?, ?)').run(size, systemClock.iso(), file)
      db.prepare("UPDATE audit_entries SET entry = '{}' WHERE position < ?").run(size)
    }
    forge(8, 'entries-0-7.jsonl.gz')
    expect(codes(await verified(folder))).toEqual(['segment.missing', 'seal.forged'])
    // What is sealed is not searched: nobody but Oxbow may put an entry there.
    const { folder: other, db: its, file } = await sealed()
    its.exec("UPDATE audit_entries SET entry = replace(entry, 'config', 'policy') WHERE position = 600")
    expect(codes(await verified(other))).toContain('seal.forged')
    expect(readSegment(file)).toBeDefined()
  })

  test('writes the seal and the entry that tells of it together, or neither', async () => {
    const { folder } = await filled(600)
    const { audit, db } = openRecord(folder)
    db.exec("CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    await expect(audit.seal(LATER)).rejects.toThrow('the disk is full')
    expect(db.prepare('SELECT count(*) FROM audit_seals').pluck().get()).toBe(0)
    expect(db.prepare("SELECT count(*) FROM audit_entries WHERE entry = '{}'").pluck().get()).toBe(0)
    db.exec('DROP TRIGGER full')
    expect(await audit.seal(LATER)).toMatchObject({ entries: 600 })
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 601, faults: [] })
  })

  test('leaves the text where it is when it does not lead to what was signed', async () => {
    const { folder } = await filled(300)
    const { audit, db } = openRecord(folder)
    db.prepare("UPDATE audit_entries SET entry = replace(entry, 'call 7\"', 'call 8\"') WHERE position = 7").run()
    await expect(audit.seal(LATER)).rejects.toThrow('verify the record')
    expect(db.prepare("SELECT count(*) FROM audit_entries WHERE entry = '{}'").pluck().get()).toBe(0)
    expect(readdirSync(join(folder, 'audit'))).toEqual([])
  })
})

function edited(edit: (text: string) => string): (bytes: Buffer) => Buffer {
  return (bytes) => Buffer.from(edit(bytes.toString('utf8')))
}

/** What is said of a file alone; one that cannot be read is no good either. */
function judged(file: string): boolean {
  try {
    return verifySegment(file, undefined, systemClock).ok
  } catch {
    return false
  }
}

function swapped<T>(list: T[], a: number, b: number): T[] {
  const copy = [...list]
  ;[copy[a], copy[b]] = [list[b]!, list[a]!]
  return copy
}
