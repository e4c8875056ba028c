import clsx from 'clsx'
import { memo } from 'react'
import { Scrollable } from '../ui/scrollable.tsx'

const MOST_LINES = 400
const LONGEST_LINE = 1_000

/** A unified diff, or lines that begin with + and -. Headers of the whole file are left out: the card names it. */
export const DiffView = memo(function DiffView({ diff }: { diff: string }) {
  const lines = diff.split('\n').filter((line) => !/^(---|\+\+\+|diff |index )/.test(line))
  if (lines.at(-1) === '') lines.pop()
  return (
    <Scrollable className="mono max-h-80 overflow-auto rounded-md border border-line bg-page py-1" label="Changes">
      <div className="w-max min-w-full">
        {lines.slice(0, MOST_LINES).map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a diff never move
          <div key={index} className={clsx('whitespace-pre px-3', look(line))}>
            {line.slice(0, LONGEST_LINE) || ' '}
          </div>
        ))}
      </div>
      {lines.length > MOST_LINES && <p className="px-3 text-faint">… {lines.length - MOST_LINES} more lines</p>}
    </Scrollable>
  )
})

function look(line: string): string {
  if (line.startsWith('+')) return 'bg-added text-ok'
  if (line.startsWith('-')) return 'bg-removed text-bad'
  return line.startsWith('@@') ? 'text-faint' : 'text-soft'
}
