import { describe, expect, it, vi } from 'vitest'
import { expectAgreement, memoryBench, remember } from '../fixtures/memory.ts'

// Each starts a thread and reads a model: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 })

describe('import and export', () => {
  const lines = [
    { id: 'a1', space: 'talk', session: 's1', at: '1:56 pm on 8 May, 2023', speaker: 'Ann', text: 'I have a dog' },
    {
      id: 'a2',
      space: 'talk',
      session: 's1',
      at: '1:57 pm on 8 May, 2023',
      speaker: 'Bob',
      text: 'And I a cat',
      type: 'episode',
      tags: ['pets'],
    },
    { text: 'water boils at 100 degrees' },
  ]
  const jsonl = lines.map((line) => JSON.stringify(line)).join('\n')

  it('keeps foreign ids, and doing it again changes nothing', async () => {
    const { room, db } = memoryBench()
    expect(await room.import({ jsonl, firstLine: 1 })).toMatchObject({ saved: 3, replaced: 0, removed: 0 })
    expect(
      await room.import({
        jsonl: lines
          .slice(0, 2)
          .map((line) => JSON.stringify(line))
          .join('\n'),
        firstLine: 1,
      }),
    ).toMatchObject({ saved: 0, replaced: 2, removed: 0 })
    const [found] = await room.search({ query: 'who has a cat', space: 'talk', limit: 1 })
    expect(found).toMatchObject({
      externalId: 'a2',
      sessionId: 's1',
      memory: { validFrom: '2023-05-08T13:57:00.000Z', tags: ['pets'] },
    })
    expect((await room.stats()).memories).toBe(3)
    expectAgreement(db)
  })

  it('round-trips, past versions and all', async () => {
    const { room } = memoryBench()
    await room.import({ jsonl, firstLine: 1 })
    const saved = room.save(
      remember('old words', {
        pinned: true,
        protection: 'high',
        agent: 'x',
        taint: ['web'],
        source: { file: '/a', person: 'p' },
      }),
    )
    room.update({ id: saved.id, text: 'new words' })
    const all = (from: typeof room): string => from.export({ limit: 1000 }).jsonl
    const other = memoryBench().room
    await other.import({ jsonl: all(room), firstLine: 1 })
    const sorted = (text: string): string[] => text.trim().split('\n').sort()
    expect(sorted(all(other))).toEqual(sorted(all(room)))
    expect(other.history(saved.id).map(({ text }) => text)).toEqual(['new words', 'old words'])
    let pages = ''
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = room.export({ limit: 2, after })
      pages += page.jsonl
      after = page.next
    }
    expect(pages).toBe(all(room))
  })

  it.each([
    ['{"text": "a"}\n{"txt": "b"}', /line 12 has an unknown field "txt"/, /Did you mean "text"/],
    ['{"text": ""}', /line 11 has a wrong "text"/, /text/],
    ['\n{"text": "a", "at": "once"}', /line 12 has a wrong "at"/, /2026-05-01/],
    ['{"text": ', /line 11 is no JSON/, /one object/],
    ['[1]', /line 11 is no object/, /text/],
    ['{"text": "a", "type": "wish"}', /line 11 has a wrong "type"/, /text/],
  ])('says what is wrong in %j, and saves nothing', async (bad, message, hint) => {
    const { room } = memoryBench()
    const error = await room.import({ jsonl: bad, firstLine: 11 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'memory.line',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
    expect(room.list({ limit: 5 }).memories).toEqual([])
  })
})
