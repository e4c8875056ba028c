import { useEffect } from 'react'
import { focusComposer } from '../actions.ts'
import { useUi } from '../stores/ui.ts'

/** Ctrl ` shows and hides the terminals, wherever the focus is. */
export function useTerminalKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.code !== 'Backquote' || !event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      toggleTerminals()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** Shows the terminals below the conversation, or hides them. */
export function toggleTerminals(): void {
  const ui = useUi.getState()
  const open = !(ui.terminal && ui.pane === 'chat')
  if (open) ui.setPane('chat')
  ui.toggleTerminal(open)
  if (!open) focusComposer()
}
