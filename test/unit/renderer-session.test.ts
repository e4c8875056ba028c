import { describe, expect, test } from 'vitest'
import { foldItems } from '../../renderer/session/batch.ts'
import { prepend, renew, trim } from '../../renderer/session/window.ts'
import { merge } from '../../renderer/stores/sessions.ts'
import { emptyView, type LoggedEvent, type Message, type SessionEvent, type SessionView } from '../../sidecar/contract/index.ts'
import { createIds } from '../../sidecar/foundation/index.ts'

const ids = createIds()
const at = '2026-01-01T00:00:00.000Z'
const logged = (seq: number, event: SessionEvent): LoggedEvent => ({ seq, at, event })
const renamed = (seq: number, title: string) => logged(seq, { type: 'sessionRenamed', title })
const message = (): Message => ({ id: ids.message(), role: 'assistant', status: 'complete', createdAt: at, parts: [] })
const viewOf = (messages: Message[], earlier: number, id = ids.session()): SessionView => ({
  ...emptyView(id),
  messages,
  earlier,
})

describe('foldItems', () => {
  test('folds events and deltas over a snapshot in their order', () => {
    const messageId = ids.message()
    const partId = ids.part()
    const turnId = ids.turn()
    const view = foldItems(null, [
      { type: 'snapshot', view: emptyView(ids.session()) },
      {
        type: 'events',
        events: [
          logged(1, { type: 'turnStarted', turnId, messageIds: [], model: 'a/b' }),
          logged(2, { type: 'messageStarted', turnId, messageId, model: 'a/b' }),
          logged(3, { type: 'partStarted', messageId, partId, kind: 'text' }),
        ],
        deltas: [
          { kind: 'part', messageId, partId, offset: 0, text: 'Hel' },
          { kind: 'part', messageId, partId, offset: 2, text: 'llo' },
        ],
      },
    ])
    expect(view?.messages[0]?.parts[0]).toMatchObject({ text: 'Hello' })
    expect(view?.summary.status).toBe('running')
  })

  test('an event told twice changes nothing; a gap is an error', () => {
    const view = foldItems(emptyView(ids.session()), [{ type: 'events', events: [renamed(1, 'one')], deltas: [] }])
    expect(foldItems(view, [{ type: 'events', events: [renamed(1, 'again')], deltas: [] }])).toBe(view)
    expect(() => foldItems(view, [{ type: 'events', events: [renamed(3, 'three')], deltas: [] }])).toThrow(RangeError)
  })

  test('events before the first snapshot wait for it', () => {
    expect(foldItems(null, [{ type: 'events', events: [renamed(1, 'one')], deltas: [] }])).toBeNull()
  })
})

describe('the window over the messages', () => {
  const all = Array.from({ length: 10 }, message)

  test('an earlier page goes in front, once', () => {
    const view = viewOf(all.slice(6), 6)
    const page = { messages: all.slice(2, 6), earlier: 2 }
    const next = prepend(view, 6, page)
    expect(next.messages).toEqual(all.slice(2))
    expect(next.earlier).toBe(2)
    expect(prepend(next, 6, page)).toBe(next)
  })

  test('it forgets the oldest and counts them', () => {
    const next = trim(viewOf(all, 5), 8, 4)
    expect(next.messages).toEqual(all.slice(6))
    expect(next.earlier).toBe(11)
    expect(trim(next, 8, 4)).toBe(next)
  })

  test('a fresh snapshot keeps the earlier messages that it meets', () => {
    const old = viewOf(all.slice(2, 8), 2)
    const fresh = viewOf(all.slice(5), 5, old.summary.id)
    expect(renew(old, fresh).messages).toEqual(all.slice(2))
    expect(renew(old, fresh).earlier).toBe(2)
  })

  test('one that does not meet them, or is of another session, stands alone', () => {
    const old = viewOf(all.slice(0, 3), 0)
    const apart = viewOf(all.slice(6), 6, old.summary.id)
    expect(renew(old, apart)).toBe(apart)
    const other = viewOf(all.slice(1), 1)
    expect(renew(old, other)).toBe(other)
  })
})

describe('the session list', () => {
  const row = (updatedAt: string, title = '') => ({ ...emptyView(ids.session()).summary, updatedAt, title })

  test('a change replaces its row and moves it to the top', () => {
    const a = row('2026-01-01T00:00:00.000Z')
    const b = row('2026-01-02T00:00:00.000Z')
    const changed = { ...a, title: 'new', updatedAt: '2026-01-03T00:00:00.000Z' }
    expect(merge([b, a], { reset: false, sessions: [changed] })).toEqual([changed, b])
  })

  test('a reset leaves nothing of before', () => {
    const a = row('2026-01-01T00:00:00.000Z')
    expect(merge([row('2026-01-02T00:00:00.000Z')], { reset: true, sessions: [a] })).toEqual([a])
  })
})
