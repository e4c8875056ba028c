import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { durably, lockHome, openDatabase } from '../../sidecar/foundation/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
const one = 'CREATE TABLE notes (text TEXT NOT NULL) STRICT'
const two = 'ALTER TABLE notes ADD COLUMN stars INTEGER NOT NULL DEFAULT 0'

describe('the one opener', () => {
  test('a new file is migrated and set up', () => {
    const db = openDatabase({ path: join(temporaryFolder(), 'a.db') })
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    expect(db.pragma('busy_timeout', { simple: true })).toBe(5000)
    expect(db.pragma('synchronous', { simple: true })).toBe(1)
    expect(durably(db, () => db.pragma('synchronous', { simple: true }))).toBe(2)
    expect(db.pragma('synchronous', { simple: true })).toBe(1)
    db.close()
  })

  test('an older file is migrated, its rows kept, and a copy of it stays behind', () => {
    const path = join(temporaryFolder(), 'a.db')
    const old = openDatabase({ path, migrations: [one] })
    old.exec(`INSERT INTO notes VALUES ('kept')`)
    old.close()
    const db = openDatabase({ path, migrations: [one, two] })
    expect(db.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'kept', stars: 0 }])
    db.close()
    const copy = openDatabase({ path: `${path}.v1.bak`, migrations: [one] })
    expect(copy.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'kept' }])
    copy.close()
  })

  test('the copy holds also what only the write-ahead log had', () => {
    const path = join(temporaryFolder(), 'a.db')
    const old = openDatabase({ path, migrations: [one] })
    old.pragma('wal_autocheckpoint = 0')
    old.exec(`INSERT INTO notes VALUES ('in the log')`)
    // A process that was killed leaves its log behind: copy both files while it is open.
    const crashed = join(temporaryFolder(), 'b.db')
    for (const end of ['', '-wal']) writeFileSync(crashed + end, readFileSync(path + end))
    old.close()
    openDatabase({ path: crashed, migrations: [one, two] }).close()
    const copy = openDatabase({ path: `${crashed}.v1.bak`, migrations: [one] })
    expect(copy.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'in the log' }])
    copy.close()
  })

  test('a file of a newer Oxbow is refused untouched', () => {
    const path = join(temporaryFolder(), 'a.db')
    openDatabase({ path, migrations: [one, two] }).close()
    const before = hash(path)
    expect(() => openDatabase({ path, migrations: [one] })).toThrow(
      expect.objectContaining({ code: 'database.newer', message: expect.stringContaining(path) }),
    )
    expect(hash(path)).toBe(before)
    expect(existsSync(`${path}.v2.bak`)).toBe(false)
  })

  test('a migration that fails leaves the file as it was', () => {
    const path = join(temporaryFolder(), 'a.db')
    openDatabase({ path, migrations: [one] }).close()
    const broken = 'CREATE TABLE half (x); CREATE TABLE notes (y)'
    expect(() => openDatabase({ path, migrations: [one, broken] })).toThrow(
      expect.objectContaining({ code: 'database.migration' }),
    )
    const db = openDatabase({ path, migrations: [one] })
    expect(db.prepare(`SELECT name FROM sqlite_master WHERE name = 'half'`).all()).toEqual([])
    db.close()
  })

  test.each([
    ['text', (path: string) => writeFileSync(path, 'this is no database, it is a letter to my aunt'), 'database.damaged'],
    ['a database of nobody', (path: string) => void new Database(path).exec('CREATE TABLE x (y)').close(), 'database.foreign'],
    [
      'somebody else’s database',
      (path: string) => void new Database(path).exec('CREATE TABLE x (y); PRAGMA user_version = 1').close(),
      'database.foreign',
    ],
  ])('%s is refused by name', (_, make, code) => {
    const path = join(temporaryFolder(), 'a.db')
    make(path)
    const before = hash(path)
    expect(() => openDatabase({ path })).toThrow(expect.objectContaining({ code }))
    expect(hash(path)).toBe(before)
  })
})

describe('the lock of a home', () => {
  test('is held by one, named to the other, and free after release', () => {
    const path = join(temporaryFolder(), 'lock')
    const lock = lockHome(path, 0)
    expect(() => lockHome(path, 50)).toThrow(
      expect.objectContaining({ code: 'home.inUse', message: expect.stringContaining(path) }),
    )
    lock.release()
    lockHome(path, 0).release()
  })
})
