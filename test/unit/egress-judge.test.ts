import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type AllowList,
  covers,
  EgressRefusal,
  judgeAddresses,
  judgeRequest,
  judgeTarget,
  reachOf,
  readAuthority,
  readHost,
  readHostRule,
  readUrl,
  writeHostRule,
} from '../../sidecar/policy/egress/index.ts'
import { deniedHost } from '../../sidecar/policy/index.ts'
import { ANSWERS, URLS } from '../fixtures/ssrf.ts'

const list = (allowed: string[], within?: string[]): AllowList => ({
  allowed: allowed.map(readHostRule),
  ...(within && { within: within.map(readHostRule) }),
})
const USUAL = list(['example.com', '*.good.test', 'localhost:11434'])

/** The code of the refusal, without its room; undefined where it may go out. */
function refusal(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(EgressRefusal)
    return (error as EgressRefusal).code.replace('egress.', '')
  }
}

const judgeUrl = (url: string, allowed = USUAL): string | undefined => refusal(() => judgeTarget(readUrl(url), allowed))

describe('what leads inside', () => {
  test.each(URLS)('%j is refused: %s', (url, codes) => {
    expect(codes.split('|')).toContain(judgeUrl(url))
  })

  test.each(ANSWERS.map((addresses) => [addresses]))('a name that leads to %j is refused', (addresses) => {
    const target = { host: readHost('name.good.test'), port: 80 }
    judgeTarget(target, USUAL)
    expect(refusal(() => judgeAddresses(target, addresses, USUAL))).toBe('address')
  })

  it('is more than 80 ways', () => expect(URLS.length + ANSWERS.length).toBeGreaterThan(80))
})

test.each([
  ['http://example.com/'],
  ['https://EXAMPLE.com./path?query#piece'],
  ['http://example.com:443/'],
  ['https://a.good.test/'],
  ['https://a.b.good.test/'],
  ['http://localhost:11434/api/tags'],
])('%s may go out', (url) => expect(judgeUrl(url)).toBeUndefined())

test('what a rule forbids is not reached, whatever is allowed: by its name, or by an address it leads to', () => {
  const rules = ['deny.good.test', '*.below.good.test', '93.184.215.14', 'localhost:11434'].map((host, index) => ({
    rule: { effect: 'deny' as const, host },
    source: 'policy.toml',
    index,
  }))
  const of = { workspace: '/work', tool: 'exec' }
  const guarded = { ...USUAL, denied: (name: string, port: number) => deniedHost(rules, of, { name, port }) }
  const refused = ['http://DENY.good.test./', 'https://a.below.good.test/', 'http://localhost.:11434/']
  for (const url of refused) expect(judgeUrl(url, guarded), url).toBe('rule')
  for (const url of ['http://good.good.test/', 'http://below.good.test/']) expect(judgeUrl(url, guarded), url).toBeUndefined()
  const target = { host: readHost('example.com'), port: 443 }
  expect(refusal(() => judgeAddresses(target, ['93.184.215.15', '93.184.215.14'], guarded))).toBe('rule')
  expect(refusal(() => judgeAddresses(target, ['93.184.215.15'], guarded))).toBeUndefined()
  const others = rules.map((placed) => ({ ...placed, rule: { ...placed.rule, tool: 'web_fetch' } }))
  expect(deniedHost(others, of, { name: 'deny.good.test', port: 80 })).toBeUndefined()
  expect(deniedHost(others, { ...of, tool: 'web_fetch' }, { name: 'deny.good.test', port: 80 })).toBe(
    'rule 0 of policy.toml forbids it',
  )
})

test('a name that is allowed goes to public addresses only, all of them', () => {
  const target = { host: readHost('example.com'), port: 443 }
  const addresses = ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '64:ff9b::5db8:d70e']
  expect(judgeAddresses(target, addresses, USUAL)).toEqual(addresses)
})

