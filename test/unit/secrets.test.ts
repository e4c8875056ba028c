import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVault, serveVault } from '../../main/secrets.ts'
import { startShell } from '../../main/shell.ts'
import type { KeyReport, SidecarOrder } from '../../sidecar/contract/shell.ts'
import { supervisorKeychain } from '../../sidecar/keychain.ts'
import { type Keychain, openSecrets } from '../../sidecar/providers/index.ts'
import { electronDouble, FakeUtility } from '../fixtures/electron-double.ts'
import { handTimers } from '../fixtures/hand-timers.ts'

const KEY = 'sk-planted-0123456789'
let folder: string
let file: string
let sealed: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-secrets-'))
  file = join(folder, 'secrets.toml')
  sealed = join(folder, 'keychain.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (keychain?: Keychain) => openSecrets({ file, sealed, keychain })
const mode = (path: string): number => statSync(path).mode & 0o777

describe('keys without a keychain', () => {
  it('are in a file that only the person can read, and that is said', async () => {
    const secrets = open()
    expect(await secrets.set('openai', KEY)).toMatch(/cannot reach the system's keychain.*not encrypted/)
    expect(secrets.get('openai')).toBe(KEY)
    expect(secrets.place('openai')).toBe('secrets')
    expect(mode(file)).toBe(0o600)
    expect(open().get('openai')).toBe(KEY)
    await open().remove('openai')
    expect(existsSync(file)).toBe(false)
  })

  it('are closed to others where a file lies open', () => {
    writeFileSync(file, `[keys]\nopenai = "${KEY}"\n`)
    chmodSync(file, 0o644)
    const warnings: string[] = []
    openSecrets({ file, sealed, log: { warn: (_, message) => void warnings.push(message) } })
    expect(mode(file)).toBe(0o600)
    expect(warnings).toHaveLength(1)
  })

  it.each([[`[keys]\nopenai = "${KEY}`], [`keys = "${KEY}"`], [`[keys]\nopenai = ["${KEY}"]`]])(
    'are not told by the error about a broken file: %j',
    (text) => {
      writeFileSync(file, text)
      expect(open).toThrow(
        expect.objectContaining({ code: 'secrets.unreadable', message: expect.not.stringContaining('planted') }),
      )
    },
  )
})

/** The shell's part and the sidecar's, joined as by the process channel. */
function joined(kind: 'gnome_libsecret' | 'basic_text' = 'gnome_libsecret') {
  const complaints: string[] = []
  const { parts } = electronDouble({ userData: folder, keychain: kind })
  const vault = createVault(parts.safeStorage, { path: sealed, platform: 'linux', complain: (line) => complaints.push(line) })
  const child = new FakeUtility('', {})
  let keychain: ReturnType<typeof supervisorKeychain> | undefined
  child.postMessage = (order: SidecarOrder) => {
    if (order.type === 'keys') keychain = order.keys ? supervisorKeychain(order.keys, tell) : undefined
    else keychain?.hear(order)
  }
  const tell = (report: KeyReport): void => void child.emit('message', report)
  serveVault(child, vault)
  return { secrets: open(keychain), complaints, child }
}

describe('keys in the keychain', () => {
  it('are sealed by the shell, and handed to the next sidecar', async () => {
    const { secrets } = joined()
    expect(await secrets.set('openai', KEY)).toBeUndefined()
    expect(secrets.get('openai')).toBe(KEY)
    expect(existsSync(file)).toBe(false)
    expect(readFileSync(sealed, 'utf8')).not.toContain(KEY)
    expect(mode(sealed)).toBe(0o600)
    const next = joined().secrets
    expect([next.get('openai'), next.place('openai'), next.keeps.place]).toEqual([KEY, 'keychain', 'keychain'])
    await next.remove('openai')
    expect(next.place('openai')).toBeUndefined()
    expect(joined().secrets.get('openai')).toBeUndefined()
  })

  it('are known by name where the keychain is closed, and give way to a newer one', async () => {
    await joined().secrets.set('openai', KEY)
    const alone = open()
    expect([alone.get('openai'), alone.place('openai'), alone.providers()]).toEqual([undefined, 'locked', ['openai']])
    await alone.set('openai', 'sk-newer')
    expect(joined().secrets.get('openai')).toBe('sk-newer')
  })

  it('take the place of one in the file', async () => {
    await open().set('openai', 'sk-older')
    const { secrets } = joined()
    await secrets.set('openai', KEY)
    expect(existsSync(file)).toBe(false)
    expect(secrets.place('openai')).toBe('keychain')
  })

  it('do not trust what Linux offers without a keyring', async () => {
    const { secrets } = joined('basic_text')
    expect(await secrets.set('openai', KEY)).toMatch(/not encrypted/)
    expect(existsSync(sealed)).toBe(false)
  })

  it('are kept in the file where the keychain refuses, and that is said', async () => {
    const refusing: Keychain = { keys: new Map(), store: () => Promise.reject(new Error('locked by the person')) }
    const secrets = open(refusing)
    expect(await secrets.set('openai', KEY)).toMatch(/refused the key \(locked by the person\)/)
    expect(open().get('openai')).toBe(KEY)
  })

  it('of which one cannot be opened leave the others in use', async () => {
    const { secrets } = joined()
    await secrets.set('openai', KEY)
    await secrets.set('groq', 'gsk-other')
    const { keys } = JSON.parse(readFileSync(sealed, 'utf8')) as { keys: Record<string, string> }
    writeFileSync(sealed, JSON.stringify({ version: 1, keys: { ...keys, groq: 7 } }))
    const broken = joined()
    expect(broken.complaints).toEqual([expect.stringContaining('must be added again')])
    expect(broken.secrets.get('openai')).toBeUndefined()
  })

  it('reach each sidecar that the shell starts, before anything else', async () => {
    await joined().secrets.set('openai', KEY)
    const home = folder
    const { parts, children, start } = electronDouble({ userData: join(folder, 'user') })
    startShell(parts, { out: '/out', icons: '/icons', home, env: {}, platform: 'linux', timers: handTimers() })
    await start()
    expect(children[0]?.aboutKeys).toEqual([{ type: 'keys', keys: { openai: KEY } }])
    children[0]?.emit('message', { type: 'storeKey', id: 7, provider: 'groq', key: 'gsk-new' })
    expect(children[0]?.aboutKeys.at(-1)).toEqual({ type: 'keyStored', id: 7, problem: null })
    expect(joined().secrets.get('groq')).toBe('gsk-new')
    expect(readFileSync(join(home, 'logs/sidecar-console.log'), { encoding: 'utf8', flag: 'a+' })).not.toContain('gsk-new')
  })

  it('hear nothing but what is meant for them', () => {
    const { child } = joined()
    for (const report of [null, 7, {}, { type: 'storeKey' }, { type: 'storeKey', id: 1, provider: 'x', key: 7 }])
      child.emit('message', report)
    expect(existsSync(sealed)).toBe(false)
  })
})
