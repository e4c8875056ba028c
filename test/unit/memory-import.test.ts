import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromMarkdown, fromMem0 } from '../../sidecar/doors/cli/foreign-memories.ts'
import { memoryBench, remember } from '../fixtures/memory.ts'

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
    expect(await room.import({ jsonl, firstLine: 1 })).toMatchObject({ saved: 4, replaced: 0 })
    expect(await room.import({ jsonl, firstLine: 1 })).toMatchObject({ saved: 0, replaced: 4 })
    const [found] = await room.search({ query: 'where does the mint grow', limit: 1 })
    expect(found?.memory).toMatchObject({ tags: ['garden', 'tea'], validFrom: '2026-03-04T00:00:00.000Z' })
  })
})

describe('a note that was changed', () => {
  test('is read as it is now: what it no longer says is forgotten, but for what a person protected', {
    timeout: 60_000,
  }, async () => {
    const { room } = memoryBench()
    const read = async (content: string, file = '/notes/garden.md') => {
      const jsonl = fromMarkdown(content, file)
        .map((line) => JSON.stringify(line))
        .join('\n')
      const { begunAt } = await room.import({ jsonl, firstLine: 1 })
      return room.import({ jsonl: '', firstLine: 1, notes: { files: [file], since: begunAt } })
    }
    const texts = () => room.list({ limit: 100 }).memories.map(({ text }) => text)
    await read('# Garden\nMint grows here.\n# Shed\nIt is green.\n# Pond\nIt is deep.\n')
    await read('# Garden\nOf another note.\n', '/notes/other.md')
    room.save(remember('said of the note', { source: { file: '/notes/garden.md' } }))
    const pond = room.list({ limit: 100 }).memories.find(({ text }) => text.startsWith('Pond'))!
    room.update({ id: pond.id, protection: 'low' })
    expect(await read('# Garden\nSage grows here.\n')).toMatchObject({ removed: 1 })
    expect(texts().toSorted()).toEqual([
      'Garden: Of another note.',
      'Garden: Sage grows here.',
      'Pond: It is deep.',
      'said of the note',
    ])
    expect(await read('')).toMatchObject({ removed: 1 })
    expect(texts()).not.toContain('Garden: Sage grows here.')
  })
})

const DAY = fc.integer({ min: 1, max: 20 }).map((day) => `2026-05-${String(day).padStart(2, '0')}`)
const kept = fc.record({
  text: fc.constantFrom('tulips', 'the fence', 'a pump', 'the shed').map((what) => `In the garden they saw to ${what} again`),
  day: DAY,
  space: fc.constantFrom('main', 'work'),
  tag: fc.constantFrom('garden', 'work'),
})

test('what is exported comes back whole: past versions, digests and what they rest on', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(kept, { minLength: 6, maxLength: 30 }), async (all) => {
      const first = memoryBench()
      for (const [at, { text, day, space, tag }] of all.entries()) {
        const saved = first.room.save(remember(`${text}, ${at}`, { type: 'episode', validFrom: day, space, tags: [tag] }))
        if (at % 5 === 0) first.room.update({ id: saved.id, text: `${text}, corrected ${at}` })
      }
      await first.room.dreams.start({ cause: 'asked' }).ended
      const { jsonl } = first.room.export({ limit: 5000 })
      const second = memoryBench()
      await second.room.import({ jsonl, firstLine: 1 })
      const sorted = (text: string): string[] => text.trim().split('\n').toSorted()
      expect(sorted(second.room.export({ limit: 5000 }).jsonl)).toEqual(sorted(jsonl))
      // A digest goes with what it was made of, there as here.
      const rested = sorted(jsonl)
        .map((line) => JSON.parse(line) as { rests?: string[] })
        .find(({ rests }) => rests)
      if (rested) {
        const ids = [rested.rests![0]!] as never[]
        expect(await second.room.forget({ ids, dryRun: true })).toBe(await first.room.forget({ ids, dryRun: true }))
        expect(await second.room.forget({ ids, dryRun: true })).toBeGreaterThan(1)
      }
      await first.room.close()
      await second.room.close()
    }),
    { numRuns: Number(process.env.OXBOW_RUNS ?? 3), endOnFailure: true },
  )
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
      expect(await room.import({ jsonl: JSON.stringify(lines[0]), firstLine: 1 })).toMatchObject({ saved: 1, replaced: 0 })
      expect(room.list({ limit: 1 }).memories[0]).toMatchObject({ externalId: 'mem0/a1', validFrom: '2024-07-26T17:29:36.630Z' })
    },
    60_000,
  )

  test('says what is wrong with another file', () => {
    expect(() => fromMem0('{"a": 1}', 'x.json')).toThrow('x.json is no export of mem0')
    expect(() => fromMem0('{', 'x.json')).toThrow('x.json is no JSON')
  })
})
