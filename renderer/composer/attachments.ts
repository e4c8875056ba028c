/** A text document that goes along with a message. */
export interface Attachment {
  id: number
  name: string
  text: string
}

export const MOST_ATTACHMENTS = 19
const MOST_BYTES = 2_000_000
/** Pasted text longer than this becomes a document of its own. */
export const LONG_PASTE = 20_000

let count = 0

export const pasted = (text: string): Attachment => ({
  id: ++count,
  name: `pasted-${count}.txt`,
  text: text.slice(0, MOST_BYTES),
})

/** Reads a dropped or pasted file. @throws Error with words for the person when it is too large or no text */
export async function readAttachment(file: File): Promise<Attachment> {
  if (file.size > MOST_BYTES) {
    throw new Error(
      `${file.name} is too large to send (${(file.size / 1_000_000).toFixed(1)} MB; 2 MB at most). Put it in the workspace and name it instead.`,
    )
  }
  const bytes = new Uint8Array(await file.arrayBuffer())
  const text = decode(bytes)
  if (text === null) {
    throw new Error(`${file.name} is not a text file. Put it in the workspace and name it instead.`)
  }
  return { id: ++count, name: file.name.slice(0, 255) || 'document.txt', text }
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
