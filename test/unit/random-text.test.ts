import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { holdsRandom } from '../../sidecar/audit/index.ts'

const root = join(import.meta.dirname, '../..')
const file = (name: string): string => readFileSync(join(root, name), 'utf8')
const bytes = (text: string): Buffer => createHash('sha512').update(text).digest()
const base64 = (text: string, length = 64): string => bytes(text).subarray(0, length).toString('base64')

describe('what looks like a key', () => {
  it.each([
    ['alone', 'wJ4lrXUt9nFEMIpK7MDENGbPxRfiCYzE'],
    ['after a name that says nothing', 'value: Zk3Vq8mLr2XtYw9Bn5HsJd7GfPc4QaTe'],
    ['of AWS', 'wJ4lrXUt9nFEMI/K7MDENG/bPxRfiCYzE7qTe2Lm'],
    ['at the end of a path', '/home/me/keys/R8vN3kXq7ZtLm2WyPb9HsJc4GdFe6AuT'],
    ['in JSON', '{"a":"Qm7xT2vR9pLk4WnZ8sYbH3cJf6GdAe5u"}'],
    ['in a query value', '9fKx2LmQ7vRtZ4WnYb8HsJc3GdPe6AuTk5'],
    ['in hex, named as one', 'API_KEY=0123456789abcdef0123456789abcdef'],
    ['in hex, in JSON', '{"privateKey": "0x8c9890b1f0e2d3c4b5a69788f7e6d5c4b3a291808c9890b1f0e2d3c4b5a69788"}'],
    ['in hex, for a header', 'curl -H "Authorization: Bearer 8c9890b1f0e2d3c4b5a69788f7e6d5c4b3a29180"'],
    ['in a long output', `${'words and words '.repeat(4000)}\nR8vN3kXq7ZtLm2WyPb9HsJc4GdFe6AuT\n`],
  ])('is found: %s', (_, text) => {
    expect(holdsRandom(text)).toBe(true)
  })

  it('is found nearly always, whatever its letters', () => {
    const found = (make: () => string) =>
      Array.from({ length: 300 }, make).filter((key) => holdsRandom(`it is ${key} here`)).length
    expect(found(() => randomBytes(30).toString('base64'))).toBeGreaterThan(270)
    expect(found(() => randomBytes(32).toString('base64url'))).toBeGreaterThan(270)
  })
})

describe('what is none', () => {
  it.each([
    ['a commit', 'commit 8c9890b1f0e2d3c4b5a69788f7e6d5c4b3a29180'],
    ['a hash', createHash('sha256').update('x').digest('hex')],
    ['a token of a form', '<input name="csrf_token" value="8c9890b1f0e2d3c4b5a69788f7e6d5c4b3a29180">'],
    ['a hash that is a key of a cache', 'cache_key: 8c9890b1f0e2d3c4b5a69788f7e6d5c4b3a29180'],
    ['a UUID', 'id 0192F3a4-5b6c-7d8e-9F01-23456789abcd'],
    ['an integrity of npm', `"integrity": "sha512-${base64('a')}",`],
    ['an integrity of a page', `<script integrity="sha384-${base64('b', 48)}" crossorigin="anonymous">`],
    ['a line of go.sum', `golang.org/x/net v0.17.0 h1:${base64('c', 32)}`],
    ['a digest of an image', `sha256:${createHash('sha256').update('y').digest('hex')}`],
    ['a fingerprint', `256 SHA256:${base64('d', 32).replace('=', '')} me@here (ED25519)`],
    ['a public key', `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${base64('e', 32).slice(0, 43)} me@here`],
    ['a picture in an address', `<img src="data:image/png;base64,${base64('f').slice(0, 80)}">`],
    [
      'a picture',
      `![x](data:image/png;base64,${Buffer.concat(Array.from({ length: 50 }, (_, n) => bytes(String(n)))).toString('base64')})`,
    ],
    [
      'a certificate',
      `-----BEGIN CERTIFICATE-----\n${['g', 'h', 'i'].map((n) => base64(n, 48)).join('\n')}\n-----END CERTIFICATE-----`,
    ],
    ['lines of mail', ['j', 'k', 'l', 'm'].map((n) => base64(n, 57)).join('\r\n')],
    ['lines with numbers', ['n', 'o', 'p'].map((n, at) => `${at + 1}\t${base64(n, 48)}`).join('\n')],
    ['a page of documents', 'https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit'],
    ['an id of a service', 'msg_013Zva2CMHLNnXjNJJKqJ2EF'],
    ['a place in a list', Buffer.from('{"page":3,"after":"2026-01-02T03:04:05"}').toString('base64')],
    ['a name in code', 'createIntegrationTestHarnessWithRetries2AndBackoff3'],
    ['a path', 'node_modules/@types/React18/src/Components/Button2/index'],
    ['a folder for a while', 'bash: /var/tmp/oxbow-malicious-j0Z5r6/outside/notes/log.txt: Read-only file system'],
    ['a constant', 'MAX_NUMBER_OF_RETRIES_BEFORE_FAILURE_V2_FOR_HTTP2'],
    ['the alphabet', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'],
    ['dashes', '-'.repeat(80)],
    ['a number', '1234567890123456789012345678901234567890'],
  ])('is left alone: %s', (_, text) => {
    expect(holdsRandom(text)).toBe(false)
  })

  it('nor is anything of this project’s lock file and pages', () => {
    const lock = file('package-lock.json')
    for (let at = 0; at < lock.length; at += 200_000) expect(holdsRandom(lock.slice(at, at + 200_000))).toBe(false)
    for (const name of ['package.json', 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'sidecar/sidecar.ts'])
      expect(holdsRandom(file(name)), name).toBe(false)
  })
})
