import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dream, Memory } from '../../sidecar/contract/index.ts'
import { memoryBench, remember } from '../fixtures/memory.ts'

type Bench = ReturnType<typeof memoryBench>

const dreamOf = (bench: Bench): Promise<Dream> => bench.room.dreams.start({ cause: 'asked' }).ended
const lines = (bench: Bench): Memory[] =>
  bench.room
    .export({ limit: 5000 })
    .jsonl.split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Memory)
const present = (bench: Bench): Memory[] => lines(bench).filter(({ supersededBy }) => supersededBy === undefined)
const texts = (bench: Bench): string[] =>
  present(bench)
    .map(({ text }) => text)
    .sort()

test('what says the same becomes one, with its uses; the other stays as its past version and can be taken back', async () => {
  const bench = memoryBench()
  const first = bench.room.save(remember('The spare key of the boat hangs in the shed', { validFrom: '2026-03-01' }))
  const again = bench.room.save(remember('So the spare key of the boat hangs in the shed!', { validFrom: '2026-05-01' }))
  bench.room.used([again.id], 's1')
  const before = lines(bench)
  const dream = await dreamOf(bench)
  expect(dream.counts).toMatchObject({ duplicates: 1, merged: 1 })
  expect(present(bench).map(({ id }) => id)).toEqual([first.id])
  expect(bench.room.get(first.id).uses).toBe(2)
  expect(bench.room.history(first.id).map(({ id }) => id)).toContain(again.id)
  const { changes } = bench.room.dreams.report(dream.id, 0, 10)
  expect(changes).toMatchObject([{ kind: 'merged', memory: first.id, other: again.id, undoable: true }])
  expect(await bench.room.dreams.undo({ id: dream.id, changes: [changes[0]!.seq] })).toEqual({ undone: 1, kept: 0 })
  expect(lines(bench)).toEqual(before)
  // What a person took back is not done again.
  bench.room.update({ id: again.id, tags: ['boat'] })
  expect((await dreamOf(bench)).counts.merged).toBe(0)
})

test('the newer of two that cannot both hold stays; what was believed before is still known', async () => {
  const bench = memoryBench()
  const older = bench.room.save(remember('I prefer tabs over spaces', { type: 'preference', validFrom: '2026-02-01' }))
  const newer = bench.room.save(remember('I prefer spaces over tabs', { type: 'preference', validFrom: '2026-06-01' }))
  expect((await dreamOf(bench)).counts.superseded).toBe(1)
  expect(present(bench).map(({ id }) => id)).toEqual([newer.id])
  expect(bench.room.get(older.id)).toMatchObject({ supersededBy: newer.id, validTo: newer.validFrom })
})

test('what is protected, and what is trusted more, is left as it is; a stranger adds nothing and hides nothing', async () => {
  const bench = memoryBench()
  const all = [
    remember('I prefer tea over coffee', { type: 'preference', protection: 'low', validFrom: '2026-02-01' }),
    remember('I prefer coffee over tea', { type: 'preference', validFrom: '2026-06-01' }),
    remember('My favourite city is Rome', { type: 'preference', validFrom: '2026-02-01' }),
    remember('My favourite city is Oslo', { type: 'preference', taint: ['web'], validFrom: '2026-06-01' }),
    remember('The invoices go to accounts at Miller', { validFrom: '2026-02-01' }),
    remember('The invoices go to accounts at Miller', { taint: ['web'], validFrom: '2026-06-01' }),
  ]
  for (const one of all) bench.room.save(one)
  const dream = await dreamOf(bench)
  expect(dream.counts).toMatchObject({ merged: 0, superseded: 0 })
  expect(texts(bench)).toEqual(all.map(({ text }) => text).sort())
  expect(bench.room.learning.questions({ limit: 9 }).map(({ kind, text }) => [kind, text])).toEqual([
    ['contradiction', 'I prefer coffee over tea'],
  ])
})

