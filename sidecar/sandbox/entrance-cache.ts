import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { protectedPaths } from './rules.ts'
import { type Entrance, entranceTo, type Fence, type NetworkSeen, networkState } from './runtime.ts'

/** What stays the same from command to command in one box. */
export type BoxFence = Omit<Fence, 'readOnly' | 'network'>

/**
 * Keeps the way into one box while nothing that it depends on changes on disk, since building it costs more than the
 * command's own start. What must be write-protected but is not there yet is made as an empty folder for the time commands run.
 */
export class EntranceCache {
  readonly #fence: () => BoxFence
  readonly #personHome: string
  #known: { line: string; print: string } | undefined

  /** @param fence as it is now */
  constructor(fence: () => BoxFence, personHome: string) {
    this.#fence = fence
    this.#personHome = personHome
  }

  /** The caller calls `release` when the command has ended. */
  async enter(network?: NetworkSeen): Promise<Pick<Entrance, 'line' | 'release'>> {
    const fence = this.#fence()
    const leave = standIn(fence.workspace)
    try {
      const readOnly = protectedPaths(fence.workspace)
      const looked = [...fence.unreadable, ...fence.readable, ...readOnly]
      const print = [networkState(), JSON.stringify([network, looked]), fingerprint(looked), ...readdirSync('/')].join('\n')
      if (this.#known?.print === print) return { line: this.#known.line, release: leave }
      const { line, reusable, release } = await entranceTo({ ...fence, readOnly, network }, this.#personHome)
      if (!reusable || !readOnly.every((path) => existsSync(path))) {
        const undo = (): void => {
          release()
          leave()
        }
        return { line, release: undo }
      }
      // The runtime keeps nothing for such a line.
      release()
      this.#known = { line, print }
      return { line, release: leave }
    } catch (error) {
      leave()
      throw error
    }
  }
}

/** Commands that run now, by the stand-in folder they rely on: it may go only when none is left. */
const users = new Map<string, number>()

/** Makes what commands must not be able to make, where it is missing. @returns what takes it away again */
export function standIn(workspace: string): () => void {
  if (existsSync(join(workspace, '.git', 'objects'))) makeFolder(join(workspace, '.git', 'hooks'))
  const path = join(workspace, '.oxbow')
  const count = users.get(path) ?? 0
  if (!makeFolder(path) && count === 0) return () => {}
  users.set(path, count + 1)
  return () => {
    const left = (users.get(path) ?? 1) - 1
    if (left > 0) {
      users.set(path, left)
      return
    }
    users.delete(path)
    try {
      rmdirSync(path)
    } catch {
      // Somebody put something into it: it is theirs now.
    }
  }
}

/** @returns whether it was missing and is there now */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch {
    return false
  }
}

/** Changes when one of the paths comes, goes, or becomes something else. */
export function fingerprint(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (!found) return ''
      return found.isSymbolicLink() ? readlinkSync(path) : `${found.mode & 0o170000}`
    })
    .join('\n')
}
