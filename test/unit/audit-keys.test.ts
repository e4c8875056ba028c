import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { AUDIT_KEY, auditKeys, openAudit, PostWitness, Witness } from '../../sidecar/audit/index.ts'
import { newPrivateKey, noteSigner } from '../../sidecar/audit/note.ts'
import { openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { event, openRecord } from '../fixtures/audit.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A keychain as the supervisor hands it over: what it held at the start, and a way to store. */
function chain(held: Map<string, string>, refuses = false) {
  return {
    keys: new Map(held),
    store: async (name: string, key: string) => {
      if (refuses) throw new Error('the keychain is locked')
      held.set(name, key)
    },
  }
}

function recordOf(folder: string, keys: ReturnType<typeof auditKeys>, posts: PostWitness[] = []) {
  const db = openDatabase({ path: join(folder, 'oxbow.db') })
  onTestFinished(() => void db.close())
  const audit = openAudit({
    db,
    clock: systemClock,
    keys,
    witnesses: [new Witness(join(folder, 'keys/checkpoints.jsonl'), true)],
    posts,
    journal: silent,
  })
  onTestFinished(() => audit.close())
  return audit
}

test('a new key goes into the keychain, and into no file', async () => {
  const file = join(temporaryFolder(), 'keys/audit.pem')
  const held = new Map<string, string>()
  const pem = await auditKeys({ file, keychain: chain(held) }).load()
  expect(held.get(AUDIT_KEY)).toBe(pem)
  expect(existsSync(file)).toBe(false)
  expect(await auditKeys({ file, keychain: chain(held) }).load()).toBe(pem)
  const known = auditKeys({ file }).known()
  expect(known).toBe(noteSigner(pem!).key)
  expect(readFileSync(file.replace('.pem', '.pub'), 'utf8')).not.toContain('PRIVATE')
})

test('a key in a file moves into the keychain, and the record stays whole', async () => {
  const { folder, audit } = openRecord()
  const file = join(folder, 'keys/audit.pem')
  audit.record(event(0))
  const before = await audit.verify()
  await audit.close()
  const held = new Map<string, string>()
  const moved = recordOf(folder, auditKeys({ file, keychain: chain(held) }))
  moved.record(event(1))
  const after = await moved.verify()
  expect(after).toMatchObject({ ok: true, entries: 2, key: before.key })
  expect(existsSync(file)).toBe(false)
  await moved.close()
  const later = recordOf(folder, auditKeys({ file, keychain: chain(held) }))
  expect(await later.verify()).toMatchObject({ ok: true, key: before.key })
})

test('a crash between storing and removing leaves one key', async () => {
  const file = join(temporaryFolder(), 'audit.pem')
  const pem = newPrivateKey()
  writeFileSync(file, pem)
  expect(await auditKeys({ file, keychain: chain(new Map([[AUDIT_KEY, pem]])) }).load()).toBe(pem)
  expect(existsSync(file)).toBe(false)
})

test('a keychain that refuses leaves the key in its file', async () => {
  const file = join(temporaryFolder(), 'audit.pem')
  const pem = await auditKeys({ file, keychain: chain(new Map(), true) }).load()
  expect(readFileSync(file, 'utf8')).toBe(pem)
  expect(await auditKeys({ file, keychain: chain(new Map(), true) }).load()).toBe(pem)
  expect(existsSync(file)).toBe(true)
})

test('where the keychain is closed no other key is made: the record is signed later', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'keys/audit.pem')
  const held = new Map<string, string>()
  const first = recordOf(folder, auditKeys({ file, keychain: chain(held) }))
  first.record(event(0))
  const { key } = await first.verify()
  await first.close()
  const closed = recordOf(folder, auditKeys({ file, locked: () => true }))
  closed.record(event(1))
  expect(await closed.verify()).toMatchObject({ ok: true, entries: 2, signed: 1, key })
  await closed.close()
  expect(existsSync(file)).toBe(false)
  const again = recordOf(folder, auditKeys({ file, keychain: chain(held) }))
  expect(await again.verify()).toMatchObject({ ok: true, entries: 2, signed: 2, key })
})

test('an address is told of each checkpoint, again until it takes it, and nothing waits for it', async () => {
  const folder = temporaryFolder()
  const taken: string[] = []
  let refusals = 3
  const witness = new PostWitness({
    url: 'https://witness.example/',
    journal: silent,
    firstWaitMs: 1,
    post: async (_, body) => {
      if (refusals-- > 0) throw new Error('unreachable')
      taken.push(body)
      return true
    },
  })
  const audit = recordOf(folder, auditKeys({ file: join(folder, 'audit.pem') }), [witness])
  audit.record(event(0))
  const { checkpoint } = (await audit.prove({ position: 0 })) && (await audit.head())
  await expect.poll(() => taken, { timeout: 20_000 }).toEqual([checkpoint!.note])
  expect(witness.waiting).toBe(0)
})

test('keeps at most a hundred checkpoints for an address that takes none, and lets nobody wait at the end', async () => {
  let tries = 0
  const witness = new PostWitness({
    url: 'https://witness.example/',
    journal: silent,
    post: (_, __, signal) => {
      tries++
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  for (let size = 1; size <= 150; size++) witness.remember({ size, root: '', at: '', note: `${size}` })
  expect(witness.waiting).toBe(100)
  await witness.close(1)
  expect(tries).toBe(1)
  witness.remember({ size: 1, root: '', at: '', note: '' })
  expect(witness.waiting).toBe(100)
})
