import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { parse, stringify } from 'smol-toml'
import { type SealedKeys, sealedKeys } from '../contract/index.ts'
import { type Log, OxbowError } from '../foundation/index.ts'

/** The system's keychain, as far as our supervisor opens it. */
export interface Keychain {
  /** What it held when we started. */
  readonly keys: ReadonlyMap<string, string>
  /** Null takes a key out. Rejects where the keychain refuses. */
  store(provider: string, key: string | null): Promise<void>
}

export interface SecretsOptions {
  /** `secrets.toml`, for where there is no keychain. */
  file: string
  /** Where the keychain's sealed keys lie; only their names can be read here. */
  sealed: string
  keychain?: Keychain | undefined
  log?: Pick<Log, 'warn'> | undefined
}

export type SecretPlace = 'keychain' | 'secrets' | 'locked'

/** The keys that a person gave, by provider. They are held in memory and never told. */
export interface Secrets {
  get(provider: string): string | undefined
  place(provider: string): SecretPlace | undefined
  /** Providers that have a key here. */
  providers(): string[]
  /** The keys by value, for what must never hold one. */
  values(): string[]
  /** Where a key that comes now is kept, and what to know about that. */
  readonly keeps: { place: 'keychain' | 'secrets'; warning?: string | undefined }
  /** @returns a warning where the key is not in the keychain */
  set(provider: string, key: string): Promise<string | undefined>
  remove(provider: string): Promise<void>
}

/** @throws OxbowError `secrets.unreadable` */
export function openSecrets({ file, sealed, keychain, log }: SecretsOptions): Secrets {
  const chained = new Map(keychain?.keys)
  const filed = readFile(file, log)

  const writeFiled = (change: (keys: Map<string, string>) => void): void => {
    const next = new Map(filed)
    change(next)
    if (next.size === 0) rmSync(file, { force: true })
    else replace(file, `${HEAD}${stringify({ keys: Object.fromEntries(next) })}\n`)
    change(filed)
  }

  /** Takes a key out of the keychain, or its sealed form away where the keychain is closed to us. */
  const unchain = async (provider: string): Promise<void> => {
    if (keychain) {
      if (chained.has(provider) || readSealed(sealed).keys[provider] !== undefined) await keychain.store(provider, null)
      chained.delete(provider)
      return
    }
    const { keys } = readSealed(sealed)
    if (keys[provider] === undefined) return
    delete keys[provider]
    replace(sealed, JSON.stringify({ version: 1, keys } satisfies SealedKeys))
  }

  const inFile = (why: string): string => `${why} The key is kept in ${file}, which only you can read, but not encrypted.`
  const keeps = keychain
    ? { place: 'keychain' as const }
    : { place: 'secrets' as const, warning: inFile("Oxbow cannot reach the system's keychain from here.") }

  return {
    keeps,
    get: (provider) => chained.get(provider) ?? filed.get(provider),
    place(provider) {
      if (chained.has(provider)) return 'keychain'
      if (filed.has(provider)) return 'secrets'
      return readSealed(sealed).keys[provider] === undefined ? undefined : 'locked'
    },
    // Other secrets are kept here too, by names with a colon.
    providers: () =>
      [...new Set([...chained.keys(), ...filed.keys(), ...Object.keys(readSealed(sealed).keys)])].filter(
        (id) => !id.includes(':'),
      ),
    values: () => [...chained.values(), ...filed.values()],
    async set(provider, key) {
      let why: string | undefined
      if (keychain) {
        try {
          await keychain.store(provider, key)
          chained.set(provider, key)
          if (filed.has(provider)) writeFiled((keys) => keys.delete(provider))
          return undefined
        } catch (error) {
          why = inFile(`The system's keychain refused the key (${(error as Error).message}).`)
        }
      }
      writeFiled((keys) => keys.set(provider, key))
      // The older one in the keychain would win at the next start.
      await unchain(provider).catch(() => chained.delete(provider))
      return why ?? keeps.warning
    },
    async remove(provider) {
      if (filed.has(provider)) writeFiled((keys) => keys.delete(provider))
      await unchain(provider)
    },
  }
}

const HEAD = '# API keys of Oxbow, not encrypted. Change them with `oxbow providers add`.\n'

function readFile(file: string, log: Pick<Log, 'warn'> | undefined): Map<string, string> {
  if (!existsSync(file)) return new Map()
  if ((statSync(file).mode & 0o077) !== 0) {
    chmodSync(file, 0o600)
    log?.warn({ file }, 'others could read the keys in this file; they no longer can. Consider new keys')
  }
  let keys: unknown
  try {
    keys = parse(readFileSync(file, 'utf8')).keys
  } catch {
    // The parser's error quotes the line, and with it a key.
    throw unreadable(file, 'it is no valid TOML')
  }
  if (typeof keys !== 'object' || keys === null) throw unreadable(file, 'it has no table [keys]')
  const entries = Object.entries(keys)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
    throw unreadable(file, 'a key in it is no text')
  return new Map(entries)
}

const unreadable = (file: string, why: string): OxbowError =>
  new OxbowError(
    'BAD_REQUEST',
    'secrets.unreadable',
    `${file} cannot be read: ${why}.`,
    'Mend it, or remove it and add the keys again.',
  )

/** Names only; a file that is broken counts as none, since its owner writes it anew. */
function readSealed(path: string): SealedKeys {
  try {
    return sealedKeys(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return { version: 1, keys: {} }
  }
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text, { mode: 0o600, flush: true })
  renameSync(temporary, path)
}
