import clsx from 'clsx'
import { ArrowUp, CornerDownRight, Paperclip, Square } from 'lucide-react'
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef } from 'react'
import type { SessionId } from '../../sidecar/contract/index.ts'
import { cancelTurn } from '../actions.ts'
import { isMac } from '../connection/shell.ts'
import { useConnection } from '../stores/connection.ts'
import { useDrafts } from '../stores/drafts.ts'
import { useOpen } from '../stores/open-session.ts'
import { isWide } from '../stores/ui.ts'
import { AttachmentList } from './attachment-list.tsx'
import { LONG_PASTE } from './attachments.ts'
import { IsolationPicker } from './isolation-picker.tsx'
import { Meter } from './meter.tsx'
import { ModePicker } from './mode-picker.tsx'
import { ModelPicker } from './model-picker.tsx'
import { useFileDrop } from './use-file-drop.ts'
import { useMessageDraft } from './use-message-draft.ts'
import { VaultButton } from './vault-button.tsx'
import { WorkspacePicker } from './workspace-picker.tsx'

const MOST_HEIGHT = 240

/** Where a message is written. The text is kept per session until it is accepted. */
export function Composer({ sessionId }: { sessionId: SessionId }) {
  const text = useDrafts((store) => store.texts[sessionId] ?? '')
  const ready = useOpen((store) => store.view !== null)
  const status = useOpen((store) => store.view?.summary.status)
  const online = useConnection((store) => store.client !== null)
  const { attachments, problem, complete, sending, addFiles, addPaste, submit } = useMessageDraft(sessionId)
  const over = useFileDrop(addFiles)
  const picker = useRef<HTMLInputElement>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  const busy = status === 'running' || status === 'waiting'
  const canSend = online && complete && !sending && (text.trim() !== '' || attachments.length > 0)

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
    const { files, types } = event.clipboardData
    const text = event.clipboardData.getData('text/plain')
    // An office program puts a picture beside the text that was copied: the text is meant.
    const attached = files.length > 0 && !(text !== '' && types.includes('text/html'))
    if (!attached && text.length < LONG_PASTE) return
    event.preventDefault()
    if (attached) void addFiles([...files])
    else addPaste(text)
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
    >
      <AttachmentList sessionId={sessionId} attachments={attachments} />
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
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid="file-input"
          onChange={(event) => {
            void addFiles([...(event.target.files ?? [])])
            event.target.value = ''
          }}
        />
        <button
          type="button"
          data-testid="attach"
          className="icon-button size-7"
          aria-label="Attach files"
          title="Attach files"
          onClick={() => picker.current?.click()}
        >
          <Paperclip size={15} aria-hidden />
        </button>
        {ready && (
          <>
            <VaultButton sessionId={sessionId} />
            <WorkspacePicker sessionId={sessionId} />
            <ModelPicker sessionId={sessionId} />
            <ModePicker sessionId={sessionId} />
            <IsolationPicker sessionId={sessionId} />
          </>
        )}
        <span className="flex-1" />
        {ready && <Meter sessionId={sessionId} />}
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
            title={!online ? 'Not connected' : complete ? 'Send (Enter)' : 'Not all files can be sent yet'}
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
