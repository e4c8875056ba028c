import { setTimeout as delay, setImmediate as turnOfTheLoop } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  applyDelta,
  applyEvent,
  resumeFrom,
  type SessionEvent,
  type SessionId,
  type SessionView,
  type WatchItem,
} from '../../sidecar/contract/index.ts'
import type { SessionLog } from '../../sidecar/kernel/index.ts'
import { sessionLife } from '../fixtures/events.ts'
import { ids, newSession, openLog } from '../fixtures/log.ts'

/** What a screen does with the items of a watch: snapshots replace, events and deltas fold; what it cannot fold it asks for anew. */
class Screen {
  view: SessionView | undefined

  take(item: WatchItem): void {
    if (item.type === 'snapshot') {
      if (!this.view || item.view.summary.seq >= this.view.summary.seq) this.view = item.view
      return
    }
    if (!this.view) throw new Error('events before a snapshot')
    let view = this.view
    for (const event of item.events) view = applyEvent(view, event)
    for (const delta of item.deltas) view = applyDelta(view, delta)
    this.view = view
  }

  get seq(): number | undefined {
    return this.view?.summary.seq
  }
}

/** How one reader misbehaves. */
interface Habits {
  /** Turns of the event loop it sleeps between reads. */
  slow: number
  /** Hangs up after this many items, and comes back where it was. */
  hangUp: number
  /** Takes each item twice. */
  twice: boolean
  /** Loses the deltas of every second item. */
  drops: boolean
  /** Takes the deltas of an item in reverse. */
  reorders: boolean
}

async function follow(log: SessionLog, id: SessionId, habits: Habits, screen: Screen, done: () => boolean): Promise<void> {
  let items = 0
  while (!done() || screen.seq !== log.view(id).summary.seq) {
    const hangUp = new AbortController()
    const idle = setInterval(() => done() && screen.seq === log.view(id).summary.seq && hangUp.abort(), 5)
    let read = 0
    for await (const given of log.watch(id, screen.seq, hangUp.signal)) {
      items++
      let item = given
      if (item.type === 'events' && habits.drops && items % 2 === 0) item = { ...item, deltas: [] }
      if (item.type === 'events' && habits.reorders) item = { ...item, deltas: item.deltas.toReversed() }
      screen.take(item)
      if (habits.twice) screen.take(item)
      for (let n = 0; n < habits.slow; n++) await turnOfTheLoop()
      if (++read >= habits.hangUp) break
    }
    clearInterval(idle)
    hangUp.abort()
  }
}

/** Appends a life, streaming each slice of text as deltas before the log says it. */
async function live(log: SessionLog, id: SessionId, life: readonly SessionEvent[]): Promise<void> {
  for (const event of life) {
    if (event.type === 'partAppended') {
      const { messageId, partId, offset, text } = event
      for (let at = 0; at < text.length; at += 3)
        log.delta(id, { kind: 'part', messageId, partId, offset: offset + at, text: text.slice(at, at + 3) })
      await turnOfTheLoop()
    }
    log.append(id, [event])
    if (event.type === 'toolStarted')
      log.delta(id, { kind: 'tool', messageId: event.messageId, partId: event.partId, offset: 0, text: 'printing' })
    if (Math.random() < 0.3) await turnOfTheLoop()
  }
}

const habits: fc.Arbitrary<Habits> = fc.record({
  slow: fc.constantFrom(0, 0, 1, 30),
  hangUp: fc.constantFrom(1, 2, 5, 1000),
  twice: fc.boolean(),
  drops: fc.boolean(),
  reorders: fc.boolean(),
})

