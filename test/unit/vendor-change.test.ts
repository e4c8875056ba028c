import { expect, test } from 'vitest'
import type { Message, Part } from '../../sidecar/contract/index.ts'
import { lossOfChange } from '../../sidecar/kernel/vendor-change.ts'
import { ids } from '../fixtures/log.ts'

const message = (role: 'user' | 'assistant', model: string | undefined, ...parts: Part[]): Message => ({
  id: ids.message(),
  role,
  status: 'complete',
  createdAt: '2026-11-21T12:00:00.000Z',
  parts,
  ...(model !== undefined && { model }),
})
const thought: Part = { type: 'thinking', id: ids.part(), text: 'hm' }
const words: Part = { type: 'text', id: ids.part(), text: 'yes' }
const asked = message('user', undefined, words)

test.each([
  ['a first message', [asked], 'anthropic/claude', undefined],
  ['the same vendor', [asked, message('assistant', 'anthropic/opus', thought, words), asked], 'anthropic/claude', undefined],
  ['nothing was thought', [asked, message('assistant', 'openai/gpt', words), asked], 'anthropic/claude', undefined],
  [
    'another vendor thought',
    [asked, message('assistant', 'openai/gpt', thought, words), asked],
    'anthropic/claude',
    'anthropic/claude gets what openai/gpt said and did, but not what it thought.',
  ],
  [
    'it was said when the vendor changed',
    [asked, message('assistant', 'openai/gpt', thought), asked, message('assistant', 'anthropic/claude', words), asked],
    'anthropic/claude',
    undefined,
  ],
])('%s', (_, messages, ref, loss) => {
  expect(lossOfChange(messages, ref)).toBe(loss)
})
