import type { MessageId, SessionId } from '../../sidecar/contract/index.ts'

/** A fresh message id. A message that is sent again under its id is accepted once. */
export const newMessageId = (now?: number): MessageId => `msg_${uuidV7(now)}` as MessageId

/** A fresh session id. A session that is asked for again under its id is made once. */
export const newSessionId = (): SessionId => `ses_${uuidV7()}` as SessionId

/** A UUID v7 (RFC 9562 §5.7). */
function uuidV7(now: number = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(10))
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const time = now.toString(16).padStart(12, '0')
  const variant = ((random[2]! & 0x3) | 0x8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(5, 8)}-${hex.slice(8)}`
}
