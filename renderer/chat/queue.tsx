import { CornerDownRight, X } from 'lucide-react'
import type { Message } from '../../sidecar/contract/index.ts'
import { unqueue } from '../actions.ts'
import { useOpen } from '../stores/open-session.ts'

const PREVIEW = 160

/** Messages that were accepted and wait for their turn. */
export function Queue() {
  const sessionId = useOpen((store) => store.sessionId)
  const queue = useOpen((store) => store.view?.queue)
  if (!sessionId || !queue || queue.length === 0) return null
  return (
    <section
      data-testid="queue"
      aria-label="Waiting messages"
      className="mb-2 max-h-36 overflow-y-auto rounded-xl border border-line"
    >
      <ul>
        {queue.map((message) => (
          <li key={message.id} className="flex items-center gap-2 border-line py-1 pl-3 pr-1 text-[13px] not-first:border-t">
            <CornerDownRight size={14} className="shrink-0 text-faint" aria-hidden />
            <span className="min-w-0 flex-1 truncate text-soft">{preview(message)}</span>
            <span className="shrink-0 text-xs text-faint">{message.steer ? 'joins at the next step' : 'waits'}</span>
            <button
              type="button"
              className="icon-button size-7"
              aria-label="Remove from queue"
              onClick={() => unqueue(sessionId, message.id)}
            >
              <X size={14} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function preview({ parts }: Message): string {
  return parts
    .map((part) =>
      part.type === 'document' || part.type === 'media' ? part.name : part.type === 'text' ? part.text.slice(0, PREVIEW) : '',
    )
    .join(' · ')
}
