import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import { memo } from 'react'
import { Capped } from '../ui/capped.tsx'
import { useFold } from './fold-memory.ts'

/** What the model thought aloud: folded, since it is rarely what a person came for. */
export const Thinking = memo(function Thinking({ id, text, live }: { id: string; text: string; live: boolean }) {
  const [open, toggle] = useFold(id, false)
  return (
    <div className="my-1.5">
      <button type="button" aria-expanded={open} onClick={toggle} className="picker -ml-2 text-faint">
        <ChevronRight size={14} className={clsx(open && 'rotate-90')} aria-hidden />
        <span className={clsx(live && 'pulse')}>{live ? 'Thinking…' : 'Thought'}</span>
      </button>
      {open && (
        <div className="ml-1.5 border-l-2 border-line pl-4 text-[13px] text-soft">
          <Capped text={text}>{(shown) => <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{shown}</p>}</Capped>
        </div>
      )}
    </div>
  )
})
