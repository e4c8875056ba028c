import type { MessageChannelMain, MessagePortMain, WebContents } from 'electron'
import { PORT_MESSAGE } from '../sidecar/contract/shell.ts'
import type { Supervisor } from './supervisor.ts'

/** Gives the page its port to the sidecar: one for each time it asks, and a new one after each restart of the sidecar. */
export interface PortDesk {
  /** The page asks. It is served now, or as soon as the sidecar is ready. */
  request(): void
  /** The sidecar became ready. */
  ready(): void
  /** The page went away (reload, crash); the next one asks for itself. */
  forget(): void
}

export function createPortDesk(
  channel: () => MessageChannelMain,
  send: Supervisor<MessagePortMain>['send'],
  page: () => Pick<WebContents, 'postMessage'> | null,
): PortDesk {
  let asked = false
  const hand = () => {
    const contents = page()
    if (!asked || !contents) return
    const { port1, port2 } = channel()
    if (send({ type: 'port' }, [port2])) contents.postMessage(PORT_MESSAGE, null, [port1])
    else port1.close()
  }
  return {
    request() {
      asked = true
      hand()
    },
    ready: hand,
    forget() {
      asked = false
    },
  }
}
