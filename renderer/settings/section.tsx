import type { ReactNode } from 'react'
import type { Words } from '../connection/words.ts'

/** A titled part of the settings. */
export function Section({
  title,
  note,
  action,
  children,
}: {
  title: string
  note?: string
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section aria-label={title}>
      <header className="mb-2 flex items-center justify-between gap-2">
        <h2 className="text-[15px] font-semibold">{title}</h2>
        {action}
      </header>
      {note && <p className="mb-2 text-[13px] text-faint">{note}</p>}
      {children}
    </section>
  )
}

export const Asking = () => (
  <p role="status" className="text-[13px] text-faint">
    Looking…
  </p>
)

export const Problem = ({ words }: { words: Words }) => (
  <p role="alert" className="text-[13px] text-bad">
    {words.message}
    {words.hint && ` — ${words.hint}`}
  </p>
)
