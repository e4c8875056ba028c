import { describe, expect, test } from 'vitest'
import { fromMarkdown, fromMem0 } from '../../sidecar/doors/cli/foreign-memories.ts'
import { memoryBench } from '../fixtures/memory.ts'

const NOTE = `---
tags: [garden, "#tea"]
date: 2026-03-04
---
Written in spring.

# Garden
## Plants
- mint, near the wall
  needs water
- [x] camomile

## Soil
It is heavy clay.

\`\`\`
# no heading
\`\`\`
`

describe('notes in markdown', () => {
  test('are read section by section, lists item by item, under their headings', () => {
    const lines = fromMarkdown(NOTE, '/notes/garden.md')
    expect(lines.map(({ text }) => text)).toEqual([
      'Written in spring.',
      'Garden › Plants: mint, near the wall\n  needs water',
      'Garden › Plants: camomile',
      'Garden › Soil: It is heavy clay.\n\n```\n# no heading\n```',
    ])
    for (const line of lines)
      expect(line).toMatchObject({ tags: ['garden', 'tea'], at: '2026-03-04', type: 'knowledge', file: '/notes/garden.md' })
    expect(new Set(lines.map(({ id }) => id)).size).toBe(4)
  })

  test('replace what was read of them before', { timeout: 60_000 }, async () => {
    const { room } = memoryBench()
    const jsonl = fromMarkdown(NOTE, '/notes/garden.md')
      .map((line) => JSON.stringify(line))
      .join('\n')
    expect(await room.import({ jsonl, firstLine: 1 })).toEqual({ saved: 4, replaced: 0 })
    expect(await room.import({ jsonl, firstLine: 1 })).toEqual({ saved: 0, replaced: 4 })
    const [found] = await room.search({ query: 'where does the mint grow', limit: 1 })
    expect(found?.memory).toMatchObject({ tags: ['garden', 'tea'], validFrom: '2026-03-04T00:00:00.000Z' })
  })
})

describe('an export of mem0', () => {
  const memory = {
    id: 'a1',
    memory: 'Likes tea',
    hash: 'x',
    metadata: null,
    created_at: '2024-07-26T10:29:36.630547-07:00',
    updated_at: null,
    user_id: 'anna',
    categories: ['food'],
  }

  test.each([
    ['a list', [memory]],
    ['results', { results: [memory] }],
    ['memories', { memories: [memory], total: 1 }],
  ])(
    'is read as %s',
    async (_, content) => {
      const lines = fromMem0(JSON.stringify(content), 'export.json')
      expect(lines).toEqual([{ id: 'mem0/a1', text: 'Likes tea', type: 'fact', at: memory.created_at, tags: ['food'] }])
      const { room } = memoryBench()
      expect(await room.import({ jsonl: JSON.stringify(lines[0]), firstLine: 1 })).toEqual({ saved: 1, replaced: 0 })
      expect(room.list({ limit: 1 }).memories[0]).toMatchObject({ externalId: 'mem0/a1', validFrom: '2024-07-26T17:29:36.630Z' })
    },
    60_000,
  )

  test('says what is wrong with another file', () => {
    expect(() => fromMem0('{"a": 1}', 'x.json')).toThrow('x.json is no export of mem0')
    expect(() => fromMem0('{', 'x.json')).toThrow('x.json is no JSON')
  })
})
