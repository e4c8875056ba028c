import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { verifyExport } from '../../sidecar/audit/index.ts'
import { newPrivateKey, noteSigner } from '../../sidecar/audit/note.ts'
import type { AuditReport } from '../../sidecar/contract/index.ts'
import { type Db, systemClock } from '../../sidecar/foundation/index.ts'
import { check, codes, event, exported, filled, openRecord, verified, witnessOf } from '../fixtures/audit.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const LATER = '2999-01-01T00:00:00.000Z'

/** A record of 620 entries with checkpoints at 100, 200, …; where sealed, of 600 sealed ones and a few more. */
async function record(sealed: boolean) {
  const { folder } = await filled(sealed ? 600 : 620)
  const opened = openRecord(folder)
  const [file] = sealed ? (await opened.audit.seal(LATER)).files : []
  for (let n = 600; sealed && n < 620; n++) opened.audit.record(event(n))
  await opened.audit.close()
  return { ...opened, folder, file }
}

/** Signs every checkpoint with another key, as one would who took the key's place. */
function forge(db: Db): void {
  const signer = noteSigner(newPrivateKey())
  const rows = db.prepare<[], { size: number; note: string }>('SELECT size, note FROM audit_checkpoints').all()
  for (const { size, note } of rows) {
    const [, count, root, at] = note.split('\n')
    const text = `${signer.name}\n${count}\n${root}\n${at}\n`
    db.prepare('UPDATE audit_checkpoints SET note = ? WHERE size = ?').run(signer.sign(text), size)
  }
}

const inFile = (file: string | undefined, edit: (lines: string[]) => string[]): void =>
  writeFileSync(file!, gzipSync(edit(gunzipSync(readFileSync(file!)).toString('utf8').split('\n')).join('\n')))
const swapped = (lines: string[], at: number): string[] => lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!)

type Attack = (home: { db: Db; file: string | undefined }) => void
/** In the database, and in the file of what was sealed, where an entry is one line further down than its place. */
const attacks: Record<string, { plain: Attack; sealed: Attack; code: RegExp }> = {
  'a single byte changed': {
    plain: ({ db }) => db.exec(`UPDATE audit_entries SET entry = replace(entry, 'call 345', 'call 346') WHERE position = 345`),
    sealed: ({ file }) => inFile(file, (lines) => lines.map((line) => line.replace('"call 345"', '"call 346"'))),
    code: /^entry\.changed$/,
  },
  'an entry removed': {
    plain: ({ db }) => db.exec('DELETE FROM audit_entries WHERE position = 345'),
    sealed: ({ file }) => inFile(file, (lines) => lines.toSpliced(346, 1)),
    code: /^(entry\.missing|segment\.changed)$/,
  },
  'two in another order': {
    plain: ({ db }) => {
      const text = db.prepare<[number], string>('SELECT entry FROM audit_entries WHERE position = ?').pluck()
      const [a, b] = [text.get(345), text.get(346)]
      db.prepare('UPDATE audit_entries SET entry = ? WHERE position = 345').run(b)
      db.prepare('UPDATE audit_entries SET entry = ? WHERE position = 346').run(a)
    },
    sealed: ({ file }) => inFile(file, (lines) => swapped(lines, 346)),
    code: /^entry\.moved$/,
  },
  'its end cut off': {
    plain: ({ db }) => db.exec('DELETE FROM audit_entries WHERE position >= 500'),
    sealed: ({ file }) => inFile(file, (lines) => lines.toSpliced(550, 51)),
    code: /^(record\.truncated|segment\.changed)$/,
  },
  'signed with another key': {
    plain: ({ db }) => forge(db),
    sealed: ({ db }) => forge(db),
    code: /^(checkpoint\.forged|segment\.changed)$/,
  },
}

describe.each([false, true])('a record, sealed: %s', (sealed) => {
  test.each(Object.entries(attacks))('%s: found', async (_, attack) => {
    const home = await record(sealed)
    expect(await verified(home.folder)).toMatchObject({ ok: true })
    attack[sealed ? 'sealed' : 'plain'](home)
    const report = await verified(home.folder)
    expect(report.ok).toBe(false)
    expect(
      codes(report).some((code) => attack.code.test(code)),
      codes(report).join(' '),
    ).toBe(true)
  })

  test('rolled back to an older checkpoint, with all of the database: found', async () => {
    const home = await record(sealed)
    home.db.pragma('wal_checkpoint(TRUNCATE)')
    const older = join(temporaryFolder(), 'older')
    cpSync(home.folder, older, { recursive: true, filter: (path) => !/-(wal|shm)$/.test(path) })
    const { audit } = openRecord(home.folder)
    for (let n = 0; n < 50; n++) audit.record(event(n))
    await audit.close()
    expect(await verified(older)).toMatchObject({ ok: true })
    // The witness lies where the one who sets it back does not reach.
    copyFileSync(join(home.folder, 'keys/checkpoints.jsonl'), join(older, 'keys/checkpoints.jsonl'))
    expect(codes(await verified(older))).toEqual(['record.rolledBack'])
  })

  test('an export of it is found when changed in any way', async () => {
    const home = await record(sealed)
    const { audit } = openRecord(home.folder)
    const lines = await exported(audit)
    const { key } = await check(lines)
    const at = lines.findIndex((line) => line.includes('"call 345"'))
    const cut = lines.findIndex((line) => line.startsWith('{"type":"checkpoint"') && line.includes('"size":300'))
    const other = await filled(620)
    const found = async (changed: readonly string[]): Promise<string[]> =>
      codes(await check(changed, { key, witnesses: witnessOf(home.folder) }))
    expect(await found(lines)).toEqual([])
    expect(await found(lines.map((line) => line.replace('"call 345"', '"call 346"')))).toEqual(['entry.changed'])
    expect(await found(lines.toSpliced(at, 1))).toContain('entry.missing')
    expect(await found(lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!))).toEqual(['entry.moved', 'entry.moved'])
    expect(await found(lines.slice(0, cut))).toContain('export.truncated')
    const header = JSON.stringify({ ...(JSON.parse(lines[0]!) as object), size: 300, count: 300 })
    if (!sealed) expect(await found([header, ...lines.slice(1, cut + 1)])).toEqual(['record.rolledBack'])
    expect(await found(await exported(openRecord(other.folder).audit))).toEqual(
      expect.arrayContaining(['key.differs', 'checkpoint.forged']),
    )
  })
})

test('whichever byte of an export is changed, it is found', async () => {
  const { audit } = openRecord((await filled(150)).folder)
  const bytes = Buffer.from((await exported(audit)).map((line) => `${line}\n`).join(''))
  const judged = (changed: Buffer): Promise<Pick<AuditReport, 'ok'>> =>
    verifyExport([changed], { clock: systemClock, witnesses: [] }).catch(() => ({ ok: false }))
  expect(await judged(bytes)).toMatchObject({ ok: true })
  for (let at = 0; at < bytes.length; at += 211) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1 << (at % 8)
    expect((await judged(changed)).ok, `byte ${at}: ${bytes.subarray(Math.max(0, at - 30), at + 30)}`).toBe(false)
  }
}, 120_000)
