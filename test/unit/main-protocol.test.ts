import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorPage } from '../../main/error-page.ts'
import { CSP, createPageHandler, PRIVILEGES } from '../../main/protocol.ts'

let folder: string
let handler: (request: Request) => Promise<Response>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'oxbow-pages-'))
  const root = join(folder, 'renderer')
  mkdirSync(join(root, 'assets'), { recursive: true })
  mkdirSync(join(folder, 'renderer-secret'))
  writeFileSync(join(folder, 'secret.txt'), 'SECRET')
  writeFileSync(join(folder, 'renderer-secret', 'x.txt'), 'SECRET')
  writeFileSync(join(root, 'index.html'), '<h1>Oxbow</h1>')
  writeFileSync(join(root, 'assets', 'app-1.js'), 'let a')
  writeFileSync(join(root, 'assets', 'a b.css'), 'a{}')
  writeFileSync(join(root, 'assets', 'odd.bin'), 'x')
  symlinkSync(join(folder, 'secret.txt'), join(root, 'link.txt'))
  symlinkSync(folder, join(root, 'out'))
  handler = createPageHandler(root, () => errorPage('Why <b>', '/logs/x'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The handler reads method and url alone; a real Request would normalise some of the attacks away. */
const get = (url: string, method = 'GET') => handler({ url, method } as Request)

describe('oxbow://app', () => {
  it.each([
    ['oxbow://app/', '<h1>Oxbow</h1>', 'text/html; charset=utf-8'],
    ['oxbow://app/index.html?x=1#y', '<h1>Oxbow</h1>', 'text/html; charset=utf-8'],
    ['oxbow://app/assets/app-1.js', 'let a', 'text/javascript; charset=utf-8'],
    ['oxbow://app/assets/a%20b.css', 'a{}', 'text/css; charset=utf-8'],
    ['oxbow://app/assets/odd.bin', 'x', 'application/octet-stream'],
  ])('serves %s', async (url, body, type) => {
    const answer = await get(url)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(body)
    expect(answer.headers.get('content-type')).toBe(type)
  })

  it.each([
    'oxbow://app/../secret.txt',
    'oxbow://app/%2e%2e/secret.txt',
    'oxbow://app/%2e%2e%2fsecret.txt',
    'oxbow://app/..%2fsecret.txt',
    'oxbow://app/assets/..%2f..%2fsecret.txt',
    'oxbow://app/assets/%2e%2e/%2e%2e/secret.txt',
    'oxbow://app/..%5csecret.txt',
    'oxbow://app/..\\secret.txt',
    'oxbow://app/%252e%252e%252fsecret.txt',
    'oxbow://app/..%2frenderer-secret%2fx.txt',
    'oxbow://app//etc/passwd',
    'oxbow://app/%2fetc%2fpasswd',
    'oxbow://app/index.html%00.txt',
    'oxbow://app/%E0%A4%A',
    'oxbow://app/link.txt',
    'oxbow://app/out/secret.txt',
    'oxbow://app/assets',
    'oxbow://app/assets/',
    'oxbow://app/missing.js',
    'oxbow://app/retry',
    'oxbow://other/index.html',
    'oxbow://app:80/index.html',
    'oxbow:index.html',
    'file:///etc/passwd',
    'https://app/index.html',
    'nonsense',
  ])('does not serve %s', async (url) => {
    const answer = await get(url)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('No such page.')
  })

  it('answers GET and HEAD only', async () => {
    expect((await get('oxbow://app/', 'HEAD')).status).toBe(200)
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('oxbow://app/', method)).status).toBe(405)
  })

  it('sends its policy with every answer', async () => {
    for (const url of ['oxbow://app/', 'oxbow://app/error', 'oxbow://app/missing', 'oxbow://app/assets/app-1.js']) {
      const { headers } = await get(url)
      expect(headers.get('content-security-policy')).toBe(CSP)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
    const policy = Object.fromEntries(CSP.split('; ').map((line) => [line.split(' ')[0], line.split(' ').slice(1)]))
    expect(policy['default-src']).toEqual(["'none'"])
    expect(policy['script-src']).toEqual(["'self'"])
    expect(policy['connect-src']).toEqual(["'self'"])
    expect(CSP).not.toMatch(/https?:|\*|unsafe-eval/)
  })

  it('has a scheme that is an origin of its own and does not pass the policy by', () => {
    expect(PRIVILEGES.privileges).toMatchObject({ standard: true, secure: true })
    expect(PRIVILEGES.privileges).not.toHaveProperty('bypassCSP')
  })

  it('shows on the error page what went wrong, as text, with the log and the button', async () => {
    const page = await (await get('oxbow://app/error')).text()
    expect(page).toContain('Why &#60;b&#62;')
    expect(page).toContain('/logs/x')
    expect(page).toContain('<a href="oxbow://app/retry">Try again</a>')
    expect(page).not.toMatch(/<script|<b>/)
  })
})
