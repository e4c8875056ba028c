import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MEMORY_TYPES, RETENTION_DAYS } from '../../sidecar/contract/index.ts'
import { curveOf, FADED, halfLifeOf, strengthAt, type Traces } from '../../sidecar/memory/strength/curve.ts'
import { memoryBench, remember } from '../fixtures/memory.ts'

const DAY_MS = 86_400_000
const BEGIN = '2026-01-01T00:00:00.000Z'
const later = (days: number): string => new Date(Date.parse(BEGIN) + days * DAY_MS).toISOString()
const traces = (more: Partial<Traces> = {}): Traces => ({
  type: 'fact',
  importance: 0.5,
  protection: 'none',
  pinned: false,
  since: BEGIN,
  uses: 0,
  sessions: 0,
  ...more,
})
const at = (days: number, more: Partial<Traces> = {}): number => strengthAt(traces(more), later(days), RETENTION_DAYS)

describe('strength', () => {
  it.each(MEMORY_TYPES)('of a %s that is never of use fades in just the days it is to be kept', (type) => {
    const days = RETENTION_DAYS[type]
    expect(at(0, { type })).toBe(1)
    expect(at(days, { type })).toBeCloseTo(FADED, 6)
    expect(at(days - 1, { type })).toBeGreaterThan(FADED)
    expect(at(halfLifeOf(type, RETENTION_DAYS), { type })).toBeCloseTo(0.5, 6)
  })

  it('keeps a fact for 90 days by default, and for as long as the person sets', () => {
    expect(RETENTION_DAYS.fact).toBe(90)
    expect(strengthAt(traces(), later(30), { ...RETENTION_DAYS, fact: 30 })).toBeCloseTo(FADED, 6)
  })

  it('lasts longer for what was of use, in several sessions, matters, or is protected; what is pinned stays', () => {
    const used = { uses: 3, lastUsedAt: later(10) }
    expect(at(60, used)).toBeGreaterThan(at(60))
    expect(at(60, { ...used, sessions: 3 })).toBeGreaterThan(at(60, used))
    expect(at(60, { importance: 0.9 })).toBeGreaterThan(at(60))
    expect(at(60, { protection: 'medium' })).toBeGreaterThan(at(60, { protection: 'low' }))
    expect(at(9999, { protection: 'permanent' })).toBe(1)
    expect(at(9999, { pinned: true })).toBe(1)
  })

  it('only falls while nothing happens, and is between 1 and 0', () => {
    fc.assert(
      fc.property(
        fc.record({
          type: fc.constantFrom(...MEMORY_TYPES),
          importance: fc.double({ min: 0, max: 1, noNaN: true }),
          uses: fc.nat(100),
          sessions: fc.nat(20),
        }),
        fc.array(fc.nat(2000), { minLength: 2, maxLength: 10 }),
        (more, days) => {
          const strengths = days
            .toSorted((a, b) => a - b)
            .map((day) => at(day, { ...more, lastUsedAt: more.uses > 0 ? BEGIN : undefined }))
          for (const [index, strength] of strengths.entries()) {
            expect(strength).toBeGreaterThanOrEqual(0)
            expect(strength).toBeLessThanOrEqual(strengths[index - 1] ?? 1)
          }
        },
      ),
    )
  })

  it('over time shows each use', () => {
    const uses = [{ at: later(40), session: 's1' }]
    const curve = curveOf(
      traces({ uses: 1, lastUsedAt: later(40), sessions: 1 }),
      uses,
      { from: BEGIN, to: later(80), points: 81 },
      RETENTION_DAYS,
    )
    expect(curve).toHaveLength(81)
    expect(curve[39]!.strength).toBeCloseTo(at(39))
    expect(curve[40]!.strength).toBe(1)
    expect(curve[80]!.strength).toBeGreaterThan(at(80))
  })
})

describe('tiers', () => {
  /** A room whose clock is moved by hand. */
  const aging = () => {
    let now = BEGIN
    const bench = memoryBench({ clock: { iso: () => now, ms: () => 0 } })
    return { ...bench, pass: (days: number) => (now = later(days)) }
  }
  const LONG =
    'The quarterly report of the house is written by the committee, and it is sent to everybody in the valley before the snow falls again.'

  it('compress what has faded, find it all the same, and bring it back with its use', async () => {
    const { room, db, pass } = aging()
    const old = room.save(remember(LONG, { tags: ['winter'] }))
    const kept = room.save(remember(`Always: ${LONG}`, { protection: 'permanent' }))
    const packed = () =>
      db
        .prepare<[], { id: string }>('SELECT id FROM memories WHERE packed IS NOT NULL')
        .all()
        .map(({ id }) => id)
    expect(room.standing([old])[0]!.standing).toMatchObject({ tier: 'hot', strength: 1 })
    pass(89)
    while (!room.tendSome(1)) {}
    expect(packed()).toEqual([])
    pass(91)
    while (!room.tendSome(1)) {}
    expect(packed()).toEqual([old.id])
    expect(room.standing([room.get(old.id), kept]).map(({ standing }) => standing!.tier)).toEqual(['cold', 'hot'])
    expect(room.get(old.id).text).toBe(LONG)
    expect((await room.search({ query: 'quarterly report committee', limit: 5 })).map(({ memory }) => memory.text)).toContain(
      LONG,
    )
    expect(room.export({ limit: 10 }).jsonl).toContain(LONG)
    expect((await room.stats()).tiers).toContainEqual({ tier: 'cold', memories: 1 })
    room.reindex()
    await room.settled()
    expect((await room.search({ query: 'committee valley snow', limit: 5 })).map(({ id }) => id)).toContain(old.id)

    room.used([old.id], 's1')
    expect(packed()).toEqual([])
    expect(room.standing([room.get(old.id)])[0]!.standing).toMatchObject({ strength: 1, sessions: 1 })
    room.update({ id: old.id, text: 'shorter' })
    expect(room.history(old.id).map(({ text }) => text)).toEqual(['shorter', LONG])
  })

  it('forget a compressed memory to the last byte of its index', async () => {
    const { room, db, pass } = aging()
    const old = room.save(remember(`${LONG} quokkaword`))
    pass(200)
    while (!room.tendSome(1)) {}
    expect(await room.forget({ ids: [old.id], dryRun: false })).toBe(1)
    db.exec(`INSERT INTO memory_words (memory_words) VALUES ('integrity-check')`)
    expect(await room.search({ query: 'quokkaword', limit: 5 })).toEqual([])
    expect(db.prepare('SELECT count(*) AS n FROM memory_words_docsize').get()).toEqual({ n: 0 })
  })
})
