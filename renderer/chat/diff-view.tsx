import clsx from 'clsx'
import { memo } from 'react'
import { visible } from '../../sidecar/contract/index.ts'
import { Capped } from '../ui/capped.tsx'
import { Scrollable } from '../ui/scrollable.tsx'

/** A unified diff, or lines that begin with + and -. Every line of it shows, and wraps: none may hide beside the screen. */
export const DiffView = memo(function DiffView({ diff }: { diff: string }) {
  return (
    <Capped text={diff}>
      {(shown) => (
        <Scrollable className="mono max-h-80 overflow-auto rounded-md border border-line bg-page py-1" label="Changes">
          {runsOf(visible(shown)).map(({ from, look, text }) => (
            <div key={from} className={clsx('whitespace-pre-wrap px-3 [overflow-wrap:anywhere]', look)}>
              {text}
            </div>
          ))}
        </Scrollable>
      )}
    </Capped>
  )
})

/** Lines of one look that follow each other are one element, known by the first of them: a long file has few. */
function runsOf(diff: string): { from: number; look: string; text: string }[] {
  const runs: { from: number; look: string; lines: string[] }[] = []
  for (const [from, line] of diff.replace(/\n$/, '').split('\n').entries()) {
    const look = lookOf(line)
    const last = runs.at(-1)
    if (last?.look === look) last.lines.push(line)
    else runs.push({ from, look, lines: [line] })
  }
  return runs.map(({ lines, ...run }) => ({ ...run, text: lines.join('\n') }))
}

function lookOf(line: string): string {
  if (line.startsWith('+')) return 'bg-added text-ok'
  if (line.startsWith('-')) return 'bg-removed text-bad'
  return line.startsWith('@@') ? 'text-faint' : 'text-soft'
}
