import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { PolicyRule } from '../../sidecar/contract/index.ts'
import { openRules } from '../../sidecar/policy/index.ts'
import { fileAt, placesNamed } from '../../sidecar/policy/named-file.ts'
import { judgeByRules } from '../../sidecar/policy/rules.ts'
import { temporaryFolder } from '../fixtures/log.ts'

const HOME = '/home/ada'
const WORKSPACE = '/home/ada/project'
const open = () => openRules(join(temporaryFolder(), 'policy.toml'), HOME)

/** The rule as it is kept when it is saved, and when its file is written by hand. */
function kept(rule: PolicyRule): PolicyRule[] {
  const [saved, written] = [open(), open()]
  saved.add(rule)
  const lines = Object.entries(rule).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
  writeFileSync(written.path, `[[rule]]\n${lines.join('\n')}\n`)
  return [saved, written].map((rules) => rules.all(undefined)[0]!.rule)
}

const denies = (rule: PolicyRule, path: string): boolean[] =>
  kept(rule).map((one) => {
    const files = placesNamed({ path }, WORKSPACE).map((place) => fileAt(place, WORKSPACE))
    return judgeByRules([{ rule: one, source: '', index: 0 }], { tool: 'read', workspace: WORKSPACE, files }) !== undefined
  })

describe('a rule on a path means the same however it is spelled', () => {
  test.each([
    ['keys/**'],
    ['./keys/**'],
    ['keys/'],
    ['keys'],
    ['x/../keys//**'],
    ['/home/ada/project/keys/**'],
    ['/home/ada/project/keys'],
    ['~/project/keys/'],
    ['/workspace/keys/**'],
  ])('%s', (path) => {
    for (const scope of [{}, { workspace: WORKSPACE }, { workspace: '~/project/' }]) {
      const rule: PolicyRule = { effect: 'deny', path, ...scope }
      for (const inside of ['keys/a', 'keys/.h/b', 'keys', '/workspace/keys/a', `${WORKSPACE}/keys/a`])
        expect(denies(rule, inside), `${inside} ${JSON.stringify(scope)}`).toEqual([true, true])
      for (const beside of ['keys2/a', 'a/keys', '/etc/keys/a', '../keys/a'])
        expect(denies(rule, beside), beside).toEqual([false, false])
    }
  })

  test('also of files outside', () => {
    expect(denies({ effect: 'deny', path: '~/.ssh/**' }, '/home/ada/.ssh/id_rsa')).toEqual([true, true])
    expect(denies({ effect: 'deny', path: '../other' }, '/home/ada/other/x')).toEqual([true, true])
  })

  test('and what allows covers no hidden files so', () => {
    expect(denies({ effect: 'allow', path: 'docs/' }, 'docs/a/b.md')).toEqual([true, true])
    expect(denies({ effect: 'allow', path: 'docs' }, 'docs/.envrc')).toEqual([false, false])
  })
})

test('a rule on a host is kept in its one spelling', () => {
  const spelled: [given: string, kept: string][] = [
    ['https://Evil.example/', 'evil.example'],
    ['evil.example.', 'evil.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.BÜCHER.example', '*.xn--bcher-kva.example'],
    ['https://evil.example:8443', 'evil.example:8443'],
    ['evil.example:*', 'evil.example'],
    ['0x7f.1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '[::1]'],
    ['[::1]:80', '[::1]:80'],
    ['api-?.Example.com', 'api-?.example.com'],
    ['*', '*'],
  ]
  for (const [given, one] of spelled)
    expect(
      kept({ effect: 'deny', host: given }).map(({ host }) => host),
      given,
    ).toEqual([one, one])
})

test('what stays as it is: programs by their path or in capitals, and tools', () => {
  const rule: PolicyRule = { effect: 'deny', program: '/usr/bin/SSH', tool: 'exec', reason: 'no' }
  expect(kept(rule)).toEqual([rule, rule])
})

describe('what cannot be understood is refused with its place', () => {
  test.each<[Partial<PolicyRule>, RegExp]>([
    [{ path: '+(a|a*)b' }, /path: "\+\(a\|a\*\)b" is no pattern/],
    [{ path: '{keys,se{a,b}}/**' }, /path: .* braces/],
    [{ path: 'a*/../b' }, /path: .* behind a mark/],
    [{ workspace: '@(a)' }, /workspace: /],
    [{ workspace: 'project' }, /workspace: "project" is no absolute folder/],
    [{ session: '!(x)' }, /session: /],
    [{ host: 'https://evil.example/private' }, /host: .* a rule is about a host/],
    [{ host: 'evil.example:99999' }, /host: .* ports go/],
    [{ host: 'a b' }, /host: .* no host is called so/],
    [{ host: '*.10.0.0.1' }, /host: .* nothing lies below/],
  ])('%j', (named, message) => {
    const rules = open()
    expect(() => rules.add({ effect: 'deny', ...named })).toThrow(message)
    expect(() => readFileSync(rules.path)).toThrow()
    const [[key, value]] = Object.entries(named) as [[string, string]]
    writeFileSync(rules.path, `[[rule]]\neffect = "ask"\n[[rule]]\neffect = "deny"\n${key} = ${JSON.stringify(value)}\n`)
    expect(() => rules.all(undefined)).toThrow(new RegExp(`policy\\.toml: rule 2: ${message.source}`))
  })

  test('a path that begins nowhere is when it is saved; a file may be meant for another computer', () => {
    const rules = open()
    expect(() => rules.add({ effect: 'deny', path: '/no-such-root/**' })).toThrow(
      'path: there is no /no-such-root on this computer',
    )
    writeFileSync(rules.path, '[[rule]]\neffect = "deny"\npath = "/no-such-root/**"\n')
    expect(rules.all(undefined)).toHaveLength(1)
  })

  test('so is a rule about who cannot ask yet; a file may be meant for a later Oxbow', () => {
    const rules = open()
    writeFileSync(rules.path, '[[rule]]\neffect = "deny"\nchannel = "telegram"\n')
    expect(() => rules.add({ effect: 'deny', channel: 'telegram' })).toThrow('channel: there are no chat channels yet')
    rules.add({ effect: 'deny', space: 'work' })
    expect(rules.all(undefined)).toHaveLength(2)
  })
})

test('a file is known by its name and by what is behind every link, also where nothing is yet', () => {
  const workspace = temporaryFolder()
  const link = (to: string, name: string): void => symlinkSync(to, join(workspace, name))
  link('keys', 'k')
  link('k', 'k2')
  link('/workspace/keys', 'virtual')
  link(join(workspace, 'keys/new'), 'dangling')
  link('circle', 'circle')
  const names = (path: string): string[] => placesNamed({ path }, workspace).map((place) => fileAt(place, workspace).name)
  expect(names('k2/a/b')).toEqual(['k2/a/b', 'keys/a/b'])
  expect(names('virtual/a')).toEqual(['virtual/a', 'keys/a'])
  expect(names('dangling')).toEqual(['dangling', 'keys/new'])
  expect(names('circle/a')).toEqual(['circle/a'])
  expect(names('keys/a')).toEqual(['keys/a'])
})
