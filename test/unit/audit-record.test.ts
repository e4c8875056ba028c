import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { signCheckpoint } from '../../sidecar/audit/checkpoint.ts'
import { type AuditEvent, type AuditRecord, parseWitness, verifyExport } from '../../sidecar/audit/index.ts'
import { Growth } from '../../sidecar/audit/merkle/growth.ts'
import { leafHash, toBytes } from '../../sidecar/audit/merkle/hash.ts'
import { newPrivateKey, noteSigner } from '../../sidecar/audit/note.ts'
import type { AuditReport, SessionId } from '../../sidecar/contract/index.ts'
import { atomically, type Db, systemClock } from '../../sidecar/foundation/index.ts'
import { openRecord } from '../fixtures/audit.ts'
import { ids, temporaryFolder } from '../fixtures/log.ts'

const session: SessionId = ids.session()
const event = (n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'toolCall',
  actor: 'agent',
  session,
  tool: n % 2 === 0 ? 'read' : 'exec',
  title: `call ${n}`,
  content: { n },
  ...more,
})

/** A record of some hundred entries with checkpoints at 100, 200, … */
async function filled(count = 620) {
  const opened = openRecord()
  for (let n = 0; n < count; n++) {
    opened.audit.record(event(n))
    if (n % 100 === 99) await opened.audit.head().then(() => signNow(opened.audit))
  }
  await opened.audit.close()
  return opened
}

/** What a proof needs is signed first. */
const signNow = (audit: AuditRecord): Promise<unknown> => audit.prove({ since: 1 })

/** Looks at a record with fresh eyes, as after a restart. */
const verified = (folder: string): Promise<AuditReport> => openRecord(folder).audit.verify()

const codes = ({ faults }: AuditReport): string[] => faults.map(({ code }) => code)

async function exported(audit: AuditRecord, filter = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const piece of audit.export(filter, new AbortController().signal)) lines.push(...piece.lines)
  return lines
}

const check = (lines: readonly string[], more: { key?: string; witnesses?: ReturnType<typeof parseWitness> } = {}) =>
  verifyExport([lines], { clock: systemClock, witnesses: more.witnesses ?? [], key: more.key })

const witnessOf = (folder: string) => parseWitness(readFileSync(join(folder, 'keys/checkpoints.jsonl'), 'utf8'))

/** Writes entries, leaves, nodes and state anew as one who knows the format, but has no key. */
function rewrite(db: Db, change: (texts: string[]) => string[]): Growth {
  const texts = change(db.prepare<[], string>('SELECT entry FROM audit_entries ORDER BY position').pluck().all())
  const tree = new Growth()
  db.exec('DELETE FROM audit_entries; DELETE FROM audit_nodes')
  for (const text of texts) {
    const leaf = leafHash(text)
    db.prepare('INSERT INTO audit_entries (position, leaf, entry) VALUES (?, ?, ?)').run(tree.size, toBytes(leaf), text)
    tree.append(leaf, (height, position, root) => {
      if (height % 8 === 0) db.prepare('INSERT INTO audit_nodes VALUES (?, ?, ?)').run(height / 8, position, toBytes(root))
    })
  }
  db.prepare('UPDATE audit_state SET size = ?, peaks = ?').run(tree.size, toBytes(tree.peaks.join('')))
  return tree
}

