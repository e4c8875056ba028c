import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processesWhose, sendSignal } from '../process-table.ts'

/**
 * The machines that run, as files named after them that hold their process. A machine ends with its sidecar by itself; one
 * that did not is found here at the next start.
 */
export class RunningMachines {
  readonly #folder: string

  /** @param folder where the notes are kept, for one sidecar's machines only */
  constructor(folder: string) {
    this.#folder = folder
  }

  async note(name: string, pid: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await writeFile(join(this.#folder, name), String(pid), { mode: 0o600 })
  }

  async forget(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true })
  }

  /** Ends what an earlier sidecar left behind. @returns how many */
  async sweep(): Promise<number> {
    const names = await readdir(this.#folder).catch(() => [])
    const ended = await Promise.all(names.map((name) => this.#endOrphan(name)))
    return ended.filter(Boolean).length
  }

  async #endOrphan(name: string): Promise<boolean> {
    // A machine's name is a word that no other process was started with.
    const pids = await processesWhose((line) => line.split(/\s+/).includes(name))
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
    await this.forget(name)
    return pids.length > 0
  }
}
