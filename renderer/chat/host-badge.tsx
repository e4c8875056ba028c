import { OctagonAlert } from 'lucide-react'
import { useIsolation } from '../composer/use-isolation.ts'
import { useOpen } from '../stores/open-session.ts'

/** Says in red that nothing stands between this session's commands and the computer. */
export function HostBadge() {
  const sessionId = useOpen((store) => store.sessionId)
  if (useIsolation(sessionId)?.tier !== 'host') return null
  return (
    <span
      data-testid="host-badge"
      title="Its commands run as you, on all of this computer"
      className="inline-flex shrink-0 items-center gap-1 rounded-md bg-bad-ground px-2 py-0.5 text-xs font-semibold text-bad"
    >
      <OctagonAlert size={13} aria-hidden /> No isolation
    </span>
  )
}
