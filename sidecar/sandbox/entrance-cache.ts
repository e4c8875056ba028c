import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { identityTest } from './identity.ts'
import { type Entrance, entranceTo, type Fence, type NetworkSeen, networkState } from './runtime.ts'
import type { Ward } from './ward.ts'

/** What stays the same from command to command in one box. */
export type BoxFence = Omit<Fence, 'readOnly' | 'network'>

/**
 * Keeps the way into one box while nothing that it depends on changes on disk, since building it costs more than the
 * command's own start. What must be write-protected but is not there yet is made for the time commands run.
 */
export class EntranceCache {
  readonly #fence: () => BoxFence
  readonly #personHome: string
  readonly #ward: Ward
  #known: { line: string; print: string } | undefined

  /** @param fence as it is now */
  constructor(fence: () => BoxFence, personHome: string, ward: Ward) {
    this.#fence = fence
    this.#personHome = personHome
    this.#ward = ward
  }

  /**
   * The caller calls `release` when the command has ended.
   * @returns the line, and the test by which it finds that its mounts are what was looked at here; a line may be older than that
   */
  async enter(network?: NetworkSeen): Promise<Pick<Entrance, 'line' | 'release'> & { test: string }> {
    const fence = this.#fence()
    const git = this.#ward.look()
    const takeAway = this.#ward.watch(git)
    const leaveStandIn = this.#ward.standIn(git)
    const leave = (): void => {
      takeAway()
      leaveStandIn()
    }
    try {
      const guards = this.#ward.guards(git).filter(({ readOnly }) => readOnly)
      const test = process.platform === 'linux' ? identityTest([this.#ward.workspace, ...guards]) : ':'
      const readOnly = guards.map(({ path }) => path)
      const looked = [...fence.unreadable, ...fence.readable]
      const state = [networkState(), JSON.stringify([network, looked, readOnly]), fingerprint(looked)]
      const print = [...state, ...readdirSync('/')].join('\n')
      if (this.#known?.print === print) return { line: this.#known.line, test, release: leave }
      const { line, reusable, release } = await entranceTo({ ...fence, readOnly, network }, this.#personHome)
      if (!reusable) {
        const undo = (): void => {
          release()
          leave()
        }
        return { line, test, release: undo }
      }
      // The runtime keeps nothing for such a line.
      release()
      this.#known = { line, print }
      return { line, test, release: leave }
    } catch (error) {
      leave()
      throw error
    }
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
