import clsx from 'clsx'
import { useEffect, useState } from 'react'
import type { ConnectionState } from '../connection/state.ts'
import { standing, useConnection } from '../stores/connection.ts'

/** How the connection stands, in words where it is not simply well. */
export function ConnectionBadge() {
  const line = useConnection((store) => store.line)
  const sidecar = useConnection((store) => store.sidecar)
  const hurry = useConnection((store) => store.hurry)
  const state = standing({ line, sidecar })
  const well = state.state === 'online'
  return (
    <div className="flex shrink-0 items-center gap-2 text-xs">
      {state.state === 'reconnecting' && (
        <button type="button" className="button h-6 px-2 text-xs" onClick={hurry}>
          Try now
        </button>
      )}
      <span
        data-testid="connection-state"
        data-state={state.state}
        role="status"
        className={clsx('inline-flex items-center gap-1.5', well ? 'text-faint' : 'text-warn')}
        title={well ? 'Connected to Oxbow' : undefined}
      >
        <span className={clsx('size-1.5 rounded-full', well ? 'bg-ok' : 'bg-warn')} aria-hidden />
        <span className={clsx(well && 'sr-only')}>{words(state)}</span>
      </span>
      {state.state === 'reconnecting' && <Countdown until={state.retryAt} />}
    </div>
  )
}

function words(state: ConnectionState): string {
  switch (state.state) {
    case 'connecting':
      return 'Connecting…'
    case 'online':
      return 'Online'
    case 'reconnecting':
      return 'Reconnecting'
    case 'restarting':
      return `Oxbow restarts (attempt ${state.attempt})`
    case 'failed':
      return 'Oxbow failed to start'
    case 'stopped':
      return 'Oxbow is stopped'
    case 'unauthorized':
      return 'Not allowed in'
  }
}

/** Outside the live region: a screen reader need not hear every second. */
function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.ceil((until - now) / 1000)
  return <span className="tabular-nums text-warn">{seconds > 0 ? `in ${seconds} s` : 'now'}</span>
}