test('a question about two memories is carried out without a third one', async () => {
  for (const [answer, holds] of [
    ['replace', 'I prefer coffee over tea'],
    ['discard', 'I prefer tea over coffee'],
  ] as const) {
    const bench = memoryBench()
    bench.room.save(remember('I prefer tea over coffee', { type: 'preference', protection: 'low', validFrom: '2026-02-01' }))
    bench.room.save(remember('I prefer coffee over tea', { type: 'preference', validFrom: '2026-06-01' }))
    await dreamOf(bench)
    bench.room.learning.answer(bench.room.learning.questions({ limit: 1 })[0]!.id, answer)
    expect(texts(bench)).toEqual([holds])
  }
})

test('secrets go for good, with the digests that rest on them; what a person protected stays theirs', async () => {
  const bench = memoryBench()
  bench.room.save(remember('My password for the router is hunter2correct'))
  bench.room.save(remember('My PIN for the safe is 4711', { protection: 'permanent' }))
  const fixed = bench.room.save(remember('The token is ghp_0123456789abcdefghijklmnopqrstuvwxyzAB'))
  bench.room.update({ id: fixed.id, text: 'The token is kept in the vault' })
  const dream = await dreamOf(bench)
  expect(dream.counts).toMatchObject({ secrets: 3, removed: 2, spared: 1 })
  expect(texts(bench)).toEqual(['My PIN for the safe is 4711', 'The token is kept in the vault'])
  expect(JSON.stringify(lines(bench))).not.toMatch(/hunter2|ghp_/)
})

test('days are summed up, of days weeks, months and all; a forgotten source takes its digests with it', async () => {
  const bench = memoryBench()
  for (let day = 1; day <= 28; day++)
    for (const what of ['planted tulips', 'repaired the fence', 'called the bank', 'cooked soup'])
      bench.room.save(
        remember(`On that morning somebody ${what} number ${day}${what.length}`, {
          type: 'episode',
          validFrom: `2026-05-${String(day).padStart(2, '0')}`,
        }),
      )
  const dream = await dreamOf(bench)
  const digests = present(bench).filter(({ tags }) => tags.includes('digest'))
  const of = (level: string): number => digests.filter(({ tags }) => tags.includes(level)).length
  expect([of('day'), of('week'), of('month'), of('all')]).toEqual([28, 5, 1, 1])
  expect(dream.counts.digested).toBe(digests.length)
  expect(digests.every(({ taint }) => taint.includes('agent'))).toBe(true)
  // Another dream has nothing to do.
  expect((await dreamOf(bench)).counts.digested).toBe(0)
  const [source] = present(bench).filter(({ text }) => text.includes('tulips'))
  await bench.room.forget({ ids: [source!.id], dryRun: false })
  expect(present(bench).filter(({ tags }) => tags.includes('digest')).length).toBeLessThanOrEqual(digests.length - 4)
})

test('what happens again and again becomes knowledge that rests on its episodes', async () => {
  const bench = memoryBench()
  for (const day of ['2026-05-04', '2026-05-11', '2026-05-18'])
    bench.room.save(
      remember('The nightly backup of the archive server failed with a full disk', { type: 'episode', validFrom: day }),
    )
  expect((await dreamOf(bench)).counts).toMatchObject({ repeated: 1, generalised: 1 })
  const [knowledge] = present(bench).filter(({ type }) => type === 'knowledge')
  expect(knowledge).toMatchObject({
    taint: ['agent'],
    text: expect.stringContaining('3 times from 2026-05-04 to 2026-05-18') as string,
  })
  expect((await dreamOf(bench)).counts.generalised).toBe(0)
})