describe('the record', () => {
  test('goes on after a restart, with the same key and without a gap', async () => {
    const { folder, audit } = await filled(300)
    const first = await openRecord(folder).audit.head()
    const { audit: again } = openRecord(folder)
    again.record(event(300))
    const report = await again.verify()
    expect(report).toMatchObject({ ok: true, entries: 301, signed: 301, keyKnown: true, faults: [] })
    expect((await again.head()).key).toBe(first.key)
    expect(statSync(join(folder, 'keys/audit.pem')).mode & 0o777).toBe(0o600)
    expect(audit.list({ limit: 1 }).size).toBe(300)
  })

  test('filters by all that it is asked for', async () => {
    const { audit } = openRecord()
    const other = ids.session()
    audit.record(event(0))
    audit.record(event(1, { session: other, agent: 'writer' }))
    audit.record(event(2, { kind: 'decision', decision: 'deny' }))
    const found = (filter: object) => audit.list({ limit: 10, ...filter }).entries.map(({ position }) => position)
    expect(found({})).toEqual([2, 1, 0])
    expect(found({ session: other })).toEqual([1])
    expect(found({ agent: 'writer' })).toEqual([1])
    expect(found({ tool: 'read' })).toEqual([2, 0])
    expect(found({ decision: 'deny', session })).toEqual([2])
    expect(found({ kind: 'toolCall', before: 1 })).toEqual([0])
    expect(found({ since: '2999-01-01T00:00:00Z' })).toEqual([])
    expect(found({ until: '2999-01-01T00:00:00Z' })).toEqual([2, 1, 0])
    expect(audit.get(1)).toMatchObject({ entry: { position: 1, session: other }, checkpoint: null })
    expect(() => audit.get(3)).toThrow('there is no entry 3')
  })

  test('holds no secret, whatever it was given', async () => {
    const { audit, db } = openRecord(temporaryFolder(), ['correct horse battery'])
    const jwt = `eyJ${'a'.repeat(20)}.${'b'.repeat(30)}.${'c'.repeat(20)}`
    const content = {
      headers: { Authorization: 'Bearer abcdefghijklmnop', 'x-api-key': 'tiny' },
      apiKey: 'zzz-1234',
      password: 'hunter2',
      nested: [{ client_secret: 'qwertz' }, 'export OPENAI_API_KEY=sk-proj-0123456789abcdefABCDEF'],
      text: `ghp_${'x1'.repeat(18)} ${jwt} https://ada:lovelace@example.com AKIAIOSFODNN7EXAMPLE correct horse battery`,
      pem: '-----BEGIN PRIVATE KEY-----\nMIIBVQ\n-----END PRIVATE KEY-----',
      maxTokens: 5,
    }
    audit.record(event(0, { title: 'curl -H "Authorization: Bearer abcdefghijklmnop"', content, reason: 'token=abcdef123' }))
    audit.flush()
    const text = db.prepare<[], string>('SELECT entry FROM audit_entries').pluck().get()!
    for (const secret of [
      'abcdefghijklmnop',
      'tiny',
      'zzz-1234',
      'hunter2',
      'qwertz',
      'sk-proj',
      'x1x1',
      'lovelace',
      'AKIA',
      'battery',
      'MIIB',
      'abcdef123',
      'eyJ',
    ])
      expect(text).not.toContain(secret)
    expect(audit.get(0).entry.excerpt).toContain('"maxTokens":5')
  })

  test('an excerpt is bounded, a digest covers the whole', () => {
    const { audit } = openRecord()
    audit.record(event(0, { content: `${'é'.repeat(100_000)}a` }))
    audit.record(event(1, { content: `${'é'.repeat(100_000)}b` }))
    const [second, first] = audit.list({ limit: 2 }).entries
    expect(first!.excerpt!.length).toBeLessThan(700)
    expect(first!.excerpt).toBe(second!.excerpt)
    expect(first!.digest).not.toBe(second!.digest)
  })

  test('a transaction that is rolled back takes its own entries along, and no others', async () => {
    const { audit, db } = openRecord()
    audit.record(event(0))
    expect(() =>
      atomically(db, () => {
        audit.record(event(1))
        audit.flush()
        throw new Error('the disk is full')
      }),
    ).toThrow('the disk is full')
    audit.record(event(2))
    atomically(db, () => {
      audit.record(event(3))
      audit.flush()
    })
    expect(audit.list({ limit: 9 }).entries.map(({ title }) => title)).toEqual(['call 3', 'call 2', 'call 0'])
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 3 })
  })

  test('goes on while it is verified', async () => {
    const { audit } = openRecord()
    for (let n = 0; n < 6000; n++) audit.record(event(n))
    const report = audit.verify()
    for (let n = 0; n < 30; n++) {
      audit.record(event(n))
      audit.flush()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await report).toMatchObject({ ok: true, faults: [] })
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 6030 })
  })

  test('a watcher is told what passes its filter, from where it left off', async () => {
    const { audit } = openRecord()
    const stop = new AbortController()
    audit.record(event(0))
    audit.flush()
    const seen: number[] = []
    const done = (async () => {
      for await (const { entries } of audit.watch({ tool: 'read', after: 0 }, stop.signal)) {
        seen.push(...entries.map(({ position }) => position))
        if (seen.length === 3) return
      }
    })()
    for (let n = 1; n < 5; n++) audit.record(event(n))
    await done
    expect(seen).toEqual([0, 2, 4])
    stop.abort()
  })
})

