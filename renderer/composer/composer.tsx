import clsx from 'clsx'
import { ArrowUp, CornerDownRight, FileText, Square, X } from 'lucide-react'
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { SessionId } from '../../sidecar/contract/index.ts'
import { cancelTurn } from '../actions.ts'
import { isMac } from '../connection/shell.ts'
import { useConnection } from '../stores/connection.ts'
import { useDrafts } from '../stores/drafts.ts'
import { useOpen } from '../stores/open-session.ts'
import { isWide } from '../stores/ui.ts'
import { compact } from '../ui/format.ts'
import { LONG_PASTE } from './attachments.ts'
import { Meter } from './meter.tsx'
import { ModePicker } from './mode-picker.tsx'
import { ModelPicker } from './model-picker.tsx'
import { useMessageDraft } from './use-message-draft.ts'
import { WorkspacePicker } from './workspace-picker.tsx'

const MOST_HEIGHT = 240

/** Where a message is written. The text is kept per session until it is accepted. */
export function Composer({ sessionId }: { sessionId: SessionId }) {
  const text = useDrafts((store) => store.texts[sessionId] ?? '')
  const status = useOpen((store) => store.view?.summary.status)
  const online = useConnection((store) => store.client !== null)
  const { attachments, problem, sending, addFiles, addPaste, remove, submit } = useMessageDraft(sessionId)
  const [over, setOver] = useState(false)
  const area = useRef<HTMLTextAreaElement>(null)
  const busy = status === 'running' || status === 'waiting'
  const canSend = online && !sending && (text.trim() !== '' || attachments.length > 0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useEffect(() => {
    const box = area.current
    if (!box) return
    box.style.height = 'auto'
    box.style.height = `${Math.min(box.scrollHeight, MOST_HEIGHT)}px`
  }, [text])

  useEffect(() => {
    if (isWide()) area.current?.focus()
  }, [])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    if (canSend) void submit(busy && (event.metaKey || event.ctrlKey))
  }
  const onPaste = (event: ClipboardEvent) => {
    const { files } = event.clipboardData
    const long = event.clipboardData.getData('text/plain')
    if (files.length === 0 && long.length < LONG_PASTE) return
    event.preventDefault()
    if (files.length > 0) void addFiles(files)
    else addPaste(long)
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void addFiles(event.dataTransfer.files)
  }

  return (
    <form
      aria-label="Message"
      className={clsx(
        'rounded-xl border bg-page focus-within:border-accent',
        over ? 'border-accent bg-raised' : 'border-line-strong',
      )}
      onSubmit={(event) => {
        event.preventDefault()
        if (canSend) void submit(false)
      }}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {attachments.length > 0 && (
        <ul aria-label="Documents" className="flex flex-wrap gap-1.5 px-3 pt-2.5">
          {attachments.map(({ id, name, text: document }) => (
            <li
              key={id}
              className="flex max-w-64 items-center gap-1.5 rounded-md border border-line py-0.5 pl-2 pr-0.5 text-[13px] text-soft"
            >
              <FileText size={14} className="shrink-0" aria-hidden />
              <span className="truncate">{name}</span>
              <span className="text-xs text-faint">{compact(document.length)}</span>
              <button type="button" className="icon-button size-6" aria-label={`Remove ${name}`} onClick={() => remove(id)}>
                <X size={13} />
              </button>
            </li>
          ))}
        </ul>
      )}
      {problem && (
        <p role="alert" className="px-3 pt-2 text-[13px] text-bad">
          {problem}
        </p>
      )}
      <textarea
        ref={area}
        data-testid="composer"
        aria-label="Message to Oxbow"
        placeholder={
          busy ? `Enter waits in the queue, ${isMac() ? '⌘' : 'Ctrl'} Enter joins this turn` : 'Ask, or describe what to do'
        }
        rows={1}
        value={text}
        onChange={(event) => useDrafts.getState().write(sessionId, event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        className="block w-full resize-none bg-transparent px-3.5 pb-1 pt-3 leading-[1.5] outline-none placeholder:text-faint"
      />
      <div className="flex items-center gap-0.5 p-1.5">
        <WorkspacePicker sessionId={sessionId} />
        <ModelPicker sessionId={sessionId} />
        <ModePicker sessionId={sessionId} />
        <span className="flex-1" />
        <Meter sessionId={sessionId} />
        {busy && canSend && (
          <button
            type="button"
            className="picker"
            title="Send into the running turn"
            aria-label="Steer"
            onClick={() => submit(true)}
          >
            <CornerDownRight size={14} aria-hidden /> <span className="hidden sm:inline">Steer</span>
          </button>
        )}
        {busy && (
          <button
            type="button"
            data-testid="stop"
            aria-label="Stop"
            title="Stop (Esc)"
            className="button size-8 p-0"
            onClick={() => cancelTurn(sessionId)}
          >
            <Square size={12} fill="currentColor" aria-hidden />
          </button>
        )}
        {(!busy || canSend) && (
          <button
            type="submit"
            data-testid="send"
            aria-label={busy ? 'Queue message' : 'Send'}
            title={online ? 'Send (Enter)' : 'Not connected'}
            disabled={!canSend}
            className="button button-primary size-8 p-0"
          >
            <ArrowUp size={16} aria-hidden />
          </button>
        )}
      </div>
    </form>
  )
}
