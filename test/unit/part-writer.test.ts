import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { MessageId, PartId, TurnId } from '../../sidecar/contract/index.ts'
import { PartWriter } from '../../sidecar/kernel/part-writer.ts'
import { newSession, openLog } from '../fixtures/log.ts'

const message = 'msg_1' as MessageId
const part = 'prt_1' as PartId
const turn = 'trn_1' as TurnId

async function begin() {
  const { log, db } = openLog()
  const session = newSession(log)
  log.append(session, [{ type: 'messageStarted', turnId: turn, messageId: message, model: 'a/b' }])
  return { log, db, session, writer: new PartWriter(log, session, message, part, 'text') }
}

const types = (log: Awaited<ReturnType<typeof begin>>['log'], session: Parameters<typeof log.events>[0]): string[] =>
  log.events(session, 2, 100).map(({ event }) => event.type)

describe('a part that streams', () => {
  test('is whole in one write when it comes at once', async () => {
    const { log, session, writer } = await begin()
    writer.write('all ')
    writer.write('of it')
    log.append(session, writer.close())
    expect(types(log, session)).toEqual(['partStarted', 'partAppended', 'partCompleted'])
    expect(log.view(session).messages.at(-1)?.parts).toMatchObject([{ text: 'all of it' }])
  })

  test('is durable in slices, and shown before', async () => {
    const { log, session, writer } = await begin()
    writer.write('first ')
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(types(log, session)).toEqual(['partStarted'])
    expect(log.view(session).messages.at(-1)?.parts).toMatchObject([{ text: 'first ' }])
    await delay(260)
    expect(types(log, session)).toEqual(['partStarted', 'partAppended'])
    writer.write('second')
    log.append(session, writer.close())
    expect(log.view(session).messages.at(-1)?.parts).toMatchObject([{ text: 'first second' }])
  })

  test('loses nothing when the log cannot be written for a while', async () => {
    const { log, db, session, writer } = await begin()
    db.pragma('query_only = ON')
    writer.write('kept')
    await delay(260)
    expect(() => log.append(session, writer.close())).toThrow()
    db.pragma('query_only = OFF')
    log.append(session, writer.close())
    expect(log.view(session).messages.at(-1)?.parts).toMatchObject([{ text: 'kept' }])
    expect(types(log, session)).toEqual(['partStarted', 'partAppended', 'partCompleted'])
  })
})
