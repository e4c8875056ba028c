import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { findProgram, openDatabase, systemClock } from '../../sidecar/foundation/index.ts'
import { createSecretSource } from '../../sidecar/policy/egress/index.ts'
import { createNamedSecrets } from '../../sidecar/policy/index.ts'
import { openSecrets } from '../../sidecar/providers/index.ts'
import { createProcessSandbox } from '../../sidecar/sandbox/index.ts'
import { fixedEgress } from '../fixtures/egress.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { selfSigned } from '../fixtures/self-signed.ts'

const VALUE = 'planted-value-8f1c2d7e'
let plain: Server
let secure: Server
let ports: { plain: number; secure: number }
/** What the servers were sent as proof. */
const proofs: (string | undefined)[] = []
const root = selfSigned()

beforeAll(async () => {
  const answer: Parameters<typeof createHttp>[1] = (request, response) => {
    proofs.push(request.headers.authorization)
    const echo = `${request.headers.authorization} ${request.headers['x-key'] ?? ''}`
    response.setHeader('x-echo', echo)
    // In pieces, so that the value lies across two of them.
    const at = echo.indexOf(VALUE) + 5
    response.write(`you sent ${echo.slice(0, at)}`)
    setTimeout(() => response.end(`${echo.slice(at)}.\n`), 20)
  }
  plain = createHttp(answer).listen(0, '127.0.0.1')
  secure = createHttps({ key: root.key, cert: root.cert }, answer).listen(0, '127.0.0.1')
  await Promise.all([once(plain, 'listening'), once(secure, 'listening')])
  ports = { plain: (plain.address() as AddressInfo).port, secure: (secure.address() as AddressInfo).port }
})
afterAll(() => {
  plain.close()
  secure.close()
})

async function openBox(mayGo: (at: typeof ports) => string[], methods = '') {
  const home = temporaryFolder()
  const db = openDatabase({ path: join(home, 'oxbow.db') })
  const values = openSecrets({ file: join(home, 'secrets.toml'), sealed: join(home, 'keychain.json') })
  const secrets = createNamedSecrets({ db, clock: systemClock, values })
  const hosts = mayGo(ports)
  if (hosts.length > 0) await secrets.set({ name: 'github', value: VALUE, hosts })
  const uses: string[] = []
  const source = createSecretSource({ secrets, onUse: (name, host, port) => uses.push(`${name} ${host}:${port}`) })
  const allowed = [`localhost:${ports.plain}`, `${methods} localhost:${ports.secure}`]
  const egress = fixedEgress(allowed, { secrets: source, roots: [root.cert] })
  const sandbox = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts: allowed, egress: async () => egress })
  const workspace = temporaryFolder()
  const box = await sandbox.open(workspace, { session: 'ses_one' })
  onTestFinished(async () => {
    await box.close()
    await sandbox.close()
    await egress.close()
    db.close()
  })
  const run = async (command: string): Promise<string> => {
    let output = ''
    const onOutput = (text: string): void => {
      output += text
    }
    await box.run({ command, cwd: workspace, timeoutMs: 30_000, signal: new AbortController().signal, onOutput })
    return output
  }
  return { run, uses, egress, box, workspace, values }
}

const ready =
  findProgram('curl') !== undefined &&
  (await createProcessSandbox({ home: '/nonexistent', tmpRoot: tmpdir(), allowHosts: ['a.b'] }).readiness()).ready

const HEADER = `-H 'Authorization: Bearer {{secret:github}}'`

describe.skipIf(!ready)('a secret that a command names', () => {
  test.each(['plain', 'secure'] as const)('is put in for its host, and taken out of the answer (%s)', async (kind) => {
    const { run, uses, box, workspace } = await openBox((at) => [`localhost:${at[kind]}`])
    const url = `${kind === 'plain' ? 'http' : 'https'}://localhost:${ports[kind]}/`
    const output = await run(`curl -sS -i -m 20 ${HEADER} ${url} | tee answer.txt; env; cat $SSL_CERT_FILE | head -c 200`)
    expect(proofs.at(-1)).toBe(`Bearer ${VALUE}`)
    expect(output).toContain('you sent Bearer {{secret:github}}')
    expect(output.toLowerCase()).toContain('x-echo: bearer {{secret:github}}')
    expect(uses).toEqual([`github localhost:${ports[kind]}`])
    // Nothing that the box can see holds the value.
    expect(output).not.toContain(VALUE)
    for (const folder of [workspace, box.tmp]) expect(everything(folder)).not.toContain(VALUE)
  })

  test('is put in for git, which hides it in Basic credentials', async () => {
    const { run } = await openBox((at) => [`localhost:${at.plain}`])
    const output = await run(`curl -sS -m 20 -u 'x:{{secret:github}}' http://localhost:${ports.plain}/`)
    const sent = Buffer.from(`x:${VALUE}`).toString('base64')
    expect(proofs.at(-1)).toBe(`Basic ${sent}`)
    expect(output).not.toContain(sent)
    expect(output).toContain('you sent Basic {{secret:github')
  })

  test('goes nowhere else, and the refusal names it without its value', async () => {
    const { run, uses } = await openBox((at) => [`localhost:${at.secure}`])
    const before = proofs.length
    const output = await run(`curl -sS -i -m 20 ${HEADER} http://localhost:${ports.plain}/`)
    expect(output).toContain('403')
    expect(output).toContain('The secret "github" may not go to')
    expect(output).not.toContain(VALUE)
    expect(proofs.length).toBe(before)
    expect(uses).toEqual([])
  })

  test('cannot stand in an address, nor be one that there is not', async () => {
    const { run } = await openBox((at) => [`localhost:${at.plain}`])
    const before = proofs.length
    const base = `http://localhost:${ports.plain}`
    expect(await run(`curl -sS -g -m 20 '${base}/?key={{secret:github}}'`)).toContain('cannot stand in an address')
    expect(await run(`curl -sS -m 20 -H 'X-Key: {{secret:other}}' ${base}/`)).toContain('There is no secret "other"')
    expect(proofs.length).toBe(before)
  })

  test('leaves tunnels to other hosts alone', async () => {
    const { run } = await openBox(() => ['api.github.test'])
    // Our certificate would be trusted; theirs is not.
    expect(await run(`curl -sS -m 20 https://localhost:${ports.secure}/ 2>&1; true`)).toMatch(/certificate/i)
  })
})

