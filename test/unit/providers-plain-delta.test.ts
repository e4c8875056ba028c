import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainDelta } from '../../sidecar/providers/plain-delta.ts'

const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
const members = fc.dictionary(fc.constantFrom('id', 'object', 'created', 'model', 'usage', 'service_tier', 'error'), scalar)
const delta = fc.oneof(
  fc.record({ content: fc.string({ unit: 'grapheme' }) }),
  fc.record({ role: fc.constant('assistant'), content: fc.string() }),
  fc.record({ content: fc.string(), reasoning: fc.string() }),
  fc.record({ tool_calls: fc.array(fc.record({ index: fc.nat() })) }),
  fc.constant({}),
)
const choice = fc.record({ index: fc.nat(3), delta, logprobs: fc.constant(null), finish_reason: fc.constantFrom(null, 'stop') })

test('what it takes for text is what the chunk says, and nothing else', () => {
  fc.assert(
    fc.property(members, choice, members, (before, one, after) => {
      const chunk = { ...before, choices: [one], ...after }
      const text = plainDelta(JSON.stringify(chunk))
      if (text === undefined) return
      expect(one.delta).toEqual({ content: text })
      expect(one.finish_reason).toBeNull()
      expect('error' in chunk).toBe(false)
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['{"id":"x","choices":[{"index":0,"delta":{"content":"a \\"b\\" \\u00e4\\n"},"finish_reason":null}]}', 'a "b" ä\n'],
  [
    '{"id":"x","choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"q"}',
    '',
  ],
])('reads %s', (data, text) => {
  expect(plainDelta(data)).toBe(text)
})

test.each([
  '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}',
  '{"choices":[{"index":0,"delta":{"content":"a","role":"assistant"},"finish_reason":null}]}',
  '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"usage":{"prompt_tokens":1}}',
  '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"error":"no"}',
  '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null},{"index":1,"delta":{"content":"b"},"finish_reason":null}]}',
  '{"choices":[]}',
  'nonsense',
])('leaves %s to be read as a whole', (data) => {
  expect(plainDelta(data)).toBeUndefined()
})
