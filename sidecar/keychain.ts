import type { KeyReport, SidecarOrder } from './contract/index.ts'
import type { Keychain } from './providers/index.ts'

/** How long the supervisor may take; the system may ask the person whether we may use their keychain. */
const STORE_MS = 25_000

/** The system's keychain, through the supervisor that can open it. */
export interface SupervisorKeychain extends Keychain {
  /** Hands over an order; true where it was an answer to us. */
  hear(order: SidecarOrder): boolean
}

/** @param keys what the supervisor found in the keychain at the start */
export function supervisorKeychain(keys: Record<string, string>, send: (report: KeyReport) => void): SupervisorKeychain {
  const waiting = new Map<number, (problem: string | null) => void>()
  let last = 0
  return {
    keys: new Map(Object.entries(keys)),
    store(provider, key) {
      const id = ++last
      return new Promise((resolve, reject) => {
        const settle = (problem: string | null): void => {
          clearTimeout(timer)
          waiting.delete(id)
          if (problem === null) resolve()
          else reject(new Error(problem))
        }
        const timer = setTimeout(() => settle('it did not answer'), STORE_MS)
        waiting.set(id, settle)
        send({ type: 'storeKey', id, provider, key })
      })
    },
    hear(order) {
      if (order.type !== 'keyStored') return false
      waiting.get(order.id)?.(order.problem)
      return true
    },
  }
}
