import { useEffect, useState } from 'react'
import { useOpen } from '../stores/open-session.ts'

/** What the person should know of the newest turn: that a budget is nearly used up. */
export function TurnWarnings() {
  const warnings = useOpen((store) => store.view?.turn?.warnings)
  if (!warnings) return null
  return (
    <ul
      role="status"
      data-testid="turn-warnings"
      className="mb-2 rounded-xl border border-warn bg-warn-ground px-3 py-2 text-[13px]"
    >
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
    </ul>
  )
}

/** A turn that pauses: why, and for how long yet. */
export function TurnPause() {
  const waiting = useOpen((store) => store.view?.turn?.waiting)
  const left = useSecondsTo(waiting?.until)
  if (!waiting) return null
  const { reason, model, tries, failure } = waiting
  const when = left > 0 ? ` in ${left} s` : ' now'
  return (
    <section
      role="status"
      data-testid="turn-pause"
      className="mb-2 rounded-xl border border-line bg-raised px-3 py-2 text-[13px] [overflow-wrap:anywhere]"
    >
      <p>
        {reason === 'quota'
          ? `The limit of ${model} is used up. Oxbow goes on${when}.`
          : `Oxbow asks ${model} again${when} (try ${tries + 1}).`}
      </p>
      {failure && <p className="text-soft">{failure.message}</p>}
    </section>
  )
}

/** Whole seconds from now to a time, counted down. */
function useSecondsTo(until: string | undefined): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (until === undefined) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [until])
  return until === undefined ? 0 : Math.max(0, Math.ceil((Date.parse(until) - now) / 1000))
}
