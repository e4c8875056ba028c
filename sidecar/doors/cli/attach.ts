import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Client, MEDIA_LIMITS, storeFile, type UserPart } from '../../contract/index.ts'
import type { Host } from './host.ts'
import { causeOf, problemOf, UsageError } from './problem.ts'

interface Found {
  /** As the person wrote it. */
  file: string
  path: string
}

/** Files that can be attached, before anything is sent. @throws UsageError */
export async function findAttachments(files: readonly string[], { cwd }: Host): Promise<Found[]> {
  if (files.length > MEDIA_LIMITS.files) throw new UsageError(`--attach: at most ${MEDIA_LIMITS.files} files`)
  const found: Found[] = []
  let total = 0
  for (const file of files) {
    const path = resolve(cwd, file)
    const entry = await stat(path).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`--attach: ${file} ${error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`}`)
    })
    if (!entry.isFile()) throw new UsageError(`--attach: ${file} is no file`)
    if (entry.size > MEDIA_LIMITS.fileBytes)
      throw new UsageError(`--attach: ${file} is larger than ${megabytes(MEDIA_LIMITS.fileBytes)}`)
    total += entry.size
    found.push({ file, path })
  }
  if (total > MEDIA_LIMITS.messageBytes)
    throw new UsageError(`--attach: the files have more than ${megabytes(MEDIA_LIMITS.messageBytes)} together`)
  return found
}

/** Hands files in, one after the other. @throws UsageError where one is refused */
export async function attach(client: Client, files: readonly Found[]): Promise<UserPart[]> {
  const parts: UserPart[] = []
  for (const { file, path } of files) {
    const name = basename(path)
    try {
      const { hash } = await storeFile(client.media, await openAsBlob(path), name)
      parts.push({ type: 'media', hash, name: name.slice(-255) })
    } catch (error) {
      if (!causeOf(error)?.startsWith('media.')) throw error
      const { message, hint } = problemOf(error)
      throw new UsageError(`--attach: ${file}: ${message}`, hint)
    }
  }
  return parts
}

const megabytes = (bytes: number): string => `${bytes / 1024 / 1024} MB`
