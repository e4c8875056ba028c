import { useState } from 'react'
import type { SessionId, UserPart } from '../../sidecar/contract/index.ts'
import { send } from '../actions.ts'
import { newMessageId } from '../session/new-id.ts'
import { useDrafts } from '../stores/drafts.ts'
import { useOpen } from '../stores/open-session.ts'
import { add, addFiles, NONE, remove, useAttachments } from './attachment-store.ts'
import { identityOf, isReady, partOf, pasted } from './attachments.ts'
import { useOutbox } from './outbox.ts'
import { useVerdicts } from './use-verdicts.ts'

const LONGEST_TEXT = 400_000

/** What goes along with the text of a message, and the way both are sent. */
export function useMessageDraft(sessionId: SessionId) {
  const attachments = useAttachments((store) => store.held[sessionId] ?? NONE)
  const [said, setProblem] = useState<string | null>(null)
  const sending = useOutbox((store) => store.sent[sessionId]?.underWay ?? false)
  const together = useVerdicts(sessionId, attachments)

  const submit = async (steer: boolean) => {
    const outbox = useOutbox.getState()
    const before = outbox.sent[sessionId]
    const text = useDrafts.getState().texts[sessionId] ?? ''
    if (before?.underWay) return
    if (text.length > LONGEST_TEXT)
      return setProblem(`A message is ${LONGEST_TEXT.toLocaleString()} characters at most; attach the rest as a file.`)
    const parts: UserPart[] = [...(text.trim() ? [{ type: 'text' as const, text }] : []), ...attachments.map(partOf)]
    setProblem(null)
    const files = attachments.map(identityOf).join()
    const id = before?.text === text && before.files === files ? before.id : newMessageId()
    outbox.set(sessionId, { id, text, files, underWay: true })
    const accepted = await send(sessionId, id, parts, steer)
    outbox.set(sessionId, accepted ? undefined : { id, text, files, underWay: false })
    if (!accepted) return
    // What was typed behind it or attached meanwhile stays.
    const now = useDrafts.getState().texts[sessionId] ?? ''
    if (now.startsWith(text)) useDrafts.getState().write(sessionId, now.slice(text.length).trimStart())
    remove(
      sessionId,
      attachments.map((a) => a.id),
    )
    if (useOpen.getState().sessionId === sessionId) useOpen.getState().setAtEnd(true)
  }

  return {
    attachments,
    problem: said ?? (together && `${together.message}${together.hint ? `. ${together.hint}` : ''}`),
    /** Whether what is attached may be sent now. */
    complete: together === null && attachments.every(isReady),
    sending,
    addFiles: async (files: Iterable<File>) => setProblem(await addFiles(sessionId, files)),
    addPaste: (text: string) => setProblem(add(sessionId, [pasted(text)])),
    submit,
  }
}
