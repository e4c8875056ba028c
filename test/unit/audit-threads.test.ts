import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf } from '../../sidecar/audit/export-blocks.ts'
import { Witness } from '../../sidecar/audit/index.ts'
import { leafHash, toBytes } from '../../sidecar/audit/merkle/hash.ts'
import { AuditStore } from '../../sidecar/audit/store.ts'
import { verifyStore } from '../../sidecar/audit/verify-store.ts'
import type { AuditReport } from '../../sidecar/contract/index.ts'
import { type Db, systemClock } from '../../sidecar/foundation/index.ts'
import { check, codes, event, exported, filled, openRecord } from '../fixtures/audit.ts'
import { temporaryFolder } from '../fixtures/log.ts'

/** What is said of a record that is hashed in threads first, and of one that is not. */
async function bothWays(folder: string): Promise<AuditReport> {
  const { db, audit } = openRecord(folder)
  const key = (await audit.head()).key!
  const verify = (threadsFrom: number) =>
    verifyStore(new AuditStore(db, join(folder, 'audit')), {
      key,
      witnesses: [new Witness(join(folder, 'keys/checkpoints.jsonl'), true)],
      clock: systemClock,
      threadsFrom,
    })
  const [inThreads, alone] = [await verify(1), await verify(Number.POSITIVE_INFINITY)]
  expect({ ...inThreads, durationMs: 0 }).toEqual({ ...alone, durationMs: 0 })
  return inThreads
}

describe('a record that is hashed in threads', () => {
  test('is found whole, sealed and unsealed', async () => {
    const { folder } = await filled(620)
    expect(await bothWays(folder)).toMatchObject({ ok: true, entries: 620, signed: 620, checkpoints: 7 })
    const { audit } = openRecord(folder)
    await audit.seal('2999-01-01T00:00:00.000Z')
    for (let n = 0; n < 300; n++) audit.record(event(n))
    await audit.close()
    expect(await bothWays(folder)).toMatchObject({ ok: true, entries: 921, sealed: [{ from: 0, size: 620, present: true }] })
  }, 120_000)

  test('and of several pieces, is found changed at the very places', async () => {
    const whole = await filled(9000)
    whole.db.pragma('wal_checkpoint(TRUNCATE)')
    const attacked = async (attack: (db: Db) => void): Promise<AuditReport> => {
      const folder = join(temporaryFolder(), 'copy')
      cpSync(whole.folder, folder, { recursive: true, filter: (path) => !/-(wal|shm)$/.test(path) })
      attack(openRecord(folder).db)
      return bothWays(folder)
    }
    const changed = await attacked((db) => {
      db.exec(`UPDATE audit_entries SET entry = replace(entry, '"at"', char(10) || '"at"') WHERE position = 9`)
      db.exec(`UPDATE audit_entries SET entry = replace(entry, 'call 5345', 'call 5346') WHERE position = 5345`)
      db.exec('UPDATE audit_entries SET leaf = zeroblob(32) WHERE position = 8017')
      db.exec('UPDATE audit_nodes SET hash = zeroblob(32) WHERE height = 1 AND position = 30')
    })
    expect(changed.faults).toMatchObject([
      { code: 'entry.changed', position: 9 },
      { code: 'entry.changed', position: 5345 },
      { code: 'hash.changed', position: 8017 },
      { code: 'node.changed', position: 7680 },
    ])
    const rewritten = await attacked((db) => {
      const text = db.prepare<[], string>('SELECT entry FROM audit_entries WHERE position = 6345').pluck().get()!
      const other = text.replace('agent', 'person')
      db.prepare('UPDATE audit_entries SET entry = ?, leaf = ? WHERE position = 6345').run(other, toBytes(leafHash(other)))
    })
    expect(rewritten.faults).toMatchObject([{ code: 'entries.rewritten', position: 6300 }])
    const removed = await attacked((db) => db.exec('DELETE FROM audit_entries WHERE position = 7250'))
    expect(removed.faults).toMatchObject([{ code: 'entry.missing', position: 7250 }])
  }, 120_000)

  test('and whose rows were cut anew, with the same bytes in the same order, is found changed', async () => {
    const whole = await filled(9000)
    whole.db.pragma('wal_checkpoint(TRUNCATE)')
    const attacked = async (attack: (rows: Rows) => void): Promise<string[]> => {
      const folder = join(temporaryFolder(), 'copy')
      cpSync(whole.folder, folder, { recursive: true, filter: (path) => !/-(wal|shm)$/.test(path) })
      attack(rowsOf(openRecord(folder).db))
      return codes(await bothWays(folder))
    }
    const merged = await attacked(({ get, put, remove }) => {
      const [first, second] = [get(700), get(701)]
      put(700, { entry: `${first.entry}\n${second.entry}`, leaf: Buffer.concat([first.leaf, second.leaf]) })
      remove(701)
    })
    expect(merged).toContain('entry.missing')
    // The last of those that one thread hashes: what it is handed then ends with a line's end.
    const emptied = await attacked(({ get, put }) => {
      const [first, second] = [get(4098), get(4099)]
      put(4098, { ...first, entry: `${first.entry}\n${second.entry}` })
      put(4099, { ...second, entry: '' })
    })
    expect(emptied).toContain('entry.changed')
    const shifted = await attacked(({ get, put }) => {
      const [first, second] = [get(700), get(701)]
      put(700, { ...first, leaf: Buffer.concat([first.leaf, second.leaf.subarray(0, 8)]) })
      put(701, { ...second, leaf: second.leaf.subarray(8) })
    })
    expect(shifted).toContain('hash.changed')
  }, 120_000)
})

