import { describe, expect, it } from 'vitest'
import { externalLink } from '../../main/links.ts'
import { hasDisplay } from '../../main/open-browser.ts'
import { originOf, pageOrigin } from '../../main/security.ts'

describe('external links', () => {
  it.each([
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['http://127.0.0.1:4200/', 'http://127.0.0.1:4200/'],
    ['  HTTPS://Example.org ', 'https://example.org/'],
    ['mailto:a@example.org?subject=x', 'mailto:a@example.org?subject=x'],
  ])('opens %s', (link, normal) => expect(externalLink(link)).toBe(normal))

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'oxbow://app/retry',
    'smb://host/share',
    'vscode://x',
    'ms-msdt:/id',
    '/etc/passwd',
    'example.org',
    '',
    `https://example.org/${'a'.repeat(9000)}`,
    null,
    undefined,
    7,
    { toString: () => 'https://example.org' },
    ['https://example.org'],
  ])('refuses %s', (link) => expect(externalLink(link)).toBeNull())
})

describe('page origin', () => {
  it.each([
    [undefined, false, 'oxbow://app'],
    ['http://localhost:5173', false, 'http://localhost:5173'],
    ['http://127.0.0.1:5173/', false, 'http://127.0.0.1:5173'],
    ['http://localhost:5173', true, 'oxbow://app'],
    ['https://example.org', false, 'oxbow://app'],
    ['http://localhost.example.org', false, 'oxbow://app'],
    ['file:///x', false, 'oxbow://app'],
    ['nonsense', false, 'oxbow://app'],
  ])('of %s, packaged %s, is %s', (url, packaged, origin) => expect(pageOrigin(url, packaged)).toBe(origin))

  it.each([
    ['oxbow://app/x', 'oxbow://app'],
    ['oxbow://app', 'oxbow://app'],
    ['oxbow://app.evil/x', 'oxbow://app.evil'],
    ['https://app/', 'https://app'],
    ['about:blank', null],
    ['', null],
    [undefined, null],
  ])('reads %s as %s', (url, origin) => expect(originOf(url)).toBe(origin))
})

describe('display', () => {
  it.each([
    ['linux', {}, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['darwin', {}, true],
    ['darwin', { SSH_CONNECTION: '1 2 3 4' }, false],
  ] as const)('on %s with %o: %s', (platform, env, there) => expect(hasDisplay(platform, env)).toBe(there))
})
