import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { holdsValue } from '../../sidecar/sandbox/egress/known-values.ts'
import { maskBody, maskStream, maskText } from '../../sidecar/sandbox/egress/mask.ts'

const VALUE = 'a/b+c "d" <é> 8f1c2d7e'
const revealed = new Map([
  [VALUE, 'one'],
  [`${VALUE}-and-more`, 'two'],
])
const url = encodeURIComponent(VALUE)
const spellings = [
  VALUE,
  url,
  url.toLowerCase(),
  new URLSearchParams({ VALUE }).toString().split('=')[1]!,
  JSON.stringify(VALUE).slice(1, -1),
  VALUE.replaceAll('/', '\\/').replaceAll('"', '\\u0022').replaceAll('é', '\\u00E9').replaceAll('<', '\\u003c'),
  VALUE.replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  VALUE.replaceAll('"', '&#034;').replaceAll('<', '&#x3C;').replaceAll('>', '&#62;').replaceAll('é', '&#233;'),
  Buffer.from(VALUE).toString('hex'),
  Buffer.from(VALUE).toString('hex').toUpperCase(),
]

it.each(spellings)('a value is found as %s', (spelling) => {
  expect(maskText(`<${spelling}>`, revealed)).toBe('<{{secret:one}}>')
  expect(holdsValue([`x=${spelling}`], [VALUE])).toBe(true)
})

it.each(['base64', 'base64url'] as const)('a value is found in %s, wherever it begins', (encoding) => {
  for (const before of ['', '1', '12', '123']) {
    const masked = maskText(Buffer.from(`${before}${VALUE}.`).toString(encoding), revealed)
    expect(masked).toContain('{{secret:one}}')
    expect(masked.replace('{{secret:one}}', '').length).toBeLessThan(10)
  }
})

it('nothing else is', () => {
  const others = [VALUE.slice(1), VALUE.toUpperCase(), 'a/b', Buffer.from(VALUE).toString('base64').slice(0, 6)]
  for (const other of others) expect(maskText(other, revealed)).toBe(other)
})

it.each([1, 2, 7, 50, 5000])('a body is masked however it flows: %i', async (size) => {
  const stream = maskStream(revealed)
  const said = Buffer.from(`${spellings.join(' | ')} | ${VALUE}-and-more | ${VALUE}-and-less.`)
  const all = text(stream)
  for (let at = 0; at < said.length; at += size) stream.write(said.subarray(at, at + size))
  stream.end()
  expect(await all).toBe(`${spellings.map(() => '{{secret:one}} | ').join('')}{{secret:two}} | {{secret:one}}-and-less.`)
})

it('a body that was cut ends before what may be half a value', () => {
  const body = Buffer.from(`${'.'.repeat(1000)}${VALUE.slice(0, -2)}`)
  expect(maskBody(body, true, revealed).toString()).toMatch(/^\.+$/)
  expect(maskBody(body, false, revealed)).toEqual(body)
})
