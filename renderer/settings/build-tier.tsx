import { useEffect, useRef, useState } from 'react'
import type { Isolation } from '../../sidecar/contract/index.ts'
import { attempt } from '../actions.ts'
import { online } from '../stores/connection.ts'

/** Makes what a tier lacks and shows the newest line of how. Leaving the settings ends it. */
export function BuildTier({ tier, name, onMade }: { tier: Isolation; name: string; onMade(): void }) {
  const [line, setLine] = useState<string>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const build = async () => {
    const stop = new AbortController()
    running.current = stop
    setLine('Asking the engine…')
    await attempt(async () => {
      try {
        for await (const item of await online().sandbox.build({ tier }, { signal: stop.signal }))
          if (item.type === 'line') setLine(item.line)
          else onMade()
      } catch (error) {
        if (!stop.signal.aborted) throw error
      }
    })
    setLine(undefined)
  }

  if (line === undefined)
    return (
      <button type="button" className="button mt-1" aria-label={`Build what ${name} needs`} onClick={build}>
        Build it
      </button>
    )
  return (
    <div className="mt-1 flex items-center gap-2">
      <output className="mono min-w-0 flex-1 truncate text-soft">{line}</output>
      <button type="button" className="button" onClick={() => running.current?.abort()}>
        Stop
      </button>
    </div>
  )
}
