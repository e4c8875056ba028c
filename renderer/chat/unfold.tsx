import { type ReactNode, useState } from 'react'

/** Something that is shown when asked for, and made only then. */
export function Unfold({ title, children }: { title: ReactNode; children: () => ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-[13px] text-soft [overflow-wrap:anywhere]">{title}</summary>
      {open && <div className="mt-1 mb-2 flex flex-col gap-2">{children()}</div>}
    </details>
  )
}
