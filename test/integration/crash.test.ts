import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import {
  applyEvent,
  type Client,
  emptyView,
  type LoggedEvent,
  type MessageId,
  type Mode,
  type SessionId,
} from '../../sidecar/contract/index.ts'
import { temporaryFolder } from '../fixtures/log.ts'
import { lastWords, resultsSince, type Script, startModelServer } from '../fixtures/model-server.ts'
import { type RunningSidecar, runningOf, scriptedHome, startSidecarProcess } from '../fixtures/sidecar-process.ts'

/** How often the sidecar is killed; the contract is at least 200. */
const KILLS = 200
/** A turn takes about this long here; kills fall anywhere in it, and a little beyond. Milliseconds. */
const SPAN_MS = 800

/** Streams, reads, runs a command with an effect, writes, streams again. The effect's name is the last word of the person. */
const script: Script = (messages) => {
  const name = lastWords(messages).split(' ').at(-1)!
  const done = resultsSince(messages).length
  if (done === 0)
    return [
      { say: 'I look first, and then I do it.', pauseMs: 6 },
      { call: 'ls', args: {} },
    ]
  if (done === 1) return [{ call: 'exec', args: { command: `echo ${name} >> effects.log; sleep 0.02` } }]
  if (done === 2)
    return [
      { say: 'Now the file. ', pauseMs: 4 },
      { call: 'write', args: { path: `${name}.txt`, content: name } },
    ]
  return [{ say: 'All of it is done, as you asked.', pauseMs: 6 }]
}

/** What a client was told, and may rely on. */
interface Acknowledged {
  sessionId: SessionId
  name: string
  messageId: MessageId | undefined
  events: Map<number, LoggedEvent>
}

/** Follows a session and remembers each durable event it was given, until the line breaks. */
async function remember(client: Client, sessionId: SessionId, events: Map<number, LoggedEvent>): Promise<void> {
  try {
    for await (const item of await client.sessions.watch({ sessionId, after: 0 }))
      if (item.type === 'events') for (const event of item.events) events.set(event.seq, event)
  } catch {
    // the sidecar was killed
  }
}

/** One life of the sidecar: a turn, a question answered where there is one, and a death at any moment. */
async function live(
  sidecar: RunningSidecar,
  workspace: string,
  name: string,
  mode: Mode,
  spanMs: number,
): Promise<Acknowledged | undefined> {
  const { client } = sidecar
  const dying = delay(Math.random() * spanMs).then(() => sidecar.kill())
  let known: Acknowledged | undefined
  try {
    const { id: sessionId } = await client.sessions.create({ workspace, mode, title: name })
    known = { sessionId, name, messageId: undefined, events: new Map() }
    void remember(client, sessionId, known.events)
    known.messageId = (await client.turns.send({ sessionId, parts: [{ type: 'text', text: `Please do ${name}` }] })).messageId
    for (;;) {
      const { approvals } = await client.approvals.list({ sessionId })
      for (const { id } of approvals) await client.approvals.answer({ approvalId: id, allow: true })
      await delay(5)
    }
  } catch {
    // the sidecar was killed
  }
  await dying
  return known
}

async function wholeLog(client: Client, sessionId: SessionId): Promise<LoggedEvent[]> {
  const { events, head } = await client.sessions.events({ sessionId, limit: 1000 })
  expect(events).toHaveLength(head)
  return events
}

/** A message that was accepted but had not begun begins after the restart: let it come to rest. */
async function atRest(client: Client, sessionId: SessionId): Promise<void> {
  for (let n = 0; n < 2000; n++) {
    if ((await client.sessions.get({ sessionId })).summary.status !== 'running') return
    await delay(5)
  }
  throw new Error(`${sessionId} never came to rest`)
}

const effectsOf = (workspace: string): string[] => {
  try {
    return readFileSync(join(workspace, 'effects.log'), 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

/** After a death: nothing that was acknowledged is gone, and no effect happened twice or without a start in the log. */
async function expectWhole(client: Client, workspace: string, known: Acknowledged): Promise<string> {
  await atRest(client, known.sessionId)
  const events = await wholeLog(client, known.sessionId)
  for (const [seq, event] of known.events) expect(events[seq - 1]).toEqual(event)
  if (known.messageId)
    expect(events.some(({ event }) => event.type === 'messageQueued' && event.messageId === known.messageId)).toBe(true)

  const view = await client.sessions.get({ sessionId: known.sessionId })
  const fold = events.reduce(applyEvent, emptyView(known.sessionId))
  expect({ ...view, messages: [] }).toEqual({ ...fold, messages: [], earlier: view.earlier })
  expect(view.messages).toEqual(fold.messages.slice(view.earlier))

  const exec = fold.messages.flatMap((m) => m.parts).find((part) => part.type === 'tool' && part.name === 'exec')
  const times = effectsOf(workspace).filter((name) => name === known.name).length
  if (exec?.type !== 'tool' || exec.startedAt === undefined) expect(times).toBe(0)
  else if (exec.status === 'done') expect(times).toBe(1)
  else expect(times).toBeLessThanOrEqual(1)
  return view.turn?.state ?? 'none'
}

test(`killed at ${KILLS} random moments, it loses nothing acknowledged and does nothing twice`, async () => {
  const folder = temporaryFolder()
  const home = join(folder, 'home')
  const workspace = join(folder, 'workspace')
  mkdirSync(workspace)
  const model = await startModelServer(script)
  onTestFinished(() => model.close())
  scriptedHome(home, model.url)

  const ends = new Map<string, number>()

  let sidecar = await startSidecarProcess(home)
  onTestFinished(() => sidecar.kill())
  for (let n = 0; n < KILLS; n++) {
    // On a busy machine turns take longer: until some have ended, lives get longer too.
    const span = SPAN_MS * (1 + n / 20 / (1 + (ends.get('completed') ?? 0)))
    const known = await live(sidecar, workspace, `task-${n}`, n % 3 === 0 ? 'ask' : 'auto', span)
    const db = new Database(join(home, 'oxbow.db'), { readonly: true })
    if (n % 10 === 0) expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
    sidecar = await startSidecarProcess(home)
    if (known) {
      const state = await expectWhole(sidecar.client, workspace, known)
      expect(['none', 'completed', 'interrupted', 'gate', 'assembling', 'streaming', 'tool']).toContain(state)
      ends.set(state, (ends.get(state) ?? 0) + 1)
    }
    // Answers that came late, and turns that went on, must not have repeated an earlier effect.
    if (n % 25 === 24) {
      const effects = effectsOf(workspace)
      expect(effects).toHaveLength(new Set(effects).size)
    }
  }
  // The kills really fell into different places.
  expect(ends.get('interrupted') ?? 0).toBeGreaterThan(KILLS / 10)
  expect(ends.get('completed') ?? 0).toBeGreaterThan(0)
  expect(await sidecar.stop()).toBe(0)
  // Not one of the boxes and relays of all these lives.
  if (process.platform === 'linux') expect(runningOf(home)).toEqual([])
}, 600_000)
