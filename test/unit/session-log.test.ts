import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { applyEvent, emptyView, type LoggedEvent, type SessionId, type SessionView } from '../../sidecar/contract/index.ts'
import type { SessionLog } from '../../sidecar/kernel/index.ts'
import { sessionLife } from '../fixtures/events.ts'
import { ids, newSession, openLog } from '../fixtures/log.ts'

const foldAll = (id: SessionId, events: readonly LoggedEvent[]): SessionView => events.reduce(applyEvent, emptyView(id))

/** All of a view but the window: how many of its messages are loaded is no part of the truth. */
const truth = ({ messages: _m, earlier: _e, ...rest }: SessionView) => rest

describe('session log', () => {
  test('the snapshot plus tail, the live view and the fold of the whole log are equal', () => {
    fc.assert(
      fc.property(sessionLife, fc.nat({ max: 400 }), (life, cut) => {
        const { log, reopen } = openLog()
        const id = newSession(log)
        for (const event of life.slice(0, cut)) log.append(id, [event])
        const fresh = reopen()
        const whole = foldAll(id, fresh.events(id, 0, 10_000))
        expect(log.view(id)).toEqual({
          ...whole,
          earlier: log.view(id).earlier,
          messages: whole.messages.slice(log.view(id).earlier),
        })
        expect(truth(fresh.view(id))).toEqual(truth(whole))
        expect(fresh.messages(id, 0, 10_000)).toEqual(whole.messages)
        expect(fresh.summary(id)).toEqual(whole.summary)
      }),
      { numRuns: 60 },
    )
  })

  test('seq starts at 1, has no gaps, and a batch is one transaction', () => {
    const { db, log } = openLog()
    const id = newSession(log)
    log.append(id, [
      { type: 'sessionRenamed', title: 'a' },
      { type: 'sessionRenamed', title: 'b' },
    ])
    const fails = (): void => {
      throw new Error('the disk is full')
    }
    expect(() =>
      log.append(
        id,
        [
          { type: 'sessionRenamed', title: 'c' },
          { type: 'sessionRenamed', title: 'd' },
        ],
        { also: fails },
      ),
    ).toThrow('the disk is full')
    log.append(id, [{ type: 'sessionRenamed', title: 'e' }])
    expect(log.events(id, 0, 100).map((e) => e.seq)).toEqual([1, 2, 3, 4])
    expect(log.view(id).summary.title).toBe('e')
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  })

  test('a session of many messages opens with its newest page and reads the others on demand', () => {
    const { log, reopen } = openLog()
    const id = newSession(log)
    for (let n = 0; n < 150; n++) {
      const turnId = ids.turn()
      const messageId = ids.message()
      log.append(id, [
        { type: 'messageQueued', messageId, parts: [{ type: 'text', id: ids.part(), text: `message ${n}` }], steer: false },
        { type: 'turnStarted', turnId, messageIds: [messageId], model: 'offline/guide' },
        { type: 'turnCompleted', turnId },
      ])
    }
    const view = reopen().view(id)
    expect(view.messages).toHaveLength(50)
    expect(view.earlier).toBe(100)
    expect(view.summary.messageCount).toBe(150)
    const page = reopen().messages(id, 70, 100)
    expect(page.map((m) => m.parts[0])).toMatchObject(Array.from({ length: 30 }, (_, n) => ({ text: `message ${70 + n}` })))
  })

  test('lone surrogates and combining marks survive the disk', () => {
    const { log, reopen } = openLog()
    const id = newSession(log)
    const title = 'e\u0301 \ud83d \udc2e 👩‍👩‍👧 \u0000 end'
    log.append(id, [{ type: 'sessionRenamed', title }])
    expect(reopen().events(id, 1, 1)[0]?.event).toEqual({ type: 'sessionRenamed', title })
  })

  test('an unknown session is named in the error', () => {
    const { log } = openLog()
    const id = ids.session()
    expect(() => log.view(id)).toThrow(
      expect.objectContaining({ code: 'session.notFound', message: expect.stringContaining(id) }),
    )
  })

  test('search is by title, literally', () => {
    const { log } = openLog()
    for (const title of ['100% wool', '100 sheep', 'under_score', 'underXscore'])
      log.append(newSession(log), [{ type: 'sessionRenamed', title }])
    const titles = (search: string) => log.list({ search, archived: false, limit: 10 }).map((s) => s.title)
    expect(titles('100%')).toEqual(['100% wool'])
    expect(titles('r_s')).toEqual(['under_score'])
    expect(titles('SHEEP')).toEqual(['100 sheep'])
  })

  describe('what is held', () => {
    const renamed = (title: string) => ({ type: 'sessionRenamed', title }) as const
    const titles = (log: SessionLog, id: SessionId) =>
      log.events(id, 1, 100).map(({ event }) => (event.type === 'sessionRenamed' ? event.title : event.type))

    test('goes with the next append, in its order and in one transaction', () => {
      const { log } = openLog()
      const id = newSession(log)
      const done: string[] = []
      log.hold(id, [renamed('a')], () => done.push('with a'))
      log.hold(id, [renamed('b')])
      expect(titles(log, id)).toEqual([])
      expect(log.ahead(id).summary.title).toBe('b')
      const logged = log.append(id, [renamed('c')], { also: () => done.push('with c') })
      expect(logged.map(({ seq }) => seq)).toEqual([2, 3, 4])
      expect(titles(log, id)).toEqual(['a', 'b', 'c'])
      expect(done).toEqual(['with a', 'with c'])
    })

    test('is written by itself before a screen has drawn another frame, and before anyone looks', async () => {
      const { log } = openLog()
      const id = newSession(log)
      log.hold(id, [renamed('soon')])
      await vi.waitFor(() => expect(titles(log, id)).toEqual(['soon']))
      log.hold(id, [renamed('now')])
      expect(log.view(id).summary.title).toBe('now')
      expect(titles(log, id)).toEqual(['soon', 'now'])
    })

    test('stays held when it cannot be written, and is not lost', async () => {
      const { log } = openLog()
      const id = newSession(log)
      let broken = true
      let tried = 0
      log.hold(id, [renamed('kept')], () => {
        tried++
        if (broken) throw new Error('the disk is full')
      })
      await vi.waitFor(() => expect(tried).toBe(1))
      expect(titles(log, id)).toEqual([])
      expect(() => log.append(id, [renamed('next')])).toThrow('the disk is full')
      expect(log.summary(id).title).toBe('Test')
      broken = false
      log.append(id, [renamed('next')])
      expect(titles(log, id)).toEqual(['kept', 'next'])
    })
  })
})
