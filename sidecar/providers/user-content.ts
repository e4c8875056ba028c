import type { Media, UserContent } from './provider.ts'

/** A file's bytes in base64; undefined where they cannot be had any more. */
async function bytesOf(media: Media): Promise<string | undefined> {
  try {
    return await media.base64()
  } catch {
    return undefined
  }
}

/**
 * What a person sent, as blocks of one wire. A file that the wire cannot hold becomes a text that says so, and one that is
 * gone from the disk does not end the conversation.
 * @param ofMedia the wire's block for a file; undefined where it has none. Asked before the bytes are read
 */
export async function toBlocks<Block>(
  contents: readonly UserContent[],
  ofText: (text: string) => Block[],
  ofMedia: (media: Media) => ((base64: string) => Block) | undefined,
): Promise<Block[]> {
  const blocks: Block[] = []
  for (const content of contents) {
    if (content.type !== 'media') {
      blocks.push(...ofText(plainText(content)))
      continue
    }
    const { media } = content
    const build = ofMedia(media)
    const base64 = build && (await bytesOf(media))
    if (build === undefined) blocks.push(...ofText(noPlace(media)))
    else if (base64 === undefined) blocks.push(...ofText(`[${media.kind}: ${media.name} — the file could not be read any more]`))
    else blocks.push(build(base64))
  }
  return blocks
}

/** A document stands under a clear header. */
function plainText(content: Exclude<UserContent, { type: 'media' }>): string {
  if (content.type === 'text') return content.text
  return `--- document: ${content.name} ---\n${content.text}\n--- end of ${content.name} ---`
}

const noPlace = ({ kind, name, mime }: Media): string =>
  `[${kind}: ${name} — this model's interface takes no ${kind === 'pdf' ? 'PDF' : kind === 'video' ? 'video' : mime}]`

export const dataUri = (media: Media, base64: string): string => `data:${media.mime};base64,${base64}`
