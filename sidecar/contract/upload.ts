import type { ContractRouterClient } from '@orpc/contract'
import { type MediaInfo, type media, UPLOAD_PIECE_BYTES } from './procedures/media.ts'

type Uploader = Pick<ContractRouterClient<typeof media>, 'put' | 'append' | 'finish'>

/** Stores a file through any door; a large one in pieces, so that whoever else uses the door goes on. */
export async function storeFile(media: Uploader, file: Blob, name: string): Promise<MediaInfo> {
  if (file.size <= UPLOAD_PIECE_BYTES) return media.put({ file: new File([file], name) })
  const uploadId = crypto.randomUUID()
  for (let at = 0; at < file.size; at += UPLOAD_PIECE_BYTES)
    await media.append({ uploadId, at, piece: new File([file.slice(at, at + UPLOAD_PIECE_BYTES)], 'piece') })
  return media.finish({ uploadId, name, size: file.size })
}
