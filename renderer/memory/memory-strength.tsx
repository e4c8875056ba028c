import { useCallback } from 'react'
import type { Client, Memory, MemoryId } from '../../sidecar/contract/index.ts'
import { Asking, Problem } from '../settings/section.tsx'
import { useAnswer } from '../settings/use-answer.ts'

const WIDTH = 280
const HEIGHT = 56

/** How well a memory is held: in words, and over time. */
export function MemoryStrength({ memory }: { memory: Memory }) {
  const { id, uses, standing } = memory
  const [answer] = useAnswer(useCallback((client: Client) => client.memory.strength({ id }), [id]))
  return (
    <div className="flex flex-wrap items-end gap-x-6 gap-y-2 rounded-md bg-raised px-2.5 py-2">
      {standing && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 text-xs">
          <dt className="text-faint">Strength</dt>
          <dd>
            {percent(standing.strength)}, {standing.tier}
          </dd>
          <dt className="text-faint">Fades</dt>
          <dd>{standing.halfLifeDays === undefined ? 'never' : `by half in ${Math.round(standing.halfLifeDays)} days`}</dd>
          <dt className="text-faint">Of use</dt>
          <dd>
            {uses} {uses === 1 ? 'time' : 'times'}, in {standing.sessions} {standing.sessions === 1 ? 'session' : 'sessions'}
          </dd>
          <dt className="text-faint">Protection</dt>
          <dd>{standing.protection}</dd>
        </dl>
      )}
      {answer.state === 'asking' && <Asking />}
      {answer.state === 'failed' && <Problem words={answer.words} />}
      {answer.state === 'answered' && <Curve id={id} points={answer.value.points} />}
    </div>
  )
}

function Curve({ id, points }: { id: MemoryId; points: readonly { at: string; strength: number }[] }) {
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last) return null
  const from = Date.parse(first.at)
  const span = Math.max(1, Date.parse(last.at) - from)
  const x = (at: number): number => ((at - from) / span) * WIDTH
  const line = points
    .map(({ at, strength }) => `${x(Date.parse(at)).toFixed(1)},${((1 - strength) * HEIGHT).toFixed(1)}`)
    .join(' ')
  const now = x(Date.now())
  return (
    <figure className="m-0">
      <svg
        role="img"
        aria-labelledby={`curve-${id}`}
        width={WIDTH}
        height={HEIGHT + 2}
        viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`}
        className="block max-w-full text-accent"
      >
        <title id={`curve-${id}`}>Strength over time</title>
        <line x1={now} x2={now} y1={0} y2={HEIGHT} stroke="var(--line)" />
        <polyline points={line} fill="none" stroke="currentColor" strokeWidth={1.5} />
      </svg>
      <figcaption className="flex justify-between text-xs text-faint">
        <span>{day(first.at)}</span>
        <span>{day(last.at)}</span>
      </figcaption>
    </figure>
  )
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`
const day = (iso: string): string =>
  new Date(iso).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
