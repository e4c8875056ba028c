import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from './failure.mjs'

const POLL_MS = 200
const WAIT_MS = 15 * 60_000

/**
 * Runs `work` while holding a lock file that names this process. Waits for another live holder (`onWait` is told its pid once);
 * takes over the lock of one that is gone.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (pid: number) => void, waitMs?: number }} [options]
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { onWait, waitMs = WAIT_MS } = {}) {
  mkdirSync(dirname(file), { recursive: true })
  const deadline = Date.now() + waitMs
  let told = false
  while (!take(file)) {
    const holder = holderOf(file)
    if (holder === undefined) continue
    if (!isAlive(holder)) {
      discard(file, holder)
      continue
    }
    if (!told) onWait?.(holder)
    told = true
    if (Date.now() > deadline) {
      throw new Failure(`process ${holder} still holds ${file}`, {
        hint: `If it is stuck, end it (kill ${holder}) and try again.`,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const release = () => {
    if (holderOf(file) === process.pid) rmSync(file, { force: true })
  }
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** The pid in the lock; undefined when the lock is gone or being written, 0 when it has stayed unreadable. */
function holderOf(file) {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    if (pid > 0) return pid
    return Date.now() - statSync(file).mtimeMs > 2_000 ? 0 : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  if (pid === 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Removes a dead holder's lock, but not the lock of another process that took it over in between. */
function discard(file, deadPid) {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const found = Number.parseInt(readFileSync(aside, 'utf8'), 10) || 0
  if (found !== deadPid && isAlive(found)) {
    try {
      writeFileSync(file, String(found), { flag: 'wx' })
    } catch {
      // A third process holds the lock by now.
    }
  }
  rmSync(aside, { force: true })
}
