import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendSignal } from '../process-table.ts'

/** Stands in the environment of all that one command starts, so that what has left its process tree is found. */
export const MARK_VARIABLE = 'OXBOW_RUN'

const ROUNDS = 50
const ROUND_MS = 10
/** One that is just beginning another program shows no environment for a moment; as long as there are such, none found means little. */
const UNSURE_ROUNDS = 10

/** Ends every process with this mark, wherever it went. Where the system does not show environments, those of the tree were ended before. */
export async function endMarked(mark: string): Promise<void> {
  if (process.platform !== 'linux') return
  const sign = `${MARK_VARIABLE}=${mark}`
  let empty = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const { found, unsure } = await withSign(sign)
    empty = found.length === 0 ? empty + 1 : 0
    if (empty >= (unsure ? UNSURE_ROUNDS : 2)) return
    for (const pid of found) sendSignal(pid, 'SIGKILL')
    await sleep(ROUND_MS)
  }
}

async function withSign(sign: string): Promise<{ found: number[]; unsure: boolean }> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  let unsure = false
  const found = await Promise.all(
    names.map(async (name) => {
      // Of a dead one, and of one that is not ours, nothing can be read.
      const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => undefined)
      // A thread of the kernel and a dead one have no environment either, but no program as well.
      if (environment === '') unsure ||= (await readlink(`/proc/${name}/exe`).catch(() => '')) !== ''
      return environment?.split('\0').includes(sign) ? [Number(name)] : []
    }),
  )
  return { found: found.flat(), unsure }
}
