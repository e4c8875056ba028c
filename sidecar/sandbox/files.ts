import { randomBytes } from 'node:crypto'
import { constants, fstatSync, readlinkSync, type Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { OxbowError } from '../foundation/index.ts'
import { ownFolder } from './paths.ts'
import type { Box } from './sandbox.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/** The folders of a box, and what names in it lead to. */
type FileFace = Pick<Box, 'workspace' | 'tmp' | 'shared' | 'resolve'>

/** An opened file of a box that is known to be the one its path names. The caller closes `handle`. */
export interface OpenedFile {
  handle: FileHandle
  path: string
  stats: Stats
}

/**
 * Opens a file for reading. What was opened is checked, not what was named: a path swapped for a link between the check and
 * the opening is refused.
 * @throws OxbowError `path.*`
 */
export async function openFile(box: FileFace, path: string): Promise<OpenedFile> {
  const real = await box.resolve(path, 'read')
  const handle = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    throw ioError(error, path)
  })
  try {
    await checkPlace(handle, real, () => box.resolve(path, 'read'))
    // It was opened just now: the system has this in memory.
    const stats = fstatSync(handle.fd)
    if (stats.isDirectory()) throw new OxbowError('BAD_REQUEST', 'path.isFolder', `"${path}" is a folder.`, 'List it with ls.')
    if (!stats.isFile()) throw new OxbowError('BAD_REQUEST', 'path.invalid', `"${path}" is a device, pipe or socket.`)
    return { handle, path: real, stats }
  } catch (error) {
    await handle.close()
    throw ioError(error, path)
  }
}

/** What an opened file held when it was looked at, in bytes: no more, however it grows meanwhile, and less where it shrank. */
export async function readOpened({ handle, stats }: { handle: FileHandle; stats: { size: number } }): Promise<Buffer> {
  const bytes = Buffer.alloc(stats.size)
  let length = 0
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    read = (await handle.read(bytes, { offset: length, position: length })).bytesRead
  return bytes.subarray(0, length)
}

/** An opened folder of a box. `path` leads to it whatever its name leads to meanwhile. The caller closes it. */
export interface OpenedFolder {
  path: string
  real: string
  close(): Promise<void>
}

/** Opens a folder for listing or searching, checked like a file. @throws OxbowError `path.*` */
export async function openFolder(box: FileFace, path: string): Promise<OpenedFolder> {
  const real = await box.resolve(path, 'read')
  const handle = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTDIR') throw ioError(error, path)
    throw new OxbowError('BAD_REQUEST', 'path.isFile', `"${path}" is a file.`, 'Read it with read.')
  })
  try {
    await checkPlace(handle, real, () => box.resolve(path, 'read'))
  } catch (error) {
    await handle.close()
    throw ioError(error, path)
  }
  const fixed = process.platform === 'linux' ? `/proc/${process.pid}/fd/${handle.fd}` : real
  return { path: fixed, real, close: () => handle.close() }
}

/**
 * Puts `content` in place of a file, or makes it and the folders above it. Readers see the old or the new content, never a
 * half; mode and owner stay. With `expected` it is done only if the file is still as it was then. All steps go through checked folder handles, so that a swapped folder cannot lead them out.
 * @throws OxbowError `path.*`
 */
export async function replaceFile(box: FileFace, path: string, content: Uint8Array, expected?: Stats): Promise<void> {
  const real = await box.resolve(path, 'write')
  if (real === ownFolder(real, box)) throw new OxbowError('BAD_REQUEST', 'path.isFolder', `"${path}" is a folder.`)
  const folder = await makeFolder(box, dirname(real), path)
  try {
    const target = inFolder(folder, real)
    const old = await lstat(target).catch(() => undefined)
    if (old?.isDirectory()) throw new OxbowError('BAD_REQUEST', 'path.isFolder', `"${path}" is a folder.`)
    if (old && !old.isFile()) throw moved(path)
    if (expected && !sameContent(old, expected)) throw moved(path)
    const fresh = inFolder(folder, join(dirname(real), `.oxbow-${randomBytes(8).toString('hex')}.tmp`))
    await writeFresh(fresh, content, old)
    try {
      await checkPlace(folder, dirname(real), async () => dirname(await box.resolve(path, 'write')))
      await rename(fresh, target)
    } catch (error) {
      await unlink(fresh).catch(() => {})
      throw error
    }
  } catch (error) {
    throw ioError(error, path)
  } finally {
    await folder.close()
  }
}

function sameContent(now: Stats | undefined, then: Stats): boolean {
  return now?.ino === then.ino && now.size === then.size && now.mtimeMs === then.mtimeMs
}

async function writeFresh(fresh: string, content: Uint8Array, old: Stats | undefined): Promise<void> {
  const handle = await open(fresh, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o666)
  try {
    await handle.writeFile(content)
    if (old) {
      // The owner first: changing it may clear mode bits. Without the right to change it the file becomes ours.
      const { uid, gid } = await handle.stat()
      if (uid !== old.uid || gid !== old.gid) await handle.chown(old.uid, old.gid).catch(() => {})
      await handle.chmod(old.mode & 0o777)
    }
    await handle.sync()
  } catch (error) {
    await unlink(fresh).catch(() => {})
    throw error
  } finally {
    await handle.close()
  }
}

/** Opens a folder of the box step by step from its root, making what is missing, never through a link. */
async function makeFolder(box: FileFace, real: string, named: string): Promise<FileHandle> {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
  // A folder outside, where a person allowed one file: it is there, and none is made.
  const root = ownFolder(real, box) ?? real
  let path = root
  let handle = await open(path, flags)
  try {
    for (const name of relative(root, real).split('/').filter(Boolean)) {
      const next = inFolder(handle, join(path, name))
      await mkdir(next).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      const deeper = await open(next, flags)
      await handle.close()
      handle = deeper
      path = join(path, name)
    }
    await checkPlace(handle, real, async () => dirname(await box.resolve(named, 'write')))
    return handle
  } catch (error) {
    await handle.close()
    throw ioError(error, named)
  }
}

/** On Linux a name relative to an opened folder; elsewhere the plain path, checked before and after. */
function inFolder(folder: FileHandle, path: string): string {
  return process.platform === 'linux' ? `/proc/self/fd/${folder.fd}/${basename(path)}` : path
}

/** @throws OxbowError `path.changed` when an opened thing is no longer what the path names */
async function checkPlace(handle: FileHandle, real: string, again: () => Promise<string>): Promise<void> {
  if (process.platform === 'linux') {
    // The kernel answers from its memory: no disk is waited for.
    if (readlinkSync(`/proc/self/fd/${handle.fd}`) !== real) throw moved(real)
    return
  }
  const [opened, named] = [await handle.stat(), await stat(await again())]
  if (opened.dev !== named.dev || opened.ino !== named.ino) throw moved(real)
}

function moved(path: string): OxbowError {
  return new OxbowError(
    'CONFLICT',
    'path.changed',
    `"${path}" was changed by somebody else in between.`,
    'Read it again, then try again.',
  )
}

function ioError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof OxbowError || code === undefined) return error
  if (code !== undefined && ['ELOOP', 'ENOTDIR', 'ENOENT', 'EINVAL'].includes(code)) return moved(path)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new OxbowError('SERVICE_UNAVAILABLE', 'path.full', `The disk is full: "${path}".`)
  return new OxbowError('FORBIDDEN', 'path.denied', `"${path}" cannot be opened (${code}).`, undefined, error)
}
