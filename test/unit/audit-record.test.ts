import { appendFileSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { signCheckpoint } from '../../sidecar/audit/checkpoint.ts'
import { Growth } from '../../sidecar/audit/merkle/growth.ts'
import { leafHash, toBytes } from '../../sidecar/audit/merkle/hash.ts'
import { newPrivateKey, noteSigner } from '../../sidecar/audit/note.ts'
import { atomically, type Db, systemClock } from '../../sidecar/foundation/index.ts'
import { codes, event, filled, openRecord, session, verified } from '../fixtures/audit.ts'
import { ids, temporaryFolder } from '../fixtures/log.ts'

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

function loop(): unknown {
  const ring: Record<string, unknown> = {}
  ring.again = ring
  return ring
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

  test.each([
    ['a number that JSON does not have', JSON.parse('{"n":1e999}')],
    ['what is nested without end', JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
    ['what leads into itself', loop()],
    ['a big number, a function', { big: 10n, call: () => 1 }],
    ['what cannot be read', Object.defineProperty({}, 'x', { enumerable: true, get: () => expect.fail('nobody reads this') })],
  ])('%s is recorded, and stops no other entry', async (_, content) => {
    const { audit } = openRecord()
    audit.record(event(0))
    audit.record(event(1, { content, data: { tokens: Number.NaN } }))
    audit.record(event(2))
    audit.flush()
    const entries = audit.list({ limit: 9 }).entries
    expect(entries.map(({ position, kind }) => `${position} ${kind}`)).toEqual(['2 toolCall', '1 toolCall', '0 toolCall'])
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 3 })
  })

  test('an entry says what was, when it is changed before it is written', () => {
    const { audit } = openRecord()
    const content = { path: 'a.txt' }
    audit.record(event(0, { content }))
    content.path = 'b.txt'
    expect(audit.get(0).entry.excerpt).toContain('a.txt')
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

  test('so does a part of one that is rolled back, written or not', async () => {
    const { audit, db } = openRecord()
    atomically(db, () => {
      audit.record(event(0))
      expect(() =>
        atomically(db, () => {
          audit.record(event(1))
          audit.flush()
          audit.record(event(2))
          throw new Error('not this')
        }),
      ).toThrow('not this')
      audit.record(event(3))
    })
    expect(audit.list({ limit: 9 }).entries.map(({ title }) => title)).toEqual(['call 3', 'call 0'])
    expect(await audit.verify()).toMatchObject({ ok: true, entries: 2 })
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

  test('a crash in the middle of a line of the witness spoils that line only', async () => {
    const { db, folder } = await filled(300)
    const path = join(folder, 'keys/checkpoints.jsonl')
    appendFileSync(path, readFileSync(path, 'utf8').slice(0, 60))
    expect(await verified(folder)).toMatchObject({ ok: true })
    const { audit } = openRecord(folder)
    for (let n = 0; n < 20; n++) audit.record(event(n))
    const report = await audit.verify()
    expect(report).toMatchObject({ ok: true, entries: 320 })
    expect(report.notes).toMatchObject([expect.stringMatching(/holds no checkpoint in line 4:/)])
    rewrite(db, (texts) => texts.slice(0, 200))
    db.exec('DELETE FROM audit_checkpoints WHERE size > 200')
    const rolledBack = await verified(folder)
    expect(codes(rolledBack)).toEqual(['record.rolledBack'])
    expect(rolledBack.faults[0]!.message).toContain('over 320 entries')
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
