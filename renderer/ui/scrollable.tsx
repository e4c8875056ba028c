import type { ReactNode } from 'react'

/** Something that scrolls by itself. It can be reached and scrolled by keyboard. */
export function Scrollable({ label, className, children }: { label: string; className: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the controls of a form
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it a keyboard cannot scroll it
    <div role="group" tabIndex={0} aria-label={label} className={className}>
      {children}
    </div>
  )
}