type Rows = ReturnType<typeof rowsOf>

/** The rows of a record, open to anything: its table is made anew, without what demands that an entry is JSON. */
function rowsOf(db: Db) {
  db.exec(`CREATE TABLE plain AS SELECT * FROM audit_entries; DROP TABLE audit_entries; ALTER TABLE plain RENAME TO audit_entries;
           CREATE INDEX by_position ON audit_entries (position)`)
  const read = db.prepare<[number], { entry: string; leaf: Buffer }>('SELECT entry, leaf FROM audit_entries WHERE position = ?')
  const write = db.prepare('UPDATE audit_entries SET entry = @entry, leaf = @leaf WHERE position = @position')
  return {
    get: (position: number) => read.get(position)!,
    put: (position: number, row: { entry: string; leaf: Buffer }) => void write.run({ position, ...row }),
    remove: (position: number) => void db.prepare('DELETE FROM audit_entries WHERE position = ?').run(position),
  }
}

describe('a large export', () => {
  /** Of some megabytes, with checkpoints every hundred entries. */
  async function large() {
    const { audit } = await filled(3000, { pad: 'x'.repeat(500) })
    return exported(audit)
  }

  test('is found whole, and each fault at its place', async () => {
    const lines = await large()
    expect(lines.join('\n').length).toBeGreaterThan(2_000_000)
    expect(await check(lines)).toMatchObject({ ok: true, entries: 3000, signed: 3000, checkpoints: 30 })
    const at = (n: number): number => lines.findIndex((line) => line.includes(`"call ${n}"`))
    const [a, b] = [at(2500), at(2501)]
    const attacked = async (changed: string[]) => (await check(changed)).faults[0]
    expect(await attacked(lines.map((line) => line.replace('"call 2500"', '"call 2600"')))).toMatchObject({
      code: 'entry.changed',
      position: 2500,
    })
    expect(await attacked(lines.with(a, lines[b]!).with(b, lines[a]!))).toMatchObject({ code: 'entry.moved', position: 2500 })
    expect(await attacked(lines.toSpliced(a, 1))).toMatchObject({ code: 'entry.missing', position: 2500 })
    expect(await attacked(lines.slice(0, b))).toMatchObject({ code: 'export.truncated' })
    const leaves = lines.findLastIndex((line) => line.startsWith('{"type":"leaves"'))
    const { hashes } = JSON.parse(lines[leaves]!) as { hashes: string[] }
    const other = lines[leaves]!.replace(hashes[3]!, hashes[4]!)
    expect(await attacked(lines.with(leaves, other))).toMatchObject({ code: 'hash.changed', position: 3000 - hashes.length + 3 })
    expect(codes(await check(lines.toSpliced(a, 0, '{"type":"note"}')))).toEqual(['export.line'])
  }, 120_000)
})

test('an export without checkpoints is parted between its lines, however it is read', async () => {
  const line = `{"n":"${'x'.repeat(99_991)}"}\n`
  const bytes = Buffer.from(line.repeat(250))
  async function* read() {
    for (let at = 0; at < bytes.length; at += 1_000_003) yield bytes.subarray(at, at + 1_000_003)
  }
  const ends: string[] = []
  let length = 0
  for await (const block of blocksOf(read(), [])) {
    ends.push(block.bytes.toString('utf8', block.bytes.length - 3))
    length += block.bytes.length
  }
  expect(new Set(ends)).toEqual(new Set(['"}\n']))
  expect(ends.length).toBeGreaterThan(1)
  expect(length).toBe(bytes.length)
})
