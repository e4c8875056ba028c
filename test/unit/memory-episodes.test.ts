import { describe, expect, it } from 'vitest'
import type { Db } from '../../sidecar/foundation/index.ts'
import { ids } from '../fixtures/log.ts'
import { memoryBench } from '../fixtures/memory.ts'

const AT = '2026-05-04T10:00:00.000Z'

function session(db: Db, { taints = [] as string[], title = 'Talk', status = 'idle' } = {}): string {
  const id = ids.session()
  const snapshot = JSON.stringify({ taints: taints.map((label) => ({ label, source: 'x', reason: 'y', at: AT })) })
  db.prepare(`INSERT INTO sessions VALUES (?, ?, '/w', 'm', 'ask', ?, 0, ?, ?, 1, 0, ?, 1, 'main')`).run(
    id,
    title,
    status,
    AT,
    AT,
    snapshot,
  )
  return id
}

const text = (words: string) => ({ type: 'text', id: ids.part(), text: words })
const tool = (name: string, title: string, output: string, tier = 'read') => ({
  type: 'tool',
  id: ids.part(),
  callId: 'c',
  name,
  args: {},
  title,
  tier,
  status: 'done',
  output,
  finishedAt: AT,
})

function put(db: Db, id: string, position: number, role: 'user' | 'assistant', parts: object[], status = 'complete') {
  const message = { id: ids.message(), role, status, createdAt: AT, parts }
  db.prepare('INSERT OR REPLACE INTO messages (session_id, position, id, message) VALUES (?, ?, ?, ?)').run(
    id,
    position,
    message.id,
    JSON.stringify(message),
  )
  return message
}

function expectWhole(db: Db): void {
  db.exec(`INSERT INTO episode_words (episode_words, rank) VALUES ('integrity-check', 1)`)
}

const find = async (room: ReturnType<typeof memoryBench>['room'], query: string, more: object = {}) =>
  (await room.episodes({ query, limit: 10, ...more })).map(({ kind, excerpt }) => `${kind}: ${excerpt}`)

describe('episodes', () => {
  it('finds what was said, answered, read, called and handed in, each at its place', async () => {
    const { room, db } = memoryBench()
    const id = session(db, { title: 'Garden' })
    const asked = put(db, id, 0, 'user', [
      text('How deep do tulip bulbs go?'),
      { type: 'document', id: ids.part(), name: 'a.txt', text: 'The zinnias want full sun.' },
    ])
    put(db, id, 1, 'assistant', [
      tool('read', 'read garden.md', 'Compost the beds in autumn.'),
      tool('exec', 'run weather', 'Frost is forecast on Tuesday'),
      text('Three times their own height.'),
    ])
    const [hit] = await room.episodes({ query: 'tulip bulbs', limit: 5 })
    expect(hit).toMatchObject({ sessionId: id, title: 'Garden', messageId: asked.id, kind: 'said', at: AT, taint: [] })
    expect(hit!.partId).toBe((asked.parts[0] as { id: string }).id)
    expect(await find(room, 'zinnias')).toEqual(['document: The zinnias want full sun.'])
    expect(await find(room, 'compost')).toEqual(['file: read garden.md Compost the beds in autumn.'])
    expect(await find(room, 'frost forecast')).toEqual(['tool: run weather Frost is forecast on Tuesday'])
    expect(await find(room, 'how high is the height')).toEqual(['answered: Three times their own height.'])
    expect(await find(room, 'tulip', { kinds: ['answered'] })).toEqual([])
    expect(await find(room, '"tulip bulbs"', { session: ids.session() })).toEqual([])
    expectWhole(db)
  })

  it('copies no text: the words are in the messages alone', async () => {
    const { room, db } = memoryBench()
    put(db, session(db), 0, 'user', [text('a very particular sentence about marzipan')])
    expect(await find(room, 'marzipan')).toHaveLength(1)
    const own = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'episode%'`).all() as {
      name: string
    }[]
    expect(own.map(({ name }) => name)).not.toContain('episode_words_content')
    for (const { name } of own.filter(({ name }) => name === 'episodes' || name === 'episode_progress'))
      expect(JSON.stringify(db.prepare(`SELECT * FROM ${name}`).all())).not.toContain('marzipan')
  })

  it('follows a message that is written again, and forgets a session with its messages', async () => {
    const { room, db } = memoryBench()
    const id = session(db)
    put(db, id, 0, 'user', [text('the first wording')])
    put(db, id, 1, 'assistant', [text('an answer that stays')])
    expect(await find(room, 'wording')).toEqual(['said: the first wording'])
    put(db, id, 0, 'user', [text('another phrase')])
    expect(await find(room, 'wording')).toEqual([])
    expect(await find(room, 'phrase')).toEqual(['said: another phrase'])
    expect(await find(room, 'answer')).toHaveLength(1)
    expectWhole(db)
    db.prepare('DELETE FROM messages WHERE session_id = ?').run(id)
    db.prepare('DELETE FROM sessions WHERE id = ?').run(id)
    expect(await find(room, 'phrase')).toEqual([])
    expect(await find(room, 'answer')).toEqual([])
    for (const table of ['episodes', 'episode_progress'])
      expect(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 })
    const words = db.prepare('SELECT count(*) AS n FROM episode_words_docsize').get()
    expect(words).toEqual({ n: 0 })
  })

  it('goes on where it stopped, and takes up a session only when it rests', async () => {
    const { room, db, reopen } = memoryBench()
    const id = session(db)
    for (let at = 0; at < 45; at++) put(db, id, at, 'user', [text(`message about plums number${at}`)])
    const busy = session(db, { status: 'running' })
    put(db, busy, 0, 'user', [text('half a thought about plums')])
    await room.indexEpisodes()
    expect(db.prepare('SELECT position FROM episode_progress').all()).toEqual([{ position: 45 }])
    const again = await reopen()
    expect(await find(again, 'number44')).toEqual(['said: message about plums number44'])
    expect(await find(again, 'thought')).toEqual([])
  })

  it('carries the labels of the session, and of what came from outside whatever was cleared', async () => {
    const { room, db } = memoryBench()
    const tainted = session(db, { taints: ['private', 'untrusted'] })
    put(db, tainted, 0, 'user', [text('the salary table')])
    const clean = session(db)
    put(db, clean, 0, 'assistant', [tool('web_fetch', 'fetch example.com', 'quinces ripen late', 'net'), text('quinces, then')])
    const [salary] = await room.episodes({ query: 'salary', limit: 1 })
    expect(new Set(salary!.taint)).toEqual(new Set(['private', 'untrusted']))
    const found = await room.episodes({ query: 'quinces', limit: 5 })
    expect(Object.fromEntries(found.map(({ kind, taint }) => [kind, taint]))).toEqual({ tool: ['untrusted'], answered: [] })
  })

  it('leaves out what another model replaced, and finds words without spaces', async () => {
    const { room, db } = memoryBench()
    const id = session(db)
    put(db, id, 0, 'assistant', [text('a broken draft')], 'replaced')
    put(db, id, 1, 'user', [text('我喜欢绿茶')])
    expect(await find(room, 'draft')).toEqual([])
    expect(await find(room, '绿茶')).toEqual(['said: 我喜欢绿茶'])
  })
})
