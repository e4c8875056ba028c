import { Menu } from '@base-ui/react/menu'
import { Check, Hand, PencilLine, Zap } from 'lucide-react'
import type { Mode, SessionId } from '../../sidecar/contract/index.ts'
import { configure } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'

const MODES = [
  { mode: 'ask', name: 'Ask', icon: Hand, words: 'Asks before it changes a file or runs a command.' },
  {
    mode: 'auto-edit',
    name: 'Auto-edit',
    icon: PencilLine,
    words: 'Changes files in the workspace by itself; asks before commands.',
  },
  { mode: 'auto', name: 'Auto', icon: Zap, words: 'Changes files and runs sandboxed commands without asking.' },
] as const satisfies { mode: Mode; name: string; icon: unknown; words: string }[]

/** How much the agent of this session may do without asking. */
export function ModePicker({ sessionId }: { sessionId: SessionId }) {
  const mode = useOpen((store) => store.view?.summary.mode ?? 'ask')
  const open = useUi((ui) => ui.dialog === 'mode')
  const setDialog = useUi((ui) => ui.setDialog)
  const { name, icon: Icon } = MODES.find((m) => m.mode === mode) ?? MODES[0]
  return (
    <Menu.Root open={open} onOpenChange={(next) => setDialog(next ? 'mode' : null)}>
      <Menu.Trigger data-testid="mode-picker" className="picker shrink-0" aria-label={`Mode: ${name}`} title="Mode">
        <Icon size={14} className="shrink-0" aria-hidden />
        <span className="hidden truncate sm:inline">{name}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="top" align="start" sideOffset={6} className="z-50">
          <Menu.Popup className="popup" aria-label="Mode">
            <Menu.RadioGroup value={mode} onValueChange={(next: Mode) => configure(sessionId, { mode: next })}>
              {MODES.map((choice) => (
                <Menu.RadioItem key={choice.mode} value={choice.mode} closeOnClick className="popup-item items-start">
                  <choice.icon size={15} className="mt-0.5 shrink-0 text-soft" aria-hidden />
                  <span className="min-w-0 flex-1">
                    <span className="block font-medium">{choice.name}</span>
                    <span className="block text-soft">{choice.words}</span>
                  </span>
                  <Menu.RadioItemIndicator>
                    <Check size={15} className="mt-0.5 text-accent" aria-hidden />
                  </Menu.RadioItemIndicator>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
