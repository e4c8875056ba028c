import { join } from 'node:path'
import type { SessionEvent, SessionId } from '../../../sidecar/contract/index.ts'
import { createIds, openDatabase, systemClock } from '../../../sidecar/foundation/index.ts'
import { SessionLog } from '../../../sidecar/kernel/index.ts'
import type { Place } from './place.ts'

const ids = createIds()
const MODEL = 'scripted/model'
const TURNS_AT_ONCE = 50

/** Writes sessions into the database of a home whose sidecar does not run: a person's words and an answer, again and again. */
export function writeSessions({ home, workspace }: Place, sizes: readonly number[]): SessionId[] {
  const db = openDatabase({ path: join(home, 'oxbow.db') })
  try {
    const log = new SessionLog(db, systemClock)
    return sizes.map((messages) => writeSession(log, workspace, messages))
  } finally {
    db.close()
  }
}

function writeSession(log: SessionLog, workspace: string, messages: number): SessionId {
  const id = ids.session()
  log.create(id, { type: 'sessionCreated', title: `With ${messages} messages`, workspace, model: MODEL, mode: 'ask' })
  for (let turn = 0; turn < messages / 2; turn += TURNS_AT_ONCE) {
    const count = Math.min(TURNS_AT_ONCE, messages / 2 - turn)
    log.append(id, Array.from({ length: count }, (_, n) => turnEvents(turn + n)).flat())
  }
  return id
}

function turnEvents(n: number): SessionEvent[] {
  const turnId = ids.turn()
  const asked = ids.message()
  const messageId = ids.message()
  const partId = ids.part()
  return [
    { type: 'messageQueued', messageId: asked, parts: [{ type: 'text', id: ids.part(), text: `Question ${n}?` }], steer: false },
    { type: 'turnStarted', turnId, messageIds: [asked], model: MODEL },
    { type: 'messageStarted', turnId, messageId, model: MODEL },
    { type: 'partStarted', messageId, partId, kind: 'text' },
    { type: 'partAppended', messageId, partId, offset: 0, text: answer(n) },
    { type: 'partCompleted', messageId, partId },
    { type: 'messageCompleted', messageId, stop: 'end', usage: { input: 10, output: 60, cacheRead: 0, cacheWrite: 0 } },
    { type: 'turnCompleted', turnId },
  ]
}

const answer = (n: number): string =>
  `Answer ${n}: the *river* leaves its old bed, and what stays behind is an oxbow.\n\n` +
  `- a list\n- of \`${n}\` things\n\n\`\`\`ts\nexport const bend${n} = (bank: number): number => bank * ${n}\n\`\`\`\n`
