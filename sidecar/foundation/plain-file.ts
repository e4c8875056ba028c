import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/**
 * The text of a file that a stranger may have laid, read on the spot. No pipe or device is waited for, whatever the name leads to,
 * and no more is read than the file held when it was opened.
 * @param most bytes
 * @throws Error that says why it cannot be read
 */
export function readPlainFile(path: string, most: number): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) throw new Error('it is not a file')
    if (stats.size > most) throw new Error(`it is larger than ${most} bytes`)
    const bytes = Buffer.alloc(stats.size)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read) read = readSync(file, bytes, { offset: length })
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}
