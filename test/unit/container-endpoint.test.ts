import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { describeEndpoint, endpoints } from '../../sidecar/sandbox/container/endpoint.ts'
import { findEngine } from '../../sidecar/sandbox/container/engine.ts'
import { payloads } from '../../sidecar/sandbox/container/frames.ts'

const home = mkdtempSync(join(tmpdir(), 'oxbow-engines-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(home, path)), { recursive: true })
  writeFileSync(join(home, path), text)
}
const look = (setting: string | undefined, env: NodeJS.ProcessEnv = {}) =>
  endpoints({ setting, env, personHome: home, uid: undefined })

describe('where an engine is looked for', () => {
  it.each([
    ['unix:///run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['tcp://10.0.0.2', { kind: 'tcp', host: '10.0.0.2', port: 2375 }],
    ['tcp://[::1]:99', { kind: 'tcp', host: '::1', port: 99 }],
    ['ssh://me@box:2222', { kind: 'ssh', user: 'me', host: 'box', port: 2222 }],
    ['ssh://box', { kind: 'ssh', host: 'box' }],
  ])('understands %s', (text, expected) => {
    expect(look(text)).toEqual([{ ...expected, from: 'sandbox.container.host' }])
    expect(look(undefined, { DOCKER_HOST: text })).toEqual([{ ...expected, from: 'DOCKER_HOST' }])
  })

  it('prefers what is set over the environment, and the environment over the context', () => {
    const digest = createHash('sha256').update('mine').digest('hex')
    put('.docker/config.json', '{"currentContext":"mine"}')
    put(`.docker/contexts/meta/${digest}/meta.json`, '{"Endpoints":{"docker":{"Host":"unix:///context.sock"}}}')
    const paths = (found: ReturnType<typeof look>): string[] => found.map(describeEndpoint)
    expect(paths(look('/set.sock', { DOCKER_HOST: 'unix:///env.sock' }))).toEqual(['/set.sock'])
    expect(paths(look(undefined, { DOCKER_HOST: 'unix:///env.sock' }))).toEqual(['/env.sock'])
    expect(paths(look(undefined))).toEqual(['/context.sock'])
    expect(() => look(undefined, { DOCKER_CONTEXT: 'other' })).toThrow(/"other" has no host/)
    put('.docker/config.json', '{"currentContext":"default"}')
  })

  it('uses the certificates of TLS, and asks for them', () => {
    for (const name of ['ca', 'cert', 'key']) put(`tls/${name}.pem`, name)
    const tls = { ca: 'ca', cert: 'cert', key: 'key' }
    const env = { DOCKER_CERT_PATH: join(home, 'tls') }
    expect(look('https://engine:1234', env)).toMatchObject([{ kind: 'tcp', port: 1234, tls }])
    expect(look(undefined, { ...env, DOCKER_HOST: 'tcp://engine', DOCKER_TLS_VERIFY: '1' })).toMatchObject([{ port: 2376, tls }])
    expect(() => look('https://engine')).toThrow(/no certificates/)
    expect(() => look('tcp://engine:2376', { DOCKER_CERT_PATH: '/nowhere' })).toThrow(/cannot be read/)
  })

  it.each(['', 'engine', 'ftp://engine', 'tcp://', 'ssh://-oProxyCommand=evil', 'unix://'])(
    'refuses "%s" with what to write',
    (text) => {
      expect(() => look(text)).toThrow(
        expect.objectContaining({ code: 'sandbox.engine', hint: expect.stringContaining('unix:///path') }),
      )
    },
  )

  it('tells what is missing and what to do, soon, when nobody answers', async () => {
    const silent = createServer(() => {}).listen(join(home, 'silent.sock'))
    const sources = { env: {}, personHome: home, uid: undefined, platform: 'linux' as const }
    for (const [setting, words] of [
      [join(home, 'none.sock'), /ENOENT/],
      [join(home, 'silent.sock'), /no answer within/],
    ] as const) {
      await expect(findEngine({ ...sources, setting })).rejects.toMatchObject({
        code: 'sandbox.engine',
        message: expect.stringMatching(words),
        hint: expect.stringContaining('systemctl start docker'),
      })
    }
    silent.close()
  })
})

describe('an engine’s stream', () => {
  it('gives the same bytes, wherever it is cut', async () => {
    const frame = (text: string): Buffer => {
      const body = Buffer.from(text)
      const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
      head.writeUInt32BE(body.length, 4)
      return Buffer.concat([head, body])
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 17 }),
        async (texts, size) => {
          const whole = Buffer.concat(texts.map(frame))
          async function* pieces() {
            for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
          }
          const got: Buffer[] = []
          for await (const piece of payloads(pieces())) got.push(piece)
          expect(Buffer.concat(got)).toEqual(Buffer.from(texts.join('')))
        },
      ),
      { numRuns: 100 },
    )
  })
})
