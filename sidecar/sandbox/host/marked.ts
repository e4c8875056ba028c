import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Stands in the environment of all that one command starts, so that what has left its process tree is found. */
export const MARK_VARIABLE = 'OXBOW_RUN'

const ROUNDS = 50
const ROUND_MS = 10

/** Ends every process with this mark, wherever it went. Where the system does not show environments, those of the tree were ended before. */
export async function endMarked(mark: string): Promise<void> {
  if (process.platform !== 'linux') return
  const sign = `${MARK_VARIABLE}=${mark}`
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await withSign(sign)
    if (found.length === 0) return
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Ended by itself.
      }
    }
    await sleep(ROUND_MS)
  }
}

async function withSign(sign: string): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    names.map(async (name) => {
      // Of a dead one, and of one that is not ours, nothing can be read.
      const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
      return environment.split('\0').includes(sign) ? [Number(name)] : []
    }),
  )
  return found.flat()
}