test('no command has what a box trusts written over a file of the person', async () => {
  const home = temporaryFolder()
  const victim = join(temporaryFolder(), 'policy.toml')
  writeFileSync(victim, 'of the person')
  const known: { hosts: string[] }[] = []
  const secrets = createSecretSource({ secrets: { list: () => known, valueFor: () => undefined }, onUse: () => {} })
  const egress = fixedEgress([`localhost:${ports.secure}`], { secrets })
  const sandbox = createProcessSandbox({ home, tmpRoot: join(home, 'tmp'), allowHosts: [], egress: async () => egress })
  const workspace = temporaryFolder()
  const box = await sandbox.open(workspace, { session: 'ses_one' })
  onTestFinished(async () => {
    await box.close()
    await sandbox.close()
    await egress.close()
  })
  let output = ''
  const run = (command: string) =>
    box.run({
      ...{ command, cwd: workspace, timeoutMs: 30_000, signal: new AbortController().signal },
      onOutput: (text) => {
        output += text
      },
    })
  await run(`ln -s ${victim} "$TMPDIR/trusted-certificates.pem"`)
  // The person sets the first secret.
  known.push({ hosts: [`localhost:${ports.secure}`] })
  await run('cat "$SSL_CERT_FILE"')
  expect(output).toContain('BEGIN CERTIFICATE')
  expect(readFileSync(victim, 'utf8')).toBe('of the person')
})

describe.skipIf(!ready)('a host that is allowed for some methods only', () => {
  test.each([[[]], [['api.github.test']]])('is looked into where it is encrypted, with secrets for %j', async (hosts) => {
    const { run } = await openBox(() => hosts, 'GET')
    const url = `https://localhost:${ports.secure}/`
    const before = proofs.length
    expect(await run(`curl -sS -m 20 ${url}`)).toContain('you sent')
    expect(proofs.length).toBe(before + 1)
    for (const wish of ['-d body', '-X DELETE', '-H "X-HTTP-Method-Override: DELETE"'])
      expect(await run(`curl -sS -m 20 ${wish} ${url}`)).toContain('only GET is allowed there')
    // Who trusts nobody in between gets no way past.
    await run(`curl -sS -m 20 -k -d body ${url}; env -u SSL_CERT_FILE -u CURL_CA_BUNDLE curl -sS -m 20 -d body ${url}`)
    expect(proofs.length).toBe(before + 1)
  })
})

test('the hosts of a secret name no methods, which would not be heeded', async () => {
  const home = temporaryFolder()
  const db = openDatabase({ path: join(home, 'oxbow.db') })
  onTestFinished(() => void db.close())
  const values = openSecrets({ file: join(home, 'secrets.toml'), sealed: join(home, 'keychain.json') })
  const secrets = createNamedSecrets({ db, clock: systemClock, values })
  const setting = secrets.set({ name: 'github', value: VALUE, hosts: ['GET api.github.com'] })
  await expect(setting).rejects.toMatchObject({ code: 'egress.rule' })
  expect(secrets.list()).toEqual([])
})

test('values lie where keys lie, for nobody else to read', async () => {
  const home = temporaryFolder()
  const db = openDatabase({ path: join(home, 'oxbow.db') })
  onTestFinished(() => void db.close())
  const file = join(home, 'secrets.toml')
  const values = openSecrets({ file, sealed: join(home, 'keychain.json') })
  const secrets = createNamedSecrets({ db, clock: systemClock, values })
  const { secret, warning } = await secrets.set({ name: 'github', value: VALUE, hosts: ['API.github.com', 'api.github.com'] })
  expect(secret).toMatchObject({ name: 'github', hosts: ['api.github.com'], place: 'secrets' })
  expect(warning).toContain('not encrypted')
  expect(JSON.stringify(secrets.list())).not.toContain(VALUE)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  // No provider is made of it, and it is known by value to who must never record it.
  expect(values.providers()).toEqual([])
  expect(values.values()).toContain(VALUE)
  expect(openSecrets({ file, sealed: join(home, 'keychain.json') }).get('secret:github')).toBe(VALUE)
  await expect(secrets.set({ name: 'none', hosts: ['example.com'] })).rejects.toThrow(/no value/)
  await secrets.set({ name: 'github', hosts: ['example.com'] })
  expect(secrets.valueFor('github')).toEqual({ value: VALUE, hosts: ['example.com'] })
  await secrets.remove('github')
  expect(secrets.list()).toEqual([])
  expect(values.values()).toEqual([])
  await expect(secrets.remove('github')).rejects.toThrow(/no secret/)
})

function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')
}
