import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import type { SessionId } from '../../sidecar/contract/index.ts'

export type Theme = 'system' | 'light' | 'dark'
type Pane = 'chat' | 'settings' | 'usage' | 'audit' | 'memory'
/** The one dialog that may be open. */
type Dialog = 'palette' | 'model' | 'mode' | 'workspace' | 'isolation' | 'vault' | null

interface Ui {
  theme: Theme
  sidebar: boolean
  pane: Pane
  /** Whether the terminals are shown below the conversation. */
  terminal: boolean
  dialog: Dialog
  /** The session whose title is being edited in the sidebar. */
  renaming: SessionId | null
  setTheme(theme: Theme): void
  toggleSidebar(open?: boolean): void
  toggleTerminal(open?: boolean): void
  setPane(pane: Pane): void
  setDialog(dialog: Dialog): void
  setRenaming(renaming: SessionId | null): void
}

/** A window wide enough for the sidebar to stand beside the chat. */
const wide = window.matchMedia('(min-width: 768px)')
export const isWide = (): boolean => wide.matches

export const useUi = create<Ui>()(
  persist(
    (set) => ({
      theme: 'system',
      sidebar: isWide(),
      pane: 'chat',
      terminal: false,
      dialog: null,
      renaming: null,
      setTheme: (theme) => set({ theme }),
      toggleSidebar: (open) => set((ui) => ({ sidebar: open ?? !ui.sidebar })),
      toggleTerminal: (open) => set((ui) => ({ terminal: open ?? !ui.terminal })),
      setPane: (pane) => set({ pane }),
      setDialog: (dialog) => set({ dialog }),
      setRenaming: (renaming) => set({ renaming }),
    }),
    {
      name: 'oxbow.ui',
      partialize: ({ theme, sidebar, terminal }) => ({ theme, sidebar, terminal }),
      // A narrow window starts with its sidebar closed, whatever a wide one left behind.
      merge: (kept, ui) => {
        const next = { ...ui, ...(kept as Partial<Ui> | undefined) }
        return { ...next, sidebar: next.sidebar && isWide() }
      },
    },
  ),
)

/** On a narrow window the sidebar lies over the chat and closes behind a choice. */
export function closeOverlaySidebar(): void {
  if (!isWide()) useUi.getState().toggleSidebar(false)
}

/** A window that is made narrow puts its sidebar away, which would lie over the chat, and shows it again when it is wide. */
let putAway = false
wide.addEventListener('change', () => {
  const { sidebar, toggleSidebar } = useUi.getState()
  if (wide.matches ? putAway : sidebar) toggleSidebar(wide.matches)
  putAway = !wide.matches && sidebar
})
