import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

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
    const pids = await processesNamed(name)
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended in the meantime.
      }
    }
    await this.forget(name)
    return pids.length > 0
  }
}

/** Processes that were started with this word; a machine's name is one that no other process has. */
function processesNamed(word: string): Promise<number[]> {
  return new Promise((done) => {
    execFile('/bin/ps', ['-A', '-ww', '-o', 'pid=,args='], { timeout: 5000, maxBuffer: 16 << 20 }, (_error, stdout) => {
      const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/))
      done(lines.filter((words) => words.slice(1).includes(word)).map((words) => Number(words[0])))
    })
  })
}
