/** Messages a window takes from its port before it says so. */
const RECEIPT_EVERY = 16

/** What a window tells its door: that it took so many more messages. */
export interface Receipt {
  taken: number
}

export const isReceipt = (data: unknown): data is Receipt =>
  typeof data === 'object' && data !== null && typeof (data as Partial<Receipt>).taken === 'number'

/** Tells the other end of a port what was taken from it, so that it sends no more than that and a little. */
export function sendReceipts(port: Pick<MessagePort, 'postMessage'> & Pick<EventTarget, 'addEventListener'>): void {
  let taken = 0
  port.addEventListener('message', () => {
    if (++taken < RECEIPT_EVERY) return
    port.postMessage({ taken } satisfies Receipt)
    taken = 0
  })
}
