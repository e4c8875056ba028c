import clsx from 'clsx'
import { FileText, LoaderCircle, X } from 'lucide-react'
import type { SessionId } from '../../sidecar/contract/index.ts'
import { bytes, compact } from '../ui/format.ts'
import { KindIcon } from '../ui/kind-icon.tsx'
import { patch, remove, retry, shrink } from './attachment-store.ts'
import type { Attachment, FileAttachment, TextAttachment } from './attachments.ts'

/** What goes along with the message, each with what the person can choose. */
export function AttachmentList({ sessionId, attachments }: { sessionId: SessionId; attachments: readonly Attachment[] }) {
  if (attachments.length === 0) return null
  return (
    <ul aria-label="Attachments" className="flex max-h-52 flex-wrap gap-1.5 overflow-y-auto px-3 pt-2.5">
      {attachments.map((attachment) =>
        attachment.kind === 'text' ? (
          <TextChip key={attachment.id} sessionId={sessionId} attachment={attachment} />
        ) : (
          <FileChip key={attachment.id} sessionId={sessionId} attachment={attachment} />
        ),
      )}
    </ul>
  )
}

function TextChip({ sessionId, attachment: { id, name, text } }: { sessionId: SessionId; attachment: TextAttachment }) {
  return (
    <li className="flex h-11 max-w-64 items-center gap-1.5 rounded-md border border-line pl-2 pr-0.5 text-[13px] text-soft">
      <FileText size={14} className="shrink-0" aria-hidden />
      <span className="truncate">{name}</span>
      <span className="text-xs text-faint">{compact(text.length)}</span>
      <Remove name={name} onRemove={() => remove(sessionId, [id])} />
    </li>
  )
}

function FileChip({ sessionId, attachment }: { sessionId: SessionId; attachment: FileAttachment }) {
  const { id, name, size, state, info, verdict, problem, thumbnail, as, canShrink, canRetry } = attachment
  const bad = state === 'failed' || verdict?.goes === 'refused'
  const words = problem ? `${problem.message}${problem.hint ? `. ${problem.hint}` : ''}` : verdict?.why
  return (
    <li
      data-testid="attachment"
      data-state={bad ? 'refused' : state}
      className={clsx(
        'flex min-h-11 max-w-80 items-center gap-2 rounded-md border py-1 pl-1 pr-0.5 text-[13px]',
        bad ? 'border-bad bg-bad-ground' : 'border-line',
      )}
    >
      {thumbnail ? (
        <img src={thumbnail} alt="" className="size-9 shrink-0 rounded bg-raised object-cover" />
      ) : (
        <span className="grid size-9 shrink-0 place-items-center rounded bg-raised text-soft">
          {state === 'waiting' || state === 'storing' ? (
            <LoaderCircle size={15} className="animate-spin" aria-hidden />
          ) : (
            <KindIcon kind={info?.kind ?? 'document'} size={15} />
          )}
        </span>
      )}
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-1.5">
          <span className="truncate">{name}</span>
          <span className="shrink-0 text-xs text-faint">{bytes(size)}</span>
        </span>
        {(state === 'waiting' || state === 'storing') && <span className="block text-xs text-faint">Checking…</span>}
        {words && (
          <span
            role={bad ? 'alert' : undefined}
            className={clsx('block text-xs [overflow-wrap:anywhere]', bad ? 'text-bad' : 'text-faint')}
          >
            {words}
          </span>
        )}
        <span className="flex flex-wrap gap-x-3">
          {info?.kind === 'pdf' && verdict?.goes === 'native' && (
            <Choice onChoose={() => patch(sessionId, id, { as: 'text' })}>Send as text</Choice>
          )}
          {as === 'text' && <Choice onChoose={() => patch(sessionId, id, { as: undefined })}>Send as it is</Choice>}
          {canShrink && <Choice onChoose={() => void shrink(sessionId, attachment)}>Make it smaller</Choice>}
          {canRetry && <Choice onChoose={() => retry(sessionId, id)}>Try again</Choice>}
          {bad && <Choice onChoose={() => remove(sessionId, [id])}>Leave it out</Choice>}
        </span>
      </span>
      <Remove name={name} onRemove={() => remove(sessionId, [id])} />
    </li>
  )
}

function Choice({ onChoose, children }: { onChoose(): void; children: string }) {
  return (
    <button
      type="button"
      className="inline-flex items-center gap-1 text-xs text-accent underline underline-offset-2"
      onClick={onChoose}
    >
      {children}
    </button>
  )
}

function Remove({ name, onRemove }: { name: string; onRemove(): void }) {
  return (
    <button type="button" className="icon-button size-6 self-start" aria-label={`Remove ${name}`} onClick={onRemove}>
      <X size={13} />
    </button>
  )
}
