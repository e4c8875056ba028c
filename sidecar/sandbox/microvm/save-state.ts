import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stateSocket } from './machine.ts'
import { Monitor } from './monitor.ts'

/** How long writing may take; a machine that has just come up holds little. */
const SAVE_MS = 20_000

/**
 * Writes the state of a machine to a file, and lets the machine go on.
 * @param folder that the machine sees as its own, for the socket between the two
 * @returns what was written
 */
export async function saveState(channel: Duplex, folder: string, file: string): Promise<{ bytes: number; sha256: string }> {
  const monitor = new Monitor(channel)
  const connected = Promise.withResolvers<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => connected.resolve(socket)).listen(join(folder, 'socket'))
  server.on('error', (error) => connected.reject(error))
  const timer = setTimeout(() => connected.reject(new Error('the state was not written in time')), SAVE_MS)
  const hash = createHash('sha256')
  let bytes = 0
  const write = async (): Promise<void> => {
    const socket = await connected.promise
    const late = setTimeout(() => socket.destroy(new Error('the state was not written in time')), SAVE_MS)
    const measured = async function* (source: AsyncIterable<Buffer>) {
      for await (const piece of source) {
        hash.update(piece)
        bytes += piece.length
        yield piece
      }
    }
    await pipeline(socket, measured, createWriteStream(file, { mode: 0o600, flags: 'wx' })).finally(() => clearTimeout(late))
  }
  try {
    await Promise.all([write(), monitor.saveState(`unix:${stateSocket(folder)}`)])
    return { bytes, sha256: hash.digest('hex') }
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    clearTimeout(timer)
    server.close()
    monitor.close()
  }
}
