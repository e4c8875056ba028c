import type { MessageChannelMain, MessagePortMain, WebContents } from 'electron'
import { PORT_MESSAGE } from '../sidecar/contract/shell.ts'
import type { Supervisor } from './supervisor.ts'
import type { Timers } from './timers.ts'

/** How long a page may take to ask for itself once the sidecar is back, so that it is not handed two ports. */
const ASK_MS = 1_000

/** Gives the page its port to the sidecar: one each time it asks, and one unasked when it does not after a restart. */
export interface PortDesk {
  /** The page asks. It is served now, or as soon as the sidecar is ready. */
  request(): void
  /** The sidecar became ready. */
  ready(): void
  /** Another page took the place of the one that asked; it asks for itself. */
  forget(): void
}

export function createPortDesk(
  channel: () => MessageChannelMain,
  send: Supervisor<MessagePortMain>['send'],
  page: () => Pick<WebContents, 'postMessage'> | null,
  timers: Timers,
): PortDesk {
  let need: 'none' | 'waiting' | 'served' = 'none'
  let cancel = () => {}

  const hand = () => {
    cancel()
    const contents = page()
    if (!contents) return
    const { port1, port2 } = channel()
    if (send({ type: 'port' }, [port2])) {
      contents.postMessage(PORT_MESSAGE, null, [port1])
      need = 'served'
    } else {
      port1.close()
    }
  }
  return {
    request() {
      need = 'waiting'
      hand()
    },
    ready() {
      cancel()
      if (need === 'waiting') hand()
      else if (need === 'served') cancel = timers.after(ASK_MS, hand)
    },
    forget() {
      cancel()
      need = 'none'
    },
  }
}
