import { X } from 'lucide-react'
import { SessionHeader } from '../chat/session-header.tsx'
import { type Theme, useUi } from '../stores/ui.ts'
import { Checks } from './checks.tsx'
import { Config } from './config.tsx'
import { Grants } from './grants.tsx'
import { Isolation } from './isolation.tsx'
import { MemoryEmbedder } from './memory-embedder.tsx'
import { ModelHealth } from './model-health.tsx'
import { Models } from './models.tsx'
import { Network } from './network.tsx'
import { Rules } from './rules.tsx'
import { Secrets } from './secrets.tsx'

const THEMES: { theme: Theme; name: string }[] = [
  { theme: 'system', name: 'As the system' },
  { theme: 'light', name: 'Light' },
  { theme: 'dark', name: 'Dark' },
]

/** How Oxbow is set up, whether this computer is well, and what was allowed for good. */
export function SettingsPane() {
  const theme = useUi((ui) => ui.theme)
  const { setTheme, setPane } = useUi.getState()
  return (
    <main className="flex min-w-0 flex-1 flex-col" aria-label="Settings">
      <SessionHeader title="Settings and checks" />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="column flex flex-col gap-8 py-6">
          <div className="flex items-center justify-between">
            <fieldset className="flex flex-wrap items-center gap-4 text-[13px]">
              <legend className="sr-only">Theme</legend>
              {THEMES.map((choice) => (
                <label key={choice.theme} className="flex items-center gap-1.5">
                  <input
                    type="radio"
                    name="theme"
                    checked={theme === choice.theme}
                    onChange={() => setTheme(choice.theme)}
                    className="accent-accent"
                  />
                  {choice.name}
                </label>
              ))}
            </fieldset>
            <button type="button" className="button" onClick={() => setPane('chat')}>
              <X size={14} aria-hidden /> Close
            </button>
          </div>
          <Models />
          <Checks />
          <ModelHealth />
          <MemoryEmbedder />
          <Isolation />
          <Rules />
          <Grants />
          <Network />
          <Secrets />
          <Config />
        </div>
      </div>
    </main>
  )
}
