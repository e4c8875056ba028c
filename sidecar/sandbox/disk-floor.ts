import { statfs } from 'node:fs/promises'
import type { Box, BoxCommand, BoxProcess, BoxStart, Exit } from './sandbox.ts'

const MB = 2 ** 20
/** How often the volume is looked at while something runs, in milliseconds: near its floor, and far from it. */
const NEAR_MS = 200
const FAR_MS = 1000
/** So many times the floor is far from it. */
const FAR = 16
/** On a small volume less is kept free than the setting says: this part of it. */
const SHARE = 0.05
/** What a command must have taken itself, as a part of the floor: others fill the volume, too. */
const OWN = 1 / 16

interface Watch {
  readonly signal: AbortSignal
  readonly tripped: boolean
  end(): void
}

/**
 * A box whose commands end, with the reason `disk`, when they bring what is free on the volume of its folders below a floor:
 * no tier bounds a folder of the person's own disk. It holds for all tiers and all that is started in them.
 * @param minFreeMb what must stay free, or 5 % of a volume where that is less; 0: nothing is watched
 */
export function withDiskFloor(box: Box, minFreeMb: number): Box {
  if (minFreeMb <= 0) return box
  const watch = (): Watch => watchVolumes([...new Set([box.workspace, box.tmp])], minFreeMb * MB)
  return {
    ...box,
    async run(command: BoxCommand): Promise<Exit> {
      const watching = watch()
      try {
        const exit = await box.run({ ...command, signal: AbortSignal.any([command.signal, watching.signal]) })
        return because(exit, watching, command.signal)
      } finally {
        watching.end()
      }
    },
    async start(command: BoxStart): Promise<BoxProcess> {
      const watching = watch()
      try {
        const process = await box.start(command)
        watching.signal.addEventListener('abort', () => void process.kill())
        const exit = process.exit.then((how) => because(how, watching)).finally(() => watching.end())
        return {
          exit,
          get carried() {
            return process.carried
          },
          write: (data) => process.write(data),
          resize: (columns, rows) => process.resize(columns, rows),
          kill: () => process.kill(),
        }
      } catch (error) {
        watching.end()
        throw error
      }
    },
  }
}

const because = (exit: Exit, { tripped }: Watch, cancelled?: AbortSignal): Exit =>
  tripped && cancelled?.aborted !== true && exit.reason === 'cancelled' ? { ...exit, reason: 'disk' } : exit

function watchVolumes(folders: readonly string[], minFree: number): Watch {
  const over = new AbortController()
  const before = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let ended = false

  const look = async (): Promise<void> => {
    let far = true
    for (const folder of folders) {
      const { bavail, bsize, blocks } = await statfs(folder)
      const [free, floor] = [bavail * bsize, Math.min(minFree, blocks * bsize * SHARE)]
      const first = before.get(folder) ?? free
      before.set(folder, first)
      if (free < floor && first - free > floor * OWN) over.abort(new Error('the disk is nearly full'))
      far &&= free > floor * FAR
    }
    if (!ended && !over.signal.aborted) timer = setTimeout(() => void look().catch(() => {}), far ? FAR_MS : NEAR_MS).unref()
  }
  // A folder that went away is watched no more.
  void look().catch(() => {})
  return {
    signal: over.signal,
    get tripped() {
      return over.signal.aborted
    },
    end() {
      ended = true
      clearTimeout(timer)
    },
  }
}
