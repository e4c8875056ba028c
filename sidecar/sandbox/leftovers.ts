import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clearFolder } from './clear-folder.ts'
import { processesWhose, sendSignal } from './process-table.ts'

/** What is killed may just have started another. */
const ROUNDS = 20
const ROUND_MS = 25

/** A box's temp folder, which stands in the environment of all that ran in it. */
const BOX = /^box-\w{6}$/
/** What `runtime.ts` notes of its relay. Anything else would be a word that processes of other people may have, too. */
const SOCKET = /^\/.*\/claude-http-[0-9a-f]{16}\.sock$/
const PORT = /^\d{1,5}$/

export interface LeftoverPlaces {
  /** Where the temp folders of boxes are. */
  tmp: string
  /** Where relays to the proxy are noted. */
  relays: string
}

/** What a box of a sidecar that was killed may have left. */
export interface Leftover {
  /** A word in the command line or the environment of just these processes. */
  mark: string
  /** To be removed when none of them runs any more. */
  files: readonly string[]
}

/** What an earlier sidecar left, since it was killed. To be looked for before anything of this sidecar's own is there. */
export function findLeftovers({ tmp, relays }: LeftoverPlaces): Leftover[] {
  const boxes = namesIn(tmp)
    .filter((name) => BOX.test(name))
    // As boxes know it: by its real path.
    .map((name) => join(realpathSync(tmp), name))
  return [
    ...boxes.map((path) => ({ mark: path, files: [path] })),
    ...namesIn(relays)
      .filter((name) => PORT.test(name))
      .map((port) => relayTo(port, join(relays, port))),
  ]
}

/** Known by its socket, once that was written whole; before, by the port it leads to. */
function relayTo(port: string, note: string): Leftover {
  const socket = attempt(() => readFileSync(note, 'utf8'), '')
  return SOCKET.test(socket) ? { mark: socket, files: [socket, note] } : { mark: `TCP:localhost:${port},`, files: [note] }
}

/** Ends them, then removes their files. @returns how many processes were ended */
export async function endLeftovers(leftovers: readonly Leftover[]): Promise<number> {
  const ended = new Set<number>()
  for (let round = 0; leftovers.length > 0 && round < ROUNDS; round += 1) {
    const found = await processesWhose((line) => leftovers.some(({ mark }) => line.includes(mark)))
    if (found.length === 0) break
    for (const pid of found) {
      ended.add(pid)
      sendSignal(pid, 'SIGKILL')
    }
    await sleep(ROUND_MS)
  }
  await Promise.all(leftovers.flatMap(({ files }) => files).map(clearFolder))
  return ended.size
}

const namesIn = (folder: string): string[] => attempt(() => readdirSync(folder), [])

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