describe('watching a session', () => {
  test('whatever a reader does, its screen ends equal to the fold', async () => {
    await fc.assert(
      fc.asyncProperty(sessionLife, fc.array(habits, { minLength: 1, maxLength: 4 }), async (life, readers) => {
        const { log } = openLog()
        const id = newSession(log)
        let ended = false
        const screens = readers.map(() => new Screen())
        const reading = readers.map((reader, n) => follow(log, id, reader, screens[n]!, () => ended))
        await live(log, id, life)
        ended = true
        await Promise.all(reading)
        for (const screen of screens) expect(screen.view).toEqual(log.view(id))
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  test('words that a sidecar showed and died before it wrote them leave the screen', async () => {
    const { log, reopen } = openLog()
    const id = newSession(log)
    const [turnId, messageId, partId] = [ids.turn(), ids.message(), ids.part()]
    log.append(id, [
      { type: 'turnStarted', turnId, messageIds: [], model: 'offline/guide' },
      { type: 'messageStarted', turnId, messageId, model: 'offline/guide' },
      { type: 'partStarted', messageId, partId, kind: 'text' },
      { type: 'partAppended', messageId, partId, offset: 0, text: 'written' },
    ])
    log.delta(id, { kind: 'part', messageId, partId, offset: 7, text: ' and shown' })
    const screen = new Screen()
    const before = log.watch(id, undefined, new AbortController().signal)
    screen.take((await before.next()).value as WatchItem)
    expect(JSON.stringify(screen.view)).toContain('written and shown')
    await before.return()

    const restarted = reopen()
    restarted.append(id, [{ type: 'turnInterrupted', turnId }])
    const after = restarted.watch(id, resumeFrom(screen.view), new AbortController().signal)
    screen.take((await after.next()).value as WatchItem)
    await after.return()
    expect(screen.view).toEqual(restarted.view(id))
    expect(resumeFrom(screen.view)).toBe(restarted.view(id).summary.seq)
  })

  test('a reader that falls far behind is given a snapshot, not a flood', async () => {
    const { log } = openLog()
    const id = newSession(log)
    const stop = new AbortController()
    const watching = log.watch(id, 0, stop.signal)
    for (let n = 0; n < 2500; n++) log.append(id, [{ type: 'sessionRenamed', title: `${n}` }])
    const first = await watching.next()
    expect(first.value).toMatchObject({ type: 'snapshot', view: { summary: { title: '2499' } } })
    stop.abort()
    expect((await watching.next()).done).toBe(true)
  })

  test('a reader that never reads holds a bounded amount of text, and no reader is left behind after it hangs up', async () => {
    const { log } = openLog()
    const id = newSession(log)
    const turnId = ids.turn()
    const messageId = ids.message()
    const partId = ids.part()
    log.append(id, [
      { type: 'turnStarted', turnId, messageIds: [], model: 'offline/guide' },
      { type: 'messageStarted', turnId, messageId, model: 'offline/guide' },
      { type: 'partStarted', messageId, partId, kind: 'text' },
    ])
    const stop = new AbortController()
    const watching = log.watch(id, undefined, stop.signal)
    await watching.next()
    const slice = 'x'.repeat(1024)
    for (let n = 0; n < 2000; n++) log.delta(id, { kind: 'part', messageId, partId, offset: n * slice.length, text: slice })
    const item = (await watching.next()).value
    const kept = item?.type === 'events' ? item.deltas.reduce((sum, delta) => sum + delta.text.length, 0) : 0
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThanOrEqual(256 * 1024)
    // What was dropped comes with the log.
    log.append(id, [{ type: 'partAppended', messageId, partId, offset: 0, text: slice.repeat(2000) }])
    const events = (await watching.next()).value
    expect(events).toMatchObject({ type: 'events', events: [{ event: { type: 'partAppended' } }] })
    const parked = watching.next()
    await delay(20)
    stop.abort()
    expect((await parked).done).toBe(true)
  })

  test('the list gives every row first, then the newest state of each row that changed', async () => {
    const { log } = openLog()
    const [a, b] = [newSession(log), newSession(log)]
    const stop = new AbortController()
    const list = log.watchList(stop.signal)
    const all = (await list.next()).value
    expect(all).toMatchObject({ reset: true })
    expect(new Set(all?.sessions.map((s) => s.id))).toEqual(new Set([a, b]))
    const next = list.next()
    for (const title of ['one', 'two', 'three']) log.append(a, [{ type: 'sessionRenamed', title }])
    expect((await next).value).toEqual({ reset: false, sessions: [log.summary(a)] })
    stop.abort()
    expect((await list.next()).done).toBe(true)
  })
})
