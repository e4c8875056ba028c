import { Ban, Check, CircleAlert, CircleDashed, CircleHelp, CircleStop, LoaderCircle, type LucideIcon } from 'lucide-react'
import type { ToolPart } from '../../sidecar/contract/index.ts'

interface Look {
  icon: LucideIcon
  className: string
  words: string
}

const LOOKS: Record<ToolPart['status'], Look> = {
  requested: { icon: CircleDashed, className: 'text-faint', words: 'Requested' },
  waiting: { icon: CircleHelp, className: 'text-warn', words: 'Waiting for your answer' },
  allowed: { icon: CircleDashed, className: 'text-faint', words: 'Allowed, about to start' },
  running: { icon: LoaderCircle, className: 'text-accent animate-spin', words: 'Running' },
  done: { icon: Check, className: 'text-ok', words: 'Done' },
  failed: { icon: CircleAlert, className: 'text-bad', words: 'Failed' },
  denied: { icon: Ban, className: 'text-bad', words: 'Not allowed' },
  cancelled: { icon: CircleStop, className: 'text-faint', words: 'Stopped by you' },
  interrupted: {
    icon: CircleAlert,
    className: 'text-warn',
    words: 'Interrupted: Oxbow stopped while this ran; its outcome is unknown',
  },
}

export const toolWords = (status: ToolPart['status']): string => LOOKS[status].words

export function ToolStatusIcon({ status }: { status: ToolPart['status'] }) {
  const { icon: Icon, className, words } = LOOKS[status]
  return (
    <>
      <Icon size={15} className={`shrink-0 ${className}`} aria-hidden />
      <span className="sr-only">{words}</span>
    </>
  )
}
