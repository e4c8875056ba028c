import { expect, test } from 'vitest'
import { hostsIn } from '../../sidecar/policy/commands/hosts-in.ts'

test.each<[string[], string[]]>([
  [['https://example.com/a'], ['example.com']],
  [['x=https://a.example/?u=http://b.example/'], ['a.example']],
  [['"https://a.example" "http://b.example:8080/x"'], ['a.example', 'b.example']],
  [['git@github.com:x/y.git'], ['github.com']],
  [['ada@box:'], ['box']],
  [['git+ssh://git@github.com/x'], ['github.com']],
  [['://example.com', '1://example.com', 'https://', 'a b'], []],
  [['HTTPS://EXAMPLE.com'], ['example.com']],
])('%j names %j', (words, hosts) => {
  expect(hostsIn(words)).toEqual(hosts)
})

test('takes no longer than the words are long, whoever wrote them', () => {
  // Each would take minutes in time that grows with the square.
  for (const piece of ['a.', 'a://', 'a.://', ':', 'a@', '://'])
    expect(hostsIn([piece.repeat(300_000)]).length).toBeLessThan(300_001)
}, 20_000)
