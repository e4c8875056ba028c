import { randomFillSync } from 'node:crypto'
import type {
  ApprovalId,
  DreamId,
  MemoryId,
  MessageId,
  PartId,
  ProcessId,
  QuestionId,
  SessionId,
  TurnId,
} from '../contract/index.ts'

/** Makes ids that sort by the time they were made, also within one millisecond. */
export interface Ids {
  session(): SessionId
  turn(): TurnId
  message(): MessageId
  part(): PartId
  approval(): ApprovalId
  process(): ProcessId
  memory(): MemoryId
  question(): QuestionId
  dream(): DreamId
}

/** UUID v7 (RFC 9562 §5.7) with the 12-bit counter of method 1 in `rand_a`. @param now milliseconds since the epoch */
export function uuidV7Source(now: () => number = Date.now): () => string {
  const random = new Uint8Array(2048)
  let used = random.length
  let last = 0
  let counter = 0
  return () => {
    last = Math.max(last, now())
    counter = (counter + 1) & 0xfff
    if (counter === 0) last += 1
    if (used + 8 > random.length) {
      randomFillSync(random)
      used = 0
    }
    const tail = random.subarray(used, used + 8)
    used += 8
    tail[0] = (tail[0]! & 0x3f) | 0x80
    const time = last.toString(16).padStart(12, '0')
    const rest = Buffer.from(tail).toString('hex')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${rest.slice(0, 4)}-${rest.slice(4)}`
  }
}

/** @param uuid a source of UUIDs; tests hand in a counted one */
export function createIds(uuid: () => string = uuidV7Source()): Ids {
  return {
    session: () => `ses_${uuid()}` as SessionId,
    turn: () => `trn_${uuid()}` as TurnId,
    message: () => `msg_${uuid()}` as MessageId,
    part: () => `prt_${uuid()}` as PartId,
    approval: () => `apr_${uuid()}` as ApprovalId,
    process: () => `prc_${uuid()}` as ProcessId,
    memory: () => `mem_${uuid()}` as MemoryId,
    question: () => `mqs_${uuid()}` as QuestionId,
    dream: () => `drm_${uuid()}` as DreamId,
  }
}
