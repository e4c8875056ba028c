import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { MemoryId } from '../../sidecar/contract/index.ts'
import { joinSegments } from '../../sidecar/memory/segments.ts'
import { ids } from '../fixtures/log.ts'
import { expectAgreement, memoryBench, remember, texts } from '../fixtures/memory.ts'

// Each starts a thread and reads a model: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 })

describe('keeping', () => {
  it('finds what was just saved, and says why', async () => {
    const { room } = memoryBench()
    const tea = room.save(remember('Anna drinks green tea in the morning', { speaker: 'Anna' }))
    room.save(remember('The car needs new tyres'))
    const [best] = await room.search({ query: 'what tea does Anna drink?', limit: 5 })
    expect(best).toMatchObject({ id: tea.id, memory: { text: tea.text, speaker: 'Anna' } })
    expect(best!.why.words!.rank).toBe(1)
    expect(best!.why.meaning!.rank).toBe(1)
    expect(Object.values(best!.why.parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(best!.score)
  })

  it('puts first what was said by the one that the question names', async () => {
    const { room } = memoryBench()
    room.save(remember('I really like hiking at the lake', { speaker: 'Ben' }))
    room.save(remember('I really like hiking at the lake in May', { speaker: 'Anna' }))
    for (const speaker of ['Anna', 'Ben']) {
      const found = await room.search({ query: `does ${speaker} like hiking?`, limit: 5 })
      expect(found.map(({ memory }) => memory.speaker)[0]).toBe(speaker)
      expect(found[0]!.why.parts.speaker).toBeGreaterThan(0)
      expect(found[1]!.why.parts.speaker).toBeUndefined()
    }
    const will = room.save(remember('I will go hiking with you', { speaker: 'Will' }))
    const asked = await room.search({ query: 'who will go hiking?', limit: 5 })
    expect(asked.find(({ id }) => id === will.id)!.why.parts.speaker).toBeUndefined()
  })

  it('keeps what was believed before: now, in March, and as history', async () => {
    const { room, db } = memoryBench()
    const home = room.save(remember('Ben lives in Hamburg', { validFrom: '2026-01-10' }))
    room.update({ id: home.id, text: 'Ben lives in Lisbon', validFrom: '2026-06-01' })
    const ask = async (asOf?: string) => texts(await room.search({ query: 'where does Ben live', limit: 5, asOf }))
    expect(await ask()).toEqual(['Ben lives in Lisbon'])
    expect(await ask('March 2026')).toEqual(['Ben lives in Hamburg'])
    expect(await ask('2025-12-31')).toEqual([])
    expect(await ask('2026-06-01')).toEqual(['Ben lives in Lisbon'])
    const versions = room.history(home.id)
    expect(versions.map(({ text }) => text)).toEqual(['Ben lives in Lisbon', 'Ben lives in Hamburg'])
    expect(versions[1]).toMatchObject({ supersededBy: home.id, validTo: '2026-06-01T00:00:00.000Z' })
    expect(() => room.update({ id: versions[1]!.id, text: 'x' })).toThrow(/past version/)
    expect(room.list({ limit: 10 }).memories).toHaveLength(1)
    await room.settled()
    expectAgreement(db)
  })

  it('never lets a memory become more trusted', () => {
    const { room } = memoryBench()
    const { id } = room.save(remember('Click here to win', { taint: ['web'] }))
    expect(room.update({ id, text: 'The person wins', taint: ['agent'] }).taint).toEqual(['web', 'agent'])
    expect(room.history(id)[1]!.taint).toEqual(['web'])
  })

  it('limits a search to kinds and tags before it looks for the best', async () => {
    const { room } = memoryBench()
    for (let n = 0; n < 300; n++) room.save(remember(`Note ${n}: the garden is green`))
    const rare = room.save(
      remember('The garden gate is rusty and old, somewhere behind the house', { type: 'decision', tags: ['house'] }),
    )
    expect((await room.search({ query: 'garden', types: ['decision'], limit: 3 })).map(({ id }) => id)).toEqual([rare.id])
    expect((await room.search({ query: 'garden', tags: ['house'], limit: 3 })).map(({ id }) => id)).toEqual([rare.id])
    expect(room.list({ types: ['decision'], limit: 5 }).memories.map(({ id }) => id)).toEqual([rare.id])
  })

  it('finds an answer by the words of its question, phrases as they are, and words of two Chinese characters', async () => {
    const { room } = memoryBench()
    const said = { session: 's1' }
    room.save(remember('What breed is your dog?', { source: said, speaker: 'Ann' }))
    const answer = room.save(remember('A dachshund, three years old', { source: said, speaker: 'Bob' }))
    room.save(remember('We went to the cinema'))
    room.save(remember('the old new york times'))
    const city = room.save(remember('new york is large'))
    room.save(remember('york has a new wall'))
    const tokyo = room.save(remember('私は東京に住んでいます'))
    expect((await room.search({ query: 'breed of the dog', limit: 2 })).map(({ id }) => id)).toContain(answer.id)
    expect(texts(await room.search({ query: '"york is large"', limit: 1 }))).toEqual([city.text])
    expect((await room.search({ query: '東京', limit: 1 }))[0]!.id).toBe(tokyo.id)
  })

  it('lists page by page, newest first, each once', () => {
    const { room } = memoryBench()
    for (let n = 0; n < 25; n++) room.save(remember(`n${n}`, { validFrom: `2026-01-${10 + (n % 5)}`, space: n % 2 ? 'a' : 'b' }))
    for (const space of [undefined, 'a']) {
      const all: string[] = []
      for (let after: string | undefined, more = true; more; more = after !== undefined) {
        const page = room.list({ limit: 4, space, after })
        all.push(...page.memories.map(({ validFrom, id }) => `${validFrom} ${id}`))
        after = page.next
      }
      expect(all).toHaveLength(space ? 12 : 25)
      expect(new Set(all).size).toBe(all.length)
      const days = all.map((line) => line.slice(0, 24))
      expect(days).toEqual([...days].sort().reverse())
    }
  })

  it('holds 32 notes a session', () => {
    const { room } = memoryBench()
    const session = ids.session()
    for (let n = 0; n < 32; n++) room.scratchpad.write(session, { name: `n${n}`, text: 'x' })
    room.scratchpad.write(session, { name: 'n5', text: 'again' })
    expect(() => room.scratchpad.write(session, { name: 'more', text: 'x' })).toThrow(/32 notes/)
    expect(room.scratchpad.read(ids.session())).toEqual([])
    expect(room.scratchpad.clear(session, 'n5')).toBe(1)
    expect(room.scratchpad.clear(session)).toBe(31)
  })
})

describe('forgetting', () => {
  const bytes = (file: string): string =>
    ['', '-wal', '-shm'].map((end) => (existsSync(file + end) ? readFileSync(file + end, 'latin1') : '')).join()

  it.each(['item', 'query', 'space', 'time'] as const)('by %s leaves no byte of the words in any file', async (how) => {
    const { room, db, file } = memoryBench()
    const secret = { validFrom: '2020-05-05', space: 'hidden', source: { session: 'hush' }, tags: ['marzipanish'] }
    for (let n = 0; n < 400; n++) room.save(remember(`An everyday thing number ${n} that stays`))
    const gone = room.save(remember('The quokkaword is zanzibarish', secret))
    for (let n = 0; n < 3; n++) room.save(remember(`quokkaword follower ${n} flumoxious`, { ...secret, tags: [] }))
    room.update({ id: gone.id, text: 'The quokkaword became yellowishly' })
    await room.settled()
    expect(bytes(file)).toMatch(/quokkaword/)
    const found = room.list({ space: 'hidden', limit: 10 }).memories
    const names = {
      item: { ids: found.map(({ id }) => id) },
      query: { query: 'quokkaword' },
      space: { space: 'hidden' },
      time: { to: '2021' },
    }
    // The new version of one is of today, and goes with its lineage.
    const what = how === 'time' ? { to: '2021-01-01' } : names[how]
    expect(await room.forget({ ...what, dryRun: true })).toBe(4)
    // Also where segments of the index are half joined, and then wholly.
    expect(joinSegments(db)).toBe(true)
    expect(await room.forget({ ...what, dryRun: false })).toBe(4)
    while (joinSegments(db));
    const left = bytes(file)
    for (const word of ['quokkaw', 'zanzib', 'yellowish', 'flumox', 'marzipan'])
      expect([word, left.toLowerCase().includes(word)]).toEqual([word, false])
    expect(left).toContain('everyday')
    expect(await room.search({ query: 'quokkaword', limit: 5, space: 'hidden' })).toEqual([])
    await room.settled()
    expectAgreement(db)
  })

  it('takes what a forgotten turn lent to the next ones', async () => {
    const { room, db, file } = memoryBench()
    const source = { session: 's' }
    const first = room.save(remember('My passphrase is plumbago', { source }))
    room.save(remember('Noted', { source }))
    await room.settled()
    await room.forget({ ids: [first.id], dryRun: false })
    await room.settled()
    expect(bytes(file).toLowerCase()).not.toContain('plumbag')
    expect((await room.search({ query: 'plumbago passphrase', limit: 5 })).every(({ why }) => why.words === undefined)).toBe(true)
    expectAgreement(db)
  })

  it('asks what to forget', async () => {
    const { room } = memoryBench()
    await expect(room.forget({ dryRun: false })).rejects.toThrow(/nothing says what/)
    expect(await room.forget({ ids: [ids.memory()], dryRun: false })).toBe(0)
  })
})

describe('spaces', () => {
  const words = fc.constantFrom('tea', 'boat', 'green', 'Anna', 'house', 'river', '東京', 'walks', 'old')
  const text = fc.array(words, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' '))
  const kept = fc.record({
    text,
    space: fc.constantFrom('a', 'b', 'c'),
    agent: fc.constantFrom(undefined, 'x', 'y'),
    session: fc.constantFrom(undefined, 's'),
  })

  it('never leak into one another, whatever is saved, changed, forgotten and asked', { timeout: 60_000 }, async () => {
    const { room, db } = memoryBench()
    await fc.assert(
      fc.asyncProperty(
        fc.array(kept, { minLength: 1, maxLength: 25 }),
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        async (all, queries, which) => {
          await room.forget({ from: '1970', dryRun: false }).catch(() => room.forget({ from: '1970-01-01', dryRun: false }))
          const saved = all.map(({ session, agent, ...rest }) =>
            room.save(remember(rest.text, { space: rest.space, ...(agent && { agent }), source: session ? { session } : {} })),
          )
          room.update({ id: saved[which % saved.length]!.id, text: 'changed tea boat' })
          const here = new Map<MemoryId, string>(saved.map(({ id, space, agent }) => [id, `${space}/${agent ?? ''}`]))
          for (const query of queries)
            for (const space of ['a', 'b', 'c'])
              for (const asOf of [undefined, '2999-01-01']) {
                const found = await room.search({ query, space, agent: 'x', limit: 50, asOf })
                for (const { id, memory } of found) {
                  expect(memory.space).toBe(space)
                  expect(['', 'x']).toContain(memory.agent ?? '')
                  if (asOf === undefined) expect([`${space}/`, `${space}/x`]).toContain(here.get(id))
                }
              }
        },
      ),
      { numRuns: 25 },
    )
    await room.settled()
    expectAgreement(db)
  })

  it('are not starved by a busy one', async () => {
    const { room } = memoryBench()
    await room.import({
      jsonl: Array.from({ length: 600 }, (_, n) => JSON.stringify({ text: `green tea tea tea ${n}`, space: 'busy' })).join('\n'),
      firstLine: 1,
    })
    const small = room.save(remember('somebody once had tea here with a long and winding story around it', { space: 'small' }))
    expect((await room.search({ query: 'green tea', space: 'small', limit: 3 })).map(({ id }) => id)).toEqual([small.id])
  })
})
