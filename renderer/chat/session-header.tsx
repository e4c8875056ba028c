import { PanelLeft } from 'lucide-react'
import { useOpen } from '../stores/open-session.ts'
import { useUi } from '../stores/ui.ts'
import { compact, dollars } from '../ui/format.ts'
import { ConnectionBadge } from './connection-badge.tsx'

/** The line above the conversation: where one is, what it cost, and how the connection stands. */
export function SessionHeader({ title }: { title?: string }) {
  const sessionTitle = useOpen((store) => store.view?.summary.title)
  const sidebar = useUi((ui) => ui.sidebar)
  const toggleSidebar = useUi((ui) => ui.toggleSidebar)
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3">
      {!sidebar && (
        <button type="button" className="icon-button -ml-1 size-8" aria-label="Show sessions" onClick={() => toggleSidebar(true)}>
          <PanelLeft size={16} />
        </button>
      )}
      <h1 className="min-w-0 flex-1 truncate text-[13px] font-semibold">{title ?? (sessionTitle || 'New session')}</h1>
      {!title && <Spent />}
      <ConnectionBadge />
    </header>
  )
}

function Spent() {
  const usage = useOpen((store) => store.view?.usage)
  const micros = useOpen((store) => store.view?.costMicros ?? 0)
  const unpriced = useOpen((store) => store.view?.unpricedCalls ?? 0)
  if (!usage) return null
  const read = usage.input + usage.cacheRead + usage.cacheWrite
  if (read + usage.output === 0) return null
  const detail = [
    `${read.toLocaleString()} tokens in (${usage.cacheRead.toLocaleString()} from cache)`,
    `${usage.output.toLocaleString()} tokens out`,
    ...(unpriced > 0 ? [`${unpriced} calls at an unknown price`] : []),
  ].join('\n')
  return (
    <p className="hidden shrink-0 text-xs tabular-nums text-faint sm:block" title={detail}>
      {compact(read + usage.output)} tokens{micros > 0 && ` · ${dollars(micros)}`}
      {micros > 0 && unpriced > 0 && '+'}
    </p>
  )
}
