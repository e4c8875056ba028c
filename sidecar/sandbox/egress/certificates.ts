import { generateKeyPair, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { promisify } from 'node:util'
import type { Clock } from '../../foundation/index.ts'
import type { Host } from '../../policy/egress/index.ts'

const DAY_MS = 86_400_000
/** No longer than some clients take at most. */
const VALID_DAYS = 300
const MOST_HOSTS = 256

interface Authority {
  pem: string
  issue(host: Host): { cert: string; key: string }
}

/**
 * Certificates in the name of hosts, for boxes only. Made anew for each run of the sidecar when first needed; its key is
 * nowhere but in this process.
 */
export class Certificates {
  readonly #clock: Clock
  readonly #contexts = new Map<string, SecureContext>()
  /** What was written, by its folder. */
  readonly #files = new Map<string, Promise<string>>()
  #authority: Promise<Authority> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Everything a box trusts: what this computer trusts, and us. PEM. */
  async trusted(): Promise<string> {
    const { pem } = await this.#open()
    const usual = new Set([...getCACertificates('default'), ...getCACertificates('system')])
    return [...usual, pem].map((one) => one.trim()).join('\n')
  }

  /**
   * Writes what a box trusts, once, into a folder that it can write as well: under a name that nobody could have laid a link at, and
   * never through one.
   * @returns the file
   */
  trustedIn(folder: string): Promise<string> {
    const known = this.#files.get(folder)
    if (known) return known
    const written = this.#write(folder)
    written.catch(() => this.#files.delete(folder))
    if (this.#files.size >= MOST_HOSTS) this.#files.delete(this.#files.keys().next().value!)
    this.#files.set(folder, written)
    return written
  }

  async #write(folder: string): Promise<string> {
    const file = join(folder, `.oxbow-certificates-${randomBytes(16).toString('hex')}.pem`)
    await writeFile(file, await this.trusted(), { flag: 'wx', mode: 0o644 })
    return file
  }

  async contextFor(host: Host): Promise<SecureContext> {
    const known = this.#contexts.get(host.name)
    if (known) return known
    const { issue } = await this.#open()
    const context = createSecureContext(issue(host))
    if (this.#contexts.size >= MOST_HOSTS) this.#contexts.delete(this.#contexts.keys().next().value!)
    this.#contexts.set(host.name, context)
    return context
  }

  #open(): Promise<Authority> {
    this.#authority ??= makeAuthority(this.#clock)
    return this.#authority
  }
}

async function makeAuthority(clock: Clock): Promise<Authority> {
  const { default: forge } = await import('node-forge')
  const pair = async () => {
    const made = await promisify(generateKeyPair)('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    })
    return {
      pem: made.privateKey,
      own: forge.pki.privateKeyFromPem(made.privateKey),
      open: forge.pki.publicKeyFromPem(made.publicKey),
    }
  }
  const [root, leaf] = await Promise.all([pair(), pair()])
  const subject = [{ name: 'commonName', value: 'Oxbow, for its own boxes' }]
  const begin = (publicKey: typeof root.open) => {
    const certificate = forge.pki.createCertificate()
    certificate.publicKey = publicKey
    // Positive, and its first byte never one of padding, which OpenSSL refuses.
    certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
    certificate.validity.notBefore = new Date(Date.parse(clock.iso()) - DAY_MS)
    certificate.validity.notAfter = new Date(Date.parse(clock.iso()) + VALID_DAYS * DAY_MS)
    certificate.setIssuer(subject)
    return certificate
  }
  const own = begin(root.open)
  own.setSubject(subject)
  own.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  own.sign(root.own, forge.md.sha256.create())
  return {
    pem: forge.pki.certificateToPem(own),
    issue(host) {
      const certificate = begin(leaf.open)
      certificate.setSubject([{ name: 'commonName', value: host.name.slice(0, 64) }])
      certificate.setExtensions([
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames: [host.address ? { type: 7, ip: host.name } : { type: 2, value: host.name }] },
        { name: 'authorityKeyIdentifier', keyIdentifier: own.generateSubjectKeyIdentifier().getBytes() },
      ])
      certificate.sign(root.own, forge.md.sha256.create())
      return { cert: forge.pki.certificateToPem(certificate), key: leaf.pem }
    },
  }
}
