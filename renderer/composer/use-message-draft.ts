import { useRef, useState } from 'react'
import type { MessageId, SessionId, UserPart } from '../../sidecar/contract/index.ts'
import { send } from '../actions.ts'
import { newMessageId } from '../session/message-id.ts'
import { useDrafts } from '../stores/drafts.ts'
import { useOpen } from '../stores/open-session.ts'
import { add, addFiles, NONE, remove, useAttachments } from './attachment-store.ts'
import { identityOf, isReady, partOf, pasted } from './attachments.ts'
import { useVerdicts } from './use-verdicts.ts'

const LONGEST_TEXT = 400_000

/** What goes along with the text of a message, and the way both are sent. */
export function useMessageDraft(sessionId: SessionId) {
  const attachments = useAttachments((store) => store.held[sessionId] ?? NONE)
  const [said, setProblem] = useState<string | null>(null)
  const [sending, setSending] = useState(false)
  const together = useVerdicts(sessionId, attachments)
  /** The id of what was sent and not known to be accepted: sent again unchanged, it is the same message. */
  const unsure = useRef<{ text: string; files: string; id: MessageId } | null>(null)

  const submit = async (steer: boolean) => {
    const text = useDrafts.getState().texts[sessionId] ?? ''
    if (text.length > LONGEST_TEXT)
      return setProblem(`A message is ${LONGEST_TEXT.toLocaleString()} characters at most; attach the rest as a file.`)
    const parts: UserPart[] = [...(text.trim() ? [{ type: 'text' as const, text }] : []), ...attachments.map(partOf)]
    setProblem(null)
    setSending(true)
    const before = unsure.current
    const files = attachments.map(identityOf).join()
    const id = before?.text === text && before.files === files ? before.id : newMessageId()
    unsure.current = { text, files, id }
    const accepted = await send(sessionId, id, parts, steer)
    setSending(false)
    if (!accepted) return
    unsure.current = null
    // What was typed or attached meanwhile stays.
    if (useDrafts.getState().texts[sessionId] === text) useDrafts.getState().write(sessionId, '')
    remove(
      sessionId,
      attachments.map((a) => a.id),
    )
    useOpen.getState().setAtEnd(true)
  }

  return {
    attachments,
    problem: said ?? (together && `${together.message}${together.hint ? `. ${together.hint}` : ''}`),
    /** Whether what is attached may be sent now. */
    ready: together === null && attachments.every(isReady),
    sending,
    addFiles: async (files: Iterable<File>) => setProblem(await addFiles(sessionId, files)),
    addPaste: (text: string) => setProblem(add(sessionId, [pasted(text)])),
    submit,
  }
}