describe('an attacker on the database file', () => {
  test('changes one byte of an entry: it is named', async () => {
    const { db, folder } = await filled()
    db.exec(`UPDATE audit_entries SET entry = replace(entry, 'call 345', 'call 346') WHERE position = 345`)
    const report = await verified(folder)
    expect(report.faults).toMatchObject([{ code: 'entry.changed', position: 345, message: expect.stringContaining('entry 345') }])
    expect(report.ok).toBe(false)
  })

  test('changes an entry and its hash: the signed range is named', async () => {
    const { db, folder } = await filled()
    const text = db
      .prepare<[], string>('SELECT entry FROM audit_entries WHERE position = 345')
      .pluck()
      .get()!
      .replace('agent', 'person')
    db.prepare('UPDATE audit_entries SET entry = ?, leaf = ? WHERE position = 345').run(text, toBytes(leafHash(text)))
    const report = await verified(folder)
    expect(report.faults).toMatchObject([{ code: 'entries.rewritten', message: expect.stringContaining('entries 300 to 399') }])
  })

  test('writes the whole tree anew, all but the signatures', async () => {
    const { db, folder } = await filled()
    rewrite(db, (texts) => texts.map((text) => text.replace('"tool":"exec"', '"tool":"read"')))
    expect(codes(await verified(folder))).toEqual(['entries.rewritten'])
  })

  test('removes an entry', async () => {
    const { db, folder } = await filled()
    db.exec('DELETE FROM audit_entries WHERE position = 250')
    expect((await verified(folder)).faults).toMatchObject([{ code: 'entry.missing', position: 250 }])
  })

  test('removes an entry and closes the gap', async () => {
    const { db, folder } = await filled()
    rewrite(db, (texts) => texts.filter((_, at) => at !== 250))
    const report = await verified(folder)
    expect(report.faults[0]).toMatchObject({
      code: 'entry.moved',
      message: expect.stringContaining('place 250 stands what was entry 251'),
    })
  })

  test('puts two entries in another order', async () => {
    const { db, folder } = await filled()
    rewrite(db, (texts) => texts.with(410, texts[411]!).with(411, texts[410]!))
    expect((await verified(folder)).faults[0]).toMatchObject({ code: 'entry.moved', position: 410 })
  })

  test('cuts off the end', async () => {
    const { db, folder } = await filled()
    db.exec('DELETE FROM audit_entries WHERE position >= 500')
    const report = await verified(folder)
    expect(codes(report)).toContain('record.truncated')
    expect(report.faults[0]!.message).toContain('ends after 500')
  })

  test('rolls all of it back to an older checkpoint: only a witness knows', async () => {
    const { db, folder } = await filled()
    rewrite(db, (texts) => texts.slice(0, 300))
    db.exec('DELETE FROM audit_checkpoints WHERE size > 300')
    const report = await verified(folder)
    expect(report.faults).toMatchObject([{ code: 'record.rolledBack', position: 300 }])
    expect(report.faults[0]!.message).toContain('over 620 entries')
  })

  test('rolls it back, and Oxbow goes on from there', async () => {
    const { db, folder } = await filled()
    rewrite(db, (texts) => texts.slice(0, 300))
    db.exec('DELETE FROM audit_checkpoints WHERE size > 300')
    const { audit } = openRecord(folder)
    for (let n = 0; n < 400; n++) audit.record(event(n, { title: 'nothing happened' }))
    expect(codes(await audit.verify())).toContain('witness.differs')
  })

  test('takes the witness away as well', async () => {
    const { db, folder } = await filled()
    rewrite(db, (texts) => texts.slice(0, 300))
    db.exec('DELETE FROM audit_checkpoints WHERE size > 300')
    rmSync(join(folder, 'keys/checkpoints.jsonl'))
    expect(codes(await verified(folder))).toEqual(['witness.missing'])
    const { audit } = openRecord(folder)
    audit.record(event(0))
    expect(codes(await audit.verify())).toEqual(['witness.cut'])
  })

  test('signs with another key', async () => {
    const { db, folder } = await filled()
    const tree = rewrite(db, (texts) => texts.map((text) => text.replace('call 7"', 'call 8"')))
    const forged = signCheckpoint(noteSigner(newPrivateKey()), tree.size, tree.root(), systemClock.iso())
    db.exec('DELETE FROM audit_checkpoints')
    db.prepare('INSERT INTO audit_checkpoints VALUES (?, ?, ?)').run(forged.size, forged.at, forged.note)
    const report = await verified(folder)
    expect(codes(report)).toEqual(expect.arrayContaining(['checkpoint.forged', 'witness.differs']))
  })

  test.each([
    ['the state', 'UPDATE audit_state SET peaks = zeroblob(length(peaks))', 'state.changed'],
    ['a kept root', 'UPDATE audit_nodes SET hash = zeroblob(32) WHERE position = 1', 'node.changed'],
    ['a signature', "UPDATE audit_checkpoints SET at = '2020-01-01T00:00:00.000Z' WHERE size = 200", 'checkpoint.forged'],
  ])('changes %s', async (_, sql, code) => {
    const { db, folder } = await filled()
    db.exec(sql)
    expect(codes(await verified(folder))).toEqual([code])
  })

  test.each([
    ['the state is gone', 'DELETE FROM audit_state'],
    ['the state is older', 'UPDATE audit_state SET size = 0, peaks = zeroblob(0)'],
    ['the end is gone', 'DELETE FROM audit_entries WHERE position > 600'],
  ])('cannot stop the record: %s', async (_, sql) => {
    const { db, folder } = await filled()
    db.exec(sql)
    const { audit } = openRecord(folder)
    audit.record(event(1, { title: 'still told' }))
    audit.flush()
    expect(audit.list({ limit: 1 }).entries[0]!.title).toBe('still told')
  })
})

