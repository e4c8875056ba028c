import { unzipSync } from 'fflate'
import { damaged, MediaProblem } from '../problem.ts'

const MOST_ENTRIES = 5_000
/** Of all entries together, unpacked. */
const MOST_BYTES = 256 * 1024 * 1024
/** Text packs 50 times smaller at best; what packs far better is there to fill our memory. */
const MOST_RATIO = 200
/** Small entries may pack well. */
const SMALL_BYTES = 1024 * 1024

const END_OF_DIRECTORY = 0x06054b50
const LOCAL_HEADER = 0x04034b50

/**
 * The wanted entries of an office file. What the directory says is checked before a byte is unpacked, and nothing is
 * unpacked beyond it.
 * @throws MediaProblem `media.bomb`, `media.polyglot`, `media.damaged`
 */
export function openArchive(bytes: Uint8Array, wanted: (name: string) => boolean): Map<string, Uint8Array> {
  expectOnlyArchive(bytes)
  let count = 0
  let total = 0
  const check = (name: string, size: number, packed: number): void => {
    count++
    total += size
    if (count > MOST_ENTRIES) throw bomb(`it holds more than ${MOST_ENTRIES} files`)
    if (total > MOST_BYTES) throw bomb(`it unpacks to more than ${MOST_BYTES / 1024 / 1024} MB`)
    if (size > SMALL_BYTES && size > packed * MOST_RATIO)
      throw bomb(`"${name.slice(0, 80)}" unpacks to ${MOST_RATIO} times its size`)
  }
  try {
    // First the directory alone, so that a late entry is known before an early one is unpacked.
    unzipSync(bytes, {
      filter: ({ name, originalSize, size }) => {
        check(name, originalSize, size)
        return false
      },
    })
    const entries = unzipSync(bytes, { filter: ({ name }) => wanted(name) })
    return new Map(Object.entries(entries))
  } catch (error) {
    throw error instanceof MediaProblem ? error : damaged('office file', error)
  }
}

/** An archive begins with its first entry and ends with its directory: nothing before, nothing behind. */
function expectOnlyArchive(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  if (view.byteLength < 22 || view.getUint32(0, true) !== LOCAL_HEADER || end === undefined)
    throw new MediaProblem(
      'media.polyglot',
      'this office file has other data before or behind its archive',
      'Open it in the program that made it and save it again.',
    )
}

/** Where the end record of an archive starts, when its comment reaches exactly to the end of the file. */
function findEnd(view: DataView): number | undefined {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) !== END_OF_DIRECTORY) continue
    return at + 22 + view.getUint16(at + 20, true) === view.byteLength ? at : undefined
  }
  return undefined
}

const bomb = (why: string): MediaProblem =>
  new MediaProblem('media.bomb', `this office file is made to fill memory: ${why}`, 'Leave it out.')
