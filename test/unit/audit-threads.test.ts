import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Witness } from '../../sidecar/audit/index.ts'
import { leafHash, toBytes } from '../../sidecar/audit/merkle/hash.ts'
import { AuditStore } from '../../sidecar/audit/store.ts'
import { verifyStore } from '../../sidecar/audit/verify-store.ts'
import type { AuditReport } from '../../sidecar/contract/index.ts'
import { type Db, systemClock } from '../../sidecar/foundation/index.ts'
import { check, codes, event, exported, filled, openRecord } from '../fixtures/audit.ts'

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
  })

  const attacks: [string, string | ((db: Db) => void), string, number?][] = [
    [
      'an entry',
      `UPDATE audit_entries SET entry = replace(entry, 'call 345', 'call 346') WHERE position = 345`,
      'entry.changed',
      345,
    ],
    [
      'an entry and its hash',
      (db) => {
        const text = db
          .prepare<[], string>('SELECT entry FROM audit_entries WHERE position = 345')
          .pluck()
          .get()!
          .replace('agent', 'person')
        db.prepare('UPDATE audit_entries SET entry = ?, leaf = ? WHERE position = 345').run(text, toBytes(leafHash(text)))
      },
      'entries.rewritten',
      300,
    ],
    ['the hash of an entry alone', 'UPDATE audit_entries SET leaf = zeroblob(32) WHERE position = 17', 'hash.changed', 17],
    ['a kept root', 'UPDATE audit_nodes SET hash = zeroblob(32) WHERE position = 1', 'node.changed', 256],
    [
      'a line break into an entry',
      `UPDATE audit_entries SET entry = replace(entry, '"at"', char(10) || '"at"') WHERE position = 9`,
      'entry.changed',
      9,
    ],
    ['by removing one', 'DELETE FROM audit_entries WHERE position = 250', 'entry.missing', 250],
  ]
  test.each(attacks)('and was changed in %s: found at its place', async (_, attack, code, position) => {
    const { db, folder } = await filled()
    if (typeof attack === 'string') db.exec(attack)
    else attack(db)
    expect((await bothWays(folder)).faults).toMatchObject([{ code, position }])
  })
})

describe('a large export, hashed in threads', () => {
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
  })
})
