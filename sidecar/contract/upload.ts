import type { ContractRouterClient } from '@orpc/contract'
import type { MediaInfo, media } from './procedures/media.ts'

type Uploader = Pick<ContractRouterClient<typeof media>, 'put' | 'append' | 'finish'>

/** The most that one piece holds, in bytes: small enough that nobody else waits for it. */
const PIECE_BYTES = 1024 * 1024

/** Stores a file through any door; a large one in pieces, so that whoever else uses the door goes on. */
export async function storeFile(media: Uploader, file: Blob, name: string): Promise<MediaInfo> {
  if (file.size <= PIECE_BYTES) return media.put({ file: new File([file], name) })
  const uploadId = crypto.randomUUID()
  for (let at = 0; at < file.size; at += PIECE_BYTES)
    await media.append({ uploadId, at, piece: new File([file.slice(at, at + PIECE_BYTES)], 'piece') })
  return media.finish({ uploadId, name, size: file.size })
}
