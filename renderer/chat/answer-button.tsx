import clsx from 'clsx'
import type { ComponentProps } from 'react'

interface Answer extends Omit<ComponentProps<'button'>, 'type' | 'className'> {
  /** What tests call it. */
  name: string
  look?: 'primary' | 'no' | undefined
}

/** One of the answers to a question. What it covers may be long, and is never cut. */
export function AnswerButton({ name, look, ...props }: Answer) {
  return (
    <button
      type="button"
      data-testid={name}
      className={clsx(
        'button h-auto min-h-7 max-w-full whitespace-normal py-0.5 text-left [overflow-wrap:anywhere]',
        look === 'primary' && 'button-primary',
        look === 'no' && 'text-bad',
      )}
      {...props}
    />
  )
}
