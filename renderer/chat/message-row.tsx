import { FileText } from 'lucide-react'
import { memo } from 'react'
import type { Message, MessageId, Part } from '../../sidecar/contract/index.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { useMessage, useOpen } from '../stores/open-session.ts'
import { Capped } from '../ui/capped.tsx'
import { compact } from '../ui/format.ts'
import { MediaPartView } from './media/media-part.tsx'
import { Recalled } from './recalled.tsx'
import { Thinking } from './thinking.tsx'
import { ToolCard } from './tool-card.tsx'

/** One message. It renders again only when that very message changed. */
export const MessageRow = memo(function MessageRow({ id }: { id: MessageId }) {
  const message = useMessage(id)
  if (!message) return null
  return message.role === 'user' ? <UserMessage message={message} /> : <AssistantMessage message={message} />
})

function UserMessage({ message }: { message: Message }) {
  return (
    <article data-testid="message" data-role="user" aria-label="You" className="flex flex-col items-end gap-1.5 pb-3 pt-5">
      {message.parts.map((part) => (
        <UserPartView key={part.id} part={part} />
      ))}
      {message.recalled && <Recalled recalled={message.recalled} />}
    </article>
  )
}

function UserPartView({ part }: { part: Part }) {
  if (part.type === 'document') {
    return (
      <div className="flex max-w-[85%] items-center gap-2 rounded-lg border border-line px-3 py-1.5 text-[13px] text-soft">
        <FileText size={15} className="shrink-0" aria-hidden />
        <span className="truncate">{part.name}</span>
        <span className="shrink-0 text-faint">{compact(part.text.length)} characters</span>
      </div>
    )
  }
  if (part.type === 'media') return <MediaPartView part={part} />
  if (part.type !== 'text') return null
  return (
    <div className="max-w-[85%] rounded-xl bg-raised px-3.5 py-2 leading-[1.6]">
      <Capped text={part.text}>{(shown) => <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{shown}</p>}</Capped>
    </div>
  )
}

const STOPS: Partial<Record<NonNullable<Message['stop']>, string>> = {
  length: 'The answer was cut: it reached the longest the model may give.',
  refusal: 'The model declined to answer this.',
}

function AssistantMessage({ message }: { message: Message }) {
  const other = useOpen((store) => message.model !== undefined && message.model !== store.view?.summary.model)
  const replaced = message.status === 'replaced'
  // Another model answered before this one had said a word: its own message says so.
  if (replaced && message.parts.length === 0) return null
  const streaming = message.status === 'streaming'
  const last = message.parts.length - 1
  const stop = message.stop && STOPS[message.stop]
  return (
    <article data-testid="message" data-role="assistant" aria-label="Oxbow" className={replaced ? 'py-1.5 text-faint' : 'py-1.5'}>
      {message.parts.map((part, index) => (
        <AssistantPart key={part.id} part={part} live={streaming && index === last} />
      ))}
      {streaming && message.parts.length === 0 && <p className="pulse text-faint">Working…</p>}
      {replaced && (
        <p className="mt-1 text-[13px] text-warn">
          {message.model} broke off here; another model answers below. {message.failure?.message}
        </p>
      )}
      {other && !replaced && <p className="mt-1 text-[13px] text-faint">Answered by {message.model}</p>}
      {stop && <p className="mt-1 text-[13px] text-warn">{stop}</p>}
    </article>
  )
}

const AssistantPart = memo(function AssistantPart({ part, live }: { part: Part; live: boolean }) {
  switch (part.type) {
    case 'text':
      return <Markdown text={part.text} streaming={live} />
    case 'thinking':
      return <Thinking id={part.id} text={part.text} live={live} />
    case 'tool':
      return <ToolCard part={part} />
    case 'document':
    case 'media':
      return <UserPartView part={part} />
  }
})
