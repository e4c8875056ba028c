import type { MediaInfo, MediaVerdict, UserPart } from '../../sidecar/contract/index.ts'
import type { Words } from '../connection/words.ts'

/** Text that goes along in the message itself. */
export interface TextAttachment {
  id: number
  kind: 'text'
  name: string
  text: string
}

/** A file that is stored first, and then named by the message. */
export interface FileAttachment {
  id: number
  kind: 'file'
  name: string
  size: number
  file: File
  state: 'waiting' | 'storing' | 'stored' | 'failed'
  /** Set once it is stored. */
  info?: MediaInfo
  /** How it would reach the session's model, once that is known. */
  verdict?: MediaVerdict
  /** The person chose to send its text. */
  as?: 'text' | undefined
  /** Why it could not be stored. */
  problem?: Words
  /** It was not the file's fault: trying again may help. */
  canRetry?: boolean
  /** The person can have it made smaller. */
  canShrink?: boolean
  /** A picture of it, as an object URL. */
  thumbnail?: string
}

export type Attachment = TextAttachment | FileAttachment

/** As MEDIA_LIMITS of the contract, which is not loaded here only for these. */
export const MOST_ATTACHMENTS = 20
const MOST_FILE_BYTES = 25 * 1024 * 1024
const MOST_TEXT_BYTES = 2_000_000
/** Pasted text longer than this becomes a document of its own. */
export const LONG_PASTE = 20_000
/** Endings of what is stored, also where its bytes read as text: the sidecar says what it is. */
const STORED =
  /\.(?:html?|xhtml|csv|tsv|svg|pdf|docx|xlsx|pptx|png|jpe?g|gif|webp|bmp|tiff?|mp[34]|m4[av]|wav|ogg|flac|aac|mov|webm)$/i

let count = 0

export const pasted = (text: string): TextAttachment => ({
  id: ++count,
  kind: 'text',
  name: `pasted-${count}.txt`,
  text: text.slice(0, MOST_TEXT_BYTES),
})

/** What a dropped, pasted or picked file becomes: short text goes along as it is, everything else is stored. */
export async function attachmentOf(file: File): Promise<Attachment> {
  const name = file.name.slice(0, 255) || 'file'
  const short = file.size <= MOST_TEXT_BYTES && !STORED.test(name)
  const text = short ? decode(new Uint8Array(await file.arrayBuffer())) : null
  return text === null || text.startsWith('%PDF-') ? fileAttachment(file, name) : { id: ++count, kind: 'text', name, text }
}

function fileAttachment(file: File, name: string): FileAttachment {
  const base = { id: ++count, kind: 'file', name, size: file.size, file } as const
  if (file.size <= MOST_FILE_BYTES) return { ...base, state: 'waiting' }
  const image = file.type.startsWith('image/')
  return {
    ...base,
    state: 'failed',
    canShrink: image,
    problem: {
      message: 'Larger than 25 MB',
      hint: image ? 'It can be made smaller.' : 'Put it in the workspace and name it instead.',
    },
  }
}

/** The text of UTF-8 bytes, or null where they are none. */
export function decode(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Whether a message with these may be sent now. */
export const isReady = (attachment: Attachment): boolean =>
  attachment.kind === 'text' || (attachment.state === 'stored' && attachment.verdict?.goes !== 'refused')

/** What of an attachment makes the message another one. */
export const identityOf = (attachment: Attachment): string =>
  `${attachment.id}${attachment.kind === 'file' ? (attachment.as ?? '') : ''}`

/** An attachment as the message names it; only of one that is ready. */
export function partOf(attachment: Attachment): UserPart {
  if (attachment.kind === 'text') return { type: 'document', name: attachment.name, text: attachment.text }
  const { info, name, as } = attachment
  if (!info) throw new Error(`${name} is not stored yet`)
  return { type: 'media', hash: info.hash, name, ...(as && { as }) }
}
