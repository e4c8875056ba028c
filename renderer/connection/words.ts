import { ORPCError } from '@orpc/client'

export interface Words {
  message: string
  hint?: string
}

/** An error of a call in words for a person. */
export function inWords(error: unknown): Words {
  if (error instanceof ORPCError) {
    const { data } = error
    const hint =
      typeof data === 'object' && data !== null && 'hint' in data && typeof data.hint === 'string' ? data.hint : undefined
    return { message: error.message, ...(hint && { hint }) }
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { message: 'Oxbow did not answer in time', hint: 'Try again; if it stays so, look at Settings → Checks.' }
  }
  if (error instanceof NotOnline) return { message: error.message, hint: 'It is tried again by itself.' }
  return { message: error instanceof Error ? error.message : String(error) }
}

/** A call was made while no line was open. */
export class NotOnline extends Error {
  override name = 'NotOnline'
  constructor() {
    super('There is no connection to Oxbow right now')
  }
}