describe('a service on this computer or its networks', () => {
  const cases: [allowed: string[], url: string, yes: boolean][] = [
    [['localhost'], 'http://localhost/', false],
    [['localhost:8080'], 'http://localhost:8080/', true],
    [['localhost:8080'], 'http://127.0.0.1:8080/', false],
    [['127.0.0.1:8080'], 'http://127.0.0.1:8080/', true],
    [['127.0.0.1'], 'http://127.0.0.1/', false],
    [['127.0.0.1:*'], 'http://127.0.0.1:9/', true],
    [['[::1]:8080'], 'http://[::1]:8080/', true],
    [['192.168.1.5:443'], 'https://192.168.1.5/', true],
    [['192.168.1.5:443'], 'https://192.168.1.6/', false],
    [['169.254.169.254:80'], 'http://169.254.169.254/', false],
    [['[fd00:ec2::254]:80'], 'http://[fd00:ec2::254]/', false],
    [['0.0.0.0:80'], 'http://0.0.0.0/', false],
    [['*.localhost:80'], 'http://a.localhost/', false],
  ]
  test.each(cases)('with %j allowed, %s: %s', (allowed, url, yes) => {
    let rules: AllowList
    try {
      rules = list(allowed)
    } catch {
      expect(yes).toBe(false)
      return
    }
    expect(judgeUrl(url, rules) === undefined).toBe(yes)
  })

  it('is reached by a name only where its address was named as well', () => {
    const target = { host: readHost('git.good.test'), port: 443 }
    const inside = ['10.1.2.3']
    expect(refusal(() => judgeAddresses(target, inside, list(['git.good.test'])))).toBe('address')
    expect(judgeAddresses(target, inside, list(['git.good.test', '10.1.2.3:443']))).toEqual(inside)
    expect(refusal(() => judgeAddresses(target, inside, list(['git.good.test', '10.1.2.3:80'])))).toBe('address')
    expect(refusal(() => judgeAddresses(target, ['127.0.0.1'], list(['git.good.test', 'localhost:443'])))).toBe('address')
  })
})

test('a workspace leaves less, never more, and cannot be asked past', () => {
  expect(judgeUrl('http://example.com/', list(['example.com'], []))).toBe('workspace')
  expect(judgeUrl('http://example.com/', list(['example.com'], ['other.test']))).toBe('workspace')
  expect(judgeUrl('http://example.com/', list([], ['example.com']))).toBe('host')
  expect(judgeUrl('http://example.com/', list(['example.com'], ['example.com']))).toBeUndefined()
  try {
    judgeTarget(readUrl('http://example.com/'), list(['example.com'], []))
  } catch (error) {
    expect((error as EgressRefusal).askable).toBe(false)
  }
})

test('what a yes would let through says so', () => {
  const askable = (url: string): boolean | undefined => {
    try {
      judgeTarget(readUrl(url), USUAL)
    } catch (error) {
      return (error as EgressRefusal).askable
    }
    return undefined
  }
  expect(askable('https://api.example.org/')).toBe(true)
  expect(askable('https://example.com:8443/')).toBe(true)
  expect(askable('http://192.168.1.1/')).toBe(true)
  expect(askable('http://169.254.169.254/')).toBe(false)
  expect(askable('http://example.com/')).toBeUndefined()
})

test.each([
  'example.com',
  '*.example.com',
  'example.com:8443',
  'localhost:11434',
  '[::1]:80',
  '10.0.0.5:*',
  'xn--bcher-kva.example',
  'GET example.com',
  'GET,HEAD *.example.com:8443',
])('the rule %s reads and writes as itself', (rule) => expect(writeHostRule(readHostRule(rule))).toBe(rule))

test.each([
  '',
  '*',
  '*.',
  '*.com',
  'http://example.com',
  'example.com/x',
  '*.1.2.3.4',
  'example.com:0',
  'example.com:70000',
  'a b',
  '::1:80',
  'ex*mple.com',
  '127.1',
  'user@example.com',
  'GET, example.com',
  'CONNECT example.com',
  'GET HEAD example.com',
])('the rule %j is none', (rule) => expect(() => readHostRule(rule)).toThrow(/names no host/))

test.each(['CONNECT', 'TRACE', 'TRACK', 'get', 'DEBUG', ''])('the method %j is not let out', (method) => {
  expect(refusal(() => judgeRequest({ method }, { host: readHost('example.com'), port: 80 }, USUAL))).toBe('method')
})

