import { useConnection } from '../stores/connection.ts'
import { keepLine } from './keep.ts'
import { portDialer } from './port.ts'
import { shell } from './shell.ts'
import { forgetToken, takeToken } from './token.ts'
import { webSocketDialer } from './websocket.ts'

/** Starts the one connection of this window; it lives as long as the window. */
export function startConnection(): void {
  const desktop = shell()
  const { setState, setClient } = useConnection.getState()
  const token = desktop ? null : takeToken()
  const keeper = keepLine(desktop ? portDialer(desktop) : webSocketDialer(() => token), {
    client: setClient,
    state(state) {
      if (state.state === 'unauthorized') forgetToken()
      setState(state)
    },
  })
  useConnection.setState({ hurry: keeper.hurry })
  window.addEventListener('online', keeper.hurry)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) keeper.hurry()
  })
  desktop?.onSidecar((sidecar) => {
    useConnection.getState().setSidecar(sidecar)
    if (sidecar.state === 'ready') keeper.hurry()
  })
}