describe('an export', () => {
  test('verifies by itself, and with its key and witness known', async () => {
    const { audit, folder } = await filled()
    const lines = await exported(audit)
    const alone = await check(lines)
    expect(alone).toMatchObject({ ok: true, entries: 620, signed: 620, keyKnown: false })
    expect(await check(lines, { key: alone.key, witnesses: witnessOf(folder) })).toMatchObject({ ok: true, keyKnown: true })
  })

  test('of some entries proves each of them', async () => {
    const { audit } = await filled(400)
    const lines = await exported(audit, { tool: 'read' })
    expect(await check(lines)).toMatchObject({ ok: true, entries: 200, signed: 200, size: 400 })
    const { lines: one } = await audit.prove({ position: 123 })
    expect(await check(one)).toMatchObject({ ok: true, entries: 1, signed: 1 })
    expect(codes(await check(one.map((line) => line.replace('call 123', 'call 124'))))).toEqual(['entry.changed'])
    expect(codes(await check(one.slice(0, -1)))).toEqual(['entry.unproven'])
    expect(codes(await check(one.toSpliced(1, 1)))).toContain('export.unsigned')
    await expect(audit.prove({ position: 400 })).rejects.toThrow('there is no entry 400')
  })

  test('of growth ties an older checkpoint to the newest', async () => {
    const { audit, folder } = await filled(400)
    for (const since of [1, 100, 255, 256, 300, 400])
      expect(await check((await audit.prove({ since })).lines, { witnesses: witnessOf(folder) })).toMatchObject({ ok: true })
    const { lines } = await audit.prove({ since: 300 })
    const other = (await filled(300)).audit
    const root = JSON.parse((await other.prove({ since: 300 })).lines.at(-1)!).root as string
    const claimed = lines.map((line) =>
      line.includes('consistency') ? line.replace(/"root":"[^"]+"/, `"root":"${root}"`) : line,
    )
    expect(codes(await check(claimed))).toEqual(['record.inconsistent'])
    await expect(audit.prove({ since: 401 })).rejects.toThrow('has 400 entries')
  })

  const attacks: [string, (lines: string[]) => string[], string | RegExp][] = [
    ['one byte changed', (l) => l.map((line) => line.replace('call 345', 'call 346')), 'entry.changed'],
    ['an entry removed', (l) => l.filter((line) => !line.includes('"call 345"')), 'entry.missing'],
    ['an entry twice', (l) => l.flatMap((line) => (line.includes('"call 345"') ? [line, line] : [line])), 'entry.missing'],
    ['cut off at a line', (l) => l.slice(0, 300), 'export.truncated'],
    [
      'cut off at a checkpoint',
      (l) => l.slice(0, l.findIndex((line) => line.includes('"size":200}') && line.includes('checkpoint')) + 1),
      'export.truncated',
    ],
    ['no checkpoint left', (l) => l.filter((line) => !line.startsWith('{"type":"checkpoint"')), 'export.truncated'],
    ['a line that is none', (l) => l.toSpliced(5, 0, '{"type":"note"}'), 'export.line'],
    [
      'a signature changed',
      (l) =>
        l.map((line) =>
          line.includes('"size":620')
            ? line.replace(/(.)(.{8}=*\\n",)/, (_, sign: string, rest: string) => `${sign === 'A' ? 'B' : 'A'}${rest}`)
            : line,
        ),
      /checkpoint.forged|export/,
    ],
  ]
  test.each(attacks)('%s: found', async (_, attack, code) => {
    const { audit } = await filled()
    const lines = await exported(audit)
    const changed = attack(lines)
    expect(changed).not.toEqual(lines)
    const report = await check(changed)
    expect(report.ok).toBe(false)
    expect(report.faults[0]!.code).toMatch(code)
  })

  test('two entries in another order: found, with their places', async () => {
    const { audit } = await filled()
    const lines = await exported(audit)
    const at = lines.findIndex((line) => line.includes('"call 345"'))
    const report = await check(lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!))
    expect(report.faults).toMatchObject([
      { code: 'entry.moved', position: 345 },
      { code: 'entry.moved', position: 346 },
    ])
  })

  test('made shorter in all its parts: only a witness knows', async () => {
    const { audit, folder } = await filled()
    const lines = await exported(audit)
    const end = lines.findIndex((line) => line.startsWith('{"type":"checkpoint"') && line.includes('"size":300'))
    const shorter = lines.slice(0, end + 1).map((line, at) => (at === 0 ? line.replaceAll('620', '300') : line))
    expect((await check(shorter)).ok).toBe(true)
    expect(codes(await check(shorter, { witnesses: witnessOf(folder) }))).toEqual(['record.rolledBack'])
  })

  test('of another key: found by who knows the right one', async () => {
    const [mine, other] = [await filled(50), await filled(50)]
    const { key } = await check(await exported(mine.audit))
    const forged = await exported(other.audit)
    expect((await check(forged)).keyKnown).toBe(false)
    expect(codes(await check(forged, { key }))).toEqual(expect.arrayContaining(['key.differs', 'checkpoint.forged']))
    expect((await check(forged, { key })).signed).toBe(0)
  })

  test('of something else is refused in words', async () => {
    await expect(check([])).rejects.toThrow('it is empty')
    await expect(check(['hello'])).rejects.toThrow('no header')
    const { audit } = await filled(3)
    await expect(check(await exported(audit), { key: 'x' })).rejects.toThrow('no key')
    await expect(exported(openRecord().audit)).rejects.toThrow('nothing was recorded')
  })
})
