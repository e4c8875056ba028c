import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'

/** Signs notes as C2SP's `signed-note` describes, so that tools of transparency logs can check them as well. */
export interface NoteSigner {
  /** Name and public key in one word, for who verifies: `<name>+<key id>+<key>`. */
  readonly key: string
  readonly name: string
  sign(text: string): string
}

const ED25519 = 0x01
/** What stands before the 32 bytes of an Ed25519 public key in SPKI. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

export const newPrivateKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** @param pem a private Ed25519 key, PKCS #8. @throws where it is none */
export function noteSigner(pem: string): NoteSigner {
  const secret = createPrivateKey(pem)
  if (secret.asymmetricKeyType !== 'ed25519') throw new TypeError(`expected an Ed25519 key, found ${secret.asymmetricKeyType}`)
  const raw = createPublicKey(secret).export({ type: 'spki', format: 'der' }).subarray(SPKI.length)
  const name = `oxbow.audit/${createHash('sha256').update(raw).digest('hex').slice(0, 16)}`
  const id = keyId(name, raw)
  return {
    name,
    key: `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(ED25519), raw]).toString('base64')}`,
    sign: (text) => {
      const signature = Buffer.concat([id, sign(null, Buffer.from(text), secret)])
      return `${text}\n— ${name} ${signature.toString('base64')}\n`
    },
  }
}

/** Checks notes against one key. */
export interface NoteVerifier {
  readonly name: string
  /** @returns the text that was signed; undefined where this key did not sign it */
  open(note: string): string | undefined
}

/** @param key as a signer gives it. @returns undefined where it is no such key */
export function noteVerifier(key: string): NoteVerifier | undefined {
  const [, name, hex, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(key.trim()) ?? []
  if (name === undefined || hex === undefined || encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.length !== 33 || bytes[0] !== ED25519) return undefined
  const id = keyId(name, bytes.subarray(1))
  if (id.toString('hex') !== hex) return undefined
  const open: KeyObject = createPublicKey({ key: Buffer.concat([SPKI, bytes.subarray(1)]), format: 'der', type: 'spki' })
  return {
    name,
    open: (note) => {
      const [, text, signer, signature] = /^([\s\S]*\n)\n— (\S+) ([A-Za-z0-9+/]+=*)\n$/.exec(note) ?? []
      if (text === undefined || signer !== name || signature === undefined) return undefined
      const signed = Buffer.from(signature, 'base64')
      // Bits behind the last byte would be nobody's.
      if (signed.toString('base64') !== signature || signed.length !== 68 || !signed.subarray(0, 4).equals(id)) return undefined
      return verify(null, Buffer.from(text), open, signed.subarray(4)) ? text : undefined
    },
  }
}

const keyId = (name: string, raw: Uint8Array): Buffer =>
  createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(raw).digest().subarray(0, 4)