test('memories that a person merges become one; the rest are its past versions, and it is taken back', () => {
  const bench = memoryBench()
  const { room } = bench
  const save = (text: string, more = {}) => room.save(remember(text, { validFrom: '2026-05-01', ...more })).id
  const [tea, green, cup] = [
    save('I drink tea', { tags: ['drinks'] }),
    save('I drink green tea', { tags: ['tea'], importance: 0.9, taint: ['agent'] }),
    save('My cup is blue'),
  ]
  const before = lines(bench)
  const proposed = room.dreams.propose([green!, tea!, cup!])
  expect(proposed).toMatchObject({ memory: { id: tea }, text: 'I drink green tea. My cup is blue' })
  expect(lines(bench)).toEqual(before)
  const { id, memory } = room.dreams.merge([green!, tea!, cup!])
  expect(room.get(memory)).toMatchObject({
    id: tea,
    text: proposed.text,
    tags: ['drinks', 'tea'],
    importance: 0.9,
    taint: ['agent'],
  })
  expect(room.list({ limit: 10 }).memories).toHaveLength(1)
  expect(room.history(tea!).map(({ text }) => text)).toEqual(
    expect.arrayContaining(['I drink tea', 'I drink green tea', 'My cup is blue']),
  )
  return room.dreams.undo({ id }).then(({ kept }) => {
    expect(kept).toBe(0)
    expect(lines(bench)).toEqual(before)
    const own = room.dreams.merge([tea!, cup!], 'Tea from the blue cup')
    expect(room.get(own.memory).text).toBe('Tea from the blue cup')
  })
})

test('what belongs apart is not merged', () => {
  const { room } = memoryBench()
  const main = room.save(remember('I drink tea')).id
  const work = room.save(remember('I drink tea', { space: 'work' })).id
  const newer = room.update({ id: main, text: 'I drink coffee' })
  const [, past] = room.history(newer.id)
  const problem = (ids: string[]): string => {
    try {
      room.dreams.merge(ids)
      return ''
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  expect(problem([main, work])).toBe('memory.apart')
  expect(problem([main, past!.id])).toBe('memory.past')
  expect(problem([main])).toBe('memory.apart')
})

const SPACES = ['main', 'work', 'home']
const said = fc.record({
  space: fc.constantFrom(...SPACES),
  what: fc.constantFrom('colour', 'city', 'soup'),
  value: fc.constantFrom('amber', 'Oslo', 'borscht', 'teal'),
  agent: fc.constantFrom(undefined, 'cook'),
  labels: fc.constantFrom<string[]>([], ['web'], ['agent']),
  day: fc.integer({ min: 1, max: 28 }),
})

test('whatever is dreamed, no space or agent reaches another, no label is lost, and taking it back restores every memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(said, { minLength: 2, maxLength: 24 }), async (all) => {
      const bench = memoryBench()
      for (const { space, what, value, agent, labels, day } of all)
        bench.room.save(
          remember(`My favourite ${what} is ${value}`, {
            space,
            type: 'preference',
            taint: labels,
            validFrom: `2026-05-${String(day).padStart(2, '0')}`,
            ...(agent !== undefined && { agent }),
          }),
        )
      const before = lines(bench)
      const whose = new Map(before.map(({ id, space, agent }) => [id, `${space} ${agent}`]))
      const dream = await dreamOf(bench)
      for (const memory of lines(bench)) {
        if (memory.supersededBy) expect(whose.get(memory.id)).toBe(whose.get(memory.supersededBy))
        if (whose.has(memory.id)) expect(`${memory.space} ${memory.agent}`).toBe(whose.get(memory.id))
        // A stranger's word is never among the versions of a trusted one.
        if (memory.supersededBy)
          expect(memory.taint.includes('web')).toBe(bench.room.get(memory.supersededBy).taint.includes('web'))
      }
      const { kept } = await bench.room.dreams.undo({ id: dream.id })
      expect(kept).toBe(0)
      expect(lines(bench)).toEqual(before)
      await bench.room.close()
    }),
    { numRuns: Number(process.env.OXBOW_RUNS ?? 8), endOnFailure: true },
  )
}, 120_000)
