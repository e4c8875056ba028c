import { useRef, useState } from 'react'
import type { MessageId, SessionId, UserPart } from '../../sidecar/contract/index.ts'
import { send } from '../actions.ts'
import { newMessageId } from '../session/message-id.ts'
import { useDrafts } from '../stores/drafts.ts'
import { useOpen } from '../stores/open-session.ts'
import { type Attachment, MOST_ATTACHMENTS, pasted, readAttachment } from './attachments.ts'

const LONGEST_TEXT = 400_000

/** The documents beside the text of a message, and the way both are sent. */
export function useMessageDraft(sessionId: SessionId) {
  const [attachments, setAttachments] = useState<readonly Attachment[]>([])
  const [problem, setProblem] = useState<string | null>(null)
  const [sending, setSending] = useState(false)
  /** The id of what was sent and not known to be accepted: sent again unchanged, it is the same message. */
  const unsure = useRef<{ text: string; attachments: readonly Attachment[]; id: MessageId } | null>(null)

  const add = (added: readonly Attachment[]) => {
    if (attachments.length + added.length > MOST_ATTACHMENTS) {
      setProblem(`A message carries ${MOST_ATTACHMENTS} documents at most.`)
    }
    setAttachments([...attachments, ...added].slice(0, MOST_ATTACHMENTS))
  }

  const addFiles = async (files: Iterable<File>) => {
    setProblem(null)
    const read = await Promise.allSettled([...files].map(readAttachment))
    const refused = read.find((result) => result.status === 'rejected')
    if (refused) setProblem(refused.reason instanceof Error ? refused.reason.message : 'The file could not be read.')
    add(read.filter((result) => result.status === 'fulfilled').map((result) => result.value))
  }

  const submit = async (steer: boolean) => {
    const text = useDrafts.getState().texts[sessionId] ?? ''
    if (text.length > LONGEST_TEXT)
      return setProblem(`A message is ${LONGEST_TEXT.toLocaleString()} characters at most; attach the rest as a file.`)
    const parts: UserPart[] = [
      ...(text.trim() ? [{ type: 'text' as const, text }] : []),
      ...attachments.map((a) => ({ type: 'document' as const, name: a.name, text: a.text })),
    ]
    setProblem(null)
    setSending(true)
    const before = unsure.current
    const id = before?.text === text && before.attachments === attachments ? before.id : newMessageId()
    unsure.current = { text, attachments, id }
    const accepted = await send(sessionId, id, parts, steer)
    setSending(false)
    if (!accepted) return
    unsure.current = null
    // What was typed meanwhile stays.
    if (useDrafts.getState().texts[sessionId] === text) useDrafts.getState().write(sessionId, '')
    setAttachments((held) => held.filter((a) => !attachments.includes(a)))
    useOpen.getState().setAtEnd(true)
  }

  return {
    attachments,
    problem,
    sending,
    addFiles,
    addPaste: (text: string) => add([pasted(text)]),
    remove: (id: number) => setAttachments(attachments.filter((a) => a.id !== id)),
    submit,
  }
}
