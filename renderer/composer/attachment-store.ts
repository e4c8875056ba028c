import { ORPCError } from '@orpc/client'
import { create } from 'zustand'
import { type SessionId, storeFile } from '../../sidecar/contract/index.ts'
import { inWords } from '../connection/words.ts'
import { online } from '../stores/connection.ts'
import { type Attachment, attachmentOf, type FileAttachment, MOST_ATTACHMENTS } from './attachments.ts'
import { shrinkImage } from './shrink.ts'

interface Store {
  /** By session, so that going to another and back loses nothing. */
  held: Readonly<Record<string, readonly Attachment[]>>
  set(sessionId: SessionId, change: (held: readonly Attachment[]) => readonly Attachment[]): void
}

export const NONE: readonly Attachment[] = []

export const useAttachments = create<Store>()((set) => ({
  held: {},
  set: (sessionId, change) =>
    set(({ held }) => {
      const { [sessionId]: before = NONE, ...others } = held
      const after = change(before)
      if (after === before) return {}
      const kept = new Set(after.map(thumbnailOf))
      for (const url of before.map(thumbnailOf)) if (url && !kept.has(url)) URL.revokeObjectURL(url)
      return { held: after.length === 0 ? others : { ...others, [sessionId]: after } }
    }),
}))

const thumbnailOf = (attachment: Attachment): string | undefined =>
  attachment.kind === 'file' ? attachment.thumbnail : undefined

const heldBy = (sessionId: SessionId): readonly Attachment[] => useAttachments.getState().held[sessionId] ?? NONE

/** Adds files and begins to store them. @returns a word to the person where some did not fit */
export async function addFiles(sessionId: SessionId, files: Iterable<File>): Promise<string | null> {
  const added = await Promise.all([...files].slice(0, MOST_ATTACHMENTS + 1).map(attachmentOf))
  return add(sessionId, added)
}

export function add(sessionId: SessionId, added: readonly Attachment[]): string | null {
  const fits = Math.max(0, MOST_ATTACHMENTS - heldBy(sessionId).length)
  useAttachments.getState().set(sessionId, (held) => [...held, ...added.slice(0, fits)])
  void storeWaiting(sessionId)
  return added.length > fits ? `A message carries ${MOST_ATTACHMENTS} files at most.` : null
}

export function patch(sessionId: SessionId, id: number, change: Partial<FileAttachment>): void {
  useAttachments
    .getState()
    .set(sessionId, (held) => held.map((a) => (a.id === id && a.kind === 'file' ? { ...a, ...change } : a)))
}

export function remove(sessionId: SessionId, ids: readonly number[]): void {
  useAttachments
    .getState()
    .set(sessionId, (held) => (held.some((a) => ids.includes(a.id)) ? held.filter((a) => !ids.includes(a.id)) : held))
}

/** Tries again to store a file. */
export function retry(sessionId: SessionId, id: number): void {
  useAttachments.getState().set(sessionId, (held) => held.map((a) => (a.id === id && a.kind === 'file' ? again(a) : a)))
  void storeWaiting(sessionId)
}

/** Puts a smaller copy in the place of a picture that is too large. */
export async function shrink(sessionId: SessionId, { id, file }: FileAttachment): Promise<void> {
  try {
    const smaller = await shrinkImage(file)
    patch(sessionId, id, { file: smaller, name: smaller.name, size: smaller.size, canShrink: false })
    retry(sessionId, id)
  } catch {
    patch(sessionId, id, {
      canShrink: false,
      problem: { message: 'This picture cannot be read', hint: 'Make it smaller in another program.' },
    })
  }
}

function again({ problem: _, ...attachment }: FileAttachment): FileAttachment {
  return { ...attachment, state: 'waiting', canRetry: false }
}

const storing = new Set<SessionId>()

/** Stores what waits, one file at a time. */
async function storeWaiting(sessionId: SessionId): Promise<void> {
  if (storing.has(sessionId)) return
  storing.add(sessionId)
  try {
    for (;;) {
      const next = heldBy(sessionId).find((a): a is FileAttachment => a.kind === 'file' && a.state === 'waiting')
      if (!next) return
      patch(sessionId, next.id, { state: 'storing' })
      patch(sessionId, next.id, await store(next))
    }
  } finally {
    storing.delete(sessionId)
  }
}

async function store({ file, name }: FileAttachment): Promise<Partial<FileAttachment>> {
  try {
    const info = await storeFile(online().media, file, name)
    const thumbnail = info.kind === 'image' && info.mime !== 'image/tiff' ? URL.createObjectURL(file) : undefined
    return { state: 'stored', info, ...(thumbnail && { thumbnail }) }
  } catch (error) {
    const refused = error instanceof ORPCError && error.code === 'BAD_REQUEST'
    return { state: 'failed', problem: inWords(error), canRetry: !refused }
  }
}
