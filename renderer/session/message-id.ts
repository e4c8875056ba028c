import type { MessageId } from '../../sidecar/contract/index.ts'

/** A fresh message id: a UUID v7 (RFC 9562 §5.7). A message that is sent again under its id is accepted once. */
export function newMessageId(now: number = Date.now()): MessageId {
  const random = crypto.getRandomValues(new Uint8Array(10))
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const time = now.toString(16).padStart(12, '0')
  const variant = ((random[2]! & 0x3) | 0x8).toString(16)
  return `msg_${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(5, 8)}-${hex.slice(8)}` as MessageId
}