describe('where rules name methods', () => {
  const may = (method: string, url: string, rules: AllowList, headers = {}): string | undefined =>
    refusal(() => judgeRequest({ method, headers }, readUrl(url), rules))

  test.each<[rules: [string[], string[]?], yes: string[], no: string[]]>([
    [[['GET,HEAD example.com']], ['GET', 'HEAD'], ['POST', 'DELETE', 'OPTIONS']],
    [[['GET example.com', 'POST *.example.com', 'POST example.com:443']], ['GET', 'POST'], ['PUT']],
    [[['GET example.com', 'example.com:443']], ['GET', 'POST'], ['TRACE']],
    [[['GET example.com', 'example.com:8443']], ['GET'], ['POST']],
    [[['example.com'], ['GET example.com']], ['GET'], ['POST']],
    [[['GET,POST example.com'], ['POST,PUT example.com']], ['POST'], ['GET', 'PUT']],
    [[['GET example.com'], ['POST example.com']], [], ['GET', 'POST']],
  ])('%j lets out %j and not %j', ([allowed, within], yes, no) => {
    const rules = list(allowed, within)
    for (const method of yes) expect(may(method, 'https://example.com/', rules)).toBeUndefined()
    for (const method of no) expect(may(method, 'https://example.com/', rules)).toBe('method')
  })

  it('counts for a local service by the rule that names its port', () => {
    const rules = list(['localhost', 'GET localhost:80'])
    expect(may('GET', 'http://localhost/', rules)).toBeUndefined()
    expect(may('POST', 'http://localhost/', rules)).toBe('method')
  })

  it('lets no header make it another method', () => {
    const rules = list(['GET example.com', 'other.test'])
    for (const name of ['X-HTTP-Method-Override', 'x-http-method', 'X-Method-Override']) {
      expect(may('GET', 'https://example.com/', rules, { [name]: 'delete' })).toBe('method')
      expect(may('GET', 'https://example.com/', rules, { [name]: 'get' })).toBeUndefined()
      expect(may('GET', 'https://other.test/', rules, { [name]: 'delete' })).toBeUndefined()
    }
  })
})

test.each([
  'example.com',
  'example.com:',
  'example.com:0',
  'example.com:99999',
  'example.com:80:80',
  'a@b:80',
  '::1:80',
  '[::1',
  ':80',
  'exam\0ple.com:80',
  'example.com\r\n:80',
])('CONNECT %j is refused', (authority) => expect(refusal(() => readAuthority(authority))).toBe('name'))

describe('whatever comes', () => {
  const port = fc.integer({ min: 1, max: 65_535 })

  it('a host is read to itself again, or refused', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.webAuthority(), fc.ipV4Extended(), fc.ipV6(), fc.domain())
    fc.assert(
      fc.property(text, (raw) => {
        let host: ReturnType<typeof readHost>
        try {
          host = readHost(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(EgressRefusal)
          return
        }
        expect(readHost(host.name)).toEqual(host)
        expect(host.name).toMatch(/^[a-z0-9._:-]+$/)
      }),
      { numRuns: 1000 },
    )
  })

  it('a URL leads where its host says, or is refused', () => {
    const text = fc.oneof(
      fc.webUrl({
        authoritySettings: { withIPv4: true, withIPv4Extended: true, withIPv6: true, withPort: true, withUserInfo: true },
      }),
      fc
        .tuple(fc.constantFrom('http://', 'https:', '//', 'HTTP://'), fc.string({ unit: 'grapheme' }))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (raw) => {
        try {
          const { url, host, port } = readUrl(raw)
          expect(readHost(url.hostname)).toEqual(host)
          expect(url.username + url.password).toBe('')
          expect(port).toBeGreaterThanOrEqual(0)
        } catch (error) {
          expect(error).toBeInstanceOf(EgressRefusal)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('nothing gets by an empty list', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.domain(),
          fc.ipV4(),
          fc.ipV6().map((address) => `[${address}]`),
        ),
        port,
        (name, number) => {
          expect(refusal(() => judgeTarget({ host: readHost(name), port: number }, list([])))).toBeDefined()
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('a private address inside any form of an IPv6 one is not public', () => {
    const inside = fc.constantFrom('7f00:1', 'a00:1', 'c0a8:101', 'ac10:1', 'a9fe:a9fe', '6440:1')
    const forms = fc.constantFrom('::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::', '2606:4700::5efe:', '2001:0:1:2:3:4:')
    fc.assert(
      fc.property(forms, inside, (form, address) => {
        expect(reachOf(form + address)).not.toBe('public')
      }),
    )
  })

  it('a rule covers only what it names', () => {
    fc.assert(
      fc.property(fc.domain(), fc.domain(), port, (one, other, number) => {
        fc.pre(one.toLowerCase() !== other.toLowerCase())
        expect(covers(readHostRule(one), readHost(other), number)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})
